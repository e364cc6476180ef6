/* SPDX-License-Identifier: MIT */
/*
 * Events to the driver.  Nothing is dropped: an event that does not fit stays
 * with whoever has it, who tries again.
 */
#ifndef GPU_EVENTRING_H
#define GPU_EVENTRING_H

#include <pthread.h>

#include "abi/simgpu_event.h"
#include "abi/simgpu_layout.h"
#include "types.h"

struct gpu;

/* Malformed commands that are to be told yet. */
#define EVENTRING_KEPT	64

struct eventring {
	pthread_mutex_t lock;
	/* lock */
	u64 wptr;		/* events put into the ring */
	bool corrupt;		/* the driver's index makes no sense; said already */
	struct simgpu_event kept[EVENTRING_KEPT];
	unsigned int kept_count;	/* read without lock, too */
};

void eventring_init(struct eventring *ring);
void eventring_fini(struct eventring *ring);

/** eventring_reset() - empty the ring; the driver does not look at it */
void eventring_reset(struct gpu *gpu);

/**
 * eventring_post() - put an event into the ring, and signal as EVENT_EVENT asks
 * @event: seq and clock are filled in here
 *
 * Context: any thread.
 * Return: 0, or -EAGAIN: the ring is full, or the driver's index is corrupt.
 */
int eventring_post(struct gpu *gpu, const struct simgpu_event *event);

/**
 * eventring_keep() - post, now or (eventring_flush()) when there is room
 *
 * Context: the command thread.
 * Return: 0, or -EAGAIN: too many are kept already.
 */
int eventring_keep(struct gpu *gpu, const struct simgpu_event *event);

/** eventring_flush() - try to post what was kept.  Return: nothing is left. */
bool eventring_flush(struct gpu *gpu);

/** eventring_break() - INJECT_BAD_WPTR: let EVENT_WPTR jump */
void eventring_break(struct gpu *gpu);

/** ring_wants_signal() - the notification rule: moved from @old to @new */
static inline bool ring_wants_signal(u64 event, u64 old, u64 new)
{
	return new - event - 1 < new - old;
}

#endif
