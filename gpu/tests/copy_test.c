// SPDX-License-Identifier: MIT
/* The driver's copy engine. */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "local.h"

#define MB		0x100000ULL
#define PAGES(n)	((n) * PAGE_SIZE)

struct fixture {
	struct local l;
	struct simgpu_copy *list;
};

static int setup(void **state)
{
	static struct fixture f;
	static const struct local_options options = { 0 };
	u64 *word;

	assert_int_equal(local_open(&f.l, &options), 0);
	f.list = calloc(SIMGPU_COPY_MAX, sizeof(*f.list));
	assert_non_null(f.list);
	for (word = (u64 *)f.l.ram; word < (u64 *)(f.l.ram + 16 * MB); word++)
		*word = (u64)(word - (u64 *)f.l.ram) * 0x9e3779b97f4a7c15ULL + 1;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	free(f->list);
	local_close(&f->l);
	return 0;
}

static int copy(struct fixture *f, u32 count)
{
	return local_copy(&f->l, SIMGPU_CMD_COPY, f->list, count);
}

static int clear(struct fixture *f, u32 count)
{
	return local_copy(&f->l, SIMGPU_CMD_CLEAR, f->list, count);
}

static struct simgpu_copy element(u64 dst, u64 src, u32 npages)
{
	return (struct simgpu_copy) {
		.dst = dst, .src = src, .npages = npages, .status = 0x5555,
	};
}

static u64 local_page(u64 page)
{
	return PAGES(page) | SIMGPU_COPY_LOCAL;
}

static u64 ram_page(u64 page)
{
	return LOCAL_RAM_BASE + PAGES(page);
}

static void runs_go_from_place_to_place(void **state)
{
	static const u32 lengths[] = { 1, 2, 127, 128, 129, 512, 1000 };
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		u32 n = lengths[i];

		memset(f->l.vram, 0, 16 * MB);
		f->list[0] = element(local_page(3), ram_page(5), n);
		assert_int_equal(copy(f, 1), 0);
		assert_int_equal(f->list[0].status, 0);
		assert_memory_equal(f->l.vram + PAGES(3), f->l.ram + PAGES(5),
				    PAGES(n));
		assert_int_equal(f->l.vram[PAGES(3) - 1], 0);
		assert_int_equal(f->l.vram[PAGES(3 + n)], 0);
		/* VRAM to VRAM, once by its offset and once by its address. */
		f->list[0] = element(local_page(4096),
				     LOCAL_VRAM_BASE + PAGES(3), n);
		assert_int_equal(copy(f, 1), 0);
		f->list[0] = element(ram_page(8192), local_page(4096), n);
		assert_int_equal(copy(f, 1), 0);
		assert_memory_equal(f->l.ram + PAGES(8192),
				    f->l.ram + PAGES(5), PAGES(n));
	}
}

static void a_list_of_single_pages(void **state)
{
	struct fixture *f = *state;
	u32 i;

	for (i = 0; i < SIMGPU_COPY_MAX; i++)
		f->list[i] = element(local_page((i * 5) % SIMGPU_COPY_MAX),
				     ram_page(i), 1);
	assert_int_equal(copy(f, SIMGPU_COPY_MAX), 0);
	for (i = 0; i < SIMGPU_COPY_MAX; i++) {
		assert_int_equal(f->list[i].status, 0);
		assert_memory_equal(f->l.vram + PAGES((i * 5) %
						      SIMGPU_COPY_MAX),
				    f->l.ram + PAGES(i), PAGE_SIZE);
	}
}

static void runs_of_all_lengths_in_one_list(void **state)
{
	struct fixture *f = *state;
	u64 page = 0;
	u32 i;

	for (i = 0; i < 60; i++) {
		f->list[i] = element(local_page(page), ram_page(page), i + 1);
		page += i + 1;
	}
	assert_int_equal(copy(f, 60), 0);
	assert_memory_equal(f->l.vram, f->l.ram, PAGES(page));
	assert_int_equal(f->l.vram[PAGES(page)], 0);
}

