/* SPDX-License-Identifier: MIT */
/*
 * Compute units: who executes the work-groups of a dispatch.
 */
#ifndef GPU_UNIT_H
#define GPU_UNIT_H

#include <pthread.h>

#include "dispatch.h"
#include "isa/wave.h"

/**
 * struct dispatch - what the compute units of a queue execute
 * @owner: the queue
 * @launch: constant while a unit has a work-group, as are @groups and @waves
 * @groups: number of work-groups, x, y, z
 * @waves: of a full work-group
 * @total: number of work-groups; atomic
 * @units: so many of them take part; atomic
 * @next: work-groups that are taken; atomic
 * @active: units that have a work-group, or look for one; atomic
 * @failed: a wave has stopped all; atomic
 * @failure: by the first that did; @lock, then constant
 */
struct dispatch {
	struct queue *owner;
	struct launch launch;
	u64 groups[3];
	u32 waves;
	u64 total;
	u32 units;
	u64 next;
	u32 active;
	bool failed;
	pthread_mutex_t lock;
	struct queue_failure failure;
};

extern const struct engine engine_unit;

/** unit_start() - make the private part of a compute unit.  0 or -ENOMEM. */
int unit_start(struct queue *u, u32 index);

#endif
