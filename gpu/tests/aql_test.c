// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "abi/aql_packets.h"
#include "packets.h"

#define SLOTS		128	/* of packets.c's ring */

/* Signals in the data, one in each page; the last one tells of errors. */
#define SIGNALS		8
#define INACTIVE	SIGNALS
#define SIGNAL_AT(n)	(0x1000ULL * ((n) + 1) + 0x40)
#define MAILBOX_AT(n)	(0x20000ULL + 8 * (n))
#define CHECKED_AT	0x30000ULL

/* Fields of struct amd_queue, relative to its read index. */
#define PROPERTIES_VA	(ENGINE_RPTR_VA - 128 + 180)
#define INACTIVE_VA	(ENGINE_RPTR_VA - 128 + 192)

#define HEADER(type)	((type) | AQL_HEADER_BARRIER | AQL_SCOPE_SYSTEM << 9 | \
			 AQL_SCOPE_SYSTEM << 11)

static u64 signal_va(unsigned int n)
{
	return ENGINE_DATA_VA + SIGNAL_AT(n);
}

static struct amd_signal *signal_of(struct engine_fixture *f, unsigned int n)
{
	return (struct amd_signal *)engine_data(f, SIGNAL_AT(n));
}

static s64 value_of(struct engine_fixture *f, unsigned int n)
{
	return le64toh(signal_of(f, n)->value);
}

static void set_value(struct engine_fixture *f, unsigned int n, s64 value)
{
	signal_of(f, n)->value = htole64(value);
}

/* A queue whose amd_queue is filled as ROCr does, and signals with mailboxes. */
static void new_queue(struct engine_fixture *f, u32 properties)
{
	unsigned int n;

	packet_new(f, SIMGPU_QUEUE_AQL);
	put32(engine_mem(f, ENGINE_RPTR_VA + 8), 128);
	put32(engine_mem(f, PROPERTIES_VA), properties);
	put64(engine_mem(f, INACTIVE_VA), signal_va(INACTIVE));
	for (n = 0; n < SLOTS; n++)
		put32((u8 *)engine_mem(f, ENGINE_RING_VA) + n * AQL_PACKET_SIZE,
		      AQL_INVALID);
	memset(engine_data(f, 0), 0, DATA_USED);
	for (n = 0; n <= SIGNALS; n++) {
		signal_of(f, n)->kind = htole64(AMD_SIGNAL_USER);
		signal_of(f, n)->event_mailbox_ptr =
			htole64(ENGINE_DATA_VA + MAILBOX_AT(n));
		signal_of(f, n)->event_id = htole32(100 + n);
		set_value(f, n, 1);
	}
}

static u8 *slot(struct engine_fixture *f, u64 index)
{
	return (u8 *)engine_mem(f, ENGINE_RING_VA) + index % SLOTS * AQL_PACKET_SIZE;
}

/* Put a packet into the next slot as a producer does, and move the write index. */
static void put(struct engine_fixture *f, const void *packet)
{
	u8 *to = slot(f, f->written++);

	memcpy(to + 4, (const u8 *)packet + 4, AQL_PACKET_SIZE - 4);
	memcpy(to, packet, 4);
	engine_ring(f);
}

static struct aql_barrier make_barrier(enum aql_type type, u64 completion)
{
	return (struct aql_barrier){
		.header = htole16(HEADER(type)),
		.completion_signal = htole64(completion),
	};
}

static void put_barrier(struct engine_fixture *f, enum aql_type type, u64 completion)
{
	struct aql_barrier packet = make_barrier(type, completion);

	put(f, &packet);
}

static u32 count_events(struct engine_fixture *f, u64 *last)
{
	struct simgpu_event event;
	u32 n = 0;

	for (; engine_event(f, &event); n++) {
		assert_int_equal(le32toh(event.type), SIMGPU_EVENT_INTERRUPT);
		assert_int_equal(le32toh(event.code), SIMGPU_INT_CP_EOP);
		*last = le64toh(event.data);
	}
	return n;
}

