// SPDX-License-Identifier: MIT
/*
 * One process has secrets in VRAM, in registered memory and in pages that moved;
 * another has queues and knows every address.  It reads none of them, changes
 * none of them, and starts no work of the other.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "queue.h"

#define SIZE	T_HUGE
#define SECONDS	300
#define SECRET	0x5ec2e75ec2e75ec2ULL
#define PLACES	4
#define GAP	0x1000000000UL

/**
 * struct victim - what the other process tells about itself
 * @va: addresses of its secrets
 * @pa: physical addresses of their first pages, 0: unknown
 * @ring: address of its queue's packets
 * @rounds: how often its queue has worked
 * @stop: it shall look at its secrets and end
 * @bad: they have changed, or its queue stands still
 */
struct victim {
	uint64_t va[PLACES];
	uint64_t pa[PLACES];
	uint64_t ring;
	uint32_t rounds;
	bool stop;
	bool bad;
};

FIXTURE(walls)
{
	struct t_kfd kfd;
	struct t_queue q;
	struct _HsaEvent *event;
	struct victim *victim;
	pid_t pid;
	char *loot;
};

FIXTURE_VARIANT(walls)
{
	bool xnack;
};

FIXTURE_VARIANT_ADD(walls, retry) { true };
FIXTURE_VARIANT_ADD(walls, no_retry) { false };

static void write_secret(char *mem)
{
	uint64_t *p = (uint64_t *)mem;

	for (size_t i = 0; i < SIZE / sizeof(*p); i++)
		p[i] = SECRET;
}

static bool is_secret(const char *mem)
{
	const uint64_t *p = (const uint64_t *)mem;

	for (size_t i = 0; i < SIZE / sizeof(*p); i++)
		if (p[i] != SECRET)
			return false;
	return true;
}

static uint64_t physical(const void *mem)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (pread(fd, &entry, 8, (uintptr_t)mem / T_PAGE * 8) != 8)
		entry = 0;
	close(fd);
	return (entry & 0x7fffffffffffff) * T_PAGE;
}

/* Keeps its secrets, and a queue at work on the doorbell that others aim at. */
static int keep_secrets(struct victim *v)
{
	struct t_queue q;
	struct t_kfd kfd;
	char *mem[PLACES];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Everything comes to lie where other processes have nothing. */
	if (mmap(NULL, GAP, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
	    MAP_FAILED)
		return 1;
	if (t_open(&kfd) || t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_SDMA))
		return 1;
	mem[0] = t_vram_bo(&kfd.gpu[0], SIZE);
	mem[1] = t_host(SIZE);
	mem[2] = t_map_thp(SIZE, false);
	mem[3] = t_map_thp(SIZE, false);
	for (int i = 0; i < PLACES; i++) {
		if (!mem[i])
			return 2;
		write_secret(mem[i]);
	}
	if (t_access(&kfd.gpu[0], mem[2], SIZE) ||
	    t_prefetch(mem[2], SIZE, kfd.gpu[0].node))
		return 3;
	for (int i = 0; i < PLACES; i++) {
		v->va[i] = (uintptr_t)mem[i];
		v->pa[i] = physical(mem[i]);
	}
	v->ring = (uintptr_t)q.ring;
	do {
		if (t_fill_words(&q, (void *)q.fence + 64, v->rounds, 4) || !t_finish(&q))
			v->bad = true;
		t_set_word(&v->rounds, v->rounds + 1);
	} while (!__atomic_load_n(&v->stop, __ATOMIC_ACQUIRE) && !v->bad);
	for (int i = 0; i < PLACES; i++)
		v->bad |= !is_secret(mem[i]);
	return v->bad ? 4 : 0;
}

static bool is_ready(void *arg)
{
	return t_word(&((struct victim *)arg)->rounds) > 0;
}

