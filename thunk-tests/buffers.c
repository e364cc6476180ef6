// SPDX-License-Identifier: MIT
/* Buffer objects: what ALLOC, MAP, UNMAP, FREE and mmap give and refuse. */

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "queue.h"
#include "raw.h"
#include "svm_ioctl.h"

#define SIZE	(4 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	300
#define CWSR	(64 * T_MIB)

FIXTURE(raw)
{
	struct t_raw raw;
	int fd;
	uint32_t gpu;
	char *va;
	long used;
	uint64_t handle;
	uint64_t offset;
};

FIXTURE_SETUP(raw)
{
	ASSERT_EQ(0, t_raw_open(&self->raw));
	self->fd = self->raw.fd;
	self->gpu = self->raw.id[0];
	self->va = t_map(2 * SIZE);
	ASSERT_NE(NULL, self->va);
	self->used = t_vram_used();
}

FIXTURE_TEARDOWN(raw)
{
	munmap(self->va, 2 * SIZE);
	t_raw_close(&self->raw);
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

static int alloc(struct _test_data_raw *self, uint64_t size, uint32_t flags)
{
	self->offset = 0;
	return t_raw_alloc(self->fd, self->gpu, self->va, size, flags, &self->handle,
			   &self->offset);
}

/* The buffer as the CPU sees it, at its GPU address; NULL and errno on error. */
static char *map_bo(struct _test_data_raw *self, size_t size, int prot, int flags)
{
	char *p = mmap(self->va, size, prot, flags | MAP_FIXED, self->raw.render[0],
		       self->offset);

	return p == MAP_FAILED ? NULL : p;
}

static sigjmp_buf bus_error;

static void on_bus_error(int sig)
{
	siglongjmp(bus_error, sig);
}

/* The byte at @p, or -1 when there is no memory. */
static int peek(const char *p)
{
	const struct sigaction action = { .sa_handler = on_bus_error };
	int byte;

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	byte = sigsetjmp(bus_error, 1) ? -1 : __atomic_load_n((unsigned char *)p, __ATOMIC_RELAXED);
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	return byte;
}

TEST_F_TIMEOUT(raw, vram_is_taken_and_given_back, SECONDS)
{
	ASSERT_EQ(0, alloc(self, SIZE, T_VRAM | T_WRITABLE | T_PUBLIC));
	EXPECT_NE(0, self->handle);
	EXPECT_EQ(self->used + (long)PAGES, t_vram_used());
	ASSERT_EQ(0, t_raw_free(self->fd, self->handle));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
	EXPECT_EQ(-EINVAL, t_raw_free(self->fd, self->handle));
}

TEST_F_TIMEOUT(raw, vram_is_zeroed_for_its_next_owner, SECONDS)
{
	char *mem;

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, alloc(self, SIZE, T_VRAM | T_WRITABLE | T_PUBLIC));
		mem = map_bo(self, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
		ASSERT_NE(NULL, mem);
		EXPECT_EQ(self->used + (long)PAGES, t_vram_used());
		EXPECT_EQ(0, t_nonzero(mem, SIZE));
		t_fill(mem, SIZE, 5);
		ASSERT_EQ(0, t_raw_free(self->fd, self->handle));
		ASSERT_EQ(0, munmap(mem, SIZE));
		EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
	}
}

TEST_F_TIMEOUT(raw, gtt_is_zeroed_system_memory, SECONDS)
{
	char *mem;

	ASSERT_EQ(0, alloc(self, SIZE, T_GTT | T_WRITABLE));
	EXPECT_EQ(self->used, t_vram_used());
	mem = map_bo(self, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, mem);
	EXPECT_EQ(0, t_nonzero(mem, SIZE));
	t_fill(mem, SIZE, 5);
	EXPECT_EQ(self->used, t_vram_used());
	EXPECT_EQ(0, t_wrong(mem, SIZE, 5));
	ASSERT_EQ(0, t_raw_free(self->fd, self->handle));
}

