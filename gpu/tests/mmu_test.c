// SPDX-License-Identifier: MIT
/* Address translation, access bits, the TLB. */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "../mmu.h"
#include "script.h"

#define VMID	5
#define VA	0x7e0000000000ULL
#define MB	0x100000ULL

struct fixture {
	struct local l;
	struct probe p;
	struct mapping m;
};

static int setup(void **state)
{
	static struct fixture f;
	static const struct local_options options = { 0 };

	assert_int_equal(local_open(&f.l, &options), 0);
	script_install(&f.l);
	assert_int_equal(local_vm_set(&f.l, VMID, 0), 0);
	script_probe(&f.l, &f.p, VMID);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	script_probe_end(&f->p);
	local_close(&f->l);
	return 0;
}

/* One access of its own; the mapping is left in f->m. */
static int translate(struct fixture *f, u64 va, u32 access)
{
	int err;

	mmu_enter(&f->p.q);
	err = mmu_translate(&f->p.q, va, access, &f->m);
	mmu_exit(&f->p.q);
	return err;
}

static void set_pte(struct fixture *f, u64 va, int level, u64 value)
{
	store_release(local_pte(&f->l, VMID, va, level), value);
}

static void four_kib_pages_of_both_places(void **state)
{
	struct fixture *f = *state;

	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE + 0x5000, 1, LOCAL_RWS);
	local_map(&f->l, VMID, VA + 0x1000, 0x7000, 1, LOCAL_RW);
	assert_int_equal(translate(f, VA + 0x123, SIMGPU_FAULT_READ), 0);
	assert_ptr_equal(f->m.host, f->l.ram + 0x5123);
	assert_int_equal(f->m.left, 0x1000 - 0x123);
	assert_int_equal(translate(f, VA + 0x1fff, SIMGPU_FAULT_WRITE), 0);
	assert_ptr_equal(f->m.host, f->l.vram + 0x7fff);
	assert_int_equal(f->m.left, 1);
}

static void fragments_of_64_kib_fill_one_entry(void **state)
{
	struct fixture *f = *state;
	u64 flags = LOCAL_RWS | (4ULL << SIMGPU_PTE_FRAGMENT_SHIFT);

	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE + 0x20000, 16, flags);
	assert_int_equal(translate(f, VA + 0x8000, SIMGPU_FAULT_READ), 0);
	assert_int_equal(f->m.left, 0x8000);
	assert_int_equal(f->p.q.misses, 1);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), 0);
	assert_int_equal(f->m.left, 0x10000);
	assert_ptr_equal(f->m.host, f->l.ram + 0x20000);
	assert_int_equal(translate(f, VA + 0xffff, SIMGPU_FAULT_WRITE), 0);
	assert_int_equal(f->p.q.misses, 1);
	assert_int_equal(f->p.q.hits, 2);
}

static void a_fragment_that_lies_wrong_is_4_kib(void **state)
{
	struct fixture *f = *state;
	u64 flags = LOCAL_RWS | (4ULL << SIMGPU_PTE_FRAGMENT_SHIFT);

	/* VA and address differ in bits 12..15. */
	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE + 0x21000, 16, flags);
	assert_int_equal(translate(f, VA + 0x1000, SIMGPU_FAULT_READ), 0);
	assert_int_equal(f->m.left, 0x1000);
	assert_ptr_equal(f->m.host, f->l.ram + 0x22000);
}

static void a_fragment_at_the_end_of_memory_is_4_kib(void **state)
{
	struct fixture *f = *state;
	u64 flags = LOCAL_RW | (4ULL << SIMGPU_PTE_FRAGMENT_SHIFT) |
		    SIMGPU_PTE_VALID;

	/* The VRAM ends inside of what the fragment would cover. */
	f->l.gpu->bus.vram_size = 0x11000;
	set_pte(f, VA, 0, 0x10000 | flags);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), 0);
	assert_int_equal(f->m.left, 0x1000);
	f->l.gpu->bus.vram_size = f->l.vram_size;
}

