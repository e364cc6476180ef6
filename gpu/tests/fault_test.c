// SPDX-License-Identifier: MIT
/* Faults: retry, kill, who is told and how often. */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "script.h"

#define VMID	7
#define DATA	0x200000ULL
#define HOLE	0x600000ULL
#define QUEUES	6

struct fixture {
	struct local l;
	struct local_queue q[QUEUES];
	u64 *data;
};

static int open_with(void **state, u32 vm_flags)
{
	static struct fixture f;
	static const struct local_options options = { 0 };
	unsigned int i;

	assert_int_equal(local_open(&f.l, &options), 0);
	script_install(&f.l);
	assert_int_equal(local_vm_set(&f.l, VMID, vm_flags), 0);
	local_map(&f.l, VMID, DATA, LOCAL_RAM_BASE, 256, LOCAL_RWS);
	for (i = 0; i < QUEUES; i++)
		assert_int_equal(local_queue_create(&f.l, &f.q[i], i, VMID,
						    SIMGPU_QUEUE_SDMA, 4096), 0);
	f.data = local_memory(&f.l, LOCAL_RAM_BASE);
	*state = &f;
	return 0;
}

static int setup(void **state)
{
	return open_with(state, SIMGPU_VM_RETRY);
}

static int setup_no_retry(void **state)
{
	return open_with(state, 0);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	local_close(&f->l);
	return 0;
}

static void store(struct local_queue *q, u64 va, u64 value)
{
	script_submit(q, &(struct script) {
		.op = SCRIPT_STORE, .va = va, .value = value,
	});
}

static void expect_fault(struct fixture *f, u32 type, u64 addr, u32 access,
			 struct simgpu_event *event)
{
	assert_true(local_event(&f->l, event, LOCAL_SOON_MS));
	assert_int_equal(event->type, type);
	assert_int_equal(event->vmid, VMID);
	assert_int_equal(event->addr, addr);
	assert_int_equal(event->access, access);
}

static void an_access_waits_for_the_answer(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	store(&f->q[0], HOLE + 8, 0x55);
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	assert_int_equal(event.queue, 0);
	/* It waits, without another event. */
	assert_false(local_event(&f->l, &event, 50));
	assert_int_equal(f->q[0].index[1], 0);
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  SIMGPU_VERDICT_RETRY), 0);
	assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
	assert_int_equal(f->data[1], 0x55);
}

static void a_retry_that_fails_again_is_told_again(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;
	unsigned int i;

	store(&f->q[0], HOLE, 0x66);
	for (i = 0; i < 5; i++) {
		expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
			     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
		assert_int_equal(event.seq, i);
		assert_int_equal(local_fault_done(&f->l, VMID, HOLE,
						  HOLE + PAGE_SIZE,
						  SIMGPU_VERDICT_RETRY), 0);
	}
	/* The reason may be another one then. */
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, 1,
		  SIMGPU_PTE_READ | SIMGPU_PTE_SYSTEM);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  SIMGPU_VERDICT_RETRY), 0);
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_DENIED, &event);
}

static void a_killed_queue_stops_for_good(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	store(&f->q[0], HOLE, 0x66);
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  SIMGPU_VERDICT_KILL), 0);
	expect_fault(f, SIMGPU_EVENT_FAULT_FATAL, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	assert_int_equal(event.queue, 0);
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	store(&f->q[0], DATA + 64, 1);
	assert_false(local_drain(&f->q[0], 50));
	assert_int_equal(f->data[0], 0);
	assert_int_equal(f->data[8], 0);
	/* The others are not touched by that, and it can be destroyed. */
	store(&f->q[1], DATA + 8, 2);
	assert_true(local_drain(&f->q[1], LOCAL_SOON_MS));
	assert_int_equal(local_queue_destroy(&f->q[0]), 0);
}

static void one_event_for_all_that_wait_at_a_page(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;
	unsigned int i;

	for (i = 0; i < QUEUES; i++)
		store(&f->q[i], HOLE + 8 * i, 100 + i);
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	assert_false(local_event(&f->l, &event, 50));
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  SIMGPU_VERDICT_RETRY), 0);
	for (i = 0; i < QUEUES; i++) {
		assert_true(local_drain(&f->q[i], LOCAL_SOON_MS));
		assert_int_equal(f->data[i], 100 + i);
	}
	assert_false(local_event(&f->l, &event, 20));
}

static void each_page_has_its_event(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;
	unsigned int i;
	u32 seen = 0;

	for (i = 0; i < QUEUES; i++)
		store(&f->q[i], HOLE + i * PAGE_SIZE, 100 + i);
	for (i = 0; i < QUEUES; i++) {
		assert_true(local_event(&f->l, &event, LOCAL_SOON_MS));
		assert_int_equal(event.type, SIMGPU_EVENT_FAULT);
		seen |= 1U << ((event.addr - HOLE) / PAGE_SIZE);
	}
	assert_int_equal(seen, (1U << QUEUES) - 1);
	/* One answer is for its range only. */
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, QUEUES, LOCAL_RWS);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE + PAGE_SIZE,
					  HOLE + 3 * PAGE_SIZE,
					  SIMGPU_VERDICT_RETRY), 0);
	assert_true(local_drain(&f->q[1], LOCAL_SOON_MS));
	assert_true(local_drain(&f->q[2], LOCAL_SOON_MS));
	assert_false(local_drain(&f->q[0], 20));
	assert_false(local_drain(&f->q[3], 20));
	assert_int_equal(local_fault_done(&f->l, VMID, 0, HOLE << 8,
					  SIMGPU_VERDICT_RETRY), 0);
	for (i = 0; i < QUEUES; i++)
		assert_true(local_drain(&f->q[i], LOCAL_SOON_MS));
}