TEST_F_TIMEOUT(raw, private_vram_is_mapped_without_access_only, SECONDS)
{
	char *mem;

	ASSERT_EQ(0, alloc(self, SIZE, T_VRAM | T_WRITABLE));
	/* As the thunk does it. */
	mem = map_bo(self, SIZE, PROT_NONE, MAP_PRIVATE);
	ASSERT_NE(NULL, mem);
	mprotect(mem, SIZE, PROT_READ | PROT_WRITE);
	EXPECT_EQ(-1, peek(mem));
	mem = map_bo(self, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	if (mem)
		EXPECT_EQ(-1, peek(mem));
	ASSERT_EQ(0, t_raw_free(self->fd, self->handle));
}

TEST_F_TIMEOUT(raw, a_cpu_mapping_may_outlive_the_handle, SECONDS)
{
	char *mem, *other = t_map(SIZE);
	uint64_t handle;
	int byte;

	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, alloc(self, SIZE, T_VRAM | T_WRITABLE | T_PUBLIC));
	mem = map_bo(self, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, mem);
	memset(mem, 0x11, SIZE);
	ASSERT_EQ(0, t_raw_free(self->fd, self->handle));
	/* Either it is still ours, or there is nothing any more; never another's. */
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, t_raw_alloc(self->fd, self->gpu, other, SIZE,
					 T_VRAM | T_WRITABLE | T_PUBLIC, &handle, &self->offset));
		ASSERT_EQ(other, mmap(other, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
				      self->raw.render[0], self->offset));
		memset(other, 0x22, SIZE);
		byte = peek(mem + i * T_PAGE);
		EXPECT_TRUE(byte == 0x11 || byte == -1);
		ASSERT_EQ(0, t_raw_free(self->fd, handle));
	}
	ASSERT_EQ(0, munmap(mem, SIZE));
	ASSERT_EQ(0, munmap(other, SIZE));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

TEST_F_TIMEOUT(raw, a_buffer_goes_with_its_process, SECONDS)
{
	char *mem;

	ASSERT_EQ(0, alloc(self, SIZE, T_VRAM | T_WRITABLE | T_PUBLIC));
	mem = map_bo(self, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, mem);
	memset(mem, 0x11, SIZE);
	EXPECT_EQ(self->used + (long)PAGES, t_vram_used());
	/* /dev/kfd first, then the mapping; the fixture closes the rest. */
	close(self->fd);
	self->raw.fd = -1;
	ASSERT_EQ(0, munmap(mem, SIZE));
}

struct wrong_alloc {
	const char *what;
	uint64_t va, size;
	uint32_t flags;
	bool bad_gpu;
	int error;
};

/* An address of 1 stands for one that is right. */
static const struct wrong_alloc wrong_allocs[] = {
	{ "no size", 1, 0, T_VRAM | T_WRITABLE, false, -EINVAL },
	{ "half a page", 1, 100, T_VRAM | T_WRITABLE, false, -EINVAL },
	{ "an address inside a page", 0x10001234, SIZE, T_VRAM | T_WRITABLE, false, -EINVAL },
	{ "an address that no GPU has", 0x900000000000, SIZE, T_VRAM, false, -EINVAL },
	{ "an address of the kernel", 0xffff888000000000, SIZE, T_GTT, false, -EINVAL },
	{ "a size that wraps", 1, -T_PAGE, T_VRAM | T_WRITABLE, false, -EINVAL },
	{ "no kind", 1, SIZE, T_WRITABLE, false, -EINVAL },
	{ "two kinds", 1, SIZE, T_VRAM | T_GTT, false, -EINVAL },
	{ "an unknown GPU", 1, SIZE, T_VRAM | T_WRITABLE, true, -EINVAL },
	{ "doorbells of a wrong size", 1, T_PAGE, T_DOORBELL | T_WRITABLE, false, -EINVAL },
	{ "a register page of a wrong size", 1, SIZE, T_MMIO | T_WRITABLE, false, -EINVAL },
	{ "more VRAM than there is", T_HUGE, 1ULL << 40, T_VRAM | T_WRITABLE, false, -ENOMEM },
};

TEST_F_TIMEOUT(raw, wrong_requests_are_refused, SECONDS)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong_allocs); i++) {
		const struct wrong_alloc *w = &wrong_allocs[i];
		const void *va = w->va == 1 ? self->va : (void *)w->va;
		uint32_t gpu = w->bad_gpu ? self->gpu + 1 : self->gpu;

		EXPECT_EQ(w->error, t_raw_alloc(self->fd, gpu, va, w->size, w->flags,
						&self->handle, NULL)) {
			TH_LOG("%s", w->what);
		}
	}
	EXPECT_EQ(self->used, t_vram_used());
}

