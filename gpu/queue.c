// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "gpu.h"
#include "log.h"
#include "mmu.h"

/*
 * A slice: after one of these the queue goes to the end of the run list, and
 * commands that wait for it get their turn.
 */
#define SLICE_BYTES	(256 << 10)
#define SLICE_STEPS	256
/* What a step costs besides its bytes. */
#define STEP_COST	512

/* A program without an engine has NULL for it. */
#pragma weak engine_sdma
#pragma weak engine_pm4
#pragma weak engine_aql

void queue_set_engines(struct gpu *gpu)
{
	gpu->engine[SIMGPU_QUEUE_PM4] = &engine_pm4;
	gpu->engine[SIMGPU_QUEUE_SDMA] = &engine_sdma;
	gpu->engine[SIMGPU_QUEUE_SDMA_XGMI] = &engine_sdma;
	gpu->engine[SIMGPU_QUEUE_AQL] = &engine_aql;
}

/* For engines. */

u64 queue_clock(void)
{
	return gpu_clock();
}

void queue_packet_done(struct queue *q)
{
	q->packets++;
}

enum step queue_fail(struct queue *q, u32 code, u64 where, u64 data)
{
	q->failure = (struct queue_failure) {
		.code = code, .where = where, .data = data,
	};
	return STEP_ERROR;
}

int queue_interrupt(struct queue *q, enum simgpu_interrupt source, u64 context)
{
	struct simgpu_event event = {
		.type = htole32(SIMGPU_EVENT_INTERRUPT),
		.vmid = htole32(q->vmid),
		.queue = htole32(q->id),
		.data = htole64(context),
		.code = htole32(source),
	};

	return eventring_post(q->gpu, &event);
}

/* State and run list; gpu->lock is held. */

void queue_set_state(struct queue *q, enum queue_state state)
{
	store_relaxed(&q->state, state);
}

/* What is said about a queue goes for its compute units, too. */
static bool may_run(const struct queue *q)
{
	if (q->owner)
		q = q->owner;
	return q->enabled && !q->hung && !q->killed && !q->vm->suspended;
}

/* The queue wants to run; it does when it may. */
void queue_ready(struct queue *q)
{
	struct gpu *gpu = q->gpu;

	queue_set_state(q, QUEUE_READY);
	if (q->listed || !may_run(q))
		return;
	q->listed = true;
	q->next = NULL;
	*gpu->ready_end = q;
	gpu->ready_end = &q->next;
	gpu->ready_count++;
}

void queue_wake(struct gpu *gpu)
{
	pthread_cond_signal(gpu->poller_sleeps ? &gpu->poll : &gpu->work);
}

void queue_kick(struct queue *q)
{
	pthread_mutex_lock(&q->gpu->lock);
	q->kicked = true;
	if (q->state == QUEUE_IDLE || q->state == QUEUE_BLOCKED) {
		queue_ready(q);
		queue_wake(q->gpu);
	}
	pthread_mutex_unlock(&q->gpu->lock);
}

static void ask_to_stop(struct queue *q)
{
	u32 i;

	store_relaxed(&q->stop, 1);
	for (i = 0; i < q->units; i++)
		store_relaxed(&q->unit[i].stop, 1);
}

void queue_kill(struct queue *q)
{
	q->killed = true;
	ask_to_stop(q);
}

static struct queue *pop_ready(struct gpu *gpu)
{
	struct queue *q = gpu->ready;

	if (!q)
		return NULL;
	gpu->ready = q->next;
	if (!gpu->ready)
		gpu->ready_end = &gpu->ready;
	gpu->ready_count--;
	q->listed = false;
	return q;
}

static void unlist(struct queue *q)
{
	struct gpu *gpu = q->gpu;
	struct queue **p = &gpu->ready;

	if (!q->listed)
		return;
	while (*p != q)
		p = &(*p)->next;
	*p = q->next;
	if (gpu->ready_end == &q->next)
		gpu->ready_end = p;
	gpu->ready_count--;
	q->listed = false;
}