/* Of struct amd_signal nothing but the value moves; mailbox and interrupt follow. */
static void completion_signal(void **state)
{
	struct engine_fixture *f = *state;
	struct amd_signal before;
	u64 event;

	new_queue(f, 0);
	set_value(f, 0, 5);
	before = *signal_of(f, 0);
	put_barrier(f, AQL_BARRIER_AND, signal_va(0));
	assert_int_equal(engine_run(f), STEP_IDLE);
	before.value = htole64(4);
	assert_memory_equal(signal_of(f, 0), &before, sizeof(before));
	assert_int_equal(get64(engine_data(f, MAILBOX_AT(0))), 100);
	assert_int_equal(count_events(f, &event), 1);
	assert_int_equal(event, 100);
	assert_int_equal(engine_rptr(f), 1);
	assert_int_equal(slot(f, 0)[0], AQL_INVALID);
}

static void completion_without_mailbox(void **state)
{
	struct engine_fixture *f = *state;
	u64 event;

	new_queue(f, 0);
	signal_of(f, 0)->event_mailbox_ptr = 0;
	put_barrier(f, AQL_BARRIER_AND, signal_va(0));
	put_barrier(f, AQL_BARRIER_AND, 0);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(value_of(f, 0), 0);
	assert_int_equal(count_events(f, &event), 0);
	assert_int_equal(engine_rptr(f), 2);
}

/* HIP's queues profile: start and end in ticks of the GPU's clock. */
static void profiling(void **state)
{
	struct engine_fixture *f = *state;
	u64 before = queue_clock(), start, end;

	new_queue(f, AMD_QUEUE_PROFILING);
	put_barrier(f, AQL_BARRIER_AND, signal_va(0));
	assert_int_equal(engine_run(f), STEP_IDLE);
	start = le64toh(signal_of(f, 0)->start_ts);
	end = le64toh(signal_of(f, 0)->end_ts);
	assert_in_range(start, before, end);
	assert_in_range(end, start, queue_clock());
	assert_int_equal(value_of(f, 0), 0);

	new_queue(f, AMD_QUEUE_PTR64);
	put_barrier(f, AQL_BARRIER_AND, signal_va(0));
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(signal_of(f, 0)->end_ts, 0);
}

/* A queue that is no struct amd_queue: nothing is read where it is not. */
static void no_amd_queue(void **state)
{
	struct engine_fixture *f = *state;
	const u16 bad = HEADER(AQL_AGENT_DISPATCH);
	u8 packet[AQL_PACKET_SIZE] = { bad & 0xff, bad >> 8 };

	new_queue(f, AMD_QUEUE_PROFILING);
	put32(engine_mem(f, ENGINE_RPTR_VA + 8), 0);
	put_barrier(f, AQL_BARRIER_AND, signal_va(0));
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(value_of(f, 0), 0);
	assert_int_equal(signal_of(f, 0)->end_ts, 0);
	put(f, packet);
	assert_int_equal(engine_run(f), STEP_ERROR);
	assert_int_equal(value_of(f, INACTIVE), 1);
}

static void barrier_and(void **state)
{
	struct aql_barrier packet = make_barrier(AQL_BARRIER_AND, signal_va(7));
	struct engine_fixture *f = *state;
	unsigned int n;

	new_queue(f, 0);
	for (n = 0; n < AQL_BARRIER_DEPS; n++)
		packet.dep_signal[n] = htole64(signal_va(n));
	put(f, &packet);
	for (n = 0; n < AQL_BARRIER_DEPS; n++) {
		assert_int_equal(engine_run(f), STEP_BLOCKED);
		assert_int_equal(value_of(f, 7), 1);
		assert_int_equal(engine_rptr(f), 0);
		/* It was 0 once: that is enough. */
		if (n)
			set_value(f, n - 1, 3);
		set_value(f, n, 0);
	}
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(value_of(f, 7), 0);
}

static void barrier_and_without_some(void **state)
{
	struct aql_barrier packet = make_barrier(AQL_BARRIER_AND, 0);
	struct engine_fixture *f = *state;

	new_queue(f, 0);
	packet.dep_signal[2] = htole64(signal_va(0));
	put(f, &packet);
	set_value(f, 0, -1);
	assert_int_equal(engine_run(f), STEP_BLOCKED);
	set_value(f, 0, 0);
	assert_int_equal(engine_run(f), STEP_IDLE);
}