TEST_F_TIMEOUT(raw, addresses_are_given_once, SECONDS)
{
	const uint32_t flags = T_VRAM | T_WRITABLE | T_PUBLIC;
	uint64_t handle;

	/* Attributes on one half, a buffer on the other. */
	ASSERT_EQ(0, t_svm_set1(self->fd, self->va + SIZE, SIZE, KFD_IOCTL_SVM_ATTR_GRANULARITY,
				5));
	ASSERT_EQ(0, alloc(self, SIZE, flags));
	for (long shift = -(long)SIZE / 2; shift <= (long)SIZE / 2; shift += SIZE / 2)
		EXPECT_EQ(-EADDRINUSE, t_raw_alloc(self->fd, self->gpu, self->va + shift, SIZE,
						   flags, &handle, NULL));
	EXPECT_EQ(-EADDRINUSE, t_raw_alloc(self->fd, self->gpu, self->va + SIZE, T_PAGE, flags,
					   &handle, NULL));
	EXPECT_EQ(-EADDRINUSE, t_svm_set1(self->fd, self->va + SIZE / 2, T_PAGE,
					  KFD_IOCTL_SVM_ATTR_GRANULARITY, 6));
	ASSERT_EQ(0, t_raw_free(self->fd, self->handle));
	EXPECT_EQ(0, t_svm_set1(self->fd, self->va + SIZE / 2, T_PAGE,
				KFD_IOCTL_SVM_ATTR_GRANULARITY, 6));
}

TEST_F_TIMEOUT(raw, mapping_counts_the_gpus_that_succeeded, SECONDS)
{
	const uint32_t bad = self->gpu + 1;
	uint32_t ids[] = { self->gpu, self->gpu, bad, self->gpu }, done = 0;

	ASSERT_EQ(0, alloc(self, SIZE, T_VRAM | T_WRITABLE | T_PUBLIC));
	EXPECT_EQ(-EINVAL, t_raw_map(self->fd, self->handle, ids, 0, &done));
	EXPECT_EQ(0, t_raw_map(self->fd, self->handle, ids, 2, &done));
	EXPECT_EQ(2, done);
	done = 0;
	EXPECT_EQ(-EINVAL, t_raw_map(self->fd, self->handle, ids, 4, &done));
	EXPECT_EQ(2, done);
	/* From the fourth on. */
	done = 3;
	EXPECT_EQ(0, t_raw_map(self->fd, self->handle, ids, 4, &done));
	EXPECT_EQ(4, done);
	done = 5;
	EXPECT_EQ(-EINVAL, t_raw_map(self->fd, self->handle, ids, 4, &done));
	done = 0;
	EXPECT_EQ(-EINVAL, t_raw_unmap(self->fd, self->handle, ids, 3, &done));
	EXPECT_EQ(2, done);
	done = 0;
	EXPECT_EQ(-EFAULT, t_raw_map(self->fd, self->handle, (uint32_t *)16, 2, &done));
	EXPECT_EQ(0, t_raw_free(self->fd, self->handle));
}

TEST_F_TIMEOUT(raw, wrong_handles_are_refused, SECONDS)
{
	const uint64_t high = (uint64_t)self->gpu << 32;
	const uint64_t handles[] = { 0, 1, high, high | 999, high | 0x80000000, -1ULL };
	uint32_t done;

	for (size_t i = 0; i < ARRAY_SIZE(handles); i++) {
		done = 0;
		EXPECT_EQ(-EINVAL, t_raw_free(self->fd, handles[i]));
		EXPECT_EQ(-EINVAL, t_raw_map(self->fd, handles[i], &self->gpu, 1, &done));
		EXPECT_EQ(-EINVAL, t_raw_unmap(self->fd, handles[i], &self->gpu, 1, &done));
	}
}

/* In a child: what another process may do with handle and offset.  The exit status. */
static int steal(uint32_t gpu, uint64_t handle, uint64_t offset)
{
	char *at = t_map(SIZE), *p;
	struct t_raw raw;
	uint32_t done = 0;

	if (t_raw_open(&raw))
		return 1;
	if (!t_raw_map(raw.fd, handle, &gpu, 1, &done) || !t_raw_free(raw.fd, handle))
		return 2;
	p = mmap(at, SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, raw.render[0], offset);
	return p == MAP_FAILED || peek(p) != 0x55 ? 0 : 3;
}

