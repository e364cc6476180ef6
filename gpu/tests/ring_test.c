// SPDX-License-Identifier: MIT
/* Command ring, event ring, notification, CONTROL. */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "script.h"

#define VMID	1
#define DATA	0x200000ULL

struct fixture {
	struct local l;
	struct local_queue q;
};

static int setup(void **state)
{
	static struct fixture f;
	static const struct local_options options = { 0 };

	assert_int_equal(local_open(&f.l, &options), 0);
	script_install(&f.l);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	local_close(&f->l);
	return 0;
}

static u64 reg(struct fixture *f, u32 offset)
{
	return load_acquire((u64 *)(f->l.bar + offset));
}

static void set_reg(struct fixture *f, u32 offset, u64 value)
{
	store_release((u64 *)(f->l.bar + offset), value);
}

static u64 counter(struct fixture *f, enum simgpu_counter c)
{
	return reg(f, SIMGPU_REG_COUNTERS + 8 * c);
}

static int nop(struct fixture *f)
{
	struct simgpu_cmd cmd = { .opcode = SIMGPU_CMD_NOP };

	return local_command(&f->l, &cmd);
}

static void make_queue(struct fixture *f)
{
	assert_int_equal(local_vm_set(&f->l, VMID, 0), 0);
	local_map(&f->l, VMID, DATA, LOCAL_RAM_BASE, 16, LOCAL_RWS);
	assert_int_equal(local_queue_create(&f->l, &f->q, 0, VMID,
					    SIMGPU_QUEUE_SDMA, 1 << 19), 0);
}

static void registers_say_what_the_device_is(void **state)
{
	struct fixture *f = *state;
	u8 *bar = f->l.bar;
	u64 beats;

	assert_int_equal(*(u32 *)(bar + SIMGPU_REG_MAGIC), SIMGPU_MAGIC);
	assert_int_equal(*(u32 *)(bar + SIMGPU_REG_ABI), SIMGPU_ABI_VERSION);
	assert_int_equal(*(u32 *)(bar + SIMGPU_REG_STATUS),
			 SIMGPU_STATUS_READY);
	assert_int_equal(*(u32 *)(bar + SIMGPU_REG_GENERATION), 1);
	assert_int_equal(reg(f, SIMGPU_REG_VRAM_BASE), LOCAL_VRAM_BASE);
	assert_int_equal(reg(f, SIMGPU_REG_VRAM_SIZE), f->l.vram_size);
	beats = reg(f, SIMGPU_REG_HEARTBEAT);
	assert_true(local_until(reg(f, SIMGPU_REG_HEARTBEAT) >= beats + 3,
				1000));
}

static void the_ring_wraps(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 5 * SIMGPU_CMD_COUNT; i++)
		assert_int_equal(nop(f), 0);
	assert_int_equal(reg(f, SIMGPU_REG_CMD_RPTR), 5 * SIMGPU_CMD_COUNT);
	assert_int_equal(counter(f, SIMGPU_COUNT_COMMANDS),
			 5 * SIMGPU_CMD_COUNT);
}

static void a_full_ring_is_executed_in_order(void **state)
{
	struct fixture *f = *state;
	unsigned int round, i;
	u64 last = 0;

	for (round = 0; round < 4; round++) {
		u64 first = f->l.commands;

		for (i = 0; i < SIMGPU_CMD_COUNT; i++) {
			struct simgpu_cmd cmd = {
				.opcode = SIMGPU_CMD_CLOCK,
			};

			local_post(&f->l, &cmd);
		}
		for (i = 0; i < SIMGPU_CMD_COUNT; i++) {
			u64 clock;

			assert_int_equal(local_wait(&f->l, first + i, &clock),
					 0);
			assert_true(clock >= last);
			last = clock;
		}
	}
}