/* What one packet has seen is nothing to the next one. */
static void barriers_see_for_themselves(void **state)
{
	struct aql_barrier packet = make_barrier(AQL_BARRIER_AND, 0);
	struct engine_fixture *f = *state;

	new_queue(f, 0);
	set_value(f, 0, 0);
	packet.dep_signal[0] = htole64(signal_va(0));
	put(f, &packet);
	assert_int_equal(engine_run(f), STEP_IDLE);
	set_value(f, 0, 1);
	put(f, &packet);
	assert_int_equal(engine_run(f), STEP_BLOCKED);
}

static void barrier_or(void **state)
{
	struct engine_fixture *f = *state;
	unsigned int n, k;

	for (n = 0; n < AQL_BARRIER_DEPS; n++) {
		struct aql_barrier packet = make_barrier(AQL_BARRIER_OR, signal_va(7));

		new_queue(f, 0);
		for (k = 0; k < AQL_BARRIER_DEPS; k++)
			packet.dep_signal[k] = htole64(k == 4 - n ? 0 : signal_va(k));
		put(f, &packet);
		assert_int_equal(engine_run(f), STEP_BLOCKED);
		set_value(f, (4 - n + 1) % AQL_BARRIER_DEPS, 0);
		assert_int_equal(engine_run(f), STEP_IDLE);
		assert_int_equal(value_of(f, 7), 0);
	}
}

/* Without any signal none of them can become 0. */
static void barrier_or_of_nothing(void **state)
{
	struct engine_fixture *f = *state;
	int i;

	new_queue(f, 0);
	put_barrier(f, AQL_BARRIER_OR, 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(engine_run(f), STEP_BLOCKED);
}

static void barrier_value(void **state)
{
	static const struct {
		u32 condition;
		s64 value, mask, reference;
		bool holds;
	} rows[] = {
		{ AQL_CONDITION_EQ, 0x1234, 0xff, 0x34, true },
		{ AQL_CONDITION_EQ, 0x1234, 0xff, 0x1234, false },
		{ AQL_CONDITION_NE, 0x1234, -1, 0x34, true },
		{ AQL_CONDITION_NE, 0x1234, 0xf, 4, false },
		{ AQL_CONDITION_LT, -1, -1, 0, true },
		{ AQL_CONDITION_LT, -1, 0xffff, 0, false },
		{ AQL_CONDITION_LT, 5, -1, 5, false },
		{ AQL_CONDITION_GTE, 5, -1, 5, true },
		{ AQL_CONDITION_GTE, INT64_MIN, -1, -1, false },
		{ AQL_CONDITION_GTE, INT64_MAX, -1, INT64_MIN, true },
	};
	struct engine_fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct aql_barrier_value packet = {
			.header = htole16(HEADER(AQL_VENDOR)),
			.format = AQL_VENDOR_BARRIER_VALUE,
			.signal = htole64(signal_va(0)),
			.value = htole64(rows[i].reference),
			.mask = htole64(rows[i].mask),
			.condition = htole32(rows[i].condition),
			.completion_signal = htole64(signal_va(7)),
		};

		new_queue(f, 0);
		set_value(f, 0, rows[i].value);
		put(f, &packet);
		assert_int_equal(engine_run(f),
				 rows[i].holds ? STEP_IDLE : STEP_BLOCKED);
		assert_int_equal(value_of(f, 7), !rows[i].holds);
	}
}

static void barrier_value_of_nothing(void **state)
{
	const struct aql_barrier_value packet = {
		.header = htole16(HEADER(AQL_VENDOR)),
		.format = AQL_VENDOR_BARRIER_VALUE,
		.value = htole64(7),
		.mask = htole64(-1),
	};
	struct engine_fixture *f = *state;

	new_queue(f, 0);
	put(f, &packet);
	assert_int_equal(engine_run(f), STEP_IDLE);
}

