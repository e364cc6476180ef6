/* SPDX-License-Identifier: GPL-2.0 */
/* A device and a VM of either back end, for the tests of the hardware contract. */
#ifndef HW_FIXTURE_H
#define HW_FIXTURE_H

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "../hw/hw.h"

/* Pages of system memory, and of the part of VRAM that tests write at will. */
#define FIXTURE_ORDER	10
#define FIXTURE_PAGES	BIT(FIXTURE_ORDER)
#define FIXTURE_SIZE	(FIXTURE_PAGES << PAGE_SHIFT)

#define VA		0x7f0000000000ULL

/**
 * struct hw_fixture - what each test starts with
 * @hw: the device
 * @vm: an empty address space
 * @system: FIXTURE_PAGES of zeroed memory, aligned like a huge page
 * @vram: loop only: the pages that play VRAM
 * @local: all of the VRAM as the CPU sees it; the first FIXTURE_SIZE and the
 *	last page are the test's
 * @simgpu: which back end
 */
struct hw_fixture {
	struct hw_device *hw;
	struct hw_vm *vm;
	struct page *system;
	struct page *vram;
	u8 *local;
	bool simgpu;
};

/* Suite and case hooks; on simgpu the cases skip where there is no device. */
int hw_fixture_suite_init(struct kunit_suite *suite);
void hw_fixture_suite_exit(struct kunit_suite *suite);
int hw_fixture_init_loop(struct kunit *test);
int hw_fixture_init_simgpu(struct kunit *test);
void hw_fixture_exit(struct kunit *test);

/* Start the simgpu device and make a VM, or the reverse. */
void hw_fixture_start(struct kunit *test, struct hw_fixture *f);
void hw_fixture_stop(struct hw_fixture *f);

static inline struct hw_run local_run(u64 offset, u32 npages)
{
	return (struct hw_run){ offset, npages, HW_LOCAL };
}

static inline struct hw_run system_run(struct hw_fixture *f, u64 offset,
				       u32 npages)
{
	return (struct hw_run){ page_to_phys(f->system) + offset, npages,
				HW_SYSTEM };
}

static inline u8 *system_at(struct hw_fixture *f, u64 offset)
{
	return page_address(f->system) + offset;
}

/* Prepare and commit one mapping. */
void hw_fixture_map(struct kunit *test, u64 va, struct hw_run run, u32 access);

/* Wait for a condition; its last value is the result. */
#define WAIT_MS		60000
#define wait_until(condition)						\
({									\
	unsigned long end_ = jiffies + msecs_to_jiffies(WAIT_MS);	\
	bool late_, is_;						\
									\
	do {								\
		late_ = time_after(jiffies, end_);			\
		is_ = (condition);					\
		if (!is_)						\
			usleep_range(100, 500);				\
	} while (!is_ && !late_);					\
	is_;								\
})

#endif
