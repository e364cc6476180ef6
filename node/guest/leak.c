// SPDX-License-Identifier: MIT
/* kmemleak, on kernels that have it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kmsg.h"
#include "leak.h"

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/* kmemleak reports no object that is younger than this, plus a second. */
#define AGE_SECONDS 6

/* Enough for some ten leaks; the rest is in the kernel's log. */
#define REPORT_MAX 16384

static bool leak_command(const char *command)
{
	int fd = open(KMEMLEAK, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, command, strlen(command)) > 0;
	close(fd);
	return ok;
}

/* Beats while it waits: the launcher takes silence for a hang. */
static void rest(const struct ports *ports, int seconds)
{
	struct timespec ts = { .tv_sec = 1 };

	while (seconds-- > 0) {
		nanosleep(&ts, NULL);
		message_send(ports, WIRE_BEAT, NULL, 0);
	}
}

static size_t leak_read(char *report, size_t room)
{
	int fd = open(KMEMLEAK, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t len;

	if (fd < 0)
		return 0;
	while (size < room && (len = read(fd, report + size, room - size)) > 0)
		size += len;
	close(fd);
	return size;
}

void leak_baseline(void)
{
	if (leak_command("scan=off"))
		leak_command("clear");
}

/*
 * An object whose only pointer was in flight during a scan looks leaked, so
 * only what two scans agree upon counts: a false one is gone from the list
 * after the second.
 */
void leak_check(const struct ports *ports)
{
	char *report = malloc(REPORT_MAX);
	size_t size;

	if (!report)
		return;
	rest(ports, AGE_SECONDS);
	if (leak_command("scan") && leak_command("scan")) {
		size = leak_read(report, REPORT_MAX);
		if (size)
			message_send(ports, WIRE_SPLAT, report, size);
		leak_command("clear");
	}
	kmsg_settle(ports);
	free(report);
}