TEST_F_TIMEOUT(raw, another_process_cannot_reach_a_buffer, SECONDS)
{
	char *mem;
	pid_t pid;

	ASSERT_EQ(0, alloc(self, SIZE, T_VRAM | T_WRITABLE | T_PUBLIC));
	mem = map_bo(self, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, mem);
	memset(mem, 0x55, SIZE);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		munmap(mem, SIZE);
		_exit(steal(self->gpu, self->handle, self->offset));
	}
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
	EXPECT_EQ(0x55, peek(mem));
	EXPECT_EQ(0, t_raw_free(self->fd, self->handle));
}

TEST_F_TIMEOUT(raw, mmap_takes_offsets_of_buffers_only, SECONDS)
{
	static const uint64_t offsets[] = { 0, T_PAGE, 1ULL << 30, 1ULL << 40, 1ULL << 62 };

	ASSERT_EQ(0, alloc(self, SIZE, T_VRAM | T_WRITABLE | T_PUBLIC));
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		uint64_t offset = offsets[i];

		if (offset >= self->offset && offset < self->offset + SIZE)
			continue;
		EXPECT_EQ(MAP_FAILED, mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED,
					   self->raw.render[0], offset));
	}
	/* More than the buffer has, and a part that begins inside. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, SIZE + T_PAGE, PROT_READ, MAP_SHARED,
				   self->raw.render[0], self->offset));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, SIZE, PROT_READ, MAP_SHARED, self->raw.render[0],
				   self->offset + T_PAGE));
	EXPECT_EQ(0, t_raw_free(self->fd, self->handle));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, SIZE, PROT_READ, MAP_SHARED, self->raw.render[0],
				   self->offset));
}

/* Through the thunk. */
FIXTURE(thunk)
{
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	long used;
};

FIXTURE_SETUP(thunk)
{
	self->used = t_vram_used();
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
}