static void without_retry_the_queue_stops(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	script_submit(&f->q[2], &(struct script) {
		.op = SCRIPT_ATOMIC, .va = HOLE + 16, .unit = 8,
		.atomic = ATOMIC_ADD, .value = 1,
	});
	expect_fault(f, SIMGPU_EVENT_FAULT_FATAL, HOLE, SIMGPU_FAULT_READ |
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ATOMIC |
		     SIMGPU_FAULT_ABSENT, &event);
	assert_int_equal(event.queue, 2);
	/* An answer does not wake the dead. */
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  SIMGPU_VERDICT_RETRY), 0);
	assert_false(local_drain(&f->q[2], 30));
}

static void a_wait_entry_waits_without_retry(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	local_unmap(&f->l, VMID, HOLE, 1, SIMGPU_PTE_WAIT);
	store(&f->q[0], HOLE, 7);
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  SIMGPU_VERDICT_RETRY), 0);
	assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 7);
}

static void a_destroyed_queue_leaves_its_page_to_others(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	store(&f->q[0], HOLE, 1);
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	store(&f->q[1], HOLE + 8, 2);
	assert_false(local_event(&f->l, &event, 30));
	assert_int_equal(local_queue_destroy(&f->q[0]), 0);
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  SIMGPU_VERDICT_RETRY), 0);
	assert_true(local_drain(&f->q[1], LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 0);
	assert_int_equal(f->data[1], 2);
}

/*
 * With a full event ring the first queue's fault is not told yet, and the second
 * one relies on it.  The first is destroyed: the second has to tell.
 */
static void a_fault_that_was_never_told_is_told_by_another(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;
	unsigned int i;

	for (i = 0; i < SIMGPU_EVENT_COUNT; i++) {
		script_submit(&f->q[5], &(struct script) {
			.op = SCRIPT_INTERRUPT, .value = i,
		});
		if (i % 32 == 31)
			assert_true(local_drain(&f->q[5], LOCAL_SOON_MS));
	}
	store(&f->q[0], HOLE, 1);
	local_nap();
	store(&f->q[1], HOLE + 8, 2);
	/* Both have come to the page when a third one is through. */
	store(&f->q[2], DATA + 64, 3);
	assert_true(local_drain(&f->q[2], LOCAL_SOON_MS));
	local_nap();
	assert_int_equal(local_queue_destroy(&f->q[0]), 0);
	for (i = 0; i < SIMGPU_EVENT_COUNT; i++)
		assert_true(local_event(&f->l, &event, 0));
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	assert_int_equal(event.queue, 1);
}

static void an_answer_while_suspended_counts_later(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	store(&f->q[0], HOLE, 9);
	expect_fault(f, SIMGPU_EVENT_FAULT, HOLE,
		     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_SUSPEND, VMID), 0);
	local_map(&f->l, VMID, HOLE, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  SIMGPU_VERDICT_RETRY), 0);
	assert_false(local_drain(&f->q[0], 30));
	assert_int_equal(f->data[0], 0);
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_RESUME, VMID), 0);
	assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 9);
}

static void a_long_copy_faults_page_by_page(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;
	unsigned int i, pages = 64;

	for (i = 0; i < 512 * pages; i++)
		f->data[i] = i ^ 0x1234567;
	script_submit(&f->q[0], &(struct script) {
		.op = SCRIPT_COPY, .va = HOLE, .src = DATA,
		.len = pages * PAGE_SIZE,
	});
	for (i = 0; i < pages; i++) {
		u64 va = HOLE + i * PAGE_SIZE;

		expect_fault(f, SIMGPU_EVENT_FAULT, va,
			     SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ABSENT, &event);
		local_map(&f->l, VMID, va, i * PAGE_SIZE, 1, LOCAL_RW);
		assert_int_equal(local_fault_done(&f->l, VMID, va,
						  va + PAGE_SIZE,
						  SIMGPU_VERDICT_RETRY), 0);
	}
	assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
	assert_memory_equal(f->l.vram, f->data, pages * PAGE_SIZE);
}

static void bad_answers_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(local_fault_done(&f->l, VMID, HOLE, HOLE + PAGE_SIZE,
					  2), -EINVAL);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE + PAGE_SIZE, HOLE,
					  0), -EINVAL);
	assert_int_equal(local_fault_done(&f->l, VMID, HOLE + 1,
					  HOLE + PAGE_SIZE, 0), -EINVAL);
	assert_int_equal(local_fault_done(&f->l, 0, 0, PAGE_SIZE, 0), -EINVAL);
	assert_int_equal(local_fault_done(&f->l, VMID + 1, 0, PAGE_SIZE, 0),
			 -ENOENT);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define test_no_retry(name) \
	cmocka_unit_test_setup_teardown(name, setup_no_retry, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(an_access_waits_for_the_answer),
		test(a_retry_that_fails_again_is_told_again),
		test(a_killed_queue_stops_for_good),
		test(one_event_for_all_that_wait_at_a_page),
		test(each_page_has_its_event),
		test_no_retry(without_retry_the_queue_stops),
		test_no_retry(a_wait_entry_waits_without_retry),
		test(a_destroyed_queue_leaves_its_page_to_others),
		test(a_fault_that_was_never_told_is_told_by_another),
		test(an_answer_while_suspended_counts_later),
		test(a_long_copy_faults_page_by_page),
		test(bad_answers_are_refused),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
