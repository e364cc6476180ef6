/* SPDX-License-Identifier: MIT */
/* Load the code object beside the program, and run its kernel. */
#ifndef KERNEL_H
#define KERNEL_H

#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

struct kernel {
	uint64_t object;
	uint32_t kernarg;
	uint32_t group;
	uint32_t private;
};

static inline int open_beside(const char *name)
{
	char self[4096], path[8192];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int fd;

	if (n < 0)
		exit(1);
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dirname(self), name);
	fd = open(path, O_RDONLY);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static inline void symbol_get(hsa_executable_symbol_t symbol,
			      hsa_executable_symbol_info_t what, void *value)
{
	CHECK(hsa_executable_symbol_get_info(symbol, what, value));
}

static inline struct kernel kernel_load(struct machine *m, const char *symbol)
{
	int fd = open_beside("kernel.co");
	hsa_code_object_reader_t reader;
	hsa_executable_symbol_t found;
	hsa_executable_t executable;
	struct kernel k;

	CHECK(hsa_code_object_reader_create_from_file(fd, &reader));
	CHECK(hsa_executable_create_alt(HSA_PROFILE_FULL,
					HSA_DEFAULT_FLOAT_ROUNDING_MODE_DEFAULT, NULL,
					&executable));
	CHECK(hsa_executable_load_agent_code_object(executable, m->gpu, reader, NULL,
						    NULL));
	CHECK(hsa_executable_freeze(executable, NULL));
	CHECK(hsa_executable_get_symbol_by_name(executable, symbol, &m->gpu, &found));
	symbol_get(found, HSA_EXECUTABLE_SYMBOL_INFO_KERNEL_OBJECT, &k.object);
	symbol_get(found, HSA_EXECUTABLE_SYMBOL_INFO_KERNEL_KERNARG_SEGMENT_SIZE,
		   &k.kernarg);
	symbol_get(found, HSA_EXECUTABLE_SYMBOL_INFO_KERNEL_GROUP_SEGMENT_SIZE,
		   &k.group);
	symbol_get(found, HSA_EXECUTABLE_SYMBOL_INFO_KERNEL_PRIVATE_SEGMENT_SIZE,
		   &k.private);
	close(fd);
	return k;
}

/* Run it on @items work-items, wait for its end; false: there was none. */
static inline bool kernel_run(struct machine *m, hsa_queue_t *queue,
			      const struct kernel *k, const void *args, size_t size,
			      uint32_t items)
{
	hsa_kernel_dispatch_packet_t *packet;
	void *kernarg = shared_alloc(m, k->kernarg < 64 ? 64 : k->kernarg);
	hsa_signal_t done;
	uint64_t index;
	bool ok;

	memset(kernarg, 0, k->kernarg);
	memcpy(kernarg, args, size);
	CHECK(hsa_signal_create(1, 0, NULL, &done));
	index = hsa_queue_add_write_index_relaxed(queue, 1);
	packet = (hsa_kernel_dispatch_packet_t *)queue->base_address +
		 index % queue->size;
	memset((char *)packet + 4, 0, sizeof(*packet) - 4);
	packet->workgroup_size_x = 64;
	packet->workgroup_size_y = 1;
	packet->workgroup_size_z = 1;
	packet->grid_size_x = items;
	packet->grid_size_y = 1;
	packet->grid_size_z = 1;
	packet->private_segment_size = k->private;
	packet->group_segment_size = k->group;
	packet->kernel_object = k->object;
	packet->kernarg_address = kernarg;
	packet->completion_signal = done;
	queue_publish(queue, index, PACKET_HEADER(HSA_PACKET_TYPE_KERNEL_DISPATCH) |
		      1 << 16);
	ok = signal_wait(done);
	CHECK(hsa_signal_destroy(done));
	CHECK(hsa_amd_memory_pool_free(kernarg));
	return ok;
}

#endif