static void malformed_commands_are_told(void **state)
{
	struct fixture *f = *state;
	struct simgpu_cmd row[] = {
		{ .opcode = SIMGPU_CMD_COUNT_OPCODES },
		{ .opcode = 0xffffffff },
		{ .opcode = SIMGPU_CMD_VM_SET, .vm.vmid = 0 },
		{ .opcode = SIMGPU_CMD_VM_SET, .vm.vmid = SIMGPU_VMID_COUNT },
		{ .opcode = SIMGPU_CMD_VM_SET, .vm.vmid = 1, .vm.flags = 4,
		  .vm.root = LOCAL_RAM_BASE },
		{ .opcode = SIMGPU_CMD_VM_SET, .vm.vmid = 1, .vm.root = 0 },
		{ .opcode = SIMGPU_CMD_VM_SET, .vm.vmid = 1,
		  .vm.root = LOCAL_RAM_BASE + 8 },
		{ .opcode = SIMGPU_CMD_VM_SUSPEND, .vm.vmid = 512 },
		{ .opcode = SIMGPU_CMD_DOORBELL_WAKE, .vm.vmid = ~0U },
		{ .opcode = SIMGPU_CMD_INVALIDATE, .range = { .vmid = 0 } },
		{ .opcode = SIMGPU_CMD_INVALIDATE,
		  .range = { .vmid = 1, .start = 0x2000, .end = 0x1000 } },
		{ .opcode = SIMGPU_CMD_QUEUE_DESTROY, .queue.queue = 1024 },
		{ .opcode = SIMGPU_CMD_COPY, .copy.list = LOCAL_RAM_BASE },
		{ .opcode = SIMGPU_CMD_COPY, .copy.list = LOCAL_RAM_BASE + 4,
		  .copy.count = 1 },
		{ .opcode = SIMGPU_CMD_COPY, .copy.list = 0, .copy.count = 1 },
		{ .opcode = SIMGPU_CMD_COPY, .copy.list = LOCAL_RAM_BASE,
		  .copy.count = 1, .copy.flags = 1 },
		{ .opcode = SIMGPU_CMD_COPY, .copy.list = LOCAL_RAM_BASE,
		  .copy.count = SIMGPU_COPY_MAX + 1 },
		{ .opcode = SIMGPU_CMD_INJECT, .inject.what = 99 },
	};
	struct simgpu_event event;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u64 number = local_post(&f->l, &row[i]);
		int err = local_wait(&f->l, number, NULL);

		if (err != (i < 2 ? -EOPNOTSUPP : -EINVAL))
			fail_msg("row %u: %d", i, err);
		assert_true(local_event(&f->l, &event, LOCAL_SOON_MS));
		assert_int_equal(event.type, SIMGPU_EVENT_BAD_COMMAND);
		assert_int_equal(event.code, -err);
		assert_int_equal(event.data, number);
	}
	assert_int_equal(nop(f), 0);
}

static void what_does_not_exist_is_only_answered(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;
	struct simgpu_cmd cmd = {
		.opcode = SIMGPU_CMD_QUEUE_DESTROY, .queue.queue = 5,
	};

	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_SUSPEND, 9),
			 -ENOENT);
	assert_int_equal(local_invalidate(&f->l, 9, 0, 0x1000), -ENOENT);
	assert_int_equal(local_command(&f->l, &cmd), -ENOENT);
	assert_false(local_event(&f->l, &event, 20));
}

static void a_wrong_number_is_malformed(void **state)
{
	struct fixture *f = *state;
	struct simgpu_cmd *ring =
		(struct simgpu_cmd *)(f->l.bar + SIMGPU_CMD_OFFSET);
	struct simgpu_event event;

	ring[0] = (struct simgpu_cmd) { .opcode = SIMGPU_CMD_NOP, .seq = 77 };
	set_reg(f, SIMGPU_REG_CMD_WPTR, 1);
	transport_wake(&f->l.transport);
	f->l.commands = 1;
	assert_int_equal(local_wait(&f->l, 0, NULL), -EINVAL);
	assert_true(local_event(&f->l, &event, LOCAL_SOON_MS));
	assert_int_equal(event.type, SIMGPU_EVENT_BAD_COMMAND);
	assert_int_equal(nop(f), 0);
}

static void a_write_index_outside_stops_the_ring(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	assert_int_equal(nop(f), 0);
	set_reg(f, SIMGPU_REG_CMD_WPTR, SIMGPU_CMD_COUNT + 2);
	transport_wake(&f->l.transport);
	assert_true(local_event(&f->l, &event, LOCAL_SOON_MS));
	assert_int_equal(event.type, SIMGPU_EVENT_BAD_COMMAND);
	assert_int_equal(event.code, ERANGE);
	assert_int_equal(event.data, SIMGPU_CMD_COUNT + 2);
	/* Said once, nothing taken. */
	transport_wake(&f->l.transport);
	assert_false(local_event(&f->l, &event, 50));
	assert_int_equal(reg(f, SIMGPU_REG_CMD_RPTR), 1);
	/* Backwards is as wrong. */
	set_reg(f, SIMGPU_REG_CMD_WPTR, 0);
	transport_wake(&f->l.transport);
	assert_false(local_event(&f->l, &event, 50));
	/* And with a right index it goes on. */
	set_reg(f, SIMGPU_REG_CMD_WPTR, 1);
	assert_int_equal(nop(f), 0);
}

static void interrupts(struct fixture *f, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		local_put(&f->q, &(struct script) {
			.op = SCRIPT_INTERRUPT, .value = i,
		}, sizeof(struct script));
	local_ring(&f->q);
}