static void two_mib_leaves_of_both_places(void **state)
{
	struct fixture *f = *state;

	/* RAM begins at 1 MiB: 2 MiB is its second. */
	set_pte(f, VA, 1, 2 * MB | LOCAL_RWS | SIMGPU_PTE_VALID |
		SIMGPU_PTE_LEAF);
	set_pte(f, VA + 2 * MB, 1, 4 * MB | LOCAL_RW | SIMGPU_PTE_VALID |
		SIMGPU_PTE_LEAF);
	assert_int_equal(translate(f, VA + MB + 5, SIMGPU_FAULT_READ), 0);
	assert_ptr_equal(f->m.host, f->l.ram + 2 * MB + 5);
	assert_int_equal(f->m.left, MB - 5);
	assert_int_equal(translate(f, VA + 2 * MB, SIMGPU_FAULT_WRITE), 0);
	assert_ptr_equal(f->m.host, f->l.vram + 4 * MB);
	assert_int_equal(f->m.left, 2 * MB);
}

static void access_bits_are_kept(void **state)
{
	static const struct {
		u64 flags;
		u32 access;
		bool allowed;
	} row[] = {
		{ SIMGPU_PTE_READ, SIMGPU_FAULT_READ, true },
		{ SIMGPU_PTE_READ, SIMGPU_FAULT_WRITE, false },
		{ SIMGPU_PTE_WRITE, SIMGPU_FAULT_WRITE, true },
		{ SIMGPU_PTE_WRITE, SIMGPU_FAULT_READ, false },
		{ SIMGPU_PTE_READ | SIMGPU_PTE_WRITE, SIMGPU_FAULT_EXEC, false },
		{ SIMGPU_PTE_EXEC, SIMGPU_FAULT_EXEC, true },
		{ SIMGPU_PTE_EXEC, SIMGPU_FAULT_READ, false },
		{ 0, SIMGPU_FAULT_READ, false },
		{ SIMGPU_PTE_READ | SIMGPU_PTE_WRITE | SIMGPU_PTE_ATOMIC,
		  SIMGPU_FAULT_READ | SIMGPU_FAULT_WRITE, true },
	};
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u64 va = VA + i * PAGE_SIZE;
		int err;

		set_pte(f, va, 0, row[i].flags | SIMGPU_PTE_VALID |
			SIMGPU_PTE_SYSTEM | LOCAL_RAM_BASE);
		err = translate(f, va + 9, row[i].access);
		if (err != (row[i].allowed ? 0 : -EFAULT))
			fail_msg("row %u: %d", i, err);
		if (!err)
			continue;
		assert_int_equal(f->p.q.fault.addr, va);
		assert_int_equal(f->p.q.fault.access,
				 row[i].access | SIMGPU_FAULT_DENIED);
		assert_false(f->p.q.fault.wait);
	}
}

static void more_rights_need_no_invalidation(void **state)
{
	struct fixture *f = *state;

	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, 1,
		  SIMGPU_PTE_READ | SIMGPU_PTE_SYSTEM);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), 0);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_WRITE), -EFAULT);
	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_WRITE), 0);
}

static void each_level_can_be_absent(void **state)
{
	struct fixture *f = *state;
	int level;

	for (level = 0; level < SIMGPU_PT_LEVELS; level++) {
		u64 va = VA + ((u64)level << 39);

		local_map(&f->l, VMID, va, LOCAL_RAM_BASE, 1, LOCAL_RWS);
		assert_int_equal(translate(f, va, SIMGPU_FAULT_READ), 0);
		set_pte(f, va, level, 0);
		local_invalidate(&f->l, VMID, va, va + PAGE_SIZE);
		assert_int_equal(translate(f, va + 5, SIMGPU_FAULT_READ),
				 -EFAULT);
		assert_int_equal(f->p.q.fault.access,
				 SIMGPU_FAULT_READ | SIMGPU_FAULT_ABSENT);
		assert_int_equal(f->p.q.fault.addr, va);
		assert_false(f->p.q.fault.wait);
	}
}

static void wait_entries_of_level_0_and_1_wait(void **state)
{
	struct fixture *f = *state;
	int level;

	for (level = 0; level < SIMGPU_PT_LEVELS; level++) {
		u64 va = VA + ((u64)level << 39);

		set_pte(f, va, level, SIMGPU_PTE_WAIT);
		assert_int_equal(translate(f, va, SIMGPU_FAULT_WRITE), -EFAULT);
		assert_int_equal(f->p.q.fault.access,
				 SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT);
		assert_int_equal(f->p.q.fault.wait, level <= 1);
	}
}

