// SPDX-License-Identifier: MIT
/* The node's end of the virtio-serial ports: see wire.h. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "port.h"

#define CLASS "/sys/class/virtio-ports"

/* What has come on the control port and is not yet a whole message. */
static struct {
	char *data;
	size_t size;
	size_t room;
} pending;

static void nap(long milliseconds)
{
	struct timespec ts = { .tv_nsec = milliseconds * 1000000 };

	nanosleep(&ts, NULL);
}

static bool port_has_name(const char *device, const char *name)
{
	char path[300], text[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), CLASS "/%s/name", device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return false;
	text[len] = 0;
	text[strcspn(text, "\n")] = 0;
	return !strcmp(text, name);
}

static int port_find(const char *name)
{
	struct dirent *entry;
	char path[300];
	int fd = -ENOENT;
	DIR *dir;

	dir = opendir(CLASS);
	if (!dir)
		return -errno;
	while (fd < 0 && (entry = readdir(dir))) {
		if (!port_has_name(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	closedir(dir);
	return fd;
}

/* A port hangs up until the host's side is connected. */
static bool port_is_connected(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return poll(&pfd, 1, 0) == 1 && !(pfd.revents & POLLHUP);
}

static int port_open(const char *name, int *tries)
{
	int fd = -ENOENT;

	/* The ports appear one by one after the driver was loaded. */
	while ((fd = port_find(name)) < 0 && --*tries > 0)
		nap(10);
	while (fd >= 0 && !port_is_connected(fd) && --*tries > 0)
		nap(10);
	return *tries > 0 ? fd : -ETIMEDOUT;
}

int ports_open(struct ports *ports, int seconds)
{
	int tries = seconds * 100;

	ports->ctl = port_open(PORT_CTL, &tries);
	ports->in = port_open(PORT_IN, &tries);
	ports->out = port_open(PORT_OUT, &tries);
	ports->err = port_open(PORT_ERR, &tries);
	if (ports->ctl < 0 || ports->in < 0 || ports->out < 0 || ports->err < 0)
		return -ENOENT;
	return 0;
}

int port_write(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		struct pollfd pfd = { .fd = fd, .events = POLLOUT };
		ssize_t done = write(fd, at, size);

		if (done < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (done > 0) {
			at += done;
			size -= done;
		} else {
			poll(&pfd, 1, 1000);
		}
	}
	return 0;
}

int message_send(const struct ports *ports, u32 type, const void *data, size_t size)
{
	struct wire_header header = { .type = type, .size = size };
	int ret;

	ret = port_write(ports->ctl, &header, sizeof(header));
	if (!ret && size)
		ret = port_write(ports->ctl, data, size);
	return ret;
}

static int pending_fill(int fd)
{
	ssize_t len;
	char *data;

	if (pending.room - pending.size < 4096) {
		data = realloc(pending.data, pending.room * 2 + 8192);
		if (!data)
			return -ENOMEM;
		pending.data = data;
		pending.room = pending.room * 2 + 8192;
	}
	len = read(fd, pending.data + pending.size, pending.room - pending.size);
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	pending.size += len;
	return len > 0;
}

/* Cuts the first message off what is pending. */
static int pending_take(struct message *message)
{
	struct wire_header header;
	size_t whole;

	if (pending.size < sizeof(header))
		return 0;
	memcpy(&header, pending.data, sizeof(header));
	if (header.size > WIRE_MAX)
		return -EPROTO;
	whole = sizeof(header) + header.size;
	if (pending.size < whole)
		return 0;
	message->payload = malloc(header.size + 1);
	if (!message->payload)
		return -ENOMEM;
	memcpy(message->payload, pending.data + sizeof(header), header.size);
	message->payload[header.size] = 0;
	message->type = header.type;
	message->size = header.size;
	pending.size -= whole;
	memmove(pending.data, pending.data + whole, pending.size);
	return 1;
}

int message_receive(const struct ports *ports, struct message *message)
{
	int ret;

	for (;;) {
		ret = pending_take(message);
		if (ret)
			return ret;
		ret = pending_fill(ports->ctl);
		if (ret <= 0)
			return ret;
	}
}

int message_wait(const struct ports *ports, struct message *message)
{
	struct pollfd pfd = { .fd = ports->ctl, .events = POLLIN };
	int ret;

	while (!(ret = message_receive(ports, message))) {
		if (poll(&pfd, 1, WIRE_BEAT_SECONDS * 1000) == 0)
			message_send(ports, WIRE_BEAT, NULL, 0);
		else if (pfd.revents & POLLHUP)
			nap(10);
	}
	return ret;
}

void message_free(struct message *message)
{
	free(message->payload);
	message->payload = NULL;
}

const char *message_next(const struct message *message, const char *previous)
{
	const char *next = previous ? previous + strlen(previous) + 1 : message->payload;

	return next < message->payload + message->size ? next : NULL;
}
