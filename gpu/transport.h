/* SPDX-License-Identifier: MIT */
/*
 * How the device meets its driver: shared memory (the BAR), eventfds that the
 * device signals (the guest's interrupt vectors), one eventfd that it waits for
 * (the kick).
 */
#ifndef GPU_TRANSPORT_H
#define GPU_TRANSPORT_H

#include "abi/simgpu_layout.h"
#include "types.h"

/**
 * struct transport - one device's connection
 * @bar: SIMGPU_BAR_SIZE bytes
 * @kick: eventfd, signalled by the driver
 * @vector: eventfds, signalled by the device
 * @close: undo what the constructor did
 */
struct transport {
	u8 *bar;
	int kick;
	int vector[SIMGPU_VECTOR_COUNT];
	void (*close)(struct transport *t);
};

/** struct ivshmem_fds - what the supervisor has made */
struct ivshmem_fds {
	int bar;
	int kick;
	int power;
	int vector[SIMGPU_VECTOR_COUNT];
};

/**
 * transport_ivshmem() - map the BAR of a device that QEMU presents
 * @fds: stay the caller's
 *
 * Return: 0, -EINVAL (the file is too short), or the errno of mmap().
 */
int transport_ivshmem(struct transport *t, const struct ivshmem_fds *fds);

/**
 * ivshmem_greet() - be the server of QEMU's ivshmem-doorbell device
 * @socket: connected unix socket
 * @fds: handed to QEMU
 *
 * Tells QEMU its id, the shared memory, and everybody's eventfds.  Later
 * nothing is ever said on the socket; it closes when QEMU ends.
 *
 * Return: 0 or a negative errno of sendmsg().
 */
int ivshmem_greet(int socket, const struct ivshmem_fds *fds);

/**
 * transport_local() - a BAR and eventfds inside this process, for tests
 *
 * Return: 0 or a negative errno.
 */
int transport_local(struct transport *t);

/** transport_signal() - signal an interrupt vector */
void transport_signal(struct transport *t, unsigned int vector);

/**
 * transport_wait() - sleep until the driver kicks
 * @timeout_ms: at most that long
 *
 * Return: whether it was kicked.
 */
bool transport_wait(struct transport *t, int timeout_ms);

/** transport_wake() - what the driver does to kick; ends transport_wait() */
void transport_wake(struct transport *t);

/** transport_take() - whether a vector was signalled since; tests' side */
bool transport_take(struct transport *t, unsigned int vector, int timeout_ms);

static inline void transport_close(struct transport *t)
{
	t->close(t);
}

#endif
