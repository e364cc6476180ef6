// SPDX-License-Identifier: MIT

#include "raw.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NODES	"/sys/devices/virtual/kfd/kfd/topology/nodes/"

/* The minor number of a topology node's render node, or 0. */
static int render_minor(unsigned int node)
{
	const char *name = "drm_render_minor ";
	char path[128], text[4096], *at;

	snprintf(path, sizeof(path), NODES "%u/properties", node);
	if (t_read_file(path, text, sizeof(text)) < 0)
		return 0;
	at = strstr(text, name);
	return at ? atoi(at + strlen(name)) : 0;
}

static int open_gpu(struct t_raw *raw, const struct t_vram *vram)
{
	struct kfd_ioctl_acquire_vm_args args = { .gpu_id = vram->gpu_id };
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/dri/renderD%d", render_minor(vram->node));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	raw->id[raw->ngpus] = vram->gpu_id;
	raw->render[raw->ngpus++] = fd;
	args.drm_fd = fd;
	return t_ioctl(raw->fd, AMDKFD_IOC_ACQUIRE_VM, &args);
}

int t_raw_open(struct t_raw *raw)
{
	struct t_vram vram[T_GPUS];
	int n = t_vram(vram, T_GPUS);

	memset(raw, 0, sizeof(*raw));
	raw->fd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
	for (int i = 0; raw->fd >= 0 && i < n; i++) {
		if (!open_gpu(raw, &vram[i]))
			continue;
		fprintf(stderr, "# cannot open GPU %u without the thunk\n", vram[i].gpu_id);
		t_raw_close(raw);
		return -1;
	}
	return raw->fd >= 0 && n > 0 ? 0 : -1;
}

void t_raw_close(struct t_raw *raw)
{
	for (unsigned int i = 0; i < raw->ngpus; i++)
		close(raw->render[i]);
	if (raw->fd >= 0)
		close(raw->fd);
	raw->ngpus = 0;
	raw->fd = -1;
}

int t_raw_alloc(int fd, uint32_t gpu_id, const void *va, uint64_t size, uint32_t flags,
		uint64_t *handle, uint64_t *offset)
{
	struct kfd_ioctl_alloc_memory_of_gpu_args args = {
		.va_addr = (uintptr_t)va,
		.size = size,
		.gpu_id = gpu_id,
		.flags = flags,
		.mmap_offset = offset ? *offset : 0,
	};
	int ret = t_ioctl(fd, AMDKFD_IOC_ALLOC_MEMORY_OF_GPU, &args);

	*handle = args.handle;
	if (offset)
		*offset = args.mmap_offset;
	return ret;
}

int t_raw_free(int fd, uint64_t handle)
{
	struct kfd_ioctl_free_memory_of_gpu_args args = { .handle = handle };

	return t_ioctl(fd, AMDKFD_IOC_FREE_MEMORY_OF_GPU, &args);
}

int t_raw_map(int fd, uint64_t handle, const uint32_t *ids, uint32_t n, uint32_t *done)
{
	struct kfd_ioctl_map_memory_to_gpu_args args = {
		.handle = handle,
		.device_ids_array_ptr = (uintptr_t)ids,
		.n_devices = n,
		.n_success = *done,
	};
	int ret = t_ioctl(fd, AMDKFD_IOC_MAP_MEMORY_TO_GPU, &args);

	*done = args.n_success;
	return ret;
}

int t_raw_unmap(int fd, uint64_t handle, const uint32_t *ids, uint32_t n, uint32_t *done)
{
	struct kfd_ioctl_unmap_memory_from_gpu_args args = {
		.handle = handle,
		.device_ids_array_ptr = (uintptr_t)ids,
		.n_devices = n,
		.n_success = *done,
	};
	int ret = t_ioctl(fd, AMDKFD_IOC_UNMAP_MEMORY_FROM_GPU, &args);

	*done = args.n_success;
	return ret;
}