static void entries_that_point_nowhere_are_bus_faults(void **state)
{
	static const struct {
		int level;
		u64 pte;
	} row[] = {
		/* Tables: not memory; in VRAM; across the end. */
		{ 3, 0x80000000ULL | SIMGPU_PTE_SYSTEM },
		{ 2, 0x80000000ULL | SIMGPU_PTE_SYSTEM },
		{ 1, 0x80000000ULL | SIMGPU_PTE_SYSTEM },
		{ 3, 0x1000 },
		{ 2, 0x1000 },
		{ 1, 0x1000 },
		{ 3, SIMGPU_PTE_ADDR_MASK | SIMGPU_PTE_SYSTEM },
		/* LEAF has a meaning on level 1 only. */
		{ 3, 0x80000000ULL | SIMGPU_PTE_SYSTEM | SIMGPU_PTE_LEAF },
		{ 2, 0x80000000ULL | SIMGPU_PTE_SYSTEM | SIMGPU_PTE_LEAF },
		/* Leaves. */
		{ 0, 0x80000000ULL | LOCAL_RWS },
		{ 0, (64 * MB) | LOCAL_RW },
		{ 0, SIMGPU_PTE_ADDR_MASK | LOCAL_RWS },
		{ 1, 0x80000000ULL | LOCAL_RWS | SIMGPU_PTE_LEAF },
		{ 1, (64 * MB) | LOCAL_RW | SIMGPU_PTE_LEAF },
		/* RAM begins at 1 MiB, so the first 2 MiB are not all there. */
		{ 1, 0 | LOCAL_RWS | SIMGPU_PTE_LEAF },
	};
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u64 va = 0x100000000000ULL + ((u64)i << 39);

		set_pte(f, va, row[i].level, row[i].pte | SIMGPU_PTE_VALID);
		if (translate(f, va, SIMGPU_FAULT_READ) != -EFAULT ||
		    f->p.q.fault.access !=
		    (SIMGPU_FAULT_READ | SIMGPU_FAULT_BUS))
			fail_msg("row %u: %#x", i, f->p.q.fault.access);
	}
}

static void addresses_above_48_bits_are_absent(void **state)
{
	static const u64 row[] = {
		1ULL << 48, ~0ULL, 0xffff800000000000ULL, VA | 1ULL << 63,
	};
	struct fixture *f = *state;
	unsigned int i;

	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	local_map(&f->l, VMID, 0, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		assert_int_equal(translate(f, row[i], SIMGPU_FAULT_READ),
				 -EFAULT);
		assert_int_equal(f->p.q.fault.access,
				 SIMGPU_FAULT_READ | SIMGPU_FAULT_ABSENT);
	}
}

static void address_spaces_are_apart(void **state)
{
	struct fixture *f = *state;
	struct mapping m;
	struct probe other;

	assert_int_equal(local_vm_set(&f->l, VMID + 1, 0), 0);
	script_probe(&f->l, &other, VMID + 1);
	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), 0);
	mmu_enter(&other.q);
	assert_int_equal(mmu_translate(&other.q, VA, SIMGPU_FAULT_READ, &m),
			 -EFAULT);
	mmu_exit(&other.q);
	local_map(&f->l, VMID + 1, VA, LOCAL_RAM_BASE + 0x3000, 1, LOCAL_RWS);
	mmu_enter(&other.q);
	assert_int_equal(mmu_translate(&other.q, VA, SIMGPU_FAULT_READ, &m), 0);
	mmu_exit(&other.q);
	assert_ptr_equal(m.host, f->l.ram + 0x3000);
	script_probe_end(&other);
}

static void a_new_root_counts_at_once(void **state)
{
	struct fixture *f = *state;

	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), 0);
	f->l.root[VMID] = 0;
	assert_int_equal(local_vm_set(&f->l, VMID, 0), 0);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), -EFAULT);
}

/*
 * What is in the TLB stays in use until it is invalidated: a device whose
 * INVALIDATE does nothing reads the old page, a right one reads the new page.
 */
static void invalidation_is_what_empties_the_tlb(void **state)
{
	struct fixture *f = *state;

	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), 0);
	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE + 0x1000, 1, LOCAL_RWS);

	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_STALE_TLB, 1), 0);
	assert_int_equal(local_invalidate(&f->l, VMID, VA, VA + PAGE_SIZE), 0);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), 0);
	assert_ptr_equal(f->m.host, f->l.ram);

	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_STALE_TLB, 0), 0);
	assert_int_equal(local_invalidate(&f->l, VMID, VA, VA + PAGE_SIZE), 0);
	assert_int_equal(translate(f, VA, SIMGPU_FAULT_READ), 0);
	assert_ptr_equal(f->m.host, f->l.ram + 0x1000);
}

