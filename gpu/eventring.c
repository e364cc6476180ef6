// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "eventring.h"
#include "gpu.h"
#include "log.h"

void eventring_init(struct eventring *ring)
{
	memset(ring, 0, sizeof(*ring));
	pthread_mutex_init(&ring->lock, NULL);
}

void eventring_fini(struct eventring *ring)
{
	pthread_mutex_destroy(&ring->lock);
}

void eventring_reset(struct gpu *gpu)
{
	struct eventring *ring = &gpu->events;

	pthread_mutex_lock(&ring->lock);
	ring->wptr = 0;
	ring->corrupt = false;
	store_relaxed(&ring->kept_count, 0);
	gpu_write64(gpu, SIMGPU_REG_EVENT_WPTR, 0);
	pthread_mutex_unlock(&ring->lock);
}

static bool has_room(struct gpu *gpu, struct eventring *ring)
{
	u64 rptr = gpu_read64(gpu, SIMGPU_REG_EVENT_RPTR);
	u64 used = ring->wptr - rptr;

	if (used > SIMGPU_EVENT_COUNT) {
		if (!ring->corrupt)
			log_line(gpu->cfg.index, LOG_ERROR,
				 "EVENT_RPTR %#llx does not fit to EVENT_WPTR %#llx",
				 (unsigned long long)rptr,
				 (unsigned long long)ring->wptr);
		ring->corrupt = true;
		return false;
	}
	ring->corrupt = false;
	return used < SIMGPU_EVENT_COUNT;
}

static struct simgpu_event *slot(struct gpu *gpu, u64 number)
{
	struct simgpu_event *events =
		(struct simgpu_event *)(gpu->bar + SIMGPU_EVENT_OFFSET);

	return &events[number % SIMGPU_EVENT_COUNT];
}

static void publish(struct gpu *gpu, struct eventring *ring, u64 new)
{
	u64 old = ring->wptr;
	u64 event;

	ring->wptr = new;
	gpu_write64(gpu, SIMGPU_REG_EVENT_WPTR, new);
	full_barrier();
	event = gpu_read64(gpu, SIMGPU_REG_EVENT_EVENT);
	if (!ring_wants_signal(event, old, new))
		return;
	gpu_count(gpu, SIMGPU_COUNT_EVENT_IRQS, 1);
	transport_signal(gpu->transport, SIMGPU_VECTOR_EVENT);
}

static int post_locked(struct gpu *gpu, struct eventring *ring,
		       const struct simgpu_event *event)
{
	struct simgpu_event e = *event;

	if (!has_room(gpu, ring))
		return -EAGAIN;
	e.seq = htole32((u32)ring->wptr);
	e.clock = htole64(gpu_clock());
	*slot(gpu, ring->wptr) = e;
	publish(gpu, ring, ring->wptr + 1);
	return 0;
}

/* What was kept goes first. */
static bool flush_locked(struct gpu *gpu, struct eventring *ring)
{
	unsigned int n = 0;

	while (n < ring->kept_count && !post_locked(gpu, ring, &ring->kept[n]))
		n++;
	memmove(ring->kept, ring->kept + n,
		(ring->kept_count - n) * sizeof(ring->kept[0]));
	store_relaxed(&ring->kept_count, ring->kept_count - n);
	return !ring->kept_count;
}

int eventring_post(struct gpu *gpu, const struct simgpu_event *event)
{
	struct eventring *ring = &gpu->events;
	int err = -EAGAIN;

	pthread_mutex_lock(&ring->lock);
	if (flush_locked(gpu, ring))
		err = post_locked(gpu, ring, event);
	pthread_mutex_unlock(&ring->lock);
	return err;
}

int eventring_keep(struct gpu *gpu, const struct simgpu_event *event)
{
	struct eventring *ring = &gpu->events;
	int err = 0;

	pthread_mutex_lock(&ring->lock);
	if (!flush_locked(gpu, ring) || post_locked(gpu, ring, event)) {
		if (ring->kept_count == EVENTRING_KEPT) {
			err = -EAGAIN;
		} else {
			ring->kept[ring->kept_count] = *event;
			store_relaxed(&ring->kept_count, ring->kept_count + 1);
		}
	}
	pthread_mutex_unlock(&ring->lock);
	return err;
}

bool eventring_flush(struct gpu *gpu)
{
	struct eventring *ring = &gpu->events;
	bool empty;

	if (!load_relaxed(&ring->kept_count))
		return true;
	pthread_mutex_lock(&ring->lock);
	empty = flush_locked(gpu, ring);
	pthread_mutex_unlock(&ring->lock);
	return empty;
}

void eventring_break(struct gpu *gpu)
{
	struct eventring *ring = &gpu->events;

	pthread_mutex_lock(&ring->lock);
	publish(gpu, ring, ring->wptr + SIMGPU_EVENT_COUNT + 1);
	pthread_mutex_unlock(&ring->lock);
}
