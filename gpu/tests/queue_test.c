// SPDX-License-Identifier: MIT
/* Queues: scheduling, and commands about queues that are busy. */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "script.h"

#define VMID	3
#define DATA	0x200000ULL	/* virtual address of test data: RAM from its start */
#define PAGES	4096
#define MANY	64

struct fixture {
	struct local l;
	struct local_queue q[MANY];
	u64 *data;
};

static int setup(void **state)
{
	static struct fixture f;
	static const struct local_options options = { 0 };

	assert_int_equal(local_open(&f.l, &options), 0);
	script_install(&f.l);
	assert_int_equal(local_vm_set(&f.l, VMID, 0), 0);
	local_map(&f.l, VMID, DATA, LOCAL_RAM_BASE, PAGES, LOCAL_RWS);
	f.data = local_memory(&f.l, LOCAL_RAM_BASE);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	local_close(&f->l);
	return 0;
}

static void make_queues(struct fixture *f, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		assert_int_equal(local_queue_create(&f->l, &f->q[i], i, VMID,
						    SIMGPU_QUEUE_SDMA, 4096), 0);
}

static void put(struct local_queue *q, struct script s)
{
	local_put(q, &s, sizeof(s));
}

static void submit(struct local_queue *q, struct script s)
{
	script_submit(q, &s);
}

static int suspend(struct fixture *f)
{
	return local_vm_command(&f->l, SIMGPU_CMD_VM_SUSPEND, VMID);
}

static int resume(struct fixture *f)
{
	return local_vm_command(&f->l, SIMGPU_CMD_VM_RESUME, VMID);
}

static void a_ring_wraps(void **state)
{
	struct fixture *f = *state;
	unsigned int round, i;

	make_queues(f, 1);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 40; i++)
			put(&f->q[0], (struct script) {
				.op = SCRIPT_STORE, .va = DATA + 8 * i,
				.value = 1000 * round + i,
			});
		local_ring(&f->q[0]);
		assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
		for (i = 0; i < 40; i++)
			assert_int_equal(f->data[i], 1000 * round + i);
	}
}

static void a_waiting_queue_blocks_nobody(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	make_queues(f, MANY);
	/* Each waits for the one behind it: only the last one can begin. */
	for (i = 0; i < MANY - 1; i++) {
		put(&f->q[i], (struct script) {
			.op = SCRIPT_WAIT, .va = DATA + 8 * (i + 1), .value = 1,
		});
		submit(&f->q[i], (struct script) {
			.op = SCRIPT_STORE, .va = DATA + 8 * i, .value = 1,
		});
	}
	submit(&f->q[MANY - 1], (struct script) {
		.op = SCRIPT_STORE, .va = DATA + 8 * (MANY - 1), .value = 1,
	});
	for (i = 0; i < MANY; i++)
		assert_true(local_drain(&f->q[i], LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 1);
}

static void sixty_four_queues_copy_at_once(void **state)
{
	struct fixture *f = *state;
	unsigned int i, k;

	make_queues(f, MANY);
	for (i = 0; i < 64 * 512; i++)
		f->data[i] = i * 0x9e3779b97f4a7c15ULL;
	for (i = 0; i < MANY; i++) {
		for (k = 0; k < 8; k++)
			put(&f->q[i], (struct script) {
				.op = SCRIPT_COPY, .src = DATA + i * 4096,
				.va = DATA + (1 << 20) + i * 32768 + k * 4096,
				.len = 4096,
			});
		local_ring(&f->q[i]);
	}
	for (i = 0; i < MANY; i++) {
		assert_true(local_drain(&f->q[i], LOCAL_SOON_MS));
		for (k = 0; k < 8; k++)
			assert_memory_equal(f->l.ram + (1 << 20) + i * 32768 +
					    k * 4096, f->l.ram + i * 4096, 4096);
	}
}

static void long_work_leaves_room_for_others(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	make_queues(f, 5);
	for (i = 0; i < 4; i++)
		submit(&f->q[i], (struct script) { .op = SCRIPT_SPIN });
	for (i = 0; i < 100; i++) {
		submit(&f->q[4], (struct script) {
			.op = SCRIPT_STORE, .va = DATA, .value = i,
		});
		assert_true(local_drain(&f->q[4], LOCAL_SOON_MS));
		assert_int_equal(f->data[0], i);
	}
}

static void a_suspended_queue_touches_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned int round;

	make_queues(f, 2);
	for (round = 0; round < 50; round++) {
		u64 seen;

		put(&f->q[0], (struct script) {
			.op = SCRIPT_FILL, .va = DATA + 4096, .unit = 8,
			.value = round, .len = 8 << 20,
		});
		local_ring(&f->q[0]);
		assert_int_equal(suspend(f), 0);
		memset(f->l.ram + 4096, 0xcc, 8 << 20);
		seen = load_acquire(&f->q[0].index[1]);
		/* A ring while it is suspended waits, too. */
		submit(&f->q[1], (struct script) {
			.op = SCRIPT_STORE, .va = DATA, .value = round,
		});
		local_nap();
		assert_int_equal(load_acquire(&f->q[0].index[1]), seen);
		assert_int_equal(f->data[512], 0xccccccccccccccccULL);
		assert_int_equal(f->data[(8 << 17) + 511],
				 0xccccccccccccccccULL);
		assert_int_not_equal(load_acquire(&f->q[1].index[1]),
				     f->q[1].wptr);
		assert_int_equal(resume(f), 0);
		assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
		assert_true(local_drain(&f->q[1], LOCAL_SOON_MS));
		assert_int_equal(f->data[0], round);
	}
}