static void leaves_of_all_sizes_are_invalidated(void **state)
{
	struct fixture *f = *state;
	u64 flags = LOCAL_RWS | (4ULL << SIMGPU_PTE_FRAGMENT_SHIFT);

	set_pte(f, VA, 1, 2 * MB | LOCAL_RWS | SIMGPU_PTE_VALID |
		SIMGPU_PTE_LEAF);
	local_map(&f->l, VMID, VA + 2 * MB, LOCAL_RAM_BASE + 0x20000, 16, flags);
	assert_int_equal(translate(f, VA + MB, SIMGPU_FAULT_READ), 0);
	assert_int_equal(translate(f, VA + 2 * MB, SIMGPU_FAULT_READ), 0);
	set_pte(f, VA, 1, 0);
	local_unmap(&f->l, VMID, VA + 2 * MB, 16, 0);
	/* Only a part of each is in the range. */
	assert_int_equal(local_invalidate(&f->l, VMID, VA + MB,
					  VA + 2 * MB + PAGE_SIZE), 0);
	assert_int_equal(translate(f, VA + MB, SIMGPU_FAULT_READ), -EFAULT);
	assert_int_equal(translate(f, VA + 2 * MB + 0xf000, SIMGPU_FAULT_READ),
			 -EFAULT);
}

#define REGION	0x10000ULL

static bool is_filled_with(const u8 *region, u8 byte)
{
	return region[0] == byte && !memcmp(region, region + 1, REGION - 1);
}

/*
 * A queue fills memory for ever.  The memory is taken away and invalidated: from
 * the answer on its bytes do not change any more.  Then it comes back.
 */
static void no_access_is_under_way_after_an_invalidation(void **state)
{
	struct fixture *f = *state;
	u8 *region = local_memory(&f->l, LOCAL_RAM_BASE);
	u64 pages = REGION / PAGE_SIZE;
	unsigned int round, i, caught = 0;
	struct simgpu_event event;
	struct local_queue q;

	/* Faults wait in this address space. */
	assert_int_equal(local_vm_set(&f->l, VMID, SIMGPU_VM_RETRY), 0);
	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, pages, LOCAL_RWS);
	assert_int_equal(local_queue_create(&f->l, &q, 9, VMID,
					    SIMGPU_QUEUE_SDMA, 32768), 0);
	for (i = 0; i < 512; i++)
		local_put(&q, &(struct script) {
			.op = SCRIPT_FILL, .va = VA, .len = REGION,
			.unit = 8, .value = i * 0x0101010101010101ULL,
		}, sizeof(struct script));
	for (round = 0; round < 300; round++) {
		u64 read = load_acquire(&q.index[1]);

		/* What is in the ring is executed again and again. */
		q.wptr = read + 512 * sizeof(struct script);
		local_ring(&q);
		assert_true(local_until(load_acquire(&q.index[1]) != read,
					LOCAL_SOON_MS));
		local_unmap(&f->l, VMID, VA, pages, 0);
		assert_int_equal(local_invalidate(&f->l, VMID, VA, VA + REGION),
				 0);
		memset(region, 0xee, REGION);
		/* It comes to its next access at the latest here. */
		caught += local_event(&f->l, &event, 20);
		if (!is_filled_with(region, 0xee))
			fail_msg("round %u: written afterwards", round);
		local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, pages, LOCAL_RWS);
		assert_int_equal(local_fault_done(&f->l, VMID, VA, VA + REGION,
						  SIMGPU_VERDICT_RETRY), 0);
	}
	/* In many rounds it was in the middle of its work. */
	assert_in_range(caught, 30, 300);
	assert_int_equal(local_queue_destroy(&q), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(four_kib_pages_of_both_places),
		test(fragments_of_64_kib_fill_one_entry),
		test(a_fragment_that_lies_wrong_is_4_kib),
		test(a_fragment_at_the_end_of_memory_is_4_kib),
		test(two_mib_leaves_of_both_places),
		test(access_bits_are_kept),
		test(more_rights_need_no_invalidation),
		test(each_level_can_be_absent),
		test(wait_entries_of_level_0_and_1_wait),
		test(entries_that_point_nowhere_are_bus_faults),
		test(addresses_above_48_bits_are_absent),
		test(address_spaces_are_apart),
		test(a_new_root_counts_at_once),
		test(invalidation_is_what_empties_the_tlb),
		test(leaves_of_all_sizes_are_invalidated),
		test(no_access_is_under_way_after_an_invalidation),
	};

	return cmocka_run_group_tests_name("mmu", tests, NULL, NULL);
}