FIXTURE_SETUP(walls)
{
	self->victim = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			    0);
	ASSERT_NE(MAP_FAILED, self->victim);
	self->pid = fork();
	ASSERT_GE(self->pid, 0);
	if (!self->pid)
		_exit(keep_secrets(self->victim));
	ASSERT_TRUE(t_wait(is_ready, self->victim, T_SOON));
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_xnack(variant->xnack));
	ASSERT_EQ(0, t_queue_open(&self->q, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
	self->event = t_event_of(HSA_EVENTTYPE_MEMORY, &self->kfd.gpu[0], true);
	self->loot = t_host(SIZE);
	ASSERT_NE(NULL, self->event);
	ASSERT_NE(NULL, self->loot);
	memset(self->loot, 0, SIZE);
	ASSERT_TRUE(t_finish(&self->q));
}

static bool has_gone_on(void *arg)
{
	static uint32_t before;
	struct victim *v = arg;

	if (!before)
		before = t_word(&v->rounds);
	return t_word(&v->rounds) > before + 2;
}

FIXTURE_TEARDOWN(walls)
{
	/* The victim has noticed nothing, and works on. */
	EXPECT_TRUE(t_wait(has_gone_on, self->victim, T_SOON));
	__atomic_store_n(&self->victim->stop, true, __ATOMIC_RELEASE);
	EXPECT_EQ(0, t_wait_exit(self->pid, T_SOON));
	EXPECT_FALSE(self->victim->bad);
	EXPECT_EQ(0, t_nonzero(self->loot, SIZE));
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->loot, SIZE));
	EXPECT_EQ(0, t_close(&self->kfd));
}

/*
 * In a child, for a fault is the end of all queues of a process: one copy.  The
 * exit status: 0: it faulted and brought nothing.
 */
static int try_to_copy(bool xnack, uint64_t to, uint64_t from)
{
	HsaMemoryAccessFault fault;
	HsaEvent *event;
	struct t_queue q;
	struct t_kfd kfd;
	char *mine;

	if (t_open(&kfd) || t_xnack(xnack) || t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_SDMA))
		return 1;
	event = t_event_of(HSA_EVENTTYPE_MEMORY, &kfd.gpu[0], true);
	mine = t_host(SIZE);
	if (!event || !mine)
		return 1;
	memset(mine, 0, SIZE);
	if (t_copy(&q, to ? (void *)to : mine, from ? (void *)from : mine, T_PAGE))
		return 2;
	t_submit(&q);
	if (t_memory_fault(event, &fault))
		return 3;
	if (!fault.Failure.NotPresent)
		return 4;
	return t_nonzero(mine, SIZE) ? 5 : 0;
}

static int try_in_child(bool xnack, uint64_t to, uint64_t from)
{
	pid_t pid = fork();

	if (!pid)
		_exit(try_to_copy(xnack, to, from));
	return pid < 0 ? -1 : t_wait_exit(pid, SECONDS);
}

static bool is_mapped(uint64_t va)
{
	unsigned char vec;

	return !mincore((void *)va, T_PAGE, &vec);
}

TEST_F_TIMEOUT(walls, virtual_addresses_of_another_are_not_mapped, SECONDS)
{
	for (int i = 0; i < PLACES; i++) {
		uint64_t va = self->victim->va[i];

		ASSERT_FALSE(is_mapped(va));
		EXPECT_EQ(0, try_in_child(variant->xnack, 0, va)) {
			TH_LOG("reading place %d", i);
		}
		EXPECT_EQ(0, try_in_child(variant->xnack, va, 0)) {
			TH_LOG("writing place %d", i);
		}
	}
}

TEST_F_TIMEOUT(walls, physical_addresses_and_offsets_are_nothing, SECONDS)
{
	const struct t_gpu *gpu = &self->kfd.gpu[0];
	uint64_t tries[PLACES + 3];
	int n = 0;

	for (int i = 0; i < PLACES; i++)
		if (self->victim->pa[i])
			tries[n++] = self->victim->pa[i];
	EXPECT_GE(n, 2);
	tries[n++] = gpu->base;
	tries[n++] = gpu->base + gpu->pages * T_PAGE / 2;
	tries[n++] = T_MIB;
	for (int i = 0; i < n; i++) {
		EXPECT_EQ(0, try_in_child(variant->xnack, 0, tries[i])) {
			TH_LOG("reading %#llx", (unsigned long long)tries[i]);
		}
		EXPECT_EQ(0, try_in_child(variant->xnack, tries[i], 0)) {
			TH_LOG("writing %#llx", (unsigned long long)tries[i]);
		}
	}
}

