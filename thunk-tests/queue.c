// SPDX-License-Identifier: MIT

#include "queue.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kfd_ioctl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "amd_queue.h"

#define FENCE_SIZE	T_PAGE
#define AQL_DWORDS	16
#define PM4_FILLER	0xffff1002	/* a NOP of one dword */

static int fail(const char *what, int status)
{
	fprintf(stderr, "# %s: status %d\n", what, status);
	return -1;
}

/* Which device */

bool t_has_queues(void)
{
	const char *device = getenv("CONODE_DEVICE");
	struct kfd_ioctl_create_queue_args args = { };
	bool none;
	int fd;

	if (device)
		return strcmp(device, "loop");
	fd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return true;
	none = ioctl(fd, AMDKFD_IOC_CREATE_QUEUE, &args) && errno == EOPNOTSUPP;
	close(fd);
	return !none;
}

bool t_no_queues(void)
{
	if (t_has_queues())
		return false;
	printf("TAP version 13\n1..0 # SKIP queue: the device has none\n");
	return true;
}

/* Memory */

static void *alloc(unsigned int node, HsaMemFlags flags, size_t size)
{
	HSAuint64 alternate;
	void *mem = NULL;
	int status;

	flags.ui32.ExecuteAccess = 1;
	status = hsaKmtAllocMemory(node, size, flags, &mem);
	if (status) {
		fail("hsaKmtAllocMemory", status);
		return NULL;
	}
	status = hsaKmtMapMemoryToGPU(mem, size, &alternate);
	if (!status)
		return mem;
	fail("hsaKmtMapMemoryToGPU", status);
	hsaKmtFreeMemory(mem, size);
	return NULL;
}

void *t_host(size_t size)
{
	HsaMemFlags flags = { .ui32 = { .HostAccess = 1, .Uncached = 1 } };

	return alloc(0, flags, size);
}

void *t_gtt(size_t size)
{
	HsaMemFlags flags = { .ui32 = { .HostAccess = 1, .NonPaged = 1 } };

	return alloc(0, flags, size);
}

void *t_vram_bo(const struct t_gpu *gpu, size_t size)
{
	HsaMemFlags flags = { .ui32 = { .HostAccess = 1, .NonPaged = 1, .CoarseGrain = 1 } };

	return alloc(gpu->node, flags, size);
}

void *t_vram_hidden(const struct t_gpu *gpu, size_t size)
{
	HsaMemFlags flags = { .ui32 = { .NonPaged = 1, .CoarseGrain = 1 } };

	return alloc(gpu->node, flags, size);
}

int t_free(void *mem, size_t size)
{
	int status = hsaKmtUnmapMemoryToGPU(mem);

	if (status)
		return fail("hsaKmtUnmapMemoryToGPU", status);
	status = hsaKmtFreeMemory(mem, size);
	return status ? fail("hsaKmtFreeMemory", status) : 0;
}

/* Queues */

static bool is_aql(const struct t_queue *q)
{
	return q->type == HSA_QUEUE_COMPUTE_AQL;
}

static bool is_pm4(const struct t_queue *q)
{
	return q->type == HSA_QUEUE_COMPUTE;
}

/*
 * What a slot is before it has a packet.  All of the ring is touched: a page that
 * comes later is a fault of its own.
 */
static void clear_ring(struct t_queue *q)
{
	memset(q->ring, 0, q->size);
	for (size_t i = 0; is_aql(q) && i < q->size / sizeof(uint32_t); i += AQL_DWORDS)
		q->ring[i] = AQL_INVALID;
}

static int alloc_queue(struct t_queue *q)
{
	q->ring = t_host(q->size);
	q->fence = t_host(FENCE_SIZE);
	if (!q->ring || !q->fence)
		return -1;
	clear_ring(q);
	if (!is_aql(q))
		return 0;
	q->aql = t_host(T_PAGE);
	if (!q->aql)
		return -1;
	q->aql->read_dispatch_id_field_base_byte_offset =
		offsetof(struct amd_queue, read_dispatch_id);
	q->aql->base_address = (uintptr_t)q->ring;
	q->aql->size = q->size / sizeof(uint32_t) / AQL_DWORDS;
	q->res.Queue_write_ptr_aql = (HSAuint64 *)&q->aql->write_dispatch_id;
	q->res.Queue_read_ptr_aql = (HSAuint64 *)&q->aql->read_dispatch_id;
	return 0;
}

