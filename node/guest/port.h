/* SPDX-License-Identifier: MIT */
/* The node's end of the virtio-serial ports. */
#ifndef CONODE_GUEST_PORT_H
#define CONODE_GUEST_PORT_H

#include <stddef.h>
#include "../wire.h"

/* The descriptors are non-blocking and closed on exec. */
struct ports {
	int ctl;
	int in;
	int out;
	int err;
};

/* A message that was received; payload is followed by a NUL of ours. */
struct message {
	u32 type;
	u32 size;
	char *payload;
};

/*
 * Waits until the host has connected all four ports and opens them.
 * Return: 0, or a negative errno when a port did not come within @seconds.
 */
int ports_open(struct ports *ports, int seconds);

/* Writes all of @data to the port @fd, waiting as long as it takes. */
int port_write(int fd, const void *data, size_t size);

/* Sends one message on the control port. */
int message_send(const struct ports *ports, u32 type, const void *data, size_t size);

/*
 * Takes the next message from the control port.
 * Return: 1 with a message that the caller gives back to message_free(), 0
 * when none is complete yet, -EPROTO when what came makes no sense.
 */
int message_receive(const struct ports *ports, struct message *message);

/* The same, but waits. */
int message_wait(const struct ports *ports, struct message *message);

void message_free(struct message *message);

/*
 * Steps through the strings of a payload.
 * Return: the string after @previous (the first one for NULL), NULL at the end.
 */
const char *message_next(const struct message *message, const char *previous);

#endif
