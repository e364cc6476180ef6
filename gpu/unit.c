// SPDX-License-Identifier: MIT
/*
 * A compute unit executes one work-group after the other, its waves in turn.  A
 * wave whose access faults is passed over once; when its turn comes again the
 * unit waits for the driver's answer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/hsa_kernel.h"
#include "access.h"
#include "gpu.h"
#include "log.h"
#include "stream.h"
#include "unit.h"

#define GROUP_WAVES	(DISPATCH_ITEMS / WAVE_LANES)

/* Instructions of a wave in its turn, and what each takes from the slice. */
#define TURN		256
#define INSTRUCTION_COST 16
/* s_sleep: after a few of them it is another queue's turn. */
#define SLEEP_COST	0x10000

/* SH_MEM_BASES: where the driver says that LDS and private memory are. */
#define SHARED_BASE	0x0001000000000000ULL
#define PRIVATE_BASE	0x0002000000000000ULL

/* s_sendmsg */
#define MSG_ID		0x000f
#define MSG_INTERRUPT	1
#define MSG_GET_DOORBELL 10
#define MSG_CONTEXT	0x00ffffff

/* s_trap: what llvm.trap becomes.  Others are for debuggers, which there are none of. */
#define TRAP_ABORT	2

enum turn {
	TURN_RUN,
	TURN_FAULT,	/* its access faulted */
	TURN_BARRIER,
	TURN_HALT,	/* for good */
	TURN_MESSAGE,	/* the event ring was full */
	TURN_END,
};

/**
 * struct unit - a compute unit
 * @busy: it has a work-group
 * @waves: of the work-group
 * @live: have not ended
 * @waiting: at the barrier
 * @turn: whose turn it is
 * @awaited: wave that faulted first, and has not been tried since; -1: none
 * @fault: what it waits for
 * @code: decoded instructions
 * @code_generation: of the VM, when they were
 * @wave: made when first needed
 * @lds: DISPATCH_LDS bytes, as @wave
 */
struct unit {
	u32 index;
	bool busy;
	u32 group[3];
	u32 extent[3];
	u32 waves;
	u32 live;
	u32 waiting;
	u32 turn;
	int awaited;
	struct fault fault;
	struct code *code;
	u64 code_generation;
	enum turn state[GROUP_WAVES];
	struct wave *wave[GROUP_WAVES];
	u8 *lds;
};

/* Memory, as waves ask for it. */

static int unit_fetch(void *ctx, u64 va, void *buf, size_t len)
{
	return access_fetch(ctx, va, buf, len);
}

static int unit_read(void *ctx, u64 va, void *buf, size_t len)
{
	return len ? access_read(ctx, va, buf, len) : 0;
}

static int unit_write(void *ctx, u64 va, const void *buf, size_t len)
{
	return len ? access_write(ctx, va, buf, len) : 0;
}

static int unit_atomic(void *ctx, u64 va, enum wave_atomic op, size_t size,
		       u64 src, u64 cmp, u64 *old)
{
	static const enum atomic_op ops[] = {
		[WAVE_SWAP] = ATOMIC_SWAP, [WAVE_CMPSWAP] = ATOMIC_CMPSWAP,
		[WAVE_ADD] = ATOMIC_ADD, [WAVE_SUB] = ATOMIC_SUB,
		[WAVE_SMIN] = ATOMIC_SMIN, [WAVE_UMIN] = ATOMIC_UMIN,
		[WAVE_SMAX] = ATOMIC_SMAX, [WAVE_UMAX] = ATOMIC_UMAX,
		[WAVE_AND] = ATOMIC_AND, [WAVE_OR] = ATOMIC_OR,
		[WAVE_XOR] = ATOMIC_XOR, [WAVE_INC] = ATOMIC_INC,
		[WAVE_DEC] = ATOMIC_DEC,
	};

	return access_atomic(ctx, va, ops[op], size, src, cmp, old);
}