static void free_queue(struct t_queue *q)
{
	if (q->ring)
		t_free(q->ring, q->size);
	if (q->fence)
		t_free(q->fence, FENCE_SIZE);
	if (q->aql)
		t_free(q->aql, T_PAGE);
	q->ring = NULL;
	q->fence = NULL;
	q->aql = NULL;
}

int t_queue_open_size(struct t_queue *q, const struct t_gpu *gpu, HSA_QUEUE_TYPE type,
		      size_t size)
{
	int status;

	memset(q, 0, sizeof(*q));
	q->gpu = gpu;
	q->type = type;
	q->size = size;
	if (alloc_queue(q)) {
		free_queue(q);
		return -1;
	}
	status = hsaKmtCreateQueue(gpu->node, type, 100, HSA_QUEUE_PRIORITY_NORMAL, q->ring,
				   size, NULL, &q->res);
	if (!status)
		return 0;
	free_queue(q);
	memset(&q->res, 0, sizeof(q->res));
	return fail("hsaKmtCreateQueue", status);
}

int t_queue_open(struct t_queue *q, const struct t_gpu *gpu, HSA_QUEUE_TYPE type)
{
	return t_queue_open_size(q, gpu, type, T_RING);
}

int t_queue_close(struct t_queue *q)
{
	int status = 0;

	if (q->res.QueueId)
		status = hsaKmtDestroyQueue(q->res.QueueId);
	q->res.QueueId = 0;
	free_queue(q);
	return status ? fail("hsaKmtDestroyQueue", status) : 0;
}

/* Rings */

uint64_t t_rptr(const struct t_queue *q)
{
	if (is_pm4(q))
		return t_word(q->res.Queue_read_ptr);
	return t_qword(q->res.Queue_read_ptr_aql);
}

static size_t dwords(const struct t_queue *q)
{
	return q->size / sizeof(uint32_t);
}

/* Where the next packet goes, and how much is not read yet; in dwords. */
static size_t position(const struct t_queue *q)
{
	uint64_t at = is_pm4(q) ? q->wptr : is_aql(q) ? q->wptr * AQL_DWORDS : q->wptr / 4;

	return at % dwords(q);
}

static size_t pending(const struct t_queue *q)
{
	uint64_t rptr = t_rptr(q);

	if (is_pm4(q))
		return (q->wptr - rptr) % dwords(q);
	return is_aql(q) ? (q->wptr - rptr) * AQL_DWORDS : (q->wptr - rptr) / 4;
}

static bool wait_for_room(struct t_queue *q, size_t n)
{
	double deadline;

	if (pending(q) + n < dwords(q))
		return true;
	t_submit(q);
	deadline = t_now() + T_SOON;
	while (pending(q) + n >= dwords(q)) {
		if (t_now() > deadline)
			return false;
		sched_yield();
	}
	return true;
}

static void advance(struct t_queue *q, size_t n)
{
	q->wptr += is_pm4(q) ? n : is_aql(q) ? 1 : n * sizeof(uint32_t);
}

/* The rest of the ring, when a packet does not fit. */
static int pad(struct t_queue *q, size_t n)
{
	size_t at = position(q);

	if (!wait_for_room(q, n))
		return -1;
	for (size_t i = 0; i < n; i++)
		q->ring[at + i] = is_pm4(q) ? PM4_FILLER : 0;
	advance(q, n);
	return 0;
}

int t_put(struct t_queue *q, const uint32_t *packet, unsigned int n)
{
	size_t left = dwords(q) - position(q);
	uint32_t *to;

	if (n > left && pad(q, left))
		return fail("no room in the ring", 0);
	if (!wait_for_room(q, n))
		return fail("no room in the ring", 0);
	to = q->ring + position(q);
	memcpy(to + 1, packet + 1, (n - 1) * sizeof(*to));
	/* An AQL packet is there from the moment its first dword is. */
	t_set_word(to, packet[0]);
	advance(q, n);
	return 0;
}

void t_ring_doorbell(const struct t_queue *q, uint64_t value)
{
	t_set_qword(q->res.Queue_DoorBell_aql, value);
}

