// SPDX-License-Identifier: MIT
/*
 * Doorbells are memory: somebody has to look.  One worker at a time is the
 * poller.  It looks at the doorbells of awake address spaces and tries queues
 * that wait for a word in memory, runs what it finds itself, and sleeps longer
 * and longer when it finds nothing.  An address space without a ring for a while
 * is reported IDLE; the driver takes its doorbells away from user space and puts
 * it to sleep.  When all sleep and no queue waits, there is no poller.
 */
#include <errno.h>

#include "gpu.h"

#define US			1000ULL
#define MS			(1000 * US)

/* Look without a pause for so long after something has happened. */
#define SPIN_NS			(50 * US)
/* Then every so often, */
#define BUSY_PAUSE_NS		(15 * US)
/* as long as the last ring is not longer ago than this, */
#define BUSY_NS			(20 * MS)
/* and then after a part of the time that nothing has happened. */
#define BACK_OFF_SHARE		16
#define BACK_OFF_MAX_NS		(4 * MS)

/* Slices that the poller runs before it looks again. */
#define SLICES			4

void doorbell_reset(struct queue *q)
{
	u8 *slice = q->gpu->bar + SIMGPU_DOORBELL_OFFSET +
		    (u64)q->vmid * SIMGPU_DOORBELL_SLICE;

	q->bell = (u64 *)slice + q->doorbell_index;
	/* No client rings this, so the first ring is a change, even of 0. */
	store_release(q->bell, ~0ULL);
	store_relaxed(&q->seen, ~0ULL);
	q->doorbell = ~0ULL;
	q->blocked_since = gpu_ns();
	store_relaxed(&q->vm->last_ring, gpu_ns());
	store_relaxed(&q->vm->idle_told, false);
	store_relaxed(&q->gpu->last_ring, gpu_ns());
}

static u64 back_off(u64 elapsed)
{
	u64 pause = elapsed / BACK_OFF_SHARE;

	return pause < BACK_OFF_MAX_NS ? pause : BACK_OFF_MAX_NS;
}

void doorbell_back_off(struct queue *q, bool moved)
{
	u64 now = gpu_ns();
	u64 elapsed;

	if (moved)
		q->blocked_since = now;
	elapsed = now - q->blocked_since;
	store_relaxed(&q->poll_at,
		      elapsed < SPIN_NS ? now : now + back_off(elapsed));
}

static void snapshot(struct gpu *gpu, struct queue *q)
{
	gpu->polled[gpu->polled_count++] = (struct polled) {
		.q = q, .vm = q->vm, .bell = q->bell,
	};
}

/* gpu->lock is held. */
static void take_snapshot(struct gpu *gpu)
{
	u32 generation = load_acquire(&gpu->poll_generation);
	unsigned int i, k;

	if (gpu->polled_generation == generation)
		return;
	gpu->polled_count = 0;
	for (i = 0; i < SIMGPU_QUEUE_COUNT; i++) {
		struct queue *q = &gpu->queue[i];

		if (q->state == QUEUE_FREE)
			continue;
		snapshot(gpu, q);
		for (k = 0; k < q->units; k++)
			snapshot(gpu, &q->unit[k]);
	}
	gpu->polled_generation = generation;
}

static bool is_waiting(const struct queue *q)
{
	enum queue_state state = load_relaxed(&q->state);

	return state == QUEUE_BLOCKED || state == QUEUE_POSTING;
}

static bool has_rung(const struct polled *p)
{
	return p->bell && load_acquire(p->bell) != load_relaxed(&p->q->seen);
}

bool doorbell_wanted(struct gpu *gpu)
{
	unsigned int i;

	if (gpu->doorbell_written || load_relaxed(&gpu->events.kept_count))
		return true;
	take_snapshot(gpu);
	for (i = 0; i < gpu->polled_count; i++) {
		const struct polled *p = &gpu->polled[i];

		if (!load_relaxed(&p->vm->asleep) || is_waiting(p->q))
			return true;
	}
	return false;
}

/* gpu->lock is held. */
static void take_ring(struct queue *q, u64 now)
{
	u64 value;

	if (!q->bell)
		return;
	value = load_acquire(q->bell);
	if (value == q->seen)
		return;
	store_relaxed(&q->seen, value);
	q->rung = true;
	q->blocked_since = now;
	store_relaxed(&q->vm->last_ring, now);
	store_relaxed(&q->vm->idle_told, false);
	store_relaxed(&q->gpu->last_ring, now);
	gpu_count(q->gpu, SIMGPU_COUNT_DOORBELLS, 1);
	if (q->state == QUEUE_IDLE || q->state == QUEUE_BLOCKED)
		queue_ready(q);
}

static void try_waiting(struct queue *q)
{
	if (q->state == QUEUE_BLOCKED)
		queue_ready(q);
	else if (q->state == QUEUE_POSTING && !queue_flush(q))
		doorbell_back_off(q, false);
}

static bool is_idle(const struct gpu *gpu, const struct vm *vm, u64 now)
{
	return !load_relaxed(&vm->asleep) && !load_relaxed(&vm->idle_told) &&
	       now - load_relaxed(&vm->last_ring) > gpu->cfg.idle_ms * MS;
}