void queue_init_event(struct queue *q, enum simgpu_event_type type)
{
	q->event = (struct simgpu_event) {
		.type = htole32(type),
		.vmid = htole32(q->vmid),
		.queue = htole32(q->id),
	};
}

/* Try to post the queue's event.  Return: whether it is in the ring. */
bool queue_flush(struct queue *q)
{
	if (eventring_post(q->gpu, &q->event))
		return false;
	if (le32toh(q->event.type) == SIMGPU_EVENT_FAULT)
		gpu_count(q->gpu, SIMGPU_COUNT_FAULTS, 1);
	queue_set_state(q, q->after);
	return true;
}

/* The queue has an event, and is in state @after once that is in the ring. */
void queue_post(struct queue *q, enum queue_state after)
{
	q->after = after;
	queue_set_state(q, QUEUE_POSTING);
	if (!queue_flush(q))
		doorbell_back_off(q, true);
}

static void packet_bad(struct queue *q)
{
	queue_init_event(q, SIMGPU_EVENT_QUEUE_ERROR);
	q->event.code = htole32(q->failure.code);
	q->event.addr = htole64(q->failure.where);
	q->event.data = htole64(q->failure.data);
	queue_post(q, QUEUE_STOPPED);
}

static void account(struct queue *q)
{
	struct gpu *gpu = q->gpu;

	gpu_count(gpu, SIMGPU_COUNT_PACKETS, q->packets);
	gpu_count(gpu, SIMGPU_COUNT_BYTES, q->bytes);
	gpu_count(gpu, SIMGPU_COUNT_TLB_HITS, q->hits);
	gpu_count(gpu, SIMGPU_COUNT_TLB_MISSES, q->misses);
	q->packets = 0;
	q->bytes = 0;
	q->hits = 0;
	q->misses = 0;
}

/* Execute steps; no lock is held.  Return: whether anything got on. */
static bool run_slice(struct queue *q, enum step *last)
{
	bool moved = false;
	int i;

	q->budget = SLICE_BYTES;
	for (i = 0; i < SLICE_STEPS; i++) {
		*last = q->engine->step(q);
		moved |= *last != STEP_BLOCKED && *last != STEP_IDLE;
		q->budget -= STEP_COST;
		if (*last != STEP_PROGRESS || q->budget <= 0 ||
		    load_relaxed(&q->stop))
			break;
	}
	account(q);
	return moved;
}

static void slice_ended(struct queue *q, enum step last, bool moved)
{
	switch (last) {
	case STEP_PROGRESS:
		queue_ready(q);
		break;
	case STEP_IDLE:
		queue_set_state(q, QUEUE_IDLE);
		if (q->rung || q->kicked)
			queue_ready(q);
		break;
	case STEP_BLOCKED:
		queue_set_state(q, QUEUE_BLOCKED);
		doorbell_back_off(q, moved || q->rung);
		if (q->kicked)
			queue_ready(q);
		break;
	case STEP_FAULT:
		fault_taken(q);
		break;
	case STEP_ERROR:
		packet_bad(q);
		break;
	}
}

bool queue_run_one(struct gpu *gpu)
{
	struct queue *q = pop_ready(gpu);
	enum step last = STEP_IDLE;
	bool moved;

	if (!q)
		return false;
	if (q->state != QUEUE_READY || !may_run(q))
		return false;
	queue_set_state(q, QUEUE_RUNNING);
	q->rung = false;
	q->kicked = false;
	q->doorbell = load_relaxed(&q->seen);
	store_relaxed(&q->stop, 0);
	pthread_mutex_unlock(&gpu->lock);
	moved = run_slice(q, &last);
	pthread_mutex_lock(&gpu->lock);
	slice_ended(q, last, moved);
	pthread_cond_broadcast(&gpu->quiet);
	/* The caller takes one, others take the rest. */
	if (gpu->ready_count > 1 && gpu->idle_workers)
		pthread_cond_signal(&gpu->work);
	return moved;
}