/* A vendor packet with an indirect buffer in it, as ROCr makes it. */
static struct aql_pm4_ib make_ib(u32 dwords, u64 completion)
{
	return (struct aql_pm4_ib){
		.header = htole16(AQL_VENDOR),
		.format = AQL_VENDOR_PM4_IB,
		.ib_header = htole32(0xc0023f00),
		.ib_base_lo = htole32((u32)ENGINE_IB_VA),
		.ib_base_hi = htole32(ENGINE_IB_VA >> 32),
		.ib_control = htole32(dwords | 1U << 23),
		.remain = htole32(AQL_PM4_IB_REMAIN),
		.completion_signal = htole64(completion),
	};
}

static void pm4_indirect_buffer(void **state)
{
	/* The code-cache invalidation, then a write to see that it is executed. */
	const u32 ib[] = {
		0xc0055800, 0x28840000, ~0U, 0xff, 0, 0, 0,
		0xc0033700, 0x00100500, AT(CHECKED_AT), 0xabcd,
		0xc0033700, 0x00100500, AT(CHECKED_AT + 8), 0x1234,
	};
	const struct aql_pm4_ib packet = make_ib(ARRAY_SIZE(ib), signal_va(7));
	struct engine_fixture *f = *state;

	new_queue(f, 0);
	memcpy(engine_mem(f, ENGINE_IB_VA), ib, sizeof(ib));
	put(f, &packet);
	put_barrier(f, AQL_BARRIER_AND, signal_va(6));
	engine_map(f, ENGINE_IB_VA, ENGINE_IB_SIZE, 0);
	engine_map(f, ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0);
	engine_flush(f);
	/* Who waits for the read index finds the buffer executed. */
	while (!engine_rptr(f)) {
		assert_int_equal(value_of(f, 7), 1);
		if (engine_step(f) == STEP_FAULT)
			engine_map(f, f->q->fault.addr, 1, ENGINE_RW);
	}
	assert_int_equal(get32(engine_data(f, CHECKED_AT)), 0xabcd);
	assert_int_equal(get32(engine_data(f, CHECKED_AT + 8)), 0x1234);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(value_of(f, 7), 0);
	assert_int_equal(value_of(f, 6), 0);
	assert_int_equal(engine_rptr(f), 2);
}

/* An empty buffer, and one whose last packet passes over its end. */
static void short_indirect_buffers(void **state)
{
	const u32 ib[] = {
		0xc0032200, AT(CHECKED_AT), 0, 2, 0xdead, 0xbeef,
	};
	struct aql_pm4_ib packet = make_ib(0, signal_va(7));
	struct engine_fixture *f = *state;

	new_queue(f, 0);
	memcpy(engine_mem(f, ENGINE_IB_VA), ib, sizeof(ib));
	put(f, &packet);
	packet = make_ib(ARRAY_SIZE(ib), signal_va(6));
	put(f, &packet);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(value_of(f, 7), 0);
	assert_int_equal(value_of(f, 6), 0);
}

/* Slots are filled out of order: the first one that is INVALID holds the rest. */
static void slots_out_of_order(void **state)
{
	struct aql_barrier packet = make_barrier(AQL_BARRIER_AND, signal_va(0));
	struct engine_fixture *f = *state;

	new_queue(f, 0);
	assert_int_equal(engine_run(f), STEP_IDLE);
	set_value(f, 0, 10);
	f->written = 3;
	engine_ring(f);
	memcpy(slot(f, 2), &packet, sizeof(packet));
	memcpy(slot(f, 1), &packet, sizeof(packet));
	assert_int_equal(engine_run(f), STEP_BLOCKED);
	assert_int_equal(engine_rptr(f), 0);
	memcpy(slot(f, 0), &packet, sizeof(packet));
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(engine_rptr(f), 3);
	assert_int_equal(value_of(f, 0), 7);
}

/* A valid packet behind the write index is not touched. */
static void not_behind_the_write_index(void **state)
{
	struct aql_barrier packet = make_barrier(AQL_BARRIER_AND, signal_va(0));
	struct engine_fixture *f = *state;

	new_queue(f, 0);
	memcpy(slot(f, 0), &packet, sizeof(packet));
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(value_of(f, 0), 1);
}