static void a_full_event_ring_holds_the_queue_back(void **state)
{
	struct fixture *f = *state;
	unsigned int n = SIMGPU_EVENT_COUNT + 1000, i;
	struct simgpu_event event;

	make_queue(f);
	interrupts(f, n);
	assert_true(local_until(reg(f, SIMGPU_REG_EVENT_WPTR) ==
				SIMGPU_EVENT_COUNT, LOCAL_SOON_MS));
	assert_false(local_drain(&f->q, 50));
	assert_int_equal(reg(f, SIMGPU_REG_EVENT_WPTR), SIMGPU_EVENT_COUNT);
	/* Commands are executed all the same, and keep what they have to tell. */
	assert_int_equal(local_vm_command(&f->l, 12345, VMID), -EOPNOTSUPP);
	for (i = 0; i < n + 1; i++) {
		assert_true(local_event(&f->l, &event, LOCAL_SOON_MS));
		assert_int_equal(event.seq, i);
		if (i == SIMGPU_EVENT_COUNT) {
			assert_int_equal(event.type, SIMGPU_EVENT_BAD_COMMAND);
			continue;
		}
		assert_int_equal(event.type, SIMGPU_EVENT_INTERRUPT);
		assert_int_equal(event.data, i > SIMGPU_EVENT_COUNT ? i - 1 : i);
		assert_int_equal(event.vmid, VMID);
		assert_int_equal(event.code, SIMGPU_INT_SDMA_TRAP);
	}
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
}

static void a_read_index_outside_posts_nothing(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;

	make_queue(f);
	set_reg(f, SIMGPU_REG_EVENT_RPTR, 5);
	interrupts(f, 1);
	assert_false(local_drain(&f->q, 50));
	assert_int_equal(reg(f, SIMGPU_REG_EVENT_WPTR), 0);
	set_reg(f, SIMGPU_REG_EVENT_RPTR, 0);
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	assert_true(local_event(&f->l, &event, LOCAL_SOON_MS));
}

static void events_signal_as_the_driver_asks(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;
	struct transport *t = &f->l.transport;
	u64 irqs;

	make_queue(f);
	while (transport_take(t, SIMGPU_VECTOR_EVENT, 0))
		;
	/* Asleep at index 0: the first event signals, those after it do not. */
	irqs = counter(f, SIMGPU_COUNT_EVENT_IRQS);
	set_reg(f, SIMGPU_REG_EVENT_EVENT, 0);
	interrupts(f, 10);
	assert_true(transport_take(t, SIMGPU_VECTOR_EVENT, LOCAL_SOON_MS));
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	assert_int_equal(counter(f, SIMGPU_COUNT_EVENT_IRQS), irqs + 1);
	/* Polling: no signal at all. */
	set_reg(f, SIMGPU_REG_EVENT_EVENT, 9);
	interrupts(f, 10);
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	assert_false(transport_take(t, SIMGPU_VECTOR_EVENT, 20));
	/* A later index: when it is passed. */
	set_reg(f, SIMGPU_REG_EVENT_EVENT, 25);
	interrupts(f, 5);
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
	assert_false(transport_take(t, SIMGPU_VECTOR_EVENT, 20));
	interrupts(f, 1);
	assert_true(transport_take(t, SIMGPU_VECTOR_EVENT, LOCAL_SOON_MS));
	while (local_event(&f->l, &event, 20))
		;
	assert_int_equal(f->l.events, 26);
}

static void completions_signal_when_armed(void **state)
{
	struct fixture *f = *state;
	struct transport *t = &f->l.transport;

	assert_int_equal(nop(f), 0);
	assert_false(transport_take(t, SIMGPU_VECTOR_DONE, 20));
	store_release((u32 *)(f->l.bar + SIMGPU_REG_DONE_ARM), 1);
	assert_int_equal(nop(f), 0);
	assert_true(transport_take(t, SIMGPU_VECTOR_DONE, LOCAL_SOON_MS));
	assert_int_equal(counter(f, SIMGPU_COUNT_DONE_IRQS), 1);
}

static void a_sleeping_device_needs_one_kick(void **state)
{
	struct fixture *f = *state;
	u64 wakeups;

	/* It says by CMD_EVENT that it sleeps. */
	assert_true(local_until(reg(f, SIMGPU_REG_CMD_EVENT) == 0, LOCAL_SOON_MS));
	wakeups = counter(f, SIMGPU_COUNT_WAKEUPS);
	assert_int_equal(nop(f), 0);
	assert_int_equal(counter(f, SIMGPU_COUNT_WAKEUPS), wakeups + 1);
	assert_true(local_until(reg(f, SIMGPU_REG_CMD_EVENT) == 1, LOCAL_SOON_MS));
}