static void suspending_twice_needs_one_resume(void **state)
{
	struct fixture *f = *state;

	make_queues(f, 1);
	assert_int_equal(suspend(f), 0);
	assert_int_equal(suspend(f), 0);
	submit(&f->q[0], (struct script) {
		.op = SCRIPT_STORE, .va = DATA, .value = 5,
	});
	assert_false(local_drain(&f->q[0], 30));
	assert_int_equal(resume(f), 0);
	assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
}

static void other_address_spaces_run_on(void **state)
{
	struct fixture *f = *state;
	struct local_queue other;

	make_queues(f, 1);
	assert_int_equal(local_vm_set(&f->l, VMID + 1, 0), 0);
	local_map(&f->l, VMID + 1, DATA, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	assert_int_equal(local_queue_create(&f->l, &other, 77, VMID + 1,
					    SIMGPU_QUEUE_AQL, 1024), 0);
	assert_int_equal(suspend(f), 0);
	submit(&other, (struct script) {
		.op = SCRIPT_STORE, .va = DATA, .value = 5,
	});
	assert_true(local_drain(&other, LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 5);
}

static void busy_queues_can_be_destroyed(void **state)
{
	static const struct script row[] = {
		{ .op = SCRIPT_SPIN },
		{ .op = SCRIPT_WAIT, .va = DATA, .value = 12345 },
		{ .op = SCRIPT_COPY, .va = DATA + (5 << 20),
		  .src = DATA + (1 << 20), .len = 4 << 20 },
		{ .op = SCRIPT_FILL, .va = DATA + (9 << 20), .len = 7 << 20,
		  .unit = 4 },
		{ .op = SCRIPT_STORE, .va = 0x10 },	/* a fatal fault */
		{ .op = SCRIPT_FAIL },
	};
	struct fixture *f = *state;
	unsigned int round, i;

	for (round = 0; round < 10; round++) {
		make_queues(f, ARRAY_SIZE(row));
		for (i = 0; i < ARRAY_SIZE(row); i++)
			submit(&f->q[i], row[i]);
		if (round & 1)
			local_nap();
		for (i = 0; i < ARRAY_SIZE(row); i++)
			assert_int_equal(local_queue_destroy(&f->q[i]), 0);
		f->l.free_end = LOCAL_RAM_BASE + f->l.ram_size - (4 << 20);
	}
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_CLEAR, VMID), 0);
}

