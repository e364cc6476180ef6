// SPDX-License-Identifier: MIT
/* Memory as queues see it: page boundaries, patterns, atomics. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "script.h"

#define VMID	2
#define VA	0x400000000000ULL	/* pages are mapped backwards in RAM */
#define PAGES	64
#define HOLE	(VA + PAGES * PAGE_SIZE)	/* nothing here */
#define LOCAL	0x500000000000ULL	/* VRAM */
#define BYTES	(PAGES * PAGE_SIZE)

struct fixture {
	struct local l;
	struct probe p;
	struct queue *q;
};

static int open_with(void **state, bool no_link_atomics)
{
	static struct fixture f;
	const struct local_options options = {
		.no_link_atomics = no_link_atomics,
	};
	unsigned int i;

	assert_int_equal(local_open(&f.l, &options), 0);
	script_install(&f.l);
	assert_int_equal(local_vm_set(&f.l, VMID, 0), 0);
	for (i = 0; i < PAGES; i++)
		local_map(&f.l, VMID, VA + i * PAGE_SIZE, LOCAL_RAM_BASE +
			  (PAGES - 1 - i) * PAGE_SIZE, 1, LOCAL_RWS);
	local_map(&f.l, VMID, LOCAL, 0, PAGES, LOCAL_RW);
	script_probe(&f.l, &f.p, VMID);
	f.q = &f.p.q;
	*state = &f;
	return 0;
}

static int setup(void **state)
{
	return open_with(state, false);
}

static int setup_no_link_atomics(void **state)
{
	return open_with(state, true);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	script_probe_end(&f->p);
	local_close(&f->l);
	return 0;
}

/* The byte that the CPU sees behind a virtual address. */
static u8 *byte_at(struct fixture *f, u64 va)
{
	u64 page = (va - VA) / PAGE_SIZE;

	if (va >= LOCAL)
		return f->l.vram + (va - LOCAL);
	return f->l.ram + (PAGES - 1 - page) * PAGE_SIZE + va % PAGE_SIZE;
}

static u8 pattern(u64 i)
{
	return (u8)(i * 7 + (i >> 8) * 13 + 1);
}

static void put_pattern(struct fixture *f, u64 va, u64 len)
{
	u64 i;

	for (i = 0; i < len; i++)
		*byte_at(f, va + i) = pattern(i);
}

static void writes_and_reads_cross_pages(void **state)
{
	struct fixture *f = *state;
	u8 out[ACCESS_MAX], in[ACCESS_MAX];
	u64 offset, i;

	for (i = 0; i < sizeof(out); i++)
		out[i] = pattern(i);
	for (offset = 0; offset < 2 * PAGE_SIZE; offset += 509) {
		u64 va = VA + offset;

		assert_int_equal(access_write(f->q, va, out, sizeof(out)), 0);
		for (i = 0; i < sizeof(out); i++)
			assert_int_equal(*byte_at(f, va + i), pattern(i));
		memset(in, 0, sizeof(in));
		assert_int_equal(access_read(f->q, va, in, sizeof(in)), 0);
		assert_memory_equal(in, out, sizeof(in));
	}
	assert_int_equal(access_read(f->q, VA, in, 0), 0);
}

static void a_write_into_a_fault_writes_nothing(void **state)
{
	struct fixture *f = *state;
	u8 out[64];

	memset(out, 0xab, sizeof(out));
	assert_int_equal(access_write(f->q, HOLE - 8, out, 16), -EFAULT);
	assert_int_equal(f->q->fault.addr, HOLE);
	assert_int_equal(f->q->fault.access,
			 SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT);
	assert_int_equal(*byte_at(f, HOLE - 8), 0);
	assert_int_equal(*byte_at(f, HOLE - 1), 0);
	assert_int_equal(access_read(f->q, HOLE - 8, out, 16), -EFAULT);
	assert_int_equal(f->q->fault.access,
			 SIMGPU_FAULT_READ | SIMGPU_FAULT_ABSENT);
}

static void accesses_at_the_end_of_all_addresses_fault(void **state)
{
	static const u64 row[] = {
		~0ULL, ~0ULL - 7, (1ULL << 48) - 4, 1ULL << 48, 1ULL << 63,
	};
	struct fixture *f = *state;
	u8 buf[16];
	unsigned int i;
	u64 done;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		assert_int_equal(access_read(f->q, row[i], buf, 16), -EFAULT);
		assert_int_equal(access_write(f->q, row[i], buf, 16), -EFAULT);
		done = 0;
		assert_int_equal(access_copy(f->q, row[i], VA, 16, &done),
				 -EFAULT);
		done = 0;
		assert_int_equal(access_copy(f->q, VA, row[i], ~0ULL, &done),
				 -EFAULT);
		done = 0;
		assert_int_equal(access_fill(f->q, row[i], 0, 1, 16, &done),
				 -EFAULT);
	}
}

