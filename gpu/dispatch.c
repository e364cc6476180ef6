// SPDX-License-Identifier: MIT
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "abi/hsa_kernel.h"
#include "dispatch.h"
#include "gpu.h"
#include "mmu.h"
#include "stream.h"
#include "unit.h"

/* Registers of a SIMD lane; the waves of a work-group are on 4 SIMDs. */
#define SIMDS		4
#define SIMD_VGPRS	512

static u32 waves_of_group(const struct launch *launch)
{
	u32 items = launch->group[0] * launch->group[1] * launch->group[2];

	return (items + WAVE_LANES - 1) / WAVE_LANES;
}

static bool vgprs_fit(const struct launch *launch)
{
	u32 vgprs = (field(launch->rsrc1, HSA_RSRC1_VGPRS) + 1) * 8;

	return (waves_of_group(launch) + SIMDS - 1) / SIMDS * vgprs <= SIMD_VGPRS;
}

u32 dispatch_check(const struct launch *launch)
{
	u64 x = launch->group[0], y = launch->group[1], z = launch->group[2];

	if (!x || !y || !z || x * y * z > DISPATCH_ITEMS)
		return SIMGPU_ERROR_WORKGROUP;
	if (!launch->grid[0] || !launch->grid[1] || !launch->grid[2])
		return SIMGPU_ERROR_INVALID_DIM;
	if (launch->lds > DISPATCH_LDS)
		return SIMGPU_ERROR_GROUP_MEMORY;
	if (!launch->code || !IS_ALIGNED(launch->code, HSA_ENTRY_ALIGN) ||
	    field(launch->rsrc2, HSA_RSRC2_USER_SGPRS) > DISPATCH_USER_SGPRS)
		return SIMGPU_ERROR_CODE_OBJECT;
	if (!vgprs_fit(launch))
		return SIMGPU_ERROR_VGPRS;
	/* The scratch that there is does not hold one work-group. */
	if (launch->wave_scratch && launch->scratch_waves < waves_of_group(launch))
		return SIMGPU_ERROR_CODE_OBJECT;
	return 0;
}

static int unit_begin(struct queue *q, u32 i)
{
	struct queue *u = &q->gpu->unit[q->id][i];

	memset(u, 0, offsetof(struct queue, state));
	u->gpu = q->gpu;
	u->vm = q->vm;
	u->id = q->id;
	u->vmid = q->vmid;
	u->type = q->type;
	u->doorbell_index = ~0U;
	u->owner = q;
	u->dispatch = q->dispatch;
	u->engine = &engine_unit;
	u->tlb = tlb_new();
	if (!u->tlb)
		return -ENOMEM;
	if (unit_start(u, i)) {
		free(u->tlb);
		return -ENOMEM;
	}
	store_relaxed(&u->poll_at, 0);
	queue_set_state(u, QUEUE_IDLE);
	return 0;
}

int dispatch_attach(struct queue *q)
{
	struct dispatch *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	pthread_mutex_init(&d->lock, NULL);
	d->owner = q;
	q->dispatch = d;
	q->unit = q->gpu->unit[q->id];
	for (q->units = 0; q->units < GPU_UNITS; q->units++) {
		if (unit_begin(q, q->units)) {
			dispatch_detach(q);
			return -ENOMEM;
		}
	}
	return 0;
}

/* The caller makes them FREE: what they wait for is forgotten before. */
void dispatch_detach(struct queue *q)
{
	u32 i;

	for (i = 0; i < q->units; i++) {
		q->unit[i].engine->stop(&q->unit[i]);
		free(q->unit[i].tlb);
	}
	pthread_mutex_destroy(&q->dispatch->lock);
	free(q->dispatch);
	q->dispatch = NULL;
}

void dispatch_code_changed(struct queue *q)
{
	__atomic_fetch_add(&q->vm->code_generation, 1, __ATOMIC_RELEASE);
}

static u32 groups_along(const struct launch *launch, int dim)
{
	return (launch->grid[dim] - 1) / launch->group[dim] + 1;
}

/* So many compute units at a time, each with a part of the scratch. */
static u32 units_of(const struct queue *q, const struct launch *launch, u64 total)
{
	u64 n = q->units;

	if (launch->wave_scratch &&
	    n > launch->scratch_waves / waves_of_group(launch))
		n = launch->scratch_waves / waves_of_group(launch);
	return n < total ? n : total;
}

void dispatch_begin(struct queue *q, const struct launch *launch)
{
	struct dispatch *d = q->dispatch;
	u64 total = 1;
	u32 i, units;
	int dim;

	/* Nobody takes a work-group until all is filled in. */
	__atomic_store_n(&d->next, UINT64_MAX, __ATOMIC_SEQ_CST);
	d->launch = *launch;
	d->waves = waves_of_group(launch);
	for (dim = 0; dim < 3; dim++) {
		d->groups[dim] = groups_along(launch, dim);
		/* What does not fit never ends, either. */
		if (__builtin_mul_overflow(total, d->groups[dim], &total))
			total = UINT64_MAX;
	}
	units = units_of(q, launch, total);
	store_relaxed(&d->total, total);
	store_relaxed(&d->failed, false);
	store_relaxed(&d->units, units);
	__atomic_store_n(&d->next, 0, __ATOMIC_SEQ_CST);
	for (i = 0; i < units; i++)
		queue_kick(&q->unit[i]);
}

int dispatch_poll(struct queue *q, struct queue_failure *failure)
{
	struct dispatch *d = q->dispatch;
	bool over;

	over = load_relaxed(&d->failed) ||
	       __atomic_load_n(&d->next, __ATOMIC_SEQ_CST) >= d->total;
	if (!over || __atomic_load_n(&d->active, __ATOMIC_SEQ_CST))
		return -EBUSY;
	/* What the waves have stored is seen by who sees the packet complete. */
	full_barrier();
	if (!d->failed)
		return 0;
	*failure = d->failure;
	return -EPROTO;
}