void *queue_worker(void *arg)
{
	struct gpu *gpu = arg;

	pthread_mutex_lock(&gpu->lock);
	while (!load_relaxed(&gpu->stopping)) {
		if (!load_relaxed(&gpu->hang)) {
			/* The poller first: it runs queues, too. */
			if (!gpu->polling && doorbell_wanted(gpu)) {
				gpu->polling = true;
				doorbell_poll(gpu);
				gpu->polling = false;
				continue;
			}
			if (gpu->ready) {
				queue_run_one(gpu);
				continue;
			}
		}
		gpu->idle_workers++;
		pthread_cond_wait(&gpu->work, &gpu->lock);
		gpu->idle_workers--;
	}
	pthread_mutex_unlock(&gpu->lock);
	return NULL;
}

/* Commands. */

int queue_wait_quiet(struct gpu *gpu, bool (*busy)(struct gpu *gpu, void *arg),
		     void *arg)
{
	while (busy(gpu, arg)) {
		struct timespec t = gpu_deadline(20 * 1000 * 1000);

		pthread_cond_timedwait(&gpu->quiet, &gpu->lock, &t);
		if (gpu_stands(gpu) ||
		    !(gpu_read32(gpu, SIMGPU_REG_CONTROL) &
		      SIMGPU_CONTROL_ENABLE))
			return -ECANCELED;
	}
	return 0;
}

static bool is_running(const struct queue *q)
{
	u32 i;

	for (i = 0; i < q->units; i++)
		if (q->unit[i].state == QUEUE_RUNNING)
			return true;
	return q->state == QUEUE_RUNNING;
}

static bool queue_is_busy(struct gpu *gpu, void *arg)
{
	const struct queue *q = arg;

	return is_running(q) || q->hung;
}

static void unlist_all(struct queue *q)
{
	u32 i;

	unlist(q);
	for (i = 0; i < q->units; i++)
		unlist(&q->unit[i]);
}

/*
 * Wait until no thread runs the queue; it is off the run list then.  Disabled,
 * so that what is kicked meanwhile stays where it is.
 */
static int queue_halt(struct queue *q)
{
	bool enabled = q->enabled;
	int err;

	q->enabled = false;
	ask_to_stop(q);
	err = queue_wait_quiet(q->gpu, queue_is_busy, q);
	q->enabled = enabled;
	if (!err)
		unlist_all(q);
	return err;
}

static struct queue *find_queue(struct gpu *gpu, u32 id)
{
	struct queue *q;

	if (id >= SIMGPU_QUEUE_COUNT)
		return NULL;
	q = &gpu->queue[id];
	/* Only this thread, the command thread, frees queues. */
	return load_relaxed(&q->state) == QUEUE_FREE ? NULL : q;
}

static int check_args(const struct simgpu_cmd_queue *args)
{
	u32 size = le32toh(args->ring_size);

	if (size && (size < 1024 || size & (size - 1)))
		return -EINVAL;
	if (le32toh(args->percentage) > 100 || le32toh(args->priority) > 15 ||
	    args->flags)
		return -EINVAL;
	return IS_ALIGNED(le64toh(args->ring), 4) ? 0 : -EINVAL;
}

static int check_create(struct gpu *gpu, const struct simgpu_cmd_queue *args)
{
	u32 vmid = le32toh(args->vmid);
	int err = check_args(args);

	if (err)
		return err;
	if (le32toh(args->queue) >= SIMGPU_QUEUE_COUNT ||
	    !vmid || vmid >= SIMGPU_VMID_COUNT ||
	    le32toh(args->doorbell) >= SIMGPU_DOORBELL_COUNT ||
	    le32toh(args->type) >= SIMGPU_QUEUE_TYPES ||
	    !IS_ALIGNED(le64toh(args->wptr) | le64toh(args->rptr), 4))
		return -EINVAL;
	if (!gpu->engine[le32toh(args->type)])
		return -EOPNOTSUPP;
	return gpu->vm[vmid].valid ? 0 : -ENOENT;
}

