// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../mmu.h"
#include "script.h"

struct state {
	struct script packet;
	bool fetched;
	bool loaded;		/* SCRIPT_ATOMIC: done, the old value is to be stored */
	u64 done;
	u64 old;
};

static int script_start(struct queue *q)
{
	q->priv = calloc(1, sizeof(struct state));
	return q->priv ? 0 : -ENOMEM;
}

static void script_stop(struct queue *q)
{
	free(q->priv);
}

static int fetch(struct queue *q, struct state *s)
{
	u64 wptr;
	int err;

	err = access_read(q, q->wptr, &wptr, sizeof(wptr));
	if (err || wptr == q->read)
		return err ? err : -ENODATA;
	err = access_read(q, q->ring + q->read % q->ring_size, &s->packet,
			  sizeof(s->packet));
	s->fetched = !err;
	s->done = 0;
	s->loaded = false;
	return err;
}

static int load(struct queue *q, const struct script *p)
{
	u8 buf[ACCESS_MAX];
	int err;

	err = access_read(q, p->src, buf, p->len);
	return err ? err : access_write(q, p->va, buf, p->len);
}

static int atomic(struct queue *q, struct state *s, const struct script *p)
{
	int err = 0;

	if (!s->loaded)
		err = access_atomic(q, p->va, p->atomic, p->unit, p->value,
				    p->cmp, &s->old);
	if (err)
		return err;
	s->loaded = true;
	return p->src ? access_write(q, p->src, &s->old, 8) : 0;
}

static int wait_value(struct queue *q, const struct script *p)
{
	u64 value;
	int err;

	err = access_read(q, p->va, &value, sizeof(value));
	if (err)
		return err;
	return value == p->value ? 0 : -EBUSY;
}

static int execute(struct queue *q, struct state *s)
{
	const struct script *p = &s->packet;
	u64 word;

	switch (p->op) {
	case SCRIPT_NOP:
		return 0;
	case SCRIPT_STORE:
		return access_write(q, p->va, &p->value, 8);
	case SCRIPT_LOAD:
		return load(q, p);
	case SCRIPT_COPY:
		return access_copy(q, p->va, p->src, p->len, &s->done);
	case SCRIPT_FILL:
		return access_fill(q, p->va, p->value, p->unit, p->len,
				   &s->done);
	case SCRIPT_ATOMIC:
		return atomic(q, s, p);
	case SCRIPT_WAIT:
		return wait_value(q, p);
	case SCRIPT_FETCH:
		return access_fetch(q, p->va, &word, 8);
	case SCRIPT_INTERRUPT:
		return queue_interrupt(q, SIMGPU_INT_SDMA_TRAP, p->value) ?
			-EBUSY : 0;
	case SCRIPT_SPIN:
		return -EAGAIN;
	default:
		return -EINVAL;
	}
}

static enum step retire(struct queue *q, struct state *s)
{
	u64 read = q->read + sizeof(s->packet);

	if (access_write(q, q->rptr, &read, sizeof(read)))
		return STEP_FAULT;
	q->read = read;
	s->fetched = false;
	queue_packet_done(q);
	return STEP_PROGRESS;
}

static enum step step_of(struct queue *q, struct state *s, int err)
{
	switch (err) {
	case -EFAULT:
		return STEP_FAULT;
	case -EAGAIN:
		return STEP_PROGRESS;
	case -EBUSY:
		return STEP_BLOCKED;
	case -ENODATA:
		return STEP_IDLE;
	default:
		return queue_fail(q, SIMGPU_ERROR_OPCODE, q->read,
				  s->packet.op);
	}
}

static enum step script_step(struct queue *q)
{
	struct state *s = q->priv;
	int err = 0;

	if (!s->fetched)
		err = fetch(q, s);
	if (!err)
		err = execute(q, s);
	return err ? step_of(q, s, err) : retire(q, s);
}

const struct engine engine_script = {
	.name = "script",
	.start = script_start,
	.step = script_step,
	.stop = script_stop,
};

void script_install(struct local *l)
{
	unsigned int i;

	for (i = 0; i < SIMGPU_QUEUE_TYPES; i++)
		l->gpu->engine[i] = &engine_script;
}

void script_submit(struct local_queue *q, const struct script *s)
{
	local_put(q, s, sizeof(*s));
	local_ring(q);
}

void script_probe(struct local *l, struct probe *p, u32 vmid)
{
	memset(p, 0, sizeof(*p));
	p->q.gpu = l->gpu;
	p->q.vm = &l->gpu->vm[vmid];
	p->q.vmid = vmid;
	p->q.tlb = tlb_new();
	p->q.budget = 1LL << 40;
}

void script_probe_end(struct probe *p)
{
	free(p->q.tlb);
}
