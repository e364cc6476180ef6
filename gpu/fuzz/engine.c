// SPDX-License-Identifier: MIT
#include "abi/aql_packets.h"
#include "engine.h"

/* Data that is mapped: all else that packets ask for is refused. */
#define DATA_SIZE	0x10000ULL

#define STEPS_MAX	64

/* One input's run. */
struct run {
	const struct fuzz_engine *e;
	struct engine_fixture *f;
	struct input in;
	u32 dwords[FUZZ_PACKET];
	u32 count;
	bool over;
};

/* A good packet, some dwords of which are changed, or any dwords. */
static void make_packet(struct run *r)
{
	u8 which = take8(&r->in), changes = take8(&r->in) % 4;

	if (which < 0xf0) {
		const struct fuzz_packet *p = &r->e->packets[which % r->e->count];

		r->count = p->count;
		memcpy(r->dwords, p->dwords, sizeof(r->dwords));
	} else {
		r->count = which % FUZZ_PACKET + 1;
		changes = r->count;
	}
	while (changes--) {
		u8 at = take8(&r->in);

		if (at & 0x80)
			r->dwords[at % r->count] = take32(&r->in);
		else
			r->dwords[at % r->count] ^= 1U << (take8(&r->in) % 32);
	}
}

static void put_packet(struct run *r)
{
	struct engine_fixture *f = r->f;

	make_packet(r);
	if (r->e->type == SIMGPU_QUEUE_AQL) {
		memcpy((u8 *)engine_mem(f, ENGINE_RING_VA) +
		       (f->written++ * AQL_PACKET_SIZE & (f->q->ring_size - 1)),
		       r->dwords, AQL_PACKET_SIZE);
		engine_ring(f);
		return;
	}
	engine_put(f, r->dwords, r->count);
	/* Now and then only a part of it is rung. */
	if (take8(&r->in) & 0x0f)
		engine_ring(f);
}

static void put_indirect(struct run *r)
{
	u32 offset = take8(&r->in) % 64 * 32;

	make_packet(r);
	memcpy((u8 *)engine_mem(r->f, ENGINE_IB_VA) + offset, r->dwords,
	       r->count * 4);
}

static void put_index(struct run *r)
{
	u64 old = r->f->written;

	r->f->written = take8(&r->in) & 1 ? take64(&r->in) :
			old + (s64)(int16_t)take16(&r->in);
	engine_ring(r->f);
	/* A client that lies once goes on where it was. */
	r->f->written = old;
}

static void poke(struct run *r)
{
	u64 value = take64(&r->in);

	memcpy(engine_data(r->f, take16(&r->in) % (DATA_SIZE - 8)), &value, 8);
}

/* A page of something gets other rights, or goes. */
static void protect(struct run *r)
{
	static const u64 rights[] = {
		0, ENGINE_RW, ENGINE_RW & ~SIMGPU_PTE_WRITE,
		ENGINE_RW & ~SIMGPU_PTE_READ, SIMGPU_PTE_WAIT,
	};
	u8 what = take8(&r->in);
	u64 flags = rights[take8(&r->in) % ARRAY_SIZE(rights)];
	u64 va = ENGINE_DATA_VA + what % (DATA_SIZE / PAGE_SIZE) * PAGE_SIZE;

	if (what >= 0xf0)
		va = ENGINE_INDEX_VA;
	else if (what >= 0xe0)
		va = ENGINE_RING_VA;
	else if (what >= 0xd0)
		va = ENGINE_IB_VA;
	engine_map(r->f, va, 1, flags);
	engine_flush(r->f);
}

static void events(struct run *r)
{
	if (take8(&r->in) & 1)
		engine_fill_events(r->f, take8(&r->in) % 3);
	else
		engine_drain_events(r->f);
}

static bool is_mapped_by_driver(u64 va)
{
	return va - ENGINE_DATA_VA < DATA_SIZE ||
	       va - ENGINE_RING_VA < ENGINE_RING_MAX ||
	       va - ENGINE_IB_VA < ENGINE_IB_SIZE || va == ENGINE_INDEX_VA;
}

static void new_queue(struct run *r, u32 ring_size)
{
	engine_queue(r->f, r->e->type, ring_size);
	if (r->e->prepare)
		r->e->prepare(r->f);
}

/* What a driver does about a fault: serve it, or let it be. */
static void answer_fault(struct run *r)
{
	const struct fault *fault = &r->f->q->fault;

	fuzz_check(IS_ALIGNED(fault->addr, PAGE_SIZE));
	fuzz_check(fault->access & (SIMGPU_FAULT_READ | SIMGPU_FAULT_WRITE));
	fuzz_check(fault->access & (SIMGPU_FAULT_ABSENT | SIMGPU_FAULT_DENIED |
				    SIMGPU_FAULT_BUS));
	if (is_mapped_by_driver(fault->addr))
		engine_map(r->f, fault->addr, 1, ENGINE_RW);
	else
		r->over = true;
}

/* Indices of a queue only grow, and never by more than a ring. */
static void check_read(const struct queue *q, u64 before)
{
	u64 unit = q->type == SIMGPU_QUEUE_PM4 ? 4 :
		   q->type == SIMGPU_QUEUE_AQL ? AQL_PACKET_SIZE : 1;

	fuzz_check((q->read - before) * unit <= q->ring_size);
}

static void steps(struct run *r)
{
	static const s64 slices[] = { 1, 4096, 256 << 10 };
	u8 n = take8(&r->in);
	enum step step;
	u64 before;

	r->f->slice = slices[n % ARRAY_SIZE(slices)];
	for (n = n / 4 % STEPS_MAX + 1; n && !r->over; n--) {
		before = r->f->q->read;
		step = engine_step(r->f);
		check_read(r->f->q, before);
		if (step == STEP_FAULT) {
			answer_fault(r);
		} else if (step == STEP_ERROR) {
			fuzz_check(r->f->q->failure.code);
			r->over = true;
		} else if (step != STEP_PROGRESS) {
			return;
		}
	}
}

static void (*const operations[])(struct run *r) = {
	put_packet, put_packet, steps, steps, put_indirect, poke, protect, events,
	put_index,
};

void fuzz_engine(const struct fuzz_engine *e, const u8 *data, size_t size)
{
	static struct engine_fixture *f;
	struct run r = { .e = e, .in = { data, size } };

	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			abort();
		engine_open(f);
		f->data_size = DATA_SIZE;
	}
	r.f = f;
	new_queue(&r, 1024U << take8(&r.in) % 4);
	if (e->type != SIMGPU_QUEUE_AQL)
		engine_start_at(f, ALIGN_DOWN(take64(&r.in), 4));
	while (r.in.left && !r.over)
		operations[take8(&r.in) % ARRAY_SIZE(operations)](&r);
	for (size = 0; size < STEPS_MAX && !r.over; size++)
		steps(&r);
	fuzz_check(engine_guarded(f));
}
