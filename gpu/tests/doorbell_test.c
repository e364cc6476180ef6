// SPDX-License-Identifier: MIT
/* Doorbells: rings, silence, sleep. */
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "script.h"

#define VMID	11
#define DATA	0x200000ULL
#define BELLS	0x900000ULL	/* virtual address of the VMID's doorbells */

struct fixture {
	struct local l;
	struct local_queue q;
	u64 *data;
	u64 *bell;
};

static int open_with(void **state, u32 idle_ms)
{
	static struct fixture f;
	const struct local_options options = { .idle_ms = idle_ms };

	assert_int_equal(local_open(&f.l, &options), 0);
	script_install(&f.l);
	assert_int_equal(local_vm_set(&f.l, VMID, 0), 0);
	local_map(&f.l, VMID, DATA, LOCAL_RAM_BASE, 16, LOCAL_RWS);
	local_map(&f.l, VMID, BELLS, LOCAL_BAR_BASE + SIMGPU_DOORBELL_OFFSET +
		  VMID * SIMGPU_DOORBELL_SLICE, 2, LOCAL_RWS);
	f.data = local_memory(&f.l, LOCAL_RAM_BASE);
	f.bell = (u64 *)(f.l.bar + SIMGPU_DOORBELL_OFFSET +
			 VMID * SIMGPU_DOORBELL_SLICE);
	/* What another process has left there. */
	f.bell[4] = 64;
	assert_int_equal(local_queue_create(&f.l, &f.q, 4, VMID,
					    SIMGPU_QUEUE_SDMA, 4096), 0);
	*state = &f;
	return 0;
}

static int setup(void **state)
{
	return open_with(state, 0);
}

static int setup_idle(void **state)
{
	return open_with(state, 20);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	local_close(&f->l);
	return 0;
}

static void put_store(struct fixture *f, u64 value)
{
	local_put(&f->q, &(struct script) {
		.op = SCRIPT_STORE, .va = DATA, .value = value,
	}, sizeof(struct script));
}

static bool wait_idle(struct fixture *f)
{
	struct simgpu_event event;

	if (!local_event(&f->l, &event, LOCAL_SOON_MS))
		return false;
	assert_int_equal(event.type, SIMGPU_EVENT_IDLE);
	assert_int_equal(event.vmid, VMID);
	assert_int_equal(event.queue, ~0U);
	return true;
}

static u64 counter(struct fixture *f, enum simgpu_counter c)
{
	return load_acquire((u64 *)(f->l.bar + SIMGPU_REG_COUNTERS + 8 * c));
}

static void old_content_is_no_submission(void **state)
{
	struct fixture *f = *state;

	put_store(f, 5);
	store_release(&f->q.index[0], f->q.wptr);
	assert_false(local_drain(&f->q, 50));
	local_ring(&f->q);
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
}

static void the_first_ring_may_be_any_value(void **state)
{
	static const u64 values[] = { 0, 64, 1, ~0ULL - 1 };
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		put_store(f, 1000 + i);
		store_release(&f->q.index[0], f->q.wptr);
		/* A ring with this value, and nothing else. */
		store_release(&f->bell[4], values[i]);
		assert_true(local_drain(&f->q, LOCAL_SOON_MS));
		assert_int_equal(f->data[0], 1000 + i);
	}
}

static void other_doorbells_start_nothing(void **state)
{
	struct fixture *f = *state;
	u64 before = counter(f, SIMGPU_COUNT_DOORBELLS);

	put_store(f, 5);
	store_release(&f->q.index[0], f->q.wptr);
	store_release(&f->bell[3], 64);
	store_release(&f->bell[5], 64);
	store_release(f->bell + 4 + SIMGPU_DOORBELL_SLICE / 8, 64);
	assert_false(local_drain(&f->q, 50));
	assert_int_equal(counter(f, SIMGPU_COUNT_DOORBELLS), before);
}

static void no_ring_is_lost(void **state)
{
	struct fixture *f = *state;
	struct local_queue busy[2];
	unsigned int i;

	/* With others at work, one thread polls while another runs the queue. */
	for (i = 0; i < 2; i++) {
		assert_int_equal(local_queue_create(&f->l, &busy[i], 5 + i,
						    VMID, SIMGPU_QUEUE_SDMA,
						    4096), 0);
		script_submit(&busy[i], &(struct script) { .op = SCRIPT_SPIN });
	}
	for (i = 0; i < 20000; i++) {
		put_store(f, i);
		local_ring(&f->q);
		/* Now and then let it come to rest, at every distance. */
		if (i % 5 == 0 || f->q.wptr - load_acquire(&f->q.index[1]) >
		    2048)
			assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	}
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 19999);
}

