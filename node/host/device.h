/* SPDX-License-Identifier: MIT */
/*
 * The process that is a GPU, its life and what it shares with QEMU: BAR2, the
 * eventfds of interrupts and doorbells, and a socket over which the two meet
 * as ivshmem(7) server and client.  All of that is ours, so that it outlives
 * the process and a new one can take over.
 */
#ifndef CONODE_HOST_DEVICE_H
#define CONODE_HOST_DEVICE_H

#include <stdbool.h>
#include "memory.h"

#define DEVICES_MAX 8

struct device {
	unsigned int index;
	char **args;		/* program and what the launcher says to it */
	pid_t pid;		/* 0: has ended */
	unsigned int generation;
	int bar;
	void *registers;	/* mapped from it */
	int vectors[2];		/* interrupts of the guest */
	int kick;		/* the guest wakes the device */
	int power;		/* the guest wants a new process: poll it */
	int server;		/* for the first process; -1: given away */
	int client;		/* QEMU's end of it */
	const struct memory *memory;
	char log[4096];
	char pid_file[4096];
};

/*
 * Makes all that the device has; @args, which end with NULL, and @memory stay.
 * @log: where its words go; an old file is removed.
 * @pid_file: where its pid stands while it runs.
 */
void device_open(struct device *device, unsigned int index, char **args,
		 const struct memory *memory, const char *log, const char *pid_file);

/* Starts the process, one generation later than the last. */
void device_start(struct device *device);

/*
 * Return: true once after the process ended by itself, with the reason in
 * @why.  That is in the log, too, and the guest has been told by the device's
 * status register and an interrupt.
 */
bool device_has_ended(struct device *device, char *why, size_t size);

/*
 * To be called when @power is readable: ends the process, however it is, and
 * starts a new one.
 */
void device_power(struct device *device);

/* Kills the process, if there is one, and removes the pid file. */
void device_stop(struct device *device);

#endif