/* All doorbells that this process has, and some that it has not. */
TEST_F_TIMEOUT(walls, doorbells_reach_queues_of_their_own_process_only, SECONDS)
{
	uint64_t *page = (uint64_t *)(self->q.res.QueueDoorBell & -8192ULL);
	uint64_t state = 3, offset;

	for (int round = 0; round < 20; round++)
		for (int i = 0; i < 1024; i++)
			t_set_qword(page + i, t_random(&state));
	ASSERT_TRUE(t_finish(&self->q));
	for (uint32_t gpu_id = 0; gpu_id < 0x10000; gpu_id += 0x111) {
		offset = 3ULL << 62 | (uint64_t)gpu_id << 46;
		if (gpu_id == self->kfd.gpu[0].id)
			continue;
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED,
					   t_raw_kfd(), offset));
	}
	offset = 3ULL << 62 | (uint64_t)self->kfd.gpu[0].id << 46;
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 16384, PROT_READ, MAP_SHARED, t_raw_kfd(), offset));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ, MAP_SHARED, t_raw_kfd(), offset + 8192));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, t_raw_kfd(), offset));
}

/* In a child: packets in the ring of the other, an IB of the other.  See try_to_copy(). */
static int try_pm4(uint64_t ib)
{
	HsaMemoryAccessFault fault;
	HsaEvent *event;
	struct t_queue q;
	struct t_kfd kfd;

	if (t_open(&kfd) || t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_COMPUTE))
		return 1;
	event = t_event_of(HSA_EVENTTYPE_MEMORY, &kfd.gpu[0], true);
	if (!event || t_pm4_indirect(&q, (void *)ib, 16))
		return 2;
	t_submit(&q);
	return t_memory_fault(event, &fault) ? 3 : 0;
}

TEST_F_TIMEOUT(walls, code_and_packets_of_another_are_not_read, SECONDS)
{
	pid_t pid;

	ASSERT_FALSE(is_mapped(self->victim->ring));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(try_pm4(self->victim->ring));
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
}

/*
 * VRAM that the other gives back is zeroed before anybody's queue reads it.  Its
 * CPU mapping cannot show that: here the GPU looks.
 */
TEST_F_TIMEOUT(walls, vram_that_was_given_back_is_empty, SECONDS)
{
	const struct t_gpu *gpu = &self->kfd.gpu[0];
	const size_t most = gpu->pages / 2 * T_PAGE / SIZE * SIZE;
	char *bo;

	__atomic_store_n(&self->victim->stop, true, __ATOMIC_RELEASE);
	ASSERT_EQ(0, t_wait_exit(self->pid, T_SOON));
	for (int round = 0; round < 2; round++) {
		bo = t_vram_hidden(gpu, most);
		ASSERT_NE(NULL, bo);
		for (size_t at = 0; at < most; at += SIZE) {
			ASSERT_EQ(0, t_copy(&self->q, self->loot, bo + at, SIZE));
			ASSERT_TRUE(t_finish(&self->q));
			EXPECT_EQ(0, t_nonzero(self->loot, SIZE));
		}
		/* For the second round. */
		ASSERT_EQ(0, t_fill_words(&self->q, bo, 0x5ec2e75e, most / 4));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, t_free(bo, most));
	}
	memset(self->victim, 0, sizeof(*self->victim));
	self->pid = fork();
	ASSERT_GE(self->pid, 0);
	if (!self->pid)
		_exit(keep_secrets(self->victim));
	ASSERT_TRUE(t_wait(is_ready, self->victim, T_SOON));
}

T_QUEUE_MAIN