static void disabling_forgets_everything(void **state)
{
	struct fixture *f = *state;
	u64 old_root;

	make_queue(f);
	script_submit(&f->q, &(struct script) { .op = SCRIPT_SPIN });
	old_root = f->l.root[VMID];
	local_disable(&f->l);
	assert_int_equal(reg(f, SIMGPU_REG_CMD_RPTR), 0);
	assert_int_equal(reg(f, SIMGPU_REG_EVENT_WPTR), 0);
	assert_false(local_answered(&f->l, 0));
	/* Commands are not looked at. */
	set_reg(f, SIMGPU_REG_CMD_WPTR, 3);
	transport_wake(&f->l.transport);
	assert_false(local_until(reg(f, SIMGPU_REG_CMD_RPTR) != 0, 30));
	local_enable(&f->l);
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_SUSPEND, VMID),
			 -ENOENT);
	assert_true(old_root);
	make_queue(f);
	script_submit(&f->q, &(struct script) {
		.op = SCRIPT_STORE, .va = DATA, .value = 3,
	});
	assert_true(local_drain(&f->q, LOCAL_SOON_MS));
}

static void disabling_ends_a_wait(void **state)
{
	struct fixture *f = *state;
	struct simgpu_cmd cmd;

	make_queue(f);
	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_HANG_QUEUE, 0), 0);
	local_queue_args(&f->q, &cmd);
	cmd.opcode = SIMGPU_CMD_QUEUE_DESTROY;
	local_post(&f->l, &cmd);
	assert_true(local_until(reg(f, SIMGPU_REG_CMD_RPTR) == f->l.commands,
				LOCAL_SOON_MS));
	local_disable(&f->l);
	assert_int_equal(*(u32 *)(f->l.bar + SIMGPU_REG_ENABLED), 0);
	local_enable(&f->l);
	assert_int_equal(nop(f), 0);
}

static void the_heart_stops_when_a_command_hangs(void **state)
{
	struct fixture *f = *state;
	struct simgpu_cmd cmd;
	u64 number, beats;

	make_queue(f);
	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_HANG_QUEUE, 0), 0);
	/* A queue that hangs alone is not the device's trouble. */
	beats = reg(f, SIMGPU_REG_HEARTBEAT);
	assert_true(local_until(reg(f, SIMGPU_REG_HEARTBEAT) > beats + 12,
				3000));
	local_queue_args(&f->q, &cmd);
	cmd.opcode = SIMGPU_CMD_QUEUE_DESTROY;
	number = local_post(&f->l, &cmd);
	/* After 10 beats without progress there are no more. */
	do {
		beats = reg(f, SIMGPU_REG_HEARTBEAT);
	} while (local_until(reg(f, SIMGPU_REG_HEARTBEAT) != beats, 400));
	assert_false(local_answered(&f->l, number));
}

static void injected_hang_stops_all(void **state)
{
	struct fixture *f = *state;
	u64 beats, number;
	struct simgpu_cmd cmd = { .opcode = SIMGPU_CMD_NOP };

	make_queue(f);
	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_HANG, 0), 0);
	number = local_post(&f->l, &cmd);
	script_submit(&f->q, &(struct script) { .op = SCRIPT_NOP });
	assert_false(local_drain(&f->q, 150));
	assert_false(local_answered(&f->l, number));
	beats = reg(f, SIMGPU_REG_HEARTBEAT);
	assert_false(local_until(reg(f, SIMGPU_REG_HEARTBEAT) != beats, 300));
}

static void injected_events_are_what_they_say(void **state)
{
	struct fixture *f = *state;
	struct simgpu_event event;
	u64 wptr;

	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_BAD_EVENT, 0), 0);
	assert_true(local_event(&f->l, &event, LOCAL_SOON_MS));
	assert_true(event.type >= SIMGPU_EVENT_TYPES);
	wptr = reg(f, SIMGPU_REG_EVENT_WPTR);
	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_BAD_WPTR, 0), 0);
	assert_true(reg(f, SIMGPU_REG_EVENT_WPTR) - wptr > SIMGPU_EVENT_COUNT);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(registers_say_what_the_device_is),
		test(the_ring_wraps),
		test(a_full_ring_is_executed_in_order),
		test(malformed_commands_are_told),
		test(what_does_not_exist_is_only_answered),
		test(a_wrong_number_is_malformed),
		test(a_write_index_outside_stops_the_ring),
		test(a_full_event_ring_holds_the_queue_back),
		test(a_read_index_outside_posts_nothing),
		test(events_signal_as_the_driver_asks),
		test(completions_signal_when_armed),
		test(a_sleeping_device_needs_one_kick),
		test(disabling_forgets_everything),
		test(disabling_ends_a_wait),
		test(the_heart_stops_when_a_command_hangs),
		test(injected_hang_stops_all),
		test(injected_events_are_what_they_say),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