/* Both clocks tick at 100 MHz: nobody can tell how fast the core is. */
static u64 unit_clock(void *ctx, bool real)
{
	return queue_clock();
}

static const struct wave_memory unit_memory = {
	.fetch	= unit_fetch,
	.read	= unit_read,
	.write	= unit_write,
	.atomic	= unit_atomic,
	.clock	= unit_clock,
};

/* Work-groups. */

/* All memory for a work-group of so many waves. */
static bool unit_grow(struct unit *unit, u32 waves)
{
	u32 i;

	if (!unit->lds)
		unit->lds = calloc(1, DISPATCH_LDS);
	for (i = 0; i < waves; i++) {
		if (unit->wave[i])
			continue;
		unit->wave[i] = wave_new();
		if (!unit->wave[i])
			return false;
	}
	return unit->lds;
}

static u32 wave_mode(const struct launch *launch)
{
	u32 rsrc1 = launch->rsrc1, mode = field(rsrc1, HSA_RSRC1_FLOAT_MODE);

	if (rsrc1 & HSA_RSRC1_DX10_CLAMP)
		mode |= MODE_DX10_CLAMP;
	if (rsrc1 & HSA_RSRC1_IEEE_MODE)
		mode |= MODE_IEEE;
	if (rsrc1 & HSA_RSRC1_FP16_OVFL)
		mode |= MODE_FP16_OVFL;
	return mode;
}

/* Number of the wave among those of its queue at a time. */
static u32 wave_slot(const struct unit *unit, const struct dispatch *d, u32 i)
{
	return unit->index * d->waves + i;
}

/* User SGPRs, then what the system knows. */
static void init_sgprs(struct wave *w, const struct unit *unit,
		       const struct dispatch *d, u32 i)
{
	const struct launch *launch = &d->launch;
	u32 n = field(launch->rsrc2, HSA_RSRC2_USER_SGPRS);
	int dim;

	memcpy(w->sgpr, launch->user_sgpr, n * sizeof(u32));
	for (dim = 0; dim < 3; dim++) {
		if (launch->rsrc2 & HSA_RSRC2_GROUP_ID_X << dim)
			w->sgpr[n++] = launch->first[dim] + unit->group[dim];
	}
	/* First wave of the group, its number of waves. */
	if (launch->rsrc2 & HSA_RSRC2_GROUP_INFO)
		w->sgpr[n++] = (i ? 0 : 1U << 31) | i << 6 | unit->waves;
	if (launch->rsrc2 & HSA_RSRC2_SCRATCH)
		w->sgpr[n++] = wave_slot(unit, d, i) * launch->wave_scratch;
}

/* v0 has up to three ids of 10 bits. */
static void init_vgprs(struct wave *w, const struct unit *unit,
		       const struct dispatch *d, u32 i)
{
	u32 ids = field(d->launch.rsrc2, HSA_RSRC2_ITEM_ID);
	u32 item = i * WAVE_LANES, l = 0, end, row;
	u32 x = item % unit->extent[0];
	u32 y = item / unit->extent[0] % unit->extent[1];
	u32 z = item / unit->extent[0] / unit->extent[1];

	/* Row by row: a division for each lane would take longer than the wave. */
	while (l < WAVE_LANES) {
		row = (ids > 0 ? y << 10 : 0) | (ids > 1 ? z << 20 : 0);
		end = l + unit->extent[0] - x;
		end = end < WAVE_LANES ? end : WAVE_LANES;
		for (; l < end; l++)
			w->vgpr[0][l] = row | x++;
		x = 0;
		if (++y == unit->extent[1]) {
			y = 0;
			z++;
		}
	}
}

/* Accumulation registers are those behind the offset. */
static void set_vector_registers(struct wave *w, const struct launch *launch)
{
	u32 all = (field(launch->rsrc1, HSA_RSRC1_VGPRS) + 1) * 8;
	u32 offset = (field(launch->rsrc3, HSA_RSRC3_ACCUM_OFFSET) + 1) * 4;

	if (offset > all)
		offset = all;
	w->vgprs = offset;
	w->accs = all - offset < 256 ? all - offset : 256;
}

