// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include "abi/pm4_packets.h"
#include "abi/sdma_packets.h"
#include "packets.h"

#define RING_SIZE	8192

u32 get32(const u8 *p)
{
	__le32 word;

	memcpy(&word, p, sizeof(word));
	return le32toh(word);
}

u64 get64(const u8 *p)
{
	__le64 word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

void put32(u8 *p, u32 value)
{
	__le32 word = htole32(value);

	memcpy(p, &word, sizeof(word));
}

void put64(u8 *p, u64 value)
{
	__le64 word = htole64(value);

	memcpy(p, &word, sizeof(word));
}

void packet_pattern(u8 *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += 8)
		put64(data + i, (i + 1) * 0x9e3779b97f4a7c15ULL);
}

void packet_new(struct engine_fixture *f, enum simgpu_queue_type type)
{
	engine_queue(f, type, RING_SIZE);
	packet_pattern(engine_data(f, 0), DATA_USED);
}

/* Units of the queue that a dword is. */
static u32 unit(enum simgpu_queue_type type)
{
	return type == SIMGPU_QUEUE_PM4 ? 1 : 4;
}

static void check_interrupts(struct engine_fixture *f, const struct packet_case *c,
			     const char *how)
{
	struct simgpu_event event = { 0 };
	u32 n = 0;

	while (engine_event(f, &event)) {
		assert_int_equal(le32toh(event.type), SIMGPU_EVENT_INTERRUPT);
		n++;
	}
	if (n != c->interrupts)
		fail_msg("%s, %s: %u interrupts", c->name, how, n);
	if (!n)
		return;
	assert_int_equal(le32toh(event.code), c->source);
	assert_int_equal(le64toh(event.data), c->context);
	assert_int_equal(le32toh(event.queue), ENGINE_QUEUE);
	assert_int_equal(le32toh(event.vmid), ENGINE_VMID);
}

static void check_effect(struct engine_fixture *f, const struct packet_case *c,
			 const char *how)
{
	const u8 *data = engine_data(f, 0);
	u8 *wanted = malloc(DATA_USED);
	u64 mask = c->type == SIMGPU_QUEUE_PM4 ? RING_SIZE / 4 - 1 : ~0ULL;
	size_t i;

	assert_non_null(wanted);
	packet_pattern(wanted, DATA_USED);
	if (c->apply)
		c->apply(wanted, c->arg);
	for (i = 0; i < DATA_USED && data[i] == wanted[i]; i++)
		;
	if (i < DATA_USED)
		fail_msg("%s, %s: data[0x%zx] is %02x, not %02x", c->name, how, i,
			 data[i], wanted[i]);
	free(wanted);
	if (engine_rptr(f) != (f->written & mask))
		fail_msg("%s, %s: read index 0x%llx, not 0x%llx", c->name, how,
			 (unsigned long long)engine_rptr(f),
			 (unsigned long long)f->written);
	check_interrupts(f, c, how);
}

static void run_to_idle(struct engine_fixture *f, const struct packet_case *c,
			const char *how)
{
	enum step step = engine_run(f);

	if (step != STEP_IDLE)
		fail_msg("%s, %s: step %d, code 0x%x, where 0x%llx, data 0x%llx",
			 c->name, how, step, f->q->failure.code,
			 (unsigned long long)f->q->failure.where,
			 (unsigned long long)f->q->failure.data);
}

static void run_case(struct engine_fixture *f, const struct packet_case *c,
		     const char *how)
{
	engine_put(f, c->dwords, c->count);
	engine_ring(f);
	run_to_idle(f, c, how);
	check_effect(f, c, how);
}

static void check_absent(struct engine_fixture *f, const struct packet_case *c)
{
	packet_new(f, c->type);
	engine_map(f, ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0);
	engine_map(f, ENGINE_RING_VA, ENGINE_RING_MAX, 0);
	engine_map(f, ENGINE_INDEX_VA, PAGE_SIZE, 0);
	engine_flush(f);
	run_case(f, c, "absent");
	assert_true(f->faults >= 2);
}

