/* SPDX-License-Identifier: MIT */
/* What the samples share: errors, the agents, a queue. */
#ifndef CHECK_H
#define CHECK_H

#include <hsa/hsa.h>
#include <hsa/hsa_ext_amd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* End the program when a call fails. */
static inline void check(hsa_status_t status, const char *what)
{
	const char *text = "?";

	if (status == HSA_STATUS_SUCCESS)
		return;
	hsa_status_string(status, &text);
	fprintf(stderr, "%s: %s\n", what, text);
	exit(1);
}

#define CHECK(call) check(call, #call)

/* The machine: the first CPU and the first GPU, and a pool of each. */
struct machine {
	hsa_agent_t cpu;
	hsa_agent_t gpu;
	bool has_cpu;
	bool has_gpu;
	hsa_amd_memory_pool_t kernarg;
	hsa_amd_memory_pool_t vram;
};

static inline hsa_status_t find_agent(hsa_agent_t agent, void *data)
{
	struct machine *m = data;
	hsa_device_type_t type;

	CHECK(hsa_agent_get_info(agent, HSA_AGENT_INFO_DEVICE, &type));
	if (type == HSA_DEVICE_TYPE_CPU && !m->has_cpu) {
		m->cpu = agent;
		m->has_cpu = true;
	} else if (type == HSA_DEVICE_TYPE_GPU && !m->has_gpu) {
		m->gpu = agent;
		m->has_gpu = true;
	}
	return HSA_STATUS_SUCCESS;
}

static inline bool is_global(hsa_amd_memory_pool_t pool, uint32_t *flags)
{
	hsa_amd_segment_t segment;

	CHECK(hsa_amd_memory_pool_get_info(pool, HSA_AMD_MEMORY_POOL_INFO_SEGMENT,
					   &segment));
	if (segment != HSA_AMD_SEGMENT_GLOBAL)
		return false;
	CHECK(hsa_amd_memory_pool_get_info(pool, HSA_AMD_MEMORY_POOL_INFO_GLOBAL_FLAGS,
					   flags));
	return true;
}

static inline hsa_status_t find_kernarg(hsa_amd_memory_pool_t pool, void *data)
{
	uint32_t flags;

	if (is_global(pool, &flags) &&
	    flags & HSA_AMD_MEMORY_POOL_GLOBAL_FLAG_KERNARG_INIT)
		((struct machine *)data)->kernarg = pool;
	return HSA_STATUS_SUCCESS;
}

static inline hsa_status_t find_vram(hsa_amd_memory_pool_t pool, void *data)
{
	uint32_t flags;

	if (is_global(pool, &flags) &&
	    flags & HSA_AMD_MEMORY_POOL_GLOBAL_FLAG_COARSE_GRAINED)
		((struct machine *)data)->vram = pool;
	return HSA_STATUS_SUCCESS;
}

/* Start the runtime.  Without a GPU the sample is skipped, status 77. */
static inline struct machine machine_open(void)
{
	struct machine m = { 0 };

	if (hsa_init() != HSA_STATUS_SUCCESS) {
		printf("SKIP: no HSA runtime\n");
		exit(77);
	}
	CHECK(hsa_iterate_agents(find_agent, &m));
	if (!m.has_cpu || !m.has_gpu) {
		printf("SKIP: no GPU\n");
		exit(77);
	}
	CHECK(hsa_amd_agent_iterate_memory_pools(m.cpu, find_kernarg, &m));
	CHECK(hsa_amd_agent_iterate_memory_pools(m.gpu, find_vram, &m));
	return m;
}

static inline hsa_queue_t *queue_open(struct machine *m)
{
	hsa_queue_t *queue;

	CHECK(hsa_queue_create(m->gpu, 64, HSA_QUEUE_TYPE_SINGLE, NULL, NULL,
			       UINT32_MAX, UINT32_MAX, &queue));
	return queue;
}

/* Memory of the CPU that the GPU reaches, too. */
static inline void *shared_alloc(struct machine *m, size_t bytes)
{
	void *p;

	CHECK(hsa_amd_memory_pool_allocate(m->kernarg, bytes, 0, &p));
	CHECK(hsa_amd_agents_allow_access(1, &m->gpu, NULL, p));
	return p;
}

/* Publish a packet: its body is written, the first dword comes last. */
static inline void queue_publish(hsa_queue_t *queue, uint64_t index, uint32_t head)
{
	uint32_t *slot = (uint32_t *)queue->base_address + index % queue->size * 16;

	__atomic_store_n(slot, head, __ATOMIC_RELEASE);
	hsa_signal_store_screlease(queue->doorbell_signal, index);
}

#define PACKET_HEADER(type) \
	((type) << HSA_PACKET_HEADER_TYPE | 1 << HSA_PACKET_HEADER_BARRIER | \
	 HSA_FENCE_SCOPE_SYSTEM << HSA_PACKET_HEADER_SCACQUIRE_FENCE_SCOPE | \
	 HSA_FENCE_SCOPE_SYSTEM << HSA_PACKET_HEADER_SCRELEASE_FENCE_SCOPE)

/* Wait until a signal is 0, at most a minute. */
static inline bool signal_wait(hsa_signal_t signal)
{
	uint64_t hz;

	CHECK(hsa_system_get_info(HSA_SYSTEM_INFO_TIMESTAMP_FREQUENCY, &hz));
	return !hsa_signal_wait_scacquire(signal, HSA_SIGNAL_CONDITION_EQ, 0, 60 * hz,
					  HSA_WAIT_STATE_BLOCKED);
}

static inline int verdict(const char *name, bool ok)
{
	printf("%s: %s\n", name, ok ? "ok" : "FAILED");
	CHECK(hsa_shut_down());
	return ok ? 0 : 1;
}

#endif
