// SPDX-License-Identifier: MIT
/* What the node is to do, as the launcher wrote it. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "plan.h"

static void read_file(struct queue *file, const char *path)
{
	char chunk[65536];
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(125, "%s", path);
	while ((len = read(fd, chunk, sizeof(chunk))) > 0)
		queue_add(file, chunk, len);
	if (len < 0)
		err(125, "%s", path);
	close(fd);
	queue_add(file, "", 1);
}

static struct job *plan_job(struct plan *plan, const char *name)
{
	struct job *job;

	plan->jobs = realloc(plan->jobs, (plan->job_count + 1) * sizeof(*plan->jobs));
	if (!plan->jobs)
		err(125, "no memory");
	job = &plan->jobs[plan->job_count++];
	memset(job, 0, sizeof(*job));
	job->name = name;
	return job;
}

static const char *after(const char *string, const char *key)
{
	size_t len = strlen(key);

	return strncmp(string, key, len) ? NULL : string + len;
}

static void job_string(struct job *job, const char *string)
{
	if (after(string, "timeout="))
		job->timeout = atoi(after(string, "timeout="));
	else if (after(string, "stdout="))
		job->out = after(string, "stdout=");
	else if (after(string, "stderr="))
		job->err = after(string, "stderr=");
	else if (after(string, "leaks="))
		job->leaks = true;
	else
		queue_add(&job->strings, string, strlen(string) + 1);
	if (after(string, "tty="))
		job->terminal = true;
	if (after(string, "stdin=null"))
		job->no_input = true;
}

void plan_read(struct plan *plan, const char *path)
{
	struct queue file = { 0 };	/* stays: the jobs point into it */
	struct job *job = NULL;
	const char *at, *name;

	read_file(&file, path);
	for (at = file.data; at < file.data + file.size - 1; at += strlen(at) + 1) {
		name = after(at, "job=");
		if (name)
			job = plan_job(plan, name);
		else if (job)
			job_string(job, at);
		else
			queue_add(&plan->setup, at, strlen(at) + 1);
	}
	if (!job)
		errx(125, "%s: nothing to run", path);
}