static void clearing_writes_zeros(void **state)
{
	struct fixture *f = *state;
	u32 i;

	memset(f->l.vram, 0xff, 16 * MB);
	f->list[0] = element(local_page(1), ~0ULL, 1);
	f->list[1] = element(local_page(4), 3, 1500);
	f->list[2] = element(LOCAL_VRAM_BASE + PAGES(3), 0, 1);
	assert_int_equal(clear(f, 3), 0);
	for (i = 0; i < 8 * MB; i++) {
		u64 page = i / PAGE_SIZE;
		bool zero = page == 1 || (page >= 3 && page < 1504);

		if (f->l.vram[i] != (zero ? 0 : 0xff))
			fail_msg("at %#x", i);
	}
}

static void a_bad_element_spoils_only_itself(void **state)
{
	static const struct {
		u64 dst, src;
		u32 npages;
		int err;
	} row[] = {
		{ PAGES(9) | 1, LOCAL_RAM_BASE, 0, EINVAL },
		{ PAGES(9) | 1, 0, 1, EFAULT },
		{ PAGES(9) | 1, LOCAL_RAM_BASE + 8, 1, EFAULT },
		{ PAGES(9) | 9, LOCAL_RAM_BASE, 1, EFAULT },
		{ PAGES(16384) | 1, LOCAL_RAM_BASE, 1, EFAULT },
		{ PAGES(16383) | 1, LOCAL_RAM_BASE, 2, EFAULT },
		{ PAGES(9) | 1, LOCAL_RAM_BASE, ~0U, EFAULT },
		{ ~0ULL & ~4095ULL, LOCAL_RAM_BASE, 2, EFAULT },
		{ PAGES(9) | 1, ~0ULL & ~4095ULL, 2, EFAULT },
		{ LOCAL_RAM_BASE + PAGES(1), LOCAL_RAM_BASE, 2, EINVAL },
		{ LOCAL_RAM_BASE, LOCAL_RAM_BASE + PAGES(1), 2, EINVAL },
		{ PAGES(9) | 1, LOCAL_VRAM_BASE + PAGES(9), 1, EINVAL },
	};
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		memset(f->l.vram, 0, MB);
		f->list[0] = element(local_page(0), ram_page(0), 1);
		f->list[1] = element(row[i].dst, row[i].src, row[i].npages);
		f->list[2] = element(local_page(1), ram_page(1), 200);
		assert_int_equal(copy(f, 3), -row[i].err);
		assert_int_equal(f->list[0].status, 0);
		if (f->list[1].status != (u32)row[i].err)
			fail_msg("row %u: %u", i, f->list[1].status);
		assert_int_equal(f->list[2].status, 0);
		assert_memory_equal(f->l.vram, f->l.ram, PAGES(201));
	}
}

static void the_driver_can_stop_a_copy(void **state)
{
	struct fixture *f = *state;
	u64 list = local_alloc(&f->l, SIMGPU_COPY_MAX * sizeof(*f->list));
	struct simgpu_copy *elements = local_memory(&f->l, list);
	u64 start;
	u32 i;

	/* 32 MiB, 4096 times. */
	for (i = 0; i < SIMGPU_COPY_MAX; i++)
		elements[i] = element(local_page(0), ram_page(0), 8192);
	local_post(&f->l, &(struct simgpu_cmd) {
		.opcode = SIMGPU_CMD_COPY,
		.copy = { .list = list, .count = SIMGPU_COPY_MAX },
	});
	local_nap();
	start = gpu_ns();
	local_disable(&f->l);
	assert_true(gpu_ns() - start < 5000000000ULL);
	local_enable(&f->l);
	f->list[0] = element(local_page(0), ram_page(5), 1);
	assert_int_equal(copy(f, 1), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(runs_go_from_place_to_place),
		test(a_list_of_single_pages),
		test(runs_of_all_lengths_in_one_list),
		test(clearing_writes_zeros),
		test(a_bad_element_spoils_only_itself),
		test(the_driver_can_stop_a_copy),
	};

	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