static void instructions_need_the_right_to_execute(void **state)
{
	struct fixture *f = *state;
	u64 word;

	assert_int_equal(access_fetch(f->q, VA, &word, 8), -EFAULT);
	assert_int_equal(f->q->fault.access, SIMGPU_FAULT_READ |
			 SIMGPU_FAULT_EXEC | SIMGPU_FAULT_DENIED);
	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, 1,
		  LOCAL_RWS | SIMGPU_PTE_EXEC);
	assert_int_equal(access_fetch(f->q, VA, &word, 8), 0);
}

static void copies_of_every_alignment(void **state)
{
	static const u64 lengths[] = { 0, 1, 7, 8, 63, 4095, 4096, 4097, 70000 };
	struct fixture *f = *state;
	u64 dst, src, i;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(lengths); n++)
		for (dst = 0; dst < 8; dst++)
			for (src = 0; src < 8; src += 3) {
				u64 len = lengths[n], done = 0;
				u64 to = VA + 20 * PAGE_SIZE + dst;

				memset(f->l.ram, 0, BYTES);
				put_pattern(f, LOCAL + src, len);
				assert_int_equal(access_copy(f->q, to,
							     LOCAL + src, len,
							     &done), 0);
				assert_int_equal(done, len);
				for (i = 0; i < len; i++)
					if (*byte_at(f, to + i) != pattern(i))
						fail_msg("%lu %lu %lu", dst,
							 src, len);
				assert_int_equal(*byte_at(f, to - 1), 0);
				assert_int_equal(*byte_at(f, to + len), 0);
			}
}

static void a_copy_goes_on_after_a_fault(void **state)
{
	struct fixture *f = *state;
	u64 len = 4 * PAGE_SIZE, done = 0, i;
	u64 to = HOLE - PAGE_SIZE - 5;

	put_pattern(f, LOCAL, len);
	assert_int_equal(access_copy(f->q, to, LOCAL, len, &done), -EFAULT);
	assert_int_equal(f->q->fault.addr, HOLE);
	assert_int_equal(done, PAGE_SIZE + 5);
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE + (10 << 20), 3, LOCAL_RWS);
	assert_int_equal(access_copy(f->q, to, LOCAL, len, &done), 0);
	for (i = PAGE_SIZE + 5; i < len; i++)
		assert_int_equal(f->l.ram[(10 << 20) + i - PAGE_SIZE - 5],
				 pattern(i));
}

static void long_accesses_end_with_the_slice(void **state)
{
	struct fixture *f = *state;
	unsigned int calls = 1;
	u64 done = 0;
	int err;

	put_pattern(f, LOCAL, BYTES);
	f->q->budget = 1;
	while ((err = access_copy(f->q, VA, LOCAL, BYTES, &done)) == -EAGAIN) {
		f->q->budget = 1;
		calls++;
	}
	assert_int_equal(err, 0);
	/* 64 KiB a call, and the end is seen at once. */
	assert_int_equal(calls, BYTES >> 16);
	assert_int_equal(*byte_at(f, VA + BYTES - 1), pattern(BYTES - 1));
	f->q->budget = 1 << 30;
	f->q->stop = 1;
	done = 0;
	assert_int_equal(access_fill(f->q, VA, 0, 1, BYTES, &done), -EAGAIN);
	assert_in_range(done, 0, BYTES - 1);
}

static void fills_of_every_unit(void **state)
{
	static const size_t units[] = { 1, 2, 4, 8 };
	static const u64 value = 0x8877665544332211ULL;
	struct fixture *f = *state;
	unsigned int n;
	u64 start, i;

	for (n = 0; n < ARRAY_SIZE(units); n++)
		for (start = 0; start < 16; start += units[n]) {
			u64 va = VA + PAGE_SIZE - 32 + start;
			u64 len = units[n] * 1037, done = 0;

			memset(f->l.ram, 0, BYTES);
			assert_int_equal(access_fill(f->q, va, value, units[n],
						     len, &done), 0);
			for (i = 0; i < len; i++)
				if (*byte_at(f, va + i) !=
				    (u8)(value >> (8 * (i % units[n]))))
					fail_msg("unit %zu start %lu at %lu",
						 units[n], start, i);
			assert_int_equal(*byte_at(f, va - 1), 0);
			assert_int_equal(*byte_at(f, va + len), 0);
		}
}