FIXTURE_TEARDOWN(thunk)
{
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

TEST_F_TIMEOUT(thunk, every_kind_of_memory_can_be_had, SECONDS)
{
	char * const mem[] = {
		t_host(SIZE), t_gtt(SIZE), t_vram_bo(self->gpu, SIZE),
		t_vram_hidden(self->gpu, SIZE),
	};

	for (size_t i = 0; i < ARRAY_SIZE(mem); i++)
		ASSERT_NE(NULL, mem[i]);
	for (size_t i = 0; i < 3; i++) {
		t_fill(mem[i], SIZE, i);
		EXPECT_EQ(0, t_wrong(mem[i], SIZE, i));
	}
	EXPECT_EQ(self->used + 2 * (long)PAGES, t_vram_used());
	for (size_t i = 0; i < ARRAY_SIZE(mem); i++)
		EXPECT_EQ(0, t_free(mem[i], SIZE));
}

static long mem_available(void)
{
	char text[4096], *at;

	if (t_read_file("/proc/meminfo", text, sizeof(text)) < 0)
		return -1;
	at = strstr(text, "MemAvailable:");
	return at ? atol(at + strlen("MemAvailable:")) : -1;
}

/* The save area of one compute queue on 110 units; nobody writes to it. */
TEST_F_TIMEOUT(thunk, a_save_area_costs_no_memory, SECONDS)
{
	long before = mem_available();
	char *mem = t_host(CWSR);

	ASSERT_NE(NULL, mem);
	ASSERT_GT(before, 0);
	EXPECT_GT(mem_available(), before - (long)(CWSR / 1024 / 4));
	EXPECT_EQ(0, t_free(mem, CWSR));
}

TEST_F_TIMEOUT(thunk, registered_memory_is_seen_at_another_address, SECONDS)
{
	const size_t size = 300000;
	HSAuint64 alternate = 0;
	struct t_queue q;
	char *mem, *copy;

	if (!t_has_queues())
		SKIP(return, "registered memory: the device has no queue");
	mem = (char *)malloc(size + 64) + 7;
	copy = t_host(SIZE);
	ASSERT_NE(NULL, copy);
	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
	for (size_t i = 0; i < size; i++)
		mem[i] = i * 7;
	ASSERT_EQ(0, hsaKmtRegisterMemory(mem, size));
	ASSERT_EQ(0, hsaKmtMapMemoryToGPU(mem, size, &alternate));
	EXPECT_NE(0, alternate);
	EXPECT_NE((uintptr_t)mem, alternate);
	EXPECT_EQ((uintptr_t)mem % T_PAGE, alternate % T_PAGE);
	ASSERT_EQ(0, t_copy(&q, copy, (void *)alternate, size));
	ASSERT_TRUE(t_finish(&q));
	EXPECT_EQ(0, memcmp(copy, mem, size));
	memset(copy, 0x33, size);
	ASSERT_EQ(0, t_copy(&q, (void *)alternate, copy, size));
	ASSERT_TRUE(t_finish(&q));
	EXPECT_EQ(0, memcmp(copy, mem, size));
	EXPECT_EQ(0, hsaKmtUnmapMemoryToGPU(mem));
	EXPECT_EQ(0, hsaKmtDeregisterMemory(mem));
	EXPECT_EQ(0, t_queue_close(&q));
	EXPECT_EQ(0, t_free(copy, SIZE));
}

/* All VRAM but some, in SVM pages with a pattern. */
static char *fill_vram(const struct t_gpu *gpu, size_t *size)
{
	char *mem;

	*size = gpu->pages * T_PAGE;
	mem = t_map_thp(*size, false);
	for (size_t at = 0; mem && at < *size; at += SIZE) {
		t_fill(mem + at, SIZE, at);
		if (t_prefetch(mem + at, SIZE, gpu->node))
			return NULL;
	}
	return mem;
}

static unsigned long wrong_svm(const char *mem, size_t size)
{
	unsigned long wrong = 0;

	for (size_t at = 0; at < size; at += SIZE)
		wrong += t_wrong(mem + at, SIZE, at);
	return wrong;
}

TEST_F_TIMEOUT(thunk, a_buffer_finds_room_in_vram_full_of_pages, SECONDS)
{
	struct t_counters before;
	size_t size;
	char *svm, *bo;

	svm = fill_vram(self->gpu, &size);
	ASSERT_NE(NULL, svm);
	ASSERT_EQ(0, t_counters(&before));
	bo = t_vram_bo(self->gpu, 4 * SIZE);
	ASSERT_NE(NULL, bo);
	EXPECT_EQ(0, t_nonzero(bo, 4 * SIZE));
	EXPECT_GT(t_since(&before, "evict_svm_pages"), 0);
	EXPECT_EQ(0, wrong_svm(svm, size));
	EXPECT_EQ(0, t_free(bo, 4 * SIZE));
	munmap(svm, size);
}

TEST_F_TIMEOUT(thunk, pages_find_room_in_vram_full_of_buffers, SECONDS)
{
	const size_t half = self->gpu->pages / 4 * 3 * T_PAGE;
	struct t_counters before;
	char *bo = t_vram_bo(self->gpu, half), *svm;
	size_t size;

	ASSERT_NE(NULL, bo);
	t_fill(bo, half, 3);
	ASSERT_EQ(0, t_counters(&before));
	svm = fill_vram(self->gpu, &size);
	ASSERT_NE(NULL, svm);
	EXPECT_GT(t_since(&before, "evict_bo_pages"), 0);
	EXPECT_EQ(0, t_wrong(bo, half, 3));
	EXPECT_EQ(0, wrong_svm(svm, size));
	munmap(svm, size);
	t_fill(bo, half, 4);
	EXPECT_EQ(0, t_wrong(bo, half, 4));
	EXPECT_EQ(0, t_free(bo, half));
}

TEST_F_TIMEOUT(thunk, a_process_that_ends_leaves_nothing, SECONDS)
{
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid) {
			char *mem;

			if (t_open(&self->kfd))
				_exit(1);
			mem = t_vram_bo(&self->kfd.gpu[0], SIZE);
			if (!mem || !t_host(SIZE) || !t_gtt(SIZE))
				_exit(2);
			memset(mem, 1, SIZE);
			_exit(0);
		}
		EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
		EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
	}
}

TEST_HARNESS_MAIN
