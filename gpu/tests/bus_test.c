// SPDX-License-Identifier: MIT
/* The bus: which guest-physical addresses are memory. */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "../bus.h"

#define LOW		0x100000ULL
#define HIGH		0x100000000ULL
#define SIZE		0x10000ULL

static u8 low[SIZE], high[SIZE], bar[SIZE];

static int setup(void **state)
{
	static struct bus bus;

	memset(&bus, 0, sizeof(bus));
	assert_int_equal(bus_add_memory(&bus, LOW, SIZE, low), 0);
	assert_int_equal(bus_add_memory(&bus, HIGH, SIZE, high), 0);
	assert_int_equal(bus_set_vram(&bus, HIGH + 0x4000, 0x8000), 0);
	*state = &bus;
	return 0;
}

static int teardown(void **state)
{
	bus_fini(*state);
	return 0;
}

static void addresses_inside_windows_are_memory(void **state)
{
	assert_ptr_equal(bus_map(*state, LOW, 1), low);
	assert_ptr_equal(bus_map(*state, LOW, SIZE), low);
	assert_ptr_equal(bus_map(*state, LOW + SIZE - 1, 1), low + SIZE - 1);
	assert_ptr_equal(bus_map(*state, HIGH + 8, 16), high + 8);
}

static void addresses_outside_are_not(void **state)
{
	static const struct {
		u64 addr;
		u64 len;
	} row[] = {
		{ 0, 1 },
		{ LOW - 1, 1 },
		{ LOW - 1, 2 },
		{ LOW, SIZE + 1 },
		{ LOW + SIZE, 1 },
		{ LOW + SIZE - 1, 2 },
		{ LOW + 1, ~0ULL },
		{ LOW, ~0ULL },
		{ ~0ULL, 1 },
		{ ~0ULL, 2 },
		{ ~0ULL - 4095, 4096 },
		{ HIGH + SIZE, 0x1000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		if (bus_map(*state, row[i].addr, row[i].len))
			fail_msg("row %u", i);
}

static void vram_offsets_stop_at_its_end(void **state)
{
	assert_ptr_equal(bus_map_vram(*state, 0, 0x8000), high + 0x4000);
	assert_ptr_equal(bus_map_vram(*state, 0x7fff, 1), high + 0xbfff);
	assert_null(bus_map_vram(*state, 0x8000, 1));
	assert_null(bus_map_vram(*state, 0x7fff, 2));
	assert_null(bus_map_vram(*state, ~0ULL, 2));
	assert_null(bus_map_vram(*state, 1, ~0ULL));
}

static void bad_windows_are_refused(void **state)
{
	static const struct {
		u64 base;
		u64 size;
	} row[] = {
		{ LOW, SIZE },			/* the same again */
		{ LOW + SIZE - 0x1000, 0x2000 },	/* overlaps the end */
		{ LOW - 0x1000, 0x2000 },	/* overlaps the start */
		{ LOW - 0x1000, SIZE + 0x2000 },	/* around it */
		{ 0x200000, 0 },
		{ 0x200800, 0x1000 },
		{ 0x200000, 0x800 },
		{ ~0ULL - 0xfff, 0x1000 },	/* ends at 2^64 */
		{ ~0ULL - 0xfff, 0x2000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		if (bus_add_memory(*state, row[i].base, row[i].size, bar) !=
		    -EINVAL)
			fail_msg("row %u", i);
}

static void vram_must_lie_inside_one_window(void **state)
{
	assert_int_equal(bus_set_vram(*state, HIGH, SIZE + 0x1000), -EINVAL);
	assert_int_equal(bus_set_vram(*state, 0x300000, 0x1000), -EINVAL);
	assert_int_equal(bus_set_vram(*state, HIGH, 0), -EINVAL);
	assert_int_equal(bus_set_vram(*state, HIGH + 1, 0x1000), -EINVAL);
	/* The old one stays. */
	assert_ptr_equal(bus_map_vram(*state, 0, 1), high + 0x4000);
}

static void the_bar_comes_and_goes(void **state)
{
	assert_null(bus_map(*state, 0xf0000000, 8));
	bus_set_bar(*state, 0xf0000000, SIZE, bar);
	assert_ptr_equal(bus_map(*state, 0xf0000010, 8), bar + 16);
	assert_null(bus_map(*state, 0xf0000000, SIZE + 1));
	bus_set_bar(*state, 0, 0, NULL);
	assert_null(bus_map(*state, 0xf0000000, 8));
}

static void a_bar_does_not_hide_memory(void **state)
{
	bus_set_bar(*state, LOW, SIZE, bar);
	assert_ptr_equal(bus_map(*state, LOW, 8), low);
}

static void a_file_that_is_too_short_is_refused(void **state)
{
	int fd = memfd_create("ram", 0);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 0x3000), 0);
	assert_int_equal(bus_add_ram(*state, 0x200000, 0x4000, fd, 0), -EINVAL);
	assert_int_equal(bus_add_ram(*state, 0x200000, 0x2000, fd, 0x2000),
			 -EINVAL);
	assert_int_equal(bus_add_ram(*state, 0x200000, 0x2000, fd, 0x800),
			 -EINVAL);
	assert_int_equal(bus_add_ram(*state, 0x200000, 0x2000, -1, 0), -EBADF);
	assert_int_equal(bus_add_ram(*state, 0x200000, 0x2000, fd, 0x1000), 0);
	bus_map(*state, 0x200000, 1)[0] = 7;
	close(fd);
}

static void there_is_an_end_to_windows(void **state)
{
	struct bus *bus = *state;
	u64 base = 0x10000000;

	while (bus->count < BUS_WINDOWS) {
		assert_int_equal(bus_add_memory(bus, base, 0x1000, bar), 0);
		base += 0x1000;
	}
	assert_int_equal(bus_add_memory(bus, base, 0x1000, bar), -ENOSPC);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(addresses_inside_windows_are_memory),
		test(addresses_outside_are_not),
		test(vram_offsets_stop_at_its_end),
		test(bad_windows_are_refused),
		test(vram_must_lie_inside_one_window),
		test(the_bar_comes_and_goes),
		test(a_bar_does_not_hide_memory),
		test(a_file_that_is_too_short_is_refused),
		test(there_is_an_end_to_windows),
	};

	return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