static void bad_fills_are_refused(void **state)
{
	static const struct {
		u64 va;
		size_t unit;
		u64 len;
		u64 done;
	} row[] = {
		{ VA, 3, 12, 0 },
		{ VA, 0, 12, 0 },
		{ VA, 16, 32, 0 },
		{ VA + 1, 4, 16, 0 },
		{ VA, 4, 15, 0 },
		{ VA, 4, 16, 2 },
		{ VA, 4, 16, 20 },
	};
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u64 done = row[i].done;

		if (access_fill(f->q, row[i].va, 1, row[i].unit, row[i].len,
				&done) != -EINVAL)
			fail_msg("row %u", i);
	}
}

static void atomics_compute_what_they_say(void **state)
{
	static const struct {
		enum atomic_op op;
		u64 old, src, cmp;
		u64 new32, new64;
	} row[] = {
		{ ATOMIC_SWAP, 5, 9, 0, 9, 9 },
		{ ATOMIC_CMPSWAP, 5, 9, 5, 9, 9 },
		{ ATOMIC_CMPSWAP, 5, 9, 6, 5, 5 },
		{ ATOMIC_ADD, ~0ULL, 1, 0, 0, 0 },
		{ ATOMIC_ADD, 0xffffffff, 1, 0, 0, 0x100000000 },
		{ ATOMIC_SUB, 0, 1, 0, 0xffffffff, ~0ULL },
		{ ATOMIC_SMIN, ~0ULL, 1, 0, 0xffffffff, ~0ULL },
		{ ATOMIC_SMIN, 0xffffffff, 1, 0, 0xffffffff, 1 },
		{ ATOMIC_UMIN, ~0ULL, 1, 0, 1, 1 },
		{ ATOMIC_SMAX, ~0ULL, 1, 0, 1, 1 },
		{ ATOMIC_SMAX, 0x80000000, 1, 0, 1, 0x80000000 },
		{ ATOMIC_UMAX, ~0ULL, 1, 0, 0xffffffff, ~0ULL },
		{ ATOMIC_AND, 0xff00ff00, 0x0ff00ff0, 0, 0x0f000f00, 0x0f000f00 },
		{ ATOMIC_OR, 0xff00, 0x0ff0, 0, 0xfff0, 0xfff0 },
		{ ATOMIC_XOR, 0xff00, 0x0ff0, 0, 0xf0f0, 0xf0f0 },
		{ ATOMIC_INC, 4, 5, 0, 5, 5 },
		{ ATOMIC_INC, 5, 5, 0, 0, 0 },
		{ ATOMIC_INC, 6, 5, 0, 0, 0 },
		{ ATOMIC_DEC, 0, 5, 0, 5, 5 },
		{ ATOMIC_DEC, 6, 5, 0, 5, 5 },
		{ ATOMIC_DEC, 5, 5, 0, 4, 4 },
	};
	static const u64 places[] = { VA, LOCAL };
	struct fixture *f = *state;
	unsigned int i, p;

	for (p = 0; p < ARRAY_SIZE(places); p++)
		for (i = 0; i < ARRAY_SIZE(row); i++) {
			u64 *word = (u64 *)byte_at(f, places[p] + 8);
			u64 old = 0;

			*word = row[i].old;
			assert_int_equal(access_atomic(f->q, places[p] + 8,
						       row[i].op, 8, row[i].src,
						       row[i].cmp, &old), 0);
			if (*word != row[i].new64 || old != row[i].old)
				fail_msg("64 row %u: %lx", i, *word);
			*word = (row[i].old & 0xffffffff) | 0xaaaa00000000;
			assert_int_equal(access_atomic(f->q, places[p] + 8,
						       row[i].op, 4, row[i].src,
						       row[i].cmp, &old), 0);
			if (*word != (row[i].new32 | 0xaaaa00000000) ||
			    old != (u32)row[i].old)
				fail_msg("32 row %u: %lx", i, *word);
		}
}

static void atomics_that_lie_wrong_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(access_atomic(f->q, VA + 4, ATOMIC_ADD, 8, 1, 0, NULL),
			 -EINVAL);
	assert_int_equal(access_atomic(f->q, VA + 2, ATOMIC_ADD, 4, 1, 0, NULL),
			 -EINVAL);
	assert_int_equal(access_atomic(f->q, VA, ATOMIC_ADD, 2, 1, 0, NULL),
			 -EINVAL);
	assert_int_equal(access_atomic(f->q, VA, ATOMIC_OPS, 4, 1, 0, NULL),
			 -EINVAL);
}

#define ROUNDS	200000