/* More slots may be reserved than there are: producers wait for room. */
static void laps(void **state)
{
	struct engine_fixture *f = *state;
	struct aql_barrier packet;
	u64 n, lap;

	new_queue(f, 0);
	set_value(f, 0, 1000);
	engine_start_at(f, 0xffffffffffULL * SLOTS - 5);
	for (lap = 0; lap < 3; lap++) {
		for (n = 0; n < SLOTS; n++)
			put_barrier(f, AQL_BARRIER_AND, signal_va(0));
		f->written += 50;
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_BLOCKED);
		f->written -= 50;
		assert_int_equal(engine_rptr(f), f->written);
	}
	assert_int_equal(value_of(f, 0), 1000 - 3 * SLOTS);
	for (n = 0; n < SLOTS; n++) {
		memcpy(&packet, slot(f, n), sizeof(packet));
		assert_int_equal(le16toh(packet.header) & AQL_HEADER_TYPE, AQL_INVALID);
	}
}

/* The slot is INVALID before the read index has moved over it. */
static void invalid_before_free(void **state)
{
	struct engine_fixture *f = *state;

	new_queue(f, 0);
	put_barrier(f, AQL_BARRIER_AND, signal_va(0));
	engine_map(f, ENGINE_INDEX_VA, PAGE_SIZE, ENGINE_RW & ~SIMGPU_PTE_WRITE);
	engine_flush(f);
	assert_int_equal(engine_step(f), STEP_FAULT);
	assert_int_equal(f->q->fault.access & SIMGPU_FAULT_WRITE, SIMGPU_FAULT_WRITE);
	assert_int_equal(slot(f, 0)[0], AQL_INVALID);
	assert_int_equal(engine_rptr(f), 0);
	assert_int_equal(value_of(f, 0), 1);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(engine_rptr(f), 1);
	assert_int_equal(value_of(f, 0), 0);
}

/* Whatever faults, the signal counts down once and one interrupt comes. */
static void faults_everywhere(void **state)
{
	struct aql_barrier packet = make_barrier(AQL_BARRIER_AND, signal_va(7));
	struct engine_fixture *f = *state;
	enum step step;
	u64 event;
	u32 n;

	for (n = 0; n < 2; n++) {
		new_queue(f, AMD_QUEUE_PROFILING);
		packet.dep_signal[0] = htole64(signal_va(0));
		packet.dep_signal[4] = htole64(signal_va(1));
		set_value(f, 0, 0);
		set_value(f, 1, 0);
		put(f, &packet);
		do {
			/* All goes away again, but for what is wanted now. */
			engine_map(f, ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0);
			engine_map(f, ENGINE_RING_VA, ENGINE_RING_MAX, 0);
			engine_map(f, ENGINE_INDEX_VA, PAGE_SIZE, 0);
			engine_flush(f);
			while ((step = engine_step(f)) == STEP_FAULT) {
				engine_map(f, f->q->fault.addr, 1, ENGINE_RW);
				f->faults++;
			}
		} while (step == STEP_PROGRESS);
		assert_int_equal(step, STEP_IDLE);
		assert_true(f->faults >= 6);
		assert_int_equal(value_of(f, 7), 0);
		assert_int_not_equal(signal_of(f, 7)->end_ts, 0);
		assert_int_equal(count_events(f, &event), 1);
		assert_int_equal(event, 107);
		assert_int_equal(engine_rptr(f), 1);
	}
}