/* What QUEUE_UPDATE may change. */
static void take_args(struct queue *q, const struct simgpu_cmd_queue *args)
{
	unsigned int i;

	q->ring = le64toh(args->ring);
	q->ring_size = le32toh(args->ring_size);
	q->priority = le32toh(args->priority);
	for (i = 0; i < ARRAY_SIZE(q->cu_mask); i++)
		q->cu_mask[i] = le32toh(args->cu_mask[i]);
	q->enabled = q->ring_size && le32toh(args->percentage);
}

static void poll_changed(struct gpu *gpu)
{
	__atomic_fetch_add(&gpu->poll_generation, 1, __ATOMIC_RELEASE);
	queue_wake(gpu);
}

/* Two queues that look at one doorbell would both run: the driver's mistake. */
static bool doorbell_taken(const struct vm *vm, u32 index)
{
	const struct queue *q;

	for (q = vm->queues; q; q = q->vm_next)
		if (q->doorbell_index == index)
			return true;
	return false;
}

static int queue_begin(struct gpu *gpu, struct queue *q,
		       const struct simgpu_cmd_queue *args)
{
	struct vm *vm = &gpu->vm[le32toh(args->vmid)];
	int err;

	memset(q, 0, offsetof(struct queue, state));
	store_relaxed(&q->poll_at, 0);
	q->gpu = gpu;
	q->vm = vm;
	q->id = le32toh(args->queue);
	q->vmid = vm->vmid;
	q->type = le32toh(args->type);
	q->doorbell_index = le32toh(args->doorbell);
	q->wptr = le64toh(args->wptr);
	q->rptr = le64toh(args->rptr);
	take_args(q, args);
	q->engine = gpu->engine[q->type];
	q->tlb = tlb_new();
	if (!q->tlb)
		return -ENOMEM;
	err = q->engine->start(q);
	if (err)
		goto err_start;
	err = q->engine->dispatches ? dispatch_attach(q) : 0;
	if (err)
		goto err_attach;
	return 0;

err_attach:
	q->engine->stop(q);
err_start:
	free(q->tlb);
	return err;
}

/* The VM's list has a queue, then its compute units; gpu->lock is held. */
static void vm_add(struct queue *q)
{
	u32 i;

	for (i = 0; i < q->units; i++) {
		q->unit[i].vm_next = q->vm->queues;
		q->vm->queues = &q->unit[i];
	}
	q->vm_next = q->vm->queues;
	q->vm->queues = q;
}

static void vm_remove(struct queue *q)
{
	struct queue **p = &q->vm->queues;

	while (*p != q)
		p = &(*p)->vm_next;
	*p = q->units ? q->unit[0].vm_next : q->vm_next;
}

int queue_create(struct gpu *gpu, const struct simgpu_cmd_queue *args)
{
	struct queue *q;
	int err;

	err = check_create(gpu, args);
	if (err)
		return err;
	q = &gpu->queue[le32toh(args->queue)];
	if (load_relaxed(&q->state) != QUEUE_FREE)
		return -EEXIST;
	if (doorbell_taken(&gpu->vm[le32toh(args->vmid)],
			   le32toh(args->doorbell)))
		return -EBUSY;
	pthread_mutex_lock(&gpu->lock);
	err = queue_begin(gpu, q, args);
	if (!err) {
		vm_add(q);
		doorbell_reset(q);
		queue_set_state(q, QUEUE_IDLE);
		poll_changed(gpu);
	}
	pthread_mutex_unlock(&gpu->lock);
	return err;
}

/* What is in the ring already was rung while the queue could not look. */
static void look_again(struct queue *q)
{
	if (q->state == QUEUE_IDLE || q->state == QUEUE_READY ||
	    q->state == QUEUE_BLOCKED) {
		queue_ready(q);
		queue_wake(q->gpu);
	}
}