static void *add_on_the_cpu(void *arg)
{
	u64 *word = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		__atomic_fetch_add(word, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* What is lost when CPU and GPU add to one word at the same time. */
static u64 lost_additions(struct fixture *f, u64 va)
{
	u64 *word = (u64 *)byte_at(f, va);
	unsigned int i;
	pthread_t cpu;

	*word = 0;
	assert_int_equal(pthread_create(&cpu, NULL, add_on_the_cpu, word), 0);
	for (i = 0; i < ROUNDS; i++)
		assert_int_equal(access_atomic(f->q, va, ATOMIC_ADD, 8, 1, 0,
					       NULL), 0);
	pthread_join(cpu, NULL);
	return 2 * ROUNDS - *word;
}

static void atomics_are_atomic_against_the_cpu(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(lost_additions(f, VA + 64), 0);
	assert_int_equal(lost_additions(f, LOCAL + 64), 0);
}

/* With two CPUs a loss shows soon. */
static bool additions_get_lost(struct fixture *f, u64 va)
{
	unsigned int tries;

	for (tries = 0; tries < 50; tries++)
		if (lost_additions(f, va))
			return true;
	return false;
}

static void give_to_the_device(struct fixture *f, u64 va)
{
	u64 page = (va - VA) / PAGE_SIZE;

	local_map(&f->l, VMID, va, LOCAL_RAM_BASE +
		  (PAGES - 1 - page) * PAGE_SIZE, 1,
		  LOCAL_RWS | SIMGPU_PTE_ATOMIC);
	local_invalidate(&f->l, VMID, va, va + PAGE_SIZE);
}

static void without_link_atomics_additions_get_lost(void **state)
{
	struct fixture *f = *state;

	/* Own VRAM is atomic all the same. */
	assert_int_equal(lost_additions(f, LOCAL + 64), 0);
	/* Other memory is not, whatever the driver believes. */
	assert_true(additions_get_lost(f, VA + PAGE_SIZE));
	give_to_the_device(f, VA);
	assert_true(additions_get_lost(f, VA));
}

static void *add_on_the_gpu(void *arg)
{
	struct queue *q = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		assert_int_equal(access_atomic(q, VA, ATOMIC_ADD, 8, 1, 0, NULL),
				 0);
	return NULL;
}

static void a_page_for_atomics_is_atomic_for_the_device(void **state)
{
	struct fixture *f = *state;
	struct probe other;
	pthread_t gpu;
	u64 value = 0;
	unsigned int i;

	give_to_the_device(f, VA);
	script_probe(&f->l, &other, VMID);
	assert_int_equal(pthread_create(&gpu, NULL, add_on_the_gpu, &other.q),
			 0);
	/* The upper half is nobody else's. */
	for (i = 0; i < ROUNDS; i++) {
		const u32 word = i;

		assert_int_equal(access_write(f->q, VA + 4, &word, sizeof(word)),
				 0);
	}
	pthread_join(gpu, NULL);
	add_on_the_gpu(f->q);
	assert_int_equal(access_read(f->q, VA, &value, sizeof(value)), 0);
	assert_int_equal(value, (u64)(ROUNDS - 1) << 32 | 2 * ROUNDS);
	script_probe_end(&other);
}

static void atomics_fault_where_the_address_space_says_so(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(local_vm_set(&f->l, VMID, SIMGPU_VM_ATOMIC_FAULT), 0);
	assert_int_equal(access_atomic(f->q, VA, ATOMIC_ADD, 8, 1, 0, NULL),
			 -EFAULT);
	assert_int_equal(f->q->fault.access, SIMGPU_FAULT_READ |
			 SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ATOMIC |
			 SIMGPU_FAULT_DENIED);
	assert_int_equal(access_atomic(f->q, LOCAL, ATOMIC_ADD, 8, 1, 0, NULL),
			 0);
	local_map(&f->l, VMID, VA, LOCAL_RAM_BASE, 1,
		  LOCAL_RWS | SIMGPU_PTE_ATOMIC);
	local_invalidate(&f->l, VMID, VA, VA + PAGE_SIZE);
	assert_int_equal(access_atomic(f->q, VA, ATOMIC_ADD, 8, 1, 0, NULL), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define test_no_link(name) \
	cmocka_unit_test_setup_teardown(name, setup_no_link_atomics, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(writes_and_reads_cross_pages),
		test(a_write_into_a_fault_writes_nothing),
		test(accesses_at_the_end_of_all_addresses_fault),
		test(instructions_need_the_right_to_execute),
		test(copies_of_every_alignment),
		test(a_copy_goes_on_after_a_fault),
		test(long_accesses_end_with_the_slice),
		test(fills_of_every_unit),
		test(bad_fills_are_refused),
		test(atomics_compute_what_they_say),
		test(atomics_that_lie_wrong_are_refused),
		test(atomics_are_atomic_against_the_cpu),
		test_no_link(without_link_atomics_additions_get_lost),
		test_no_link(a_page_for_atomics_is_atomic_for_the_device),
		test(atomics_fault_where_the_address_space_says_so),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