void t_submit(struct t_queue *q)
{
	t_set_qword(q->res.Queue_write_ptr_aql, q->wptr);
	/* AQL: the number of the last packet */
	t_ring_doorbell(q, is_aql(q) ? q->wptr - 1 : q->wptr);
}

/* Waiting */

/* Polls without sleeping at first: most of what is waited for takes microseconds. */
static bool wait_value(void *at, uint64_t value, size_t size, double seconds)
{
	double deadline = t_now() + seconds;

	for (unsigned int i = 0; ; i++) {
		if ((size == 4 ? t_word(at) : t_qword(at)) == value)
			return true;
		if (i > 100)
			sched_yield();
		if (t_now() > deadline)
			return false;
	}
}

bool t_wait_word(void *at, uint32_t value, double seconds)
{
	return wait_value(at, value, 4, seconds);
}

bool t_wait_qword(void *at, uint64_t value, double seconds)
{
	return wait_value(at, value, 8, seconds);
}

static int put_fence(struct t_queue *q)
{
	struct t_aql_barrier barrier = { };
	struct amd_signal *signal;

	q->fenced++;
	if (is_pm4(q))
		return t_pm4_release(q, q->fence, q->fenced, false, 0);
	if (!is_aql(q))
		return t_fence(q, q->fence, q->fenced);
	/* A signal that counts down from 1, as ROCr's does. */
	signal = (struct amd_signal *)q->fence;
	signal->kind = AMD_SIGNAL_USER;
	signal->value = 1;
	barrier.header = AQL_HEADER(AQL_BARRIER_AND) | AQL_WAIT_FOR_EARLIER;
	barrier.completion = (uintptr_t)signal;
	return t_put(q, (const uint32_t *)&barrier, AQL_DWORDS);
}

bool t_finish_in(struct t_queue *q, double seconds)
{
	if (put_fence(q))
		return false;
	t_submit(q);
	if (is_aql(q))
		return t_wait_qword(q->fence + 1, 0, seconds);
	return t_wait_word(q->fence, q->fenced, seconds);
}

bool t_finish(struct t_queue *q)
{
	size_t at;

	if (t_finish_in(q, T_SOON))
		return true;
	at = (is_pm4(q) ? t_rptr(q) : is_aql(q) ? t_rptr(q) * AQL_DWORDS : t_rptr(q) / 4) %
	     dwords(q);
	fprintf(stderr, "# queue %llu of type %d: read %#llx of %#llx; next: %08x %08x %08x %08x\n",
		(unsigned long long)q->res.QueueId, q->type, (unsigned long long)t_rptr(q),
		(unsigned long long)q->wptr, q->ring[at], q->ring[(at + 1) % dwords(q)],
		q->ring[(at + 2) % dwords(q)], q->ring[(at + 3) % dwords(q)]);
	return false;
}

/* Events */

HsaEvent *t_event_of(HSA_EVENTTYPE type, const struct t_gpu *gpu, bool manual)
{
	HsaEventDescriptor desc = { .EventType = type, .NodeId = gpu ? gpu->node : 0 };
	HsaEvent *event = NULL;
	int status = hsaKmtCreateEvent(&desc, manual, false, &event);

	if (status)
		fail("hsaKmtCreateEvent", status);
	return status ? NULL : event;
}

HsaEvent *t_event(bool manual)
{
	return t_event_of(HSA_EVENTTYPE_SIGNAL, NULL, manual);
}

int t_memory_fault(HsaEvent *event, HsaMemoryAccessFault *fault)
{
	int status = hsaKmtWaitOnEvent(event, T_SOON * 1000);

	if (status)
		return fail("no memory exception", status);
	*fault = event->EventData.EventData.MemoryAccessFault;
	return 0;
}

/* Faults */

int t_xnack(bool on)
{
	int status = hsaKmtSetXNACKMode(on);

	return status ? fail("hsaKmtSetXNACKMode", status) : 0;
}

int t_access(const struct t_gpu *gpu, void *mem, size_t size)
{
	int status = t_set(mem, size, HSA_SVM_ATTR_ACCESS, gpu->node);

	return status ? fail("ACCESS", status) : 0;
}