static void silence_is_reported_once(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	assert_true(wait_idle(f));
	assert_false(local_event(&f->l, &event, 100));
	put_store(f, 1);
	local_ring(&f->q);
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	assert_true(wait_idle(f));
}

static void an_address_space_sleeps_and_wakes(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	assert_true(wait_idle(f));
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_DOORBELL_SLEEP,
					  VMID), 0);
	put_store(f, 77);
	local_ring(&f->q);
	assert_false(local_drain(&f->q, 50));
	assert_false(local_event(&f->l, &event, 50));
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_DOORBELL_WAKE,
					  VMID), 0);
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 77);
	assert_true(wait_idle(f));
}

static void a_ring_before_the_sleep_is_seen(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		put_store(f, i);
		local_ring(&f->q);
		assert_int_equal(local_vm_command(&f->l,
						  SIMGPU_CMD_DOORBELL_SLEEP,
						  VMID), 0);
		assert_true(local_drain(&f->q, LOCAL_SOON_MS));
		assert_int_equal(local_vm_command(&f->l,
						  SIMGPU_CMD_DOORBELL_WAKE,
						  VMID), 0);
	}
}

static void a_gpu_may_ring_a_sleeping_doorbell(void **state)
{
	struct fixture *f = *state;
	struct local_queue other;

	assert_int_equal(local_vm_set(&f->l, VMID + 1, 0), 0);
	local_map(&f->l, VMID + 1, BELLS, LOCAL_BAR_BASE +
		  SIMGPU_DOORBELL_OFFSET + VMID * SIMGPU_DOORBELL_SLICE, 2,
		  LOCAL_RWS);
	assert_int_equal(local_queue_create(&f->l, &other, 9, VMID + 1,
					    SIMGPU_QUEUE_SDMA, 4096), 0);
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_DOORBELL_SLEEP,
					  VMID), 0);
	put_store(f, 3);
	store_release(&f->q.index[0], f->q.wptr);
	script_submit(&other, &(struct script) {
		.op = SCRIPT_STORE, .va = BELLS + 8 * 4, .value = f->q.wptr,
	});
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 3);
}

static u64 cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

/* CPU time of this process, which is the device's but for this test's own. */
static double busy_share(unsigned int ms)
{
	u64 wall = gpu_ns(), cpu = cpu_ns();

	while (gpu_ns() - wall < ms * 1000000ULL) {
		struct timespec t = { .tv_nsec = 100000000 };

		nanosleep(&t, NULL);
	}
	return (double)(cpu_ns() - cpu) / (double)(gpu_ns() - wall);
}

static void a_sleeping_device_uses_no_cpu(void **state)
{
	struct fixture *f = *state;
	u64 polls;

	assert_true(wait_idle(f));
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_DOORBELL_SLEEP,
					  VMID), 0);
	polls = counter(f, SIMGPU_COUNT_POLLS);
	assert_true(busy_share(1000) < 0.01);
	/* The round that was under way, and then none. */
	assert_in_range(counter(f, SIMGPU_COUNT_POLLS), polls, polls + 2);
}

static void a_queue_that_waits_long_is_tried_less_often(void **state)
{
	struct fixture *f = *state;

	local_vm_command(&f->l, SIMGPU_CMD_DOORBELL_SLEEP, VMID);
	script_submit(&f->q, &(struct script) {
		.op = SCRIPT_WAIT, .va = DATA, .value = 1,
	});
	local_vm_command(&f->l, SIMGPU_CMD_DOORBELL_WAKE, VMID);
	local_vm_command(&f->l, SIMGPU_CMD_DOORBELL_SLEEP, VMID);
	busy_share(200);
	assert_true(busy_share(500) < 0.05);
	store_release(&f->data[0], 1);
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define test_idle(name) \
	cmocka_unit_test_setup_teardown(name, setup_idle, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(old_content_is_no_submission),
		test(the_first_ring_may_be_any_value),
		test(other_doorbells_start_nothing),
		test(no_ring_is_lost),
		test_idle(silence_is_reported_once),
		test_idle(an_address_space_sleeps_and_wakes),
		test(a_ring_before_the_sleep_is_seen),
		test(a_gpu_may_ring_a_sleeping_doorbell),
		test_idle(a_sleeping_device_uses_no_cpu),
		test(a_queue_that_waits_long_is_tried_less_often),
	};

	return cmocka_run_group_tests_name("doorbell", tests, NULL, NULL);
}
