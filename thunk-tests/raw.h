/* SPDX-License-Identifier: MIT */
/*
 * The KFD ioctls without the thunk: for errnos, and for what the thunk refuses or
 * does by itself.  A process uses either this or the thunk; with the thunk open,
 * @fd may also be t_raw_kfd().
 */
#ifndef T_RAW_H
#define T_RAW_H

#include <errno.h>
#include <linux/kfd_ioctl.h>
#include <sys/ioctl.h>

#include "lib.h"

/* The high bit of the flags does not fit the kernel header's int. */
#define T_WRITABLE	0x80000000U
#define T_EXECUTABLE	KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE
#define T_PUBLIC	KFD_IOC_ALLOC_MEM_FLAGS_PUBLIC
#define T_VRAM		KFD_IOC_ALLOC_MEM_FLAGS_VRAM
#define T_GTT		KFD_IOC_ALLOC_MEM_FLAGS_GTT
#define T_USERPTR	KFD_IOC_ALLOC_MEM_FLAGS_USERPTR
#define T_DOORBELL	KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL
#define T_MMIO		KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP

/**
 * struct t_raw - /dev/kfd and the render nodes
 * @ngpus: how many GPUs
 * @id: their gpu ids
 * @render: their open render nodes
 */
struct t_raw {
	int fd;
	unsigned int ngpus;
	uint32_t id[T_GPUS];
	int render[T_GPUS];
};

/** t_raw_open() - open everything and acquire the VM of every GPU */
int t_raw_open(struct t_raw *raw);

void t_raw_close(struct t_raw *raw);

/* These give 0 or -errno, and say nothing. */

static inline int t_ioctl(int fd, unsigned long cmd, void *args)
{
	return ioctl(fd, cmd, args) ? -errno : 0;
}

/** t_raw_alloc() - @offset: in: for USERPTR; out: for mmap(); may be NULL */
int t_raw_alloc(int fd, uint32_t gpu_id, const void *va, uint64_t size, uint32_t flags,
		uint64_t *handle, uint64_t *offset);
int t_raw_free(int fd, uint64_t handle);

/** t_raw_map() - map to @n GPUs; @done: in: where to start, out: how many are mapped */
int t_raw_map(int fd, uint64_t handle, const uint32_t *ids, uint32_t n, uint32_t *done);
int t_raw_unmap(int fd, uint64_t handle, const uint32_t *ids, uint32_t n, uint32_t *done);

#endif
