// SPDX-License-Identifier: MIT
/* Bytes and messages to and from the node, over non-blocking sockets. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "channel.h"

#define CHUNK 65536

static void queue_reserve(struct queue *queue, size_t more)
{
	if (queue->room - queue->size >= more)
		return;
	queue->room = (queue->size + more) * 2;
	queue->data = realloc(queue->data, queue->room);
	if (!queue->data)
		err(125, "no memory");
}

void queue_add(struct queue *queue, const void *data, size_t size)
{
	queue_reserve(queue, size);
	memcpy(queue->data + queue->size, data, size);
	queue->size += size;
}

void queue_drop(struct queue *queue, size_t size)
{
	queue->size -= size;
	memmove(queue->data, queue->data + size, queue->size);
}

int queue_flush(struct queue *queue, int fd)
{
	ssize_t len;

	while (queue->size) {
		len = send(fd, queue->data, queue->size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (len < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		queue_drop(queue, len);
	}
	return 0;
}

ssize_t queue_fill(struct queue *queue, int fd)
{
	ssize_t len;

	queue_reserve(queue, CHUNK);
	len = recv(fd, queue->data + queue->size, CHUNK, MSG_DONTWAIT);
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!len)
		return -EPIPE;
	queue->size += len;
	return len;
}

void queue_message(struct queue *queue, u32 type, const void *data, size_t size)
{
	struct wire_header header = { .type = type, .size = size };

	queue_add(queue, &header, sizeof(header));
	if (size)
		queue_add(queue, data, size);
}

bool queue_peek(const struct queue *queue, struct message *message)
{
	struct wire_header header;

	if (queue->size < sizeof(header))
		return false;
	memcpy(&header, queue->data, sizeof(header));
	if (header.size > WIRE_MAX)
		errx(125, "the node sent nonsense: a message of %u bytes", header.size);
	message->whole = sizeof(header) + header.size;
	if (queue->size < message->whole)
		return false;
	message->type = header.type;
	message->size = header.size;
	message->payload = queue->data + sizeof(header);
	return true;
}
