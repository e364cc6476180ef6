/* SPDX-License-Identifier: MIT */
/* The driver's copy engine: runs of pages, several host threads. */
#ifndef GPU_COPY_H
#define GPU_COPY_H

#include <pthread.h>

#include "abi/simgpu_cmd.h"
#include "types.h"

struct gpu;

#define COPY_MAX_HELPERS	15

/* One element of the list, checked. */
struct copy_run {
	u8 *dst;
	const u8 *src;		/* NULL: clear */
	u64 bytes;		/* 0: nothing to do, see status */
	int status;
};

struct copier {
	pthread_mutex_t lock;
	pthread_cond_t start;
	pthread_cond_t end;
	pthread_t helper[COPY_MAX_HELPERS];
	unsigned int helpers;
	/* lock */
	bool stopping;
	u64 job;		/* counts jobs, so that helpers see a new one */
	unsigned int busy;	/* threads inside the job */
	/* The cursor: the next piece begins here. */
	unsigned int run;
	u64 offset;
	unsigned int count;
	bool abort;
	struct copy_run runs[SIMGPU_COPY_MAX];
	u64 *progress;		/* atomic: grows with each piece */
};

/**
 * copier_init() - start the helpers
 * @threads: that copy, the caller of copier_run() included
 * @progress: counter that is moved while a job gets on
 *
 * Return: 0 or a negative errno.
 */
int copier_init(struct copier *c, unsigned int threads, u64 *progress);

/** copier_fini() - end the helpers */
void copier_fini(struct copier *c);

/** copier_abort() - let the job under way end early; any thread */
void copier_abort(struct copier *c);

/**
 * copy_execute() - SIMGPU_CMD_COPY and SIMGPU_CMD_CLEAR
 * @list: guest-physical address of struct simgpu_copy [@count]
 * @clear: sources are not looked at, zeros are written
 *
 * Every element's own result is in its status.
 *
 * Context: the command thread.
 * Return: 0, the first element's error, or -EINVAL: bad count or list.
 */
int copy_execute(struct gpu *gpu, u64 list, u32 count, bool clear);

#endif