static void wave_begin(struct queue *u, struct unit *unit, u32 i, u32 items)
{
	const struct dispatch *d = u->dispatch;
	struct wave *w = unit->wave[i];
	u32 left = items - i * WAVE_LANES;

	w->memory = &unit_memory;
	w->ctx = u;
	w->code = unit->code;
	w->lds = unit->lds;
	w->lds_size = d->launch.lds;
	w->hw_id = (i & 0xf) | (unit->index & 0xf) << 8;
	w->shared_base = SHARED_BASE;
	w->private_base = PRIVATE_BASE;
	set_vector_registers(w, &d->launch);
	wave_reset(w, d->launch.code, wave_mode(&d->launch));
	set_sgpr64(w, SGPR_EXEC, left < WAVE_LANES ? (1ULL << left) - 1 : ~0ULL);
	init_sgprs(w, unit, d, i);
	init_vgprs(w, unit, d, i);
	unit->state[i] = TURN_RUN;
}

static void code_refresh(struct queue *u, struct unit *unit)
{
	u64 now = load_acquire(&u->vm->code_generation) +
		  load_acquire(&u->vm->generation);

	if (unit->code_generation != now)
		code_flush(unit->code);
	unit->code_generation = now;
}

static void group_begin(struct queue *u, struct unit *unit, u64 number)
{
	const struct dispatch *d = u->dispatch;
	const struct launch *launch = &d->launch;
	u32 items = 1, i;
	int dim;

	for (dim = 0; dim < 3; dim++) {
		u64 left;

		unit->group[dim] = number % d->groups[dim];
		number /= d->groups[dim];
		left = launch->grid[dim] - (u64)unit->group[dim] * launch->group[dim];
		unit->extent[dim] = left < launch->group[dim] ? left :
								launch->group[dim];
		items *= unit->extent[dim];
	}
	unit->waves = (items + WAVE_LANES - 1) / WAVE_LANES;
	unit->live = unit->waves;
	unit->waiting = 0;
	unit->turn = 0;
	unit->awaited = -1;
	memset(unit->lds, 0, launch->lds);
	for (i = 0; i < unit->waves; i++)
		wave_begin(u, unit, i, items);
	unit->busy = true;
}

/* It has no work-group any more, and was the last when all are taken. */
static void unit_rest(struct queue *u)
{
	struct dispatch *d = u->dispatch;

	if (!__atomic_sub_fetch(&d->active, 1, __ATOMIC_SEQ_CST))
		queue_kick(d->owner);
}

/* The first wave that fails stops them all, and is the one that is told about. */
static void dispatch_fail(struct queue *u, u32 code, u64 where, u64 data,
			  const char *what)
{
	struct dispatch *d = u->dispatch;
	bool first;

	pthread_mutex_lock(&d->lock);
	first = !d->failed;
	if (first) {
		d->failure = (struct queue_failure){
			.code = code, .where = where, .data = data,
		};
		__atomic_store_n(&d->failed, true, __ATOMIC_SEQ_CST);
	}
	pthread_mutex_unlock(&d->lock);
	if (first)
		log_line(u->gpu->cfg.index, LOG_ERROR, "queue %u: %s at pc 0x%llx",
			 u->id, what, (unsigned long long)where);
}