static void a_destroyed_queue_writes_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned int round;

	for (round = 0; round < 50; round++) {
		make_queues(f, 1);
		submit(&f->q[0], (struct script) {
			.op = SCRIPT_FILL, .va = DATA, .len = 8 << 20,
			.unit = 8, .value = round,
		});
		assert_int_equal(local_queue_destroy(&f->q[0]), 0);
		memset(f->l.ram, 0xdd, 8 << 20);
		local_nap();
		assert_int_equal(f->l.ram[0], 0xdd);
		assert_memory_equal(f->l.ram, f->l.ram + 1, (8 << 20) - 1);
		f->l.free_end = LOCAL_RAM_BASE + f->l.ram_size - (4 << 20);
	}
}

static void queues_come_and_go_while_others_work(void **state)
{
	struct fixture *f = *state;
	unsigned int round;

	make_queues(f, 1);
	for (round = 0; round < 500; round++) {
		u64 end = f->l.free_end;
		struct local_queue q;

		submit(&f->q[0], (struct script) {
			.op = SCRIPT_STORE, .va = DATA, .value = round,
		});
		assert_int_equal(local_queue_create(&f->l, &q, 1, VMID,
						    SIMGPU_QUEUE_PM4, 1024), 0);
		submit(&q, (struct script) {
			.op = SCRIPT_STORE, .va = DATA + 8, .value = round,
		});
		if (round & 1) {
			assert_true(local_drain(&q, LOCAL_SOON_MS));
			assert_int_equal(f->data[1], round);
		}
		assert_int_equal(local_queue_destroy(&q), 0);
		f->l.free_end = end;
	}
	assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
}

static void a_bad_packet_stops_its_queue_only(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	make_queues(f, 2);
	put(&f->q[0], (struct script) { .op = SCRIPT_NOP });
	submit(&f->q[0], (struct script) { .op = SCRIPT_FAIL });
	assert_true(local_event(&f->l, &event, LOCAL_SOON_MS));
	assert_int_equal(event.type, SIMGPU_EVENT_QUEUE_ERROR);
	assert_int_equal(event.queue, 0);
	assert_int_equal(event.vmid, VMID);
	assert_int_equal(event.code, SIMGPU_ERROR_OPCODE);
	assert_int_equal(event.addr, 64);
	assert_int_equal(event.data, SCRIPT_FAIL);
	submit(&f->q[0], (struct script) { .op = SCRIPT_NOP });
	assert_false(local_drain(&f->q[0], 30));
	submit(&f->q[1], (struct script) { .op = SCRIPT_NOP });
	assert_true(local_drain(&f->q[1], LOCAL_SOON_MS));
	/* Neither RESUME nor UPDATE revives it. */
	assert_int_equal(resume(f), 0);
	assert_false(local_drain(&f->q[0], 30));
}

static int update(struct local_queue *q, u64 ring, u32 size, u32 percentage)
{
	struct simgpu_cmd cmd;

	local_queue_args(q, &cmd);
	cmd.opcode = SIMGPU_CMD_QUEUE_UPDATE;
	cmd.queue.ring = ring;
	cmd.queue.ring_size = size;
	cmd.queue.percentage = percentage;
	return local_command(q->l, &cmd);
}

