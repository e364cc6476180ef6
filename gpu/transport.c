// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "transport.h"

static void signal_fd(int fd)
{
	const u64 one = 1;
	ssize_t n;

	/* A counter that is full has been signalled. */
	do {
		n = write(fd, &one, sizeof(one));
	} while (n < 0 && errno == EINTR);
}

static bool wait_fd(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	u64 count;

	if (poll(&p, 1, timeout_ms) <= 0)
		return false;
	return read(fd, &count, sizeof(count)) == sizeof(count);
}

void transport_signal(struct transport *t, unsigned int vector)
{
	signal_fd(t->vector[vector]);
}

bool transport_wait(struct transport *t, int timeout_ms)
{
	return wait_fd(t->kick, timeout_ms);
}

void transport_wake(struct transport *t)
{
	signal_fd(t->kick);
}

bool transport_take(struct transport *t, unsigned int vector, int timeout_ms)
{
	return wait_fd(t->vector[vector], timeout_ms);
}