/* Every step finds a page gone that the one before may have used. */
static void check_evicted(struct engine_fixture *f, const struct packet_case *c)
{
	enum step step = STEP_PROGRESS;
	u64 page = 0, n;

	packet_new(f, c->type);
	engine_put(f, c->dwords, c->count);
	engine_ring(f);
	for (n = 0; n < 100000; n++) {
		engine_map(f, ENGINE_DATA_VA + page % (DATA_USED / PAGE_SIZE) *
			   PAGE_SIZE, 1, 0);
		engine_map(f, page & 1 ? ENGINE_INDEX_VA : ENGINE_RING_VA, 1, 0);
		engine_flush(f);
		page++;
		/* As often as it takes: a step needs some pages at once. */
		while ((step = engine_step(f)) == STEP_FAULT)
			engine_map(f, f->q->fault.addr, 1, ENGINE_RW);
		if (step != STEP_PROGRESS)
			break;
	}
	assert_int_equal(step, STEP_IDLE);
	check_effect(f, c, "evicted");
}

static void check_wrapped(struct engine_fixture *f, const struct packet_case *c)
{
	char how[32];
	size_t n;

	for (n = 1; n < c->count && n < 48; n++) {
		packet_new(f, c->type);
		/* The index has 40 bits by now. */
		engine_start_at(f, 0xab00000000ULL * 4 +
				(RING_SIZE / 4 - n) * unit(c->type));
		snprintf(how, sizeof(how), "wrapped after %zu", n);
		run_case(f, c, how);
	}
}

/* The packet is in an indirect buffer, between two NOPs. */
static void check_indirect(struct engine_fixture *f, const struct packet_case *c)
{
	const u32 sdma[] = {
		SDMA_OP_INDIRECT, AT_IB(0),
		c->count + 2, 0, 0,
	};
	const u32 pm4[] = {
		0xc0023f00, AT_IB(0),
		(c->count + 2) | PM4_IB_VALID,
	};
	u32 nop = c->type == SIMGPU_QUEUE_PM4 ? 0xffff1002 : 0;
	u8 *ib = engine_mem(f, ENGINE_IB_VA);
	size_t i;

	if ((c->count + 2) * 4 > ENGINE_IB_SIZE)
		return;
	packet_new(f, c->type);
	put32(ib, nop);
	for (i = 0; i < c->count; i++)
		put32(ib + 4 + i * 4, c->dwords[i]);
	put32(ib + 4 + i * 4, nop);
	engine_map(f, ENGINE_IB_VA, ENGINE_IB_SIZE, 0);
	engine_flush(f);
	if (c->type == SIMGPU_QUEUE_PM4)
		engine_put(f, pm4, ARRAY_SIZE(pm4));
	else
		engine_put(f, sdma, ARRAY_SIZE(sdma));
	engine_ring(f);
	run_to_idle(f, c, "indirect");
	check_effect(f, c, "indirect");
}

void packet_check(struct engine_fixture *f, const struct packet_case *c)
{
	packet_new(f, c->type);
	run_case(f, c, "plain");
	assert_int_equal(f->faults, 0);
	packet_new(f, c->type);
	f->slice = 1;
	run_case(f, c, "in slices");
	check_absent(f, c);
	check_evicted(f, c);
	check_wrapped(f, c);
	check_indirect(f, c);
}

void packet_bad(struct engine_fixture *f, const char *name,
		enum simgpu_queue_type type, const u32 *dwords, size_t count,
		u32 code)
{
	const u32 filler = type == SIMGPU_QUEUE_PM4 ? 0xffff1002 : 0;
	const struct packet_case c = { .name = name, .type = type };
	struct simgpu_event event;
	enum step step;

	packet_new(f, type);
	engine_put(f, &filler, 1);
	engine_put(f, dwords, count);
	engine_ring(f);
	step = engine_run(f);
	if (step != STEP_ERROR || f->q->failure.code != code)
		fail_msg("%s: step %d, code 0x%x", name, step, f->q->failure.code);
	if (f->q->failure.where != 4)
		fail_msg("%s: where 0x%llx", name,
			 (unsigned long long)f->q->failure.where);
	/* Of the ring the NOP is done, of the data nothing is changed. */
	f->written = unit(type);
	check_effect(f, &c, "bad");
	assert_false(engine_event(f, &event));
}

int packets_setup(void **state)
{
	struct engine_fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	engine_open(f);
	*state = f;
	return 0;
}

int packets_teardown(void **state)
{
	engine_close(*state);
	free(*state);
	return 0;
}