static void a_disabled_queue_waits(void **state)
{
	struct fixture *f = *state;
	struct local_queue *q = &f->q[0];

	make_queues(f, 1);
	assert_int_equal(update(q, q->va, q->size, 0), 0);
	submit(q, (struct script) { .op = SCRIPT_STORE, .va = DATA, .value = 1 });
	assert_false(local_drain(q, 30));
	assert_int_equal(update(q, 0, 0, 100), 0);
	assert_false(local_drain(q, 30));
	assert_int_equal(update(q, q->va, q->size, 100), 0);
	assert_true(local_drain(q, LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 1);
}

static void an_update_moves_the_ring(void **state)
{
	struct fixture *f = *state;
	struct local_queue *q = &f->q[0];

	make_queues(f, 1);
	submit(q, (struct script) { .op = SCRIPT_NOP });
	assert_true(local_drain(q, LOCAL_SOON_MS));
	/* The new ring is in the data; indices go on. */
	assert_int_equal(update(q, DATA + (1 << 20), 8192, 50), 0);
	q->ring = f->l.ram + (1 << 20);
	q->size = 8192;
	submit(q, (struct script) { .op = SCRIPT_STORE, .va = DATA, .value = 8 });
	assert_true(local_drain(q, LOCAL_SOON_MS));
	assert_int_equal(f->data[0], 8);
}

static void bad_queues_are_refused(void **state)
{
	struct fixture *f = *state;
	struct local_queue q = {
		.l = &f->l, .id = 5, .vmid = VMID, .size = 4096, .va = DATA,
		.type = SIMGPU_QUEUE_SDMA,
	};
	struct simgpu_cmd good, cmd;

#define refused(err, field, value) do {					\
		cmd = good;						\
		cmd.queue.field = (value);				\
		assert_int_equal(local_command(&f->l, &cmd), err);	\
	} while (0)

	local_queue_args(&q, &good);
	refused(-EINVAL, queue, SIMGPU_QUEUE_COUNT);
	refused(-EINVAL, vmid, 0);
	refused(-EINVAL, vmid, SIMGPU_VMID_COUNT);
	refused(-ENOENT, vmid, VMID + 1);
	refused(-EINVAL, type, SIMGPU_QUEUE_TYPES);
	refused(-EINVAL, doorbell, SIMGPU_DOORBELL_COUNT);
	refused(-EINVAL, ring_size, 512);
	refused(-EINVAL, ring_size, 3000);
	refused(-EINVAL, percentage, 101);
	refused(-EINVAL, priority, 16);
	refused(-EINVAL, flags, 1);
	refused(-EINVAL, ring, DATA + 2);
	refused(-EINVAL, wptr, DATA + 1);
	refused(-EINVAL, rptr, DATA + 1);
	refused(0, cu_mask[3], 0xffff);
	refused(-EEXIST, queue, 5);
	refused(-EBUSY, queue, 6);	/* the doorbell is queue 5's */
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_CLEAR, VMID),
			 -EBUSY);
}

static void there_is_room_for_every_queue(void **state)
{
	struct fixture *f = *state;
	struct local_queue q = {
		.l = &f->l, .vmid = VMID, .size = 4096, .va = DATA,
		.type = SIMGPU_QUEUE_PM4,
	};
	struct simgpu_cmd cmd;
	unsigned int i;

	for (i = 0; i < SIMGPU_QUEUE_COUNT; i++) {
		q.id = i;
		q.doorbell = i;
		local_queue_args(&q, &cmd);
		assert_int_equal(local_command(&f->l, &cmd), 0);
	}
	for (i = 0; i < SIMGPU_QUEUE_COUNT; i++) {
		q.id = i;
		assert_int_equal(local_queue_destroy(&q), 0);
	}
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_ring_wraps),
		test(a_waiting_queue_blocks_nobody),
		test(sixty_four_queues_copy_at_once),
		test(long_work_leaves_room_for_others),
		test(a_suspended_queue_touches_nothing),
		test(suspending_twice_needs_one_resume),
		test(other_address_spaces_run_on),
		test(busy_queues_can_be_destroyed),
		test(a_destroyed_queue_writes_nothing),
		test(queues_come_and_go_while_others_work),
		test(a_bad_packet_stops_its_queue_only),
		test(a_disabled_queue_waits),
		test(an_update_moves_the_ring),
		test(bad_queues_are_refused),
		test(there_is_room_for_every_queue),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