int queue_update(struct gpu *gpu, const struct simgpu_cmd_queue *args)
{
	struct queue *q = find_queue(gpu, le32toh(args->queue));
	int err = check_args(args);
	u32 i;

	if (err)
		return err;
	if (!q)
		return -ENOENT;
	pthread_mutex_lock(&gpu->lock);
	err = queue_halt(q);
	if (!err) {
		take_args(q, args);
		look_again(q);
		for (i = 0; i < q->units; i++)
			look_again(&q->unit[i]);
		poll_changed(gpu);
	}
	pthread_mutex_unlock(&gpu->lock);
	return err;
}

/* Nothing runs it; gpu->lock is held. */
static void queue_end(struct queue *q)
{
	u32 i;

	unlist_all(q);
	vm_remove(q);
	if (q->units)
		dispatch_detach(q);
	q->engine->stop(q);
	free(q->tlb);
	for (i = 0; i < q->units; i++) {
		fault_forget(&q->unit[i]);
		queue_set_state(&q->unit[i], QUEUE_FREE);
	}
	fault_forget(q);
	queue_set_state(q, QUEUE_FREE);
	poll_changed(q->gpu);
}

int queue_destroy(struct gpu *gpu, u32 id)
{
	struct queue *q = find_queue(gpu, id);
	int err;

	if (!q)
		return id < SIMGPU_QUEUE_COUNT ? -ENOENT : -EINVAL;
	pthread_mutex_lock(&gpu->lock);
	err = queue_halt(q);
	if (!err)
		queue_end(q);
	pthread_mutex_unlock(&gpu->lock);
	return err;
}

int queue_hang(struct gpu *gpu, u32 id)
{
	struct queue *q = find_queue(gpu, id);

	if (!q)
		return -ENOENT;
	pthread_mutex_lock(&gpu->lock);
	q->hung = true;
	pthread_mutex_unlock(&gpu->lock);
	return 0;
}

static bool vm_is_busy(struct gpu *gpu, void *arg)
{
	const struct vm *vm = arg;
	const struct queue *q;

	for (q = vm->queues; q; q = q->vm_next)
		if (q->state == QUEUE_RUNNING || q->hung)
			return true;
	return false;
}

static void ask_all_to_stop(struct vm *vm)
{
	struct queue *q;

	for (q = vm->queues; q; q = q->vm_next)
		store_relaxed(&q->stop, 1);
}

int vm_suspend(struct gpu *gpu, u32 vmid)
{
	struct vm *vm = &gpu->vm[vmid];
	int err;

	pthread_mutex_lock(&gpu->lock);
	vm->suspended = true;
	ask_all_to_stop(vm);
	err = queue_wait_quiet(gpu, vm_is_busy, vm);
	pthread_mutex_unlock(&gpu->lock);
	return err;
}

int vm_resume(struct gpu *gpu, u32 vmid)
{
	struct vm *vm = &gpu->vm[vmid];
	struct queue *q;

	pthread_mutex_lock(&gpu->lock);
	vm->suspended = false;
	for (q = vm->queues; q; q = q->vm_next)
		look_again(q);
	pthread_mutex_unlock(&gpu->lock);
	return 0;
}

static void vm_drop(struct gpu *gpu, struct vm *vm)
{
	ask_all_to_stop(vm);
	while (vm->queues) {
		struct queue *q = vm->queues;

		q->hung = false;
		while (is_running(q))
			pthread_cond_wait(&gpu->quiet, &gpu->lock);
		queue_end(q);
	}
	vm->valid = false;
	vm->suspended = false;
	store_relaxed(&vm->asleep, false);
}

void queue_drop_all(struct gpu *gpu)
{
	u32 i;

	pthread_mutex_lock(&gpu->lock);
	for (i = 0; i < SIMGPU_VMID_COUNT; i++)
		gpu->vm[i].suspended = true;
	for (i = 0; i < SIMGPU_VMID_COUNT; i++)
		vm_drop(gpu, &gpu->vm[i]);
	pthread_mutex_unlock(&gpu->lock);
}
