/* SPDX-License-Identifier: MIT */
/*
 * What the node is to do, as the launcher wrote it: strings, each ended by a
 * NUL.  Those before the first "job=NAME" are the setup, those after it
 * describe that job.  Of a job these are for the supervisor:
 *
 *   timeout=SECONDS   0: none
 *   stdout=FILE       instead of the supervisor's own
 *   stderr=FILE
 *   leaks=1           look for leaked kernel memory afterwards
 *
 * and all the others go to the node (guest/init.c, guest/job.c).
 */
#ifndef CONODE_HOST_PLAN_H
#define CONODE_HOST_PLAN_H

#include <stdbool.h>
#include "channel.h"

struct job {
	const char *name;
	int timeout;
	const char *out;
	const char *err;
	bool leaks;
	bool terminal;
	bool no_input;
	struct queue strings;
};

struct plan {
	struct queue setup;
	struct job *jobs;
	int job_count;
};

/* Ends the program when the file cannot be read or has no job. */
void plan_read(struct plan *plan, const char *path);

#endif