/* UINT64_MAX: there is none for this unit. */
static u64 group_number(struct dispatch *d, const struct unit *unit)
{
	u64 number = __atomic_load_n(&d->next, __ATOMIC_SEQ_CST);

	do {
		if (number >= load_relaxed(&d->total) || load_relaxed(&d->failed) ||
		    unit->index >= load_relaxed(&d->units))
			return UINT64_MAX;
	} while (!__atomic_compare_exchange_n(&d->next, &number, number + 1, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return number;
}

/* Take the next work-group; active is counted before, see dispatch_poll(). */
static bool group_take(struct queue *u, struct unit *unit)
{
	struct dispatch *d = u->dispatch;
	u64 number;

	__atomic_add_fetch(&d->active, 1, __ATOMIC_SEQ_CST);
	number = group_number(d, unit);
	if (number == UINT64_MAX) {
		unit_rest(u);
		return false;
	}
	if (!unit_grow(unit, d->waves)) {
		dispatch_fail(u, SIMGPU_ERROR_VGPRS, d->launch.code, 0,
			      "no memory for waves");
		unit_rest(u);
		return false;
	}
	code_refresh(u, unit);
	group_begin(u, unit, number);
	return true;
}

static enum step group_end(struct queue *u, struct unit *unit)
{
	unit->busy = false;
	unit_rest(u);
	return STEP_PROGRESS;
}

/* Waves. */

/*
 * The wave has the process's trap handler say what has happened, which in the end
 * halts it.  false: there is none, or the trouble is in it.
 */
static bool trap_handler(struct queue *u, struct wave *w, const char *what)
{
	u64 code = load_relaxed(&u->vm->trap_code);

	if (!code || w->privileged)
		return false;
	if (what)
		log_line(u->gpu->cfg.index, LOG_ERROR, "queue %u: %s at pc 0x%llx",
			 u->id, what, (unsigned long long)w->pc);
	wave_enter_trap(w, code, load_relaxed(&u->vm->trap_data));
	return true;
}

static enum step wave_illegal_end(struct queue *u, struct unit *unit,
				  struct wave *w)
{
	char what[sizeof(w->why) + 32];

	snprintf(what, sizeof(what), "illegal instruction %s", w->why);
	if (trap_handler(u, w, what))
		return STEP_PROGRESS;
	dispatch_fail(u, SIMGPU_ERROR_ILLEGAL_INSTRUCTION, w->pc,
		      w->word[0] | (u64)w->word[1] << 32, what);
	return group_end(u, unit);
}

static enum step wave_violation_end(struct queue *u, struct unit *unit,
				    struct wave *w)
{
	if (trap_handler(u, w, w->why))
		return STEP_PROGRESS;
	dispatch_fail(u, SIMGPU_ERROR_MEMORY_VIOLATION, w->pc, 0, w->why);
	return group_end(u, unit);
}

static enum step wave_fault(struct queue *u, struct unit *unit)
{
	unit->state[unit->turn] = TURN_FAULT;
	if (unit->awaited < 0) {
		unit->awaited = (int)unit->turn;
		unit->fault = u->fault;
	}
	return STEP_PROGRESS;
}

static enum step wave_trap(struct queue *u, struct unit *unit, struct wave *w)
{
	if (trap_handler(u, w, w->message == TRAP_ABORT ? "s_trap 2" : NULL) ||
	    w->message != TRAP_ABORT)
		return STEP_PROGRESS;
	dispatch_fail(u, SIMGPU_ERROR_TRAP, w->pc, w->message, "s_trap 2");
	return group_end(u, unit);
}

static enum step wave_message(struct queue *u, struct unit *unit, struct wave *w)
{
	switch (w->message & MSG_ID) {
	case MSG_INTERRUPT:
		unit->state[unit->turn] = TURN_MESSAGE;
		if (queue_interrupt(u, SIMGPU_INT_SQ, w->sgpr[SGPR_M0] & MSG_CONTEXT))
			return STEP_BLOCKED;
		unit->state[unit->turn] = TURN_RUN;
		return STEP_PROGRESS;
	case MSG_GET_DOORBELL:
		w->sgpr[SGPR_EXEC] = u->owner->doorbell_index;
		return STEP_PROGRESS;
	default:
		return STEP_PROGRESS;
	}
}

/* Those that have ended are not waited for. */
static void barrier_check(struct unit *unit)
{
	u32 i;

	if (!unit->live || unit->waiting < unit->live)
		return;
	unit->waiting = 0;
	for (i = 0; i < unit->waves; i++)
		if (unit->state[i] == TURN_BARRIER)
			unit->state[i] = TURN_RUN;
}

/* What the wave's turn came to. */
static enum step turn_ended(struct queue *u, struct unit *unit, struct wave *w)
{
	switch (w->status) {
	case WAVE_FAULT:
		return wave_fault(u, unit);
	case WAVE_BARRIER:
		unit->state[unit->turn] = TURN_BARRIER;
		unit->waiting++;
		barrier_check(unit);
		return STEP_PROGRESS;
	case WAVE_SLEEP:
		/* Others may have to do what it waits for. */
		u->budget -= SLEEP_COST;
		return STEP_PROGRESS;
	case WAVE_MESSAGE:
		return wave_message(u, unit, w);
	case WAVE_TRAP:
		return wave_trap(u, unit, w);
	case WAVE_HALT:
		unit->state[unit->turn] = TURN_HALT;
		return STEP_PROGRESS;
	case WAVE_END:
		unit->state[unit->turn] = TURN_END;
		unit->live--;
		barrier_check(unit);
		return STEP_PROGRESS;
	case WAVE_ILLEGAL:
		return wave_illegal_end(u, unit, w);
	case WAVE_VIOLATION:
		return wave_violation_end(u, unit, w);
	default:
		return STEP_PROGRESS;
	}
}

static bool can_run(const struct unit *unit, u32 i)
{
	return unit->state[i] == TURN_RUN || unit->state[i] == TURN_FAULT ||
	       unit->state[i] == TURN_MESSAGE;
}

/* The next wave that can do anything; false: all have stopped for good. */
static bool next_turn(struct unit *unit)
{
	u32 i;

	for (i = 1; i <= unit->waves; i++) {
		u32 turn = (unit->turn + i) % unit->waves;

		if (can_run(unit, turn)) {
			unit->turn = turn;
			return true;
		}
	}
	return false;
}

static enum step unit_step(struct queue *u)
{
	struct unit *unit = u->priv;
	struct dispatch *d = u->dispatch;
	struct wave *w;

	if (!unit->busy && !group_take(u, unit))
		return STEP_IDLE;
	if (load_relaxed(&d->failed) || !unit->live)
		return group_end(u, unit);
	if (!next_turn(unit))
		return STEP_IDLE;
	if (unit->awaited == (int)unit->turn) {
		/* Its turn is the next one, when the driver has answered. */
		unit->awaited = -1;
		unit->turn = (unit->turn + unit->waves - 1) % unit->waves;
		u->fault = unit->fault;
		return STEP_FAULT;
	}
	w = unit->wave[unit->turn];
	if (unit->state[unit->turn] == TURN_MESSAGE)
		return wave_message(u, unit, w);
	unit->state[unit->turn] = TURN_RUN;
	wave_run(w, TURN);
	u->budget -= TURN * INSTRUCTION_COST;
	return turn_ended(u, unit, w);
}

int unit_start(struct queue *u, u32 index)
{
	struct unit *unit = calloc(1, sizeof(*unit));

	if (!unit)
		return -ENOMEM;
	unit->index = index;
	unit->code = code_new();
	if (!unit->code) {
		free(unit);
		return -ENOMEM;
	}
	u->priv = unit;
	return 0;
}

static void unit_stop(struct queue *u)
{
	struct unit *unit = u->priv;
	u32 i;

	for (i = 0; i < GROUP_WAVES; i++)
		free(unit->wave[i]);
	free(unit->lds);
	code_free(unit->code);
	free(unit);
	u->priv = NULL;
}

const struct engine engine_unit = {
	.name	= "unit",
	.step	= unit_step,
	.stop	= unit_stop,
};