/* gpu->lock is held. */
static void tell_idle(struct gpu *gpu, struct vm *vm, u64 now)
{
	struct simgpu_event event = {
		.type = htole32(SIMGPU_EVENT_IDLE),
		.vmid = htole32(vm->vmid),
		.queue = htole32(~0U),
	};

	/* WAKE may have come in between, with a later time than ours. */
	if (vm->valid && is_idle(gpu, vm, now) && vm->last_ring <= now &&
	    !eventring_post(gpu, &event))
		store_relaxed(&vm->idle_told, true);
}

/* When to look again. */
struct outlook {
	u64 next;	/* ns: a queue that waits is due; ~0: none */
	bool awake;	/* a doorbell may ring */
};

/* One look at everything, without the lock as long as there is nothing. */
static struct outlook look(struct gpu *gpu, u64 now, bool all)
{
	struct outlook o = { .next = ~0ULL };
	unsigned int i;

	gpu_count(gpu, SIMGPU_COUNT_POLLS, 1);
	eventring_flush(gpu);
	for (i = 0; i < gpu->polled_count; i++) {
		const struct polled *p = &gpu->polled[i];
		struct queue *q = p->q;
		u64 at = load_relaxed(&q->poll_at);
		bool waiting = is_waiting(q);
		bool awake = !load_relaxed(&p->vm->asleep);
		bool rung = (all || awake) && has_rung(p);

		o.awake |= awake;
		if (waiting && at > now) {
			if (at < o.next)
				o.next = at;
			waiting = false;
		}
		if (!waiting && !rung && !is_idle(gpu, p->vm, now))
			continue;
		pthread_mutex_lock(&gpu->lock);
		/* It may be another queue by now, or none: look at it again. */
		if (q->state != QUEUE_FREE) {
			if (rung)
				take_ring(q, now);
			if (waiting)
				try_waiting(q);
			tell_idle(gpu, q->vm, now);
		}
		pthread_mutex_unlock(&gpu->lock);
	}
	return o;
}

/* Nothing is ready: wait a little; gpu->lock is held.  False: spin instead. */
static bool pause_polling(struct gpu *gpu, struct outlook o)
{
	u64 now = gpu_ns();
	u64 elapsed = now - load_relaxed(&gpu->last_ring);
	u64 pause = elapsed < BUSY_NS ? BUSY_PAUSE_NS : back_off(elapsed);
	struct timespec t;

	if (elapsed < SPIN_NS || o.next <= now)
		return false;
	if (!o.awake)
		pause = BACK_OFF_MAX_NS;
	if (o.next - now < pause)
		pause = o.next - now;
	t = gpu_deadline(pause);
	gpu->poller_sleeps = true;
	pthread_cond_timedwait(&gpu->poll, &gpu->lock, &t);
	gpu->poller_sleeps = false;
	return true;
}

void doorbell_poll(struct gpu *gpu)
{
	while (!gpu_stands(gpu) && doorbell_wanted(gpu)) {
		bool all = gpu->doorbell_written;
		bool moved = false;
		struct outlook o;
		unsigned int n;

		gpu->doorbell_written = false;
		pthread_mutex_unlock(&gpu->lock);
		o = look(gpu, gpu_ns(), all);
		pthread_mutex_lock(&gpu->lock);
		for (n = 0; n < SLICES && gpu->ready; n++)
			moved |= queue_run_one(gpu);
		if (moved)
			store_relaxed(&gpu->last_ring, gpu_ns());
		if (gpu->ready || moved || gpu_stands(gpu))
			continue;
		if (!pause_polling(gpu, o)) {
			pthread_mutex_unlock(&gpu->lock);
			cpu_relax();
			pthread_mutex_lock(&gpu->lock);
		}
	}
}

void doorbell_written(struct gpu *gpu)
{
	pthread_mutex_lock(&gpu->lock);
	gpu->doorbell_written = true;
	queue_wake(gpu);
	pthread_mutex_unlock(&gpu->lock);
}

int doorbell_sleep(struct gpu *gpu, u32 vmid)
{
	struct vm *vm = &gpu->vm[vmid];
	u64 now = gpu_ns();
	struct queue *q;

	pthread_mutex_lock(&gpu->lock);
	store_relaxed(&vm->asleep, true);
	/* Nobody can ring any more; what was rung until now is not lost. */
	for (q = vm->queues; q; q = q->vm_next)
		take_ring(q, now);
	if (gpu->ready)
		queue_wake(gpu);
	pthread_mutex_unlock(&gpu->lock);
	return 0;
}

int doorbell_wake(struct gpu *gpu, u32 vmid)
{
	struct vm *vm = &gpu->vm[vmid];

	pthread_mutex_lock(&gpu->lock);
	store_relaxed(&vm->asleep, false);
	store_relaxed(&vm->idle_told, false);
	store_relaxed(&vm->last_ring, gpu_ns());
	store_relaxed(&gpu->last_ring, gpu_ns());
	queue_wake(gpu);
	pthread_mutex_unlock(&gpu->lock);
	return 0;
}