/* A full event ring holds the interrupt back, not what came before it. */
static void interrupt_waits_for_room(void **state)
{
	struct engine_fixture *f = *state;
	u64 event;
	int i;

	new_queue(f, 0);
	set_value(f, 0, 3);
	engine_fill_events(f, 0);
	put_barrier(f, AQL_BARRIER_AND, signal_va(0));
	put_barrier(f, AQL_BARRIER_AND, signal_va(0));
	for (i = 0; i < 5; i++)
		assert_int_equal(engine_run(f), STEP_BLOCKED);
	assert_int_equal(value_of(f, 0), 2);
	assert_int_equal(get64(engine_data(f, MAILBOX_AT(0))), 100);
	engine_drain_events(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(value_of(f, 0), 1);
	assert_int_equal(count_events(f, &event), 2);
}

/* A dispatch that nothing is wrong with, of a kernel whose descriptor is all 0. */
#define EMPTY_OBJECT	(ENGINE_DATA_VA + 0x100)

static const struct aql_kernel_dispatch dispatch = {
	.header = HEADER(AQL_KERNEL_DISPATCH),
	.setup = 3,
	.workgroup_x = 64, .workgroup_y = 2, .workgroup_z = 1,
	.grid_x = 640, .grid_y = 2, .grid_z = 5,
	.kernel_object = EMPTY_OBJECT,
};

#define DISPATCH(...) \
	.dispatch = { .header = HEADER(AQL_KERNEL_DISPATCH), .setup = 3, \
		      .workgroup_x = 64, .workgroup_y = 2, .workgroup_z = 1, \
		      .grid_x = 640, .grid_y = 2, .grid_z = 5, \
		      .kernel_object = EMPTY_OBJECT, __VA_ARGS__ }

/* A row gives a field another value over the right one. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* What ROCr is told: the value of the queue's inactive signal. */
static void errors(void **state)
{
	static const struct {
		const char *name;
		u64 status;
		u32 code;
		union {
			struct aql_kernel_dispatch dispatch;
			struct aql_barrier barrier;
			struct aql_barrier_value value;
			struct aql_pm4_ib ib;
		};
	} rows[] = {
		{ "empty descriptor", 8, 8, DISPATCH() },
		{ "no dimension", 2, 2, DISPATCH(.setup = 0) },
		{ "grid 0", 2, 2, DISPATCH(.grid_y = 0) },
		{ "z without 3 dimensions", 2, 2, DISPATCH(.setup = 2) },
		{ "y with 1 dimension", 2, 2, DISPATCH(.setup = 1, .grid_z = 1) },
		{ "work-group 0", 64, 64, DISPATCH(.workgroup_z = 0) },
		{ "work-group too big", 64, 64, DISPATCH(.workgroup_y = 17) },
		{ "group memory", 4, 4, DISPATCH(.group_segment_size = 0x10001) },
		{ "no kernel", 8, 8, DISPATCH(.kernel_object = 0) },
		{ "crooked kernel", 8, 8, DISPATCH(.kernel_object = 0x1001) },
		{ "agent dispatch", 32, 32,
		  .barrier = { .header = HEADER(AQL_AGENT_DISPATCH) } },
		{ "type 6", 32, 32, .barrier = { .header = HEADER(6) } },
		{ "type 255", 32, 32, .barrier = { .header = HEADER(255) } },
		{ "crooked completion", 32, 32,
		  .barrier = { .header = HEADER(AQL_BARRIER_AND),
			       .completion_signal = 4 } },
		{ "crooked dependency", 32, 32,
		  .barrier = { .header = HEADER(AQL_BARRIER_OR),
			       .dep_signal = { [4] = 0x1001 } } },
		{ "vendor 0", 256, 256, .value = { .header = HEADER(AQL_VENDOR) } },
		{ "vendor 3", 256, 256,
		  .value = { .header = HEADER(AQL_VENDOR), .format = 3 } },
		{ "condition", 256, 256,
		  .value = { .header = HEADER(AQL_VENDOR), .format = 2,
			     .condition = 4 } },
		{ "crooked signal", 256, 256,
		  .value = { .header = HEADER(AQL_VENDOR), .format = 2,
			     .signal = 0x1004 } },
		{ "no indirect buffer", 256, 256,
		  .ib = { .format = 1, .ib_header = 0xc0021000 } },
		{ "indirect buffer of another size", 256, 256,
		  .ib = { .format = 1, .ib_header = 0xc0033f00 } },
		{ "crooked indirect buffer", 256, 256,
		  .ib = { .format = 1, .ib_header = 0xc0023f00, .ib_base_lo = 2 } },
		{ "chained indirect buffer", 256, 256,
		  .ib = { .format = 1, .ib_header = 0xc0023f00,
			  .ib_control = 0x00900004 } },
		{ "bad packet in it", 256, SIMGPU_ERROR_OPCODE,
		  .ib = { .format = 1, .ib_header = 0xc0023f00,
			  .ib_base_lo = (u32)ENGINE_IB_VA,
			  .ib_base_hi = ENGINE_IB_VA >> 32,
			  .ib_control = 0x00800004 } },
	};
	struct engine_fixture *f = *state;
	u64 event;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool in_ib = rows[i].code == SIMGPU_ERROR_OPCODE;

		new_queue(f, 0);
		put32(engine_mem(f, ENGINE_IB_VA), 0xc0009900);
		put_barrier(f, AQL_BARRIER_AND, 0);
		put(f, &rows[i].dispatch);
		/* All that it needs is absent at first. */
		engine_map(f, ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0);
		engine_map(f, ENGINE_INDEX_VA, PAGE_SIZE, 0);
		engine_flush(f);
		if (engine_run(f) != STEP_ERROR || f->q->failure.code != rows[i].code ||
		    value_of(f, INACTIVE) != (s64)rows[i].status)
			fail_msg("%s: code 0x%x, value 0x%llx", rows[i].name,
				 f->q->failure.code,
				 (unsigned long long)value_of(f, INACTIVE));
		assert_int_equal(f->q->failure.where, in_ib ? ENGINE_IB_VA : 1);
		assert_int_equal(get64(engine_data(f, MAILBOX_AT(INACTIVE))),
				 100 + INACTIVE);
		assert_int_equal(count_events(f, &event), 1);
		assert_int_equal(event, 100 + INACTIVE);
		/* It still points to the packet that is bad. */
		assert_int_equal(engine_rptr(f), 1);
		assert_memory_equal(slot(f, 1), &rows[i].dispatch, AQL_PACKET_SIZE);
	}
}

