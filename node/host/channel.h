/* SPDX-License-Identifier: MIT */
/* Bytes and messages to and from the node, over non-blocking sockets. */
#ifndef CONODE_HOST_CHANNEL_H
#define CONODE_HOST_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "../wire.h"

/* Bytes that wait for room in a socket, or for the rest of their message. */
struct queue {
	char *data;
	size_t size;
	size_t room;
};

/* All of these end the program when there is no memory. */
void queue_add(struct queue *queue, const void *data, size_t size);
void queue_drop(struct queue *queue, size_t size);

/*
 * Writes what the socket takes now.
 * Return: 0, or -errno when the other end is gone.
 */
int queue_flush(struct queue *queue, int fd);

/*
 * Reads what is there.
 * Return: number of bytes, 0 when nothing is there now, -errno or -EPIPE
 * when the other end is gone.
 */
ssize_t queue_fill(struct queue *queue, int fd);

void queue_message(struct queue *queue, u32 type, const void *data, size_t size);

/* A message inside a queue; queue_drop() its whole size when done with it. */
struct message {
	u32 type;
	u32 size;
	const char *payload;
	size_t whole;
};

/* Return: true when a whole message lies at the head of @queue. */
bool queue_peek(const struct queue *queue, struct message *message);

#endif