/* Without a signal, or with a crooked one, the driver alone is told. */
static void errors_without_signal(void **state)
{
	static const u64 rows[] = { 0, 1, ENGINE_DATA_VA + 4 };
	struct engine_fixture *f = *state;
	u64 event;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		new_queue(f, 0);
		put64(engine_mem(f, INACTIVE_VA), rows[i]);
		put(f, &dispatch);
		assert_int_equal(engine_run(f), STEP_ERROR);
		assert_int_equal(f->q->failure.code, SIMGPU_ERROR_CODE_OBJECT);
		assert_int_equal(f->q->failure.data, dispatch.kernel_object);
		assert_int_equal(count_events(f, &event), 0);
	}
}

/* A signal without a mailbox is polled: the value is all. */
static void errors_without_mailbox(void **state)
{
	struct engine_fixture *f = *state;
	u64 event;

	new_queue(f, 0);
	signal_of(f, INACTIVE)->event_mailbox_ptr = 0;
	put(f, &dispatch);
	assert_int_equal(engine_run(f), STEP_ERROR);
	assert_int_equal(value_of(f, INACTIVE), SIMGPU_ERROR_CODE_OBJECT);
	assert_int_equal(count_events(f, &event), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(completion_signal),
		cmocka_unit_test(completion_without_mailbox),
		cmocka_unit_test(profiling),
		cmocka_unit_test(no_amd_queue),
		cmocka_unit_test(barrier_and),
		cmocka_unit_test(barrier_and_without_some),
		cmocka_unit_test(barriers_see_for_themselves),
		cmocka_unit_test(barrier_or),
		cmocka_unit_test(barrier_or_of_nothing),
		cmocka_unit_test(barrier_value),
		cmocka_unit_test(barrier_value_of_nothing),
		cmocka_unit_test(pm4_indirect_buffer),
		cmocka_unit_test(short_indirect_buffers),
		cmocka_unit_test(slots_out_of_order),
		cmocka_unit_test(not_behind_the_write_index),
		cmocka_unit_test(laps),
		cmocka_unit_test(invalid_before_free),
		cmocka_unit_test(faults_everywhere),
		cmocka_unit_test(interrupt_waits_for_room),
		cmocka_unit_test(errors),
		cmocka_unit_test(errors_without_signal),
		cmocka_unit_test(errors_without_mailbox),
	};

	return cmocka_run_group_tests_name("aql", tests, packets_setup,
					   packets_teardown);
}
