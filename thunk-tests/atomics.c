// SPDX-License-Identifier: MIT
/*
 * GPUs and CPUs count up the same words, over a link that has atomics and over
 * one that has none (conode --link-atomics none): then the driver takes the
 * page from the CPU, or moves it to where the GPU's atomics are good for all.
 *
 *   atomics [--rounds N] [--seconds N] [--seed N]
 */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/swap.h>

#include "kselftest_harness.h"
#include "module.h"
#include "queue.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE		25
#endif
#ifndef MADV_HWPOISON
#define MADV_HWPOISON		100
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE	101
#endif

#define SECONDS		7200
#define SIZE		(2 * T_HUGE)
#define BLOCK		(16 * T_PAGE)	/* what a fault takes at most */
#define WORDS		4		/* in pages of their own, and blocks */
#define STRIDE		(33 * T_PAGE)
#define ADD64		47
#define PARAMETERS	"/sys/module/amdgpu/parameters/"

static unsigned long rounds = 20000;
static unsigned int seconds;
static uint64_t seed = 1;

/* How atomics on memory of the CPU become atomic here. */
enum way { IN_PLACE, EXCLUSIVE, IN_VRAM };

static enum way way(void)
{
	const char *link = getenv("CONODE_LINK_ATOMICS");

	if (!link || !strcmp(link, "coherent"))
		return IN_PLACE;
	return t_kernel_has("make_device_exclusive") ? EXCLUSIVE : IN_VRAM;
}

static uint64_t *word(char *mem, int i)
{
	return (uint64_t *)(mem + i * STRIDE);
}

static int gpu_add(struct t_queue *q, void *at)
{
	return q->type == HSA_QUEUE_SDMA ? t_atomic(q, at, ADD64, 1, 0) :
					   t_pm4_atomic(q, at, ADD64, 1, 0);
}

static void cpu_add(void *at)
{
	__atomic_fetch_add((uint64_t *)at, 1, __ATOMIC_RELAXED);
}

FIXTURE(atomics)
{
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	struct t_queue sdma;
	struct t_queue pm4;
	struct t_counters before;
	char saved[3][16];
	char *mem;
	long used;
	enum way way;
};

FIXTURE_VARIANT(atomics)
{
	bool huge;
};

FIXTURE_VARIANT_ADD(atomics, small_pages)
{
	.huge = false,
};

FIXTURE_VARIANT_ADD(atomics, huge_pages)
{
	.huge = true,
};

/* The address space that queues live in is made here, as the parameters say. */
static void start(struct __test_metadata *_metadata, struct _test_data_atomics *self, bool huge)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
	ASSERT_EQ(0, t_xnack(true));
	ASSERT_EQ(0, t_queue_open(&self->sdma, self->gpu, HSA_QUEUE_SDMA));
	ASSERT_EQ(0, t_queue_open(&self->pm4, self->gpu, HSA_QUEUE_COMPUTE));
	ASSERT_TRUE(t_finish(&self->sdma));
	ASSERT_TRUE(t_finish(&self->pm4));
	self->mem = t_map_thp(SIZE, huge);
	ASSERT_NE(NULL, self->mem);
	memset(self->mem, 0, SIZE);
	/* Nothing but its atomics makes the GPU want these pages. */
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC, 0));
	ASSERT_EQ(0, t_counters(&self->before));
}

static const char *const parameters[] = {
	PARAMETERS "exclusive", PARAMETERS "exclusive_bounces", PARAMETERS "exclusive_ms",
};

FIXTURE_SETUP(atomics)
{
	self->way = way();
	self->used = t_vram_used();
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		ASSERT_GT(t_read_file(parameters[i], self->saved[i], sizeof(self->saved[i])), 0);
	if (!strncmp(_metadata->name, "without_it", 10))
		ASSERT_EQ(0, t_write_file(PARAMETERS "exclusive", "0"));
	start(_metadata, self, variant->huge);
}

FIXTURE_TEARDOWN(atomics)
{
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		EXPECT_EQ(0, t_write_file(parameters[i], self->saved[i]));
	munmap(self->mem, SIZE);
	EXPECT_EQ(0, t_queue_close(&self->sdma));
	EXPECT_EQ(0, t_queue_close(&self->pm4));
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

/* Two sides */

/**
 * struct side - a thread that adds to words
 * @q: its queue, NULL: the CPU
 * @words: how many
 * @stop: the CPU adds until this is set, and as often as it shall at least
 * @added: out: to each word
 */
struct side {
	struct t_queue *q;
	char *mem;
	int words;
	const atomic_bool *stop;
	unsigned long added;
	bool failed;
};

static void *gpu_side(void *arg)
{
	struct side *s = arg;

	for (; s->added < rounds && !s->failed; s->added++)
		for (int i = 0; i < s->words; i++)
			s->failed |= gpu_add(s->q, word(s->mem, i));
	s->failed |= !t_finish(s->q);
	return NULL;
}

static void *cpu_side(void *arg)
{
	struct side *s = arg;

	for (; s->added < rounds || !*s->stop; s->added++)
		for (int i = 0; i < s->words; i++)
			cpu_add(word(s->mem, i));
	return NULL;
}

/* Additions that got lost in so many words. */
static uint64_t lost(struct __test_metadata *_metadata, struct _test_data_atomics *self, int words)
{
	struct side gpu[2] = { }, cpu[2] = { };
	pthread_t gpus[2], cpus[2];
	atomic_bool stop = false;
	uint64_t want = 0, sum = 0;

	for (int i = 0; i < 2; i++) {
		cpu[i] = (struct side){ .mem = self->mem, .words = words, .stop = &stop };
		gpu[i] = (struct side){ .q = i ? &self->pm4 : &self->sdma, .mem = self->mem,
					.words = words };
		ASSERT_EQ(0, pthread_create(&cpus[i], NULL, cpu_side, &cpu[i]));
		ASSERT_EQ(0, pthread_create(&gpus[i], NULL, gpu_side, &gpu[i]));
	}
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_join(gpus[i], NULL));
	stop = true;
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(cpus[i], NULL));
		EXPECT_FALSE(gpu[i].failed);
		want += words * (gpu[i].added + cpu[i].added);
	}
	for (int i = 0; i < words; i++) {
		sum += *word(self->mem, i);
		*word(self->mem, i) = 0;
	}
	EXPECT_LE(sum, want);
	TH_LOG("%llu additions, %llu lost; %lld pages taken, %lld lost, %lld blocks moved",
	       (unsigned long long)want, (unsigned long long)(want - sum),
	       t_since(&self->before, "exclusive_pages"), t_since(&self->before, "exclusive_lost"),
	       t_since(&self->before, "exclusive_moved"));
	return want - sum;
}

TEST_F_TIMEOUT(atomics, nothing_gets_lost, SECONDS)
{
	/* However slow the machine is, what bounces is noticed. */
	ASSERT_EQ(0, t_write_file(PARAMETERS "exclusive_ms", "600000"));
	EXPECT_EQ(0, lost(_metadata, self, WORDS));
	switch (self->way) {
	case IN_PLACE:
		EXPECT_EQ(0, t_since(&self->before, "exclusive_faults"));
		EXPECT_EQ(SIZE / T_PAGE, t_in_dram(self->mem, SIZE));
		break;
	case EXCLUSIVE:
		EXPECT_GT(t_since(&self->before, "exclusive_pages"), 0);
		EXPECT_GT(t_since(&self->before, "exclusive_lost"), 0);
		/* What goes to and fro all the time ends where both can work. */
		EXPECT_GT(t_since(&self->before, "exclusive_moved"), 0);
		EXPECT_GT(t_in_spm(self->mem, SIZE), 0);
		break;
	case IN_VRAM:
		EXPECT_EQ(0, t_since(&self->before, "exclusive_pages"));
		EXPECT_GT(t_in_spm(self->mem, SIZE), 0);
	}
}

/* The control: this test would notice. */
TEST_F_TIMEOUT(atomics, without_it_additions_get_lost, SECONDS)
{
	uint64_t n = 0;

	if (self->way == IN_PLACE)
		SKIP(return, "the link's atomics are good");
	for (int i = 0; i < 20 && !n; i++)
		n = lost(_metadata, self, 1);
	EXPECT_GT(n, 0);
	EXPECT_EQ(0, t_since(&self->before, "exclusive_faults"));
	EXPECT_EQ(SIZE / T_PAGE, t_in_dram(self->mem, SIZE));
}

TEST_F_TIMEOUT(atomics, pages_bounce_without_a_limit, SECONDS)
{
	const unsigned long turns = t_debug_kernel() ? 50 : 500;

	if (self->way != EXCLUSIVE)
		SKIP(return, "nothing is taken here");
	ASSERT_EQ(0, t_write_file(PARAMETERS "exclusive_bounces", "0"));
	for (unsigned long i = 0; i < turns; i++) {
		struct t_queue *q = i % 2 ? &self->sdma : &self->pm4;

		for (int w = 0; w < WORDS; w++)
			ASSERT_EQ(0, gpu_add(q, word(self->mem, w)));
		t_submit(q);
		cpu_add(word(self->mem, i % WORDS));
		ASSERT_TRUE(t_finish(q));
	}
	for (int w = 0; w < WORDS; w++)
		EXPECT_EQ(turns + (turns + WORDS - 1 - w) / WORDS, *word(self->mem, w));
	EXPECT_GE(t_since(&self->before, "exclusive_lost"), (long long)turns / 2);
	EXPECT_EQ(0, t_since(&self->before, "exclusive_moved"));
	EXPECT_EQ(0, t_in_spm(self->mem, SIZE));
}

/* One fault takes 64 KiB; the CPU gets back what it touches, no more. */
TEST_F_TIMEOUT(atomics, neighbours_come_along, SECONDS)
{
	char *block = self->mem + T_HUGE;

	if (self->way != EXCLUSIVE)
		SKIP(return, "nothing is taken here");
	for (size_t at = 0; at < BLOCK; at += T_PAGE)
		ASSERT_EQ(0, gpu_add(&self->sdma, block + at));
	ASSERT_TRUE(t_finish(&self->sdma));
	EXPECT_EQ(1, t_since(&self->before, "exclusive_faults"));
	EXPECT_EQ(BLOCK / T_PAGE, t_since(&self->before, "exclusive_pages"));
	EXPECT_EQ(0, t_since(&self->before, "exclusive_lost"));
	EXPECT_EQ(1, *(uint64_t *)(block + 5 * T_PAGE));
	EXPECT_EQ(1, t_since(&self->before, "exclusive_lost"));
	/* Back alone, now that somebody else uses this block, too. */
	ASSERT_EQ(0, gpu_add(&self->sdma, block + 5 * T_PAGE));
	ASSERT_TRUE(t_finish(&self->sdma));
	EXPECT_EQ(BLOCK / T_PAGE + 1, t_since(&self->before, "exclusive_pages"));
	for (size_t at = 0; at < BLOCK; at += T_PAGE)
		EXPECT_EQ(at == 5 * T_PAGE ? 2 : 1, *(uint64_t *)(block + at));
	EXPECT_EQ(t_since(&self->before, "exclusive_pages"),
		  t_since(&self->before, "exclusive_lost"));
}

/* What the GPU does besides costs it no page that it has for itself. */
TEST_F_TIMEOUT(atomics, faults_around_leave_the_page_alone, SECONDS)
{
	if (self->way != EXCLUSIVE)
		SKIP(return, "nothing is taken here");
	ASSERT_EQ(0, gpu_add(&self->sdma, self->mem));
	ASSERT_TRUE(t_finish(&self->sdma));
	ASSERT_EQ(0, t_fill_words(&self->sdma, self->mem + T_HUGE / 2, 7, 1));
	ASSERT_EQ(0, gpu_add(&self->sdma, self->mem));
	ASSERT_TRUE(t_finish(&self->sdma));
	EXPECT_EQ(1, t_since(&self->before, "exclusive_faults"));
	EXPECT_EQ(0, t_since(&self->before, "exclusive_lost"));
	EXPECT_EQ(2, *(uint64_t *)self->mem);
	EXPECT_EQ(7, *(uint32_t *)(self->mem + T_HUGE / 2));
}

static void add_twice(struct __test_metadata *_metadata, struct _test_data_atomics *self, char *at)
{
	ASSERT_EQ(0, gpu_add(&self->sdma, at));
	ASSERT_TRUE(t_finish(&self->sdma));
	ASSERT_EQ(0, gpu_add(&self->pm4, at));
	ASSERT_TRUE(t_finish(&self->pm4));
}

/* User pointers are memory like any other; here the GPU's view is the same. */
TEST_F_TIMEOUT(atomics, on_user_pointers, SECONDS)
{
	char *host = t_host(T_HUGE);

	ASSERT_NE(NULL, host);
	for (int i = 0; i < 5; i++) {
		add_twice(_metadata, self, host);
		cpu_add(host);
	}
	EXPECT_EQ(15, *(uint64_t *)host);
	if (self->way == EXCLUSIVE)
		EXPECT_GT(t_since(&self->before, "exclusive_pages"), 0);
	EXPECT_EQ(0, t_free(host, T_HUGE));
}

TEST_F_TIMEOUT(atomics, fork_gives_both_what_was_there, SECONDS)
{
	uint64_t *at = (uint64_t *)self->mem;
	int status;
	pid_t pid;

	for (int i = 0; i < 10; i++) {
		add_twice(_metadata, self, self->mem);
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			cpu_add(self->mem);
			_exit(*at == 3 * i + 3U ? 0 : 1);
		}
		add_twice(_metadata, self, self->mem + 8);
		cpu_add(self->mem);
		status = t_wait_exit(pid, T_SOON);
		EXPECT_EQ(0, status);
		EXPECT_EQ(3 * i + 3U, at[0]);
		EXPECT_EQ(2 * i + 2U, at[1]);
	}
}

TEST_F_TIMEOUT(atomics, mprotect_and_munmap_end_it, SECONDS)
{
	uint64_t *at = (uint64_t *)self->mem;

	add_twice(_metadata, self, self->mem);
	ASSERT_EQ(0, mprotect(self->mem, T_HUGE, PROT_READ));
	EXPECT_EQ(2, *at);
	ASSERT_EQ(0, mprotect(self->mem, T_HUGE, PROT_READ | PROT_WRITE));
	add_twice(_metadata, self, self->mem);
	ASSERT_EQ(0, mprotect(self->mem, T_HUGE, PROT_NONE));
	ASSERT_EQ(0, mprotect(self->mem, T_HUGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(4, *at);
	add_twice(_metadata, self, self->mem);
	ASSERT_EQ(0, madvise(self->mem, T_PAGE, MADV_DONTNEED));
	add_twice(_metadata, self, self->mem);
	EXPECT_EQ(2, *at);
	add_twice(_metadata, self, self->mem + T_HUGE);
	ASSERT_EQ(0, munmap(self->mem + T_HUGE, T_HUGE));
	cpu_add(self->mem);
	EXPECT_EQ(3, *at);
}

/* A queue whose atomic cannot be done stops, and says so. */
static void expect_fault(struct __test_metadata *_metadata, struct _test_data_atomics *self,
			 struct t_queue *q, char *at)
{
	HsaEvent *event = t_event_of(HSA_EVENTTYPE_MEMORY, self->gpu, true);
	HsaMemoryAccessFault fault = { };

	ASSERT_NE(NULL, event);
	ASSERT_EQ(0, gpu_add(q, at));
	t_submit(q);
	ASSERT_EQ(0, t_memory_fault(event, &fault));
	EXPECT_EQ((uintptr_t)at & -T_PAGE, fault.VirtualAddress);
	EXPECT_EQ(0, t_qword(at));
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(atomics, memory_that_cannot_be_taken_is_refused, SECONDS)
{
	char *shared = mmap(NULL, T_HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	ASSERT_NE(MAP_FAILED, shared);
	memset(shared, 0, T_HUGE);
	if (self->way == IN_PLACE) {
		add_twice(_metadata, self, shared);
		EXPECT_EQ(2, *(uint64_t *)shared);
	} else {
		expect_fault(_metadata, self, &self->sdma, shared);
	}
	munmap(shared, T_HUGE);
}

/* Other accesses are as good as ever: the word is read and written in place. */
TEST_F_TIMEOUT(atomics, plain_accesses_take_nothing, SECONDS)
{
	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_copy(&self->sdma, self->mem + T_HUGE, self->mem, T_MIB));
	ASSERT_TRUE(t_finish(&self->sdma));
	EXPECT_EQ(0, t_wrong(self->mem + T_HUGE, T_MIB, 1));
	EXPECT_EQ(0, t_since(&self->before, "exclusive_faults"));
	EXPECT_EQ(SIZE / T_PAGE, t_in_dram(self->mem, SIZE));
}

/* Two GPUs take the page from each other as from the CPU. */
TEST_F_TIMEOUT(atomics, of_two_gpus, SECONDS)
{
	struct t_queue other;

	if (self->kfd.ngpus < 2)
		SKIP(return, "there is one GPU");
	ASSERT_EQ(0, t_queue_open(&other, &self->kfd.gpu[1], HSA_QUEUE_SDMA));
	for (int i = 0; i < 200; i++) {
		ASSERT_EQ(0, gpu_add(&self->sdma, self->mem));
		ASSERT_EQ(0, gpu_add(&other, self->mem));
		t_submit(&self->sdma);
		t_submit(&other);
		cpu_add(self->mem);
		if (i % 20 == 0) {
			ASSERT_TRUE(t_finish(&self->sdma));
			ASSERT_TRUE(t_finish(&other));
		}
	}
	ASSERT_TRUE(t_finish(&self->sdma));
	ASSERT_TRUE(t_finish(&other));
	EXPECT_EQ(600, *(uint64_t *)self->mem);
	EXPECT_EQ(0, t_queue_close(&other));
}

/* VRAM of another GPU is like memory of the CPU, and can leave while it is taken. */
TEST_F_TIMEOUT(atomics, on_the_memory_of_another_gpu, SECONDS)
{
	const struct t_gpu *owner = &self->kfd.gpu[1];
	const uint32_t homes[] = { 0, owner->node, self->gpu->node };
	uint64_t *at = (uint64_t *)(self->mem + T_PAGE), sum = 0;

	if (self->kfd.ngpus < 2)
		SKIP(return, "there is one GPU");
	ASSERT_EQ(0, t_set(self->mem, T_HUGE, HSA_SVM_ATTR_PREFERRED_LOC, owner->node));
	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		ASSERT_EQ(0, t_prefetch(self->mem, T_HUGE, owner->node));
		ASSERT_EQ(T_HUGE / T_PAGE, t_in_spm(self->mem, T_HUGE));
		add_twice(_metadata, self, (char *)at);
		cpu_add(at);
		sum += 3;
		EXPECT_EQ(sum, *at);
		add_twice(_metadata, self, (char *)at);
		sum += 2;
		ASSERT_EQ(0, t_prefetch(self->mem, T_HUGE, homes[i]));
		EXPECT_EQ(homes[i] ? T_HUGE / T_PAGE : 0, t_in_spm(self->mem, T_HUGE));
		EXPECT_EQ(sum, *at);
	}
	EXPECT_EQ(self->way == EXCLUSIVE, t_since(&self->before, "exclusive_pages") > 0);
}

/* What the kernel takes out of use is gone, whoever has it just then. */
static int poison_and_touch(int *step)
{
	struct t_queue q;
	struct t_kfd kfd;
	uint64_t entry;
	char text[32];
	char *mem = t_map_thp(T_HUGE, false);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	*step = 1;
	if (!mem || fd < 0 || t_open(&kfd) || t_xnack(true) ||
	    t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_SDMA))
		return 1;
	memset(mem, 0, T_HUGE);
	if (t_set(mem, T_HUGE, HSA_SVM_ATTR_PREFERRED_LOC, 0) ||
	    pread(fd, &entry, sizeof(entry), (uintptr_t)mem / T_PAGE * sizeof(entry)) !=
	    sizeof(entry))
		return 2;
	if (gpu_add(&q, mem) || !t_finish(&q))
		return 3;
	snprintf(text, sizeof(text), "%#llx", (entry & ((1ULL << 55) - 1)) * T_PAGE);
	if (t_write_file("/sys/devices/system/memory/hard_offline_page", text))
		return 77;
	*step = 2;
	/* The neighbours are as good as ever. */
	if (gpu_add(&q, mem + T_PAGE) || !t_finish(&q) || *(uint64_t *)(mem + T_PAGE) != 1)
		return 4;
	*step = 3;
	return *(uint64_t *)mem != 0;
}

TEST_F_TIMEOUT(atomics, a_bad_page_ends_its_process_only, SECONDS)
{
	int *step = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, step);
	if (variant->huge || self->way != EXCLUSIVE)
		SKIP(return, "nothing is taken here, or it has been tried");
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGBUS, SIG_DFL);
		_exit(poison_and_touch(step));
	}
	status = t_wait_exit(pid, T_SOON);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP(return, "the kernel cannot take pages out of use");
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS) {
		TH_LOG("status %#x at step %d", status, *step);
	}
	add_twice(_metadata, self, self->mem);
	EXPECT_EQ(2, *(uint64_t *)self->mem);
}

/* Stress */

#define SLOT		(SIZE / SLOTS)
#define SLOT_PAGES	(SLOT / T_PAGE)
#define SLOTS		8
#define BURST		16
#define BAD_PAGES	10
#define REST_US		500000	/* of those that disturb */
#define KSM		"/sys/kernel/mm/ksm/"

/**
 * struct slot - memory in which each page has one counter
 * @want: what it must be
 */
struct slot {
	char *mem;
	uint64_t want[SLOT_PAGES];
};

/**
 * struct stress - what happens to some slots
 * @base: queues
 * @first: what the first error was
 * @offlined: pages that were taken out of use, what was in them moved
 * @poisoned: pages that were lost
 */
struct stress {
	struct _test_data_atomics *base;
	struct slot slots[SLOTS];
	uint64_t state;
	unsigned long ops, wrong, errors, offlined, poisoned;
	char first[160];
	atomic_bool stop;
};

static uint64_t *counter(struct slot *slot, unsigned int page)
{
	return (uint64_t *)(slot->mem + page * T_PAGE + 8 * (page % 64));
}

static unsigned int any(struct stress *s, unsigned int n)
{
	return t_random(&s->state) % n;
}

/* What the first error was is told at the end. */
static void must(struct stress *s, bool good, const char *what)
{
	if (good)
		return;
	if (!s->errors++)
		snprintf(s->first, sizeof(s->first), "%s: %s", what, strerror(errno));
}

#define MUST(s, good) must(s, good, #good)

/* While the GPU adds: nothing of this changes what is in the memory. */

static void op_look(struct stress *s, struct slot *slot)
{
	for (unsigned int page = 0; page < SLOT_PAGES; page++)
		s->wrong += *counter(slot, page) > slot->want[page];
}

static void op_add(struct stress *s, struct slot *slot)
{
	for (int i = 0; i < BURST; i++) {
		unsigned int page = any(s, SLOT_PAGES);

		cpu_add(counter(slot, page));
		slot->want[page]++;
	}
}

/* The child's memory is its own, whoever adds to its parent's. */
static void op_fork(struct stress *s, struct slot *slot)
{
	uint64_t before;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (unsigned int page = 0; page < SLOT_PAGES; page++) {
			before = *counter(slot, page);
			cpu_add(counter(slot, page));
			if (*counter(slot, page) != before + 1)
				_exit(1);
		}
		_exit(0);
	}
	MUST(s, pid > 0);
	if (pid < 0)
		return;
	op_add(s, slot);
	s->wrong += t_wait_exit(pid, 600) != 0;
}

static void op_exec(struct stress *s, struct slot *slot)
{
	MUST(s, !mprotect(slot->mem, SLOT, PROT_READ | PROT_WRITE | PROT_EXEC));
	MUST(s, !mprotect(slot->mem, SLOT / 2, PROT_READ | PROT_WRITE));
	MUST(s, !mprotect(slot->mem, SLOT, PROT_READ | PROT_WRITE));
}

static void op_pageout(struct stress *s, struct slot *slot)
{
	MUST(s, !madvise(slot->mem, SLOT, MADV_PAGEOUT));
}

static void op_merge(struct stress *s, struct slot *slot)
{
	madvise(slot->mem, SLOT, any(s, 4) ? MADV_MERGEABLE : MADV_UNMERGEABLE);
}

static void op_collapse(struct stress *s, struct slot *slot)
{
	madvise(slot->mem, SLOT, any(s, 2) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	madvise((void *)((uintptr_t)slot->mem & -T_HUGE), T_HUGE, MADV_COLLAPSE);
}

static void op_lock(struct stress *s, struct slot *slot)
{
	MUST(s, !mlock(slot->mem, SLOT));
	MUST(s, !munlock(slot->mem, SLOT));
}

static void op_prefetch(struct stress *s, struct slot *slot)
{
	MUST(s, !t_prefetch(slot->mem, SLOT, any(s, 2) ? s->base->gpu->node : 0));
}

/* Moves what is in the page, and never uses the page again. */
static void op_offline(struct stress *s, struct slot *slot)
{
	if (s->offlined < BAD_PAGES)
		s->offlined += !madvise(slot->mem + any(s, SLOT_PAGES) * T_PAGE, T_PAGE,
					MADV_SOFT_OFFLINE);
}

/* While the GPU rests */

static void check(struct stress *s, struct slot *slot)
{
	for (unsigned int page = 0; page < SLOT_PAGES; page++)
		s->wrong += *counter(slot, page) != slot->want[page];
}

static void op_dontneed(struct stress *s, struct slot *slot)
{
	MUST(s, !madvise(slot->mem, SLOT, MADV_DONTNEED));
	memset(slot->want, 0, sizeof(slot->want));
}

/* Pages that nobody has seen before take the place of some. */
static void renew(struct stress *s, struct slot *slot, unsigned int first, unsigned int n)
{
	char *mem = slot->mem + first * T_PAGE;
	size_t size = n * T_PAGE;

	MUST(s, !munmap(mem, size));
	MUST(s, t_map_anew(mem, size));
	MUST(s, !t_set(mem, size, HSA_SVM_ATTR_PREFERRED_LOC, 0));
	memset(slot->want + first, 0, n * sizeof(*slot->want));
}

static void op_unmap(struct stress *s, struct slot *slot)
{
	renew(s, slot, 0, SLOT_PAGES);
}

/*
 * The kernel loses a page that the GPU has just had.  It is a small one and like
 * no other, so that no huge and no merged page is lost, and it lies in DRAM: a
 * page of VRAM would be missing there for good.
 */
static void op_poison(struct stress *s, struct slot *slot)
{
	unsigned int page = any(s, SLOT_PAGES);
	char *mem = slot->mem + page * T_PAGE;

	if (s->poisoned == BAD_PAGES)
		return;
	renew(s, slot, page, 1);
	for (size_t i = 0; i < T_PAGE / sizeof(uint64_t); i++)
		((uint64_t *)mem)[i] = t_random(&s->state);
	MUST(s, !gpu_add(&s->base->sdma, mem));
	MUST(s, t_finish(&s->base->sdma));
	/* Where it is can be seen when the CPU has it. */
	t_qword(mem);
	if (t_in_dram(mem, T_PAGE) == 1)
		s->poisoned += !madvise(mem, T_PAGE, MADV_HWPOISON);
	renew(s, slot, page, 1);
}

static void op_protect(struct stress *s, struct slot *slot)
{
	MUST(s, !mprotect(slot->mem, SLOT, any(s, 2) ? PROT_READ : PROT_NONE));
	MUST(s, !mprotect(slot->mem, SLOT, PROT_READ | PROT_WRITE));
}

static void (*const ops_beside[])(struct stress *s, struct slot *slot) = {
	op_look, op_add, op_add, op_fork, op_exec, op_pageout, op_merge, op_collapse, op_lock,
	op_prefetch, op_offline,
};

static void (*const ops_between[])(struct stress *s, struct slot *slot) = {
	check, check, check, op_dontneed, op_unmap, op_protect, op_poison,
};

static void burst(struct stress *s, struct slot *slot, struct t_queue *q)
{
	for (int i = 0; i < BURST; i++) {
		unsigned int page = any(s, SLOT_PAGES);

		MUST(s, !gpu_add(q, counter(slot, page)));
		slot->want[page]++;
	}
	t_submit(q);
}

static void step(struct stress *s)
{
	struct slot *slot = &s->slots[any(s, SLOTS)], *other = &s->slots[any(s, SLOTS)];

	burst(s, slot, &s->base->sdma);
	burst(s, other, &s->base->pm4);
	ops_beside[any(s, ARRAY_SIZE(ops_beside))](s, any(s, 2) ? slot : other);
	MUST(s, t_finish(&s->base->sdma));
	MUST(s, t_finish(&s->base->pm4));
	if (any(s, 2))
		check(s, slot);
	ops_between[any(s, ARRAY_SIZE(ops_between))](s, slot);
	s->ops++;
}

/* Takes memory and gives it back, and has the kernel move pages around. */
static void *disturb(void *arg)
{
	struct stress *s = arg;
	const size_t size = 2 * T_HUGE;

	while (!s->stop) {
		char *mem = t_map(size);

		if (!mem)
			continue;
		memset(mem, 1, size);
		t_prefetch(mem, size, s->base->gpu->node);
		madvise(mem, size, MADV_PAGEOUT);
		t_write_file("/proc/sys/vm/compact_memory", "1");
		munmap(mem, size);
		usleep(REST_US);
	}
	return NULL;
}

/* A process that wants all VRAM from time to time, so that others are evicted. */
static void want_all_vram(const struct t_gpu *gpu)
{
	size_t size = gpu->pages * T_PAGE;
	struct t_kfd kfd;
	char *mem;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, 15);
	if (t_open(&kfd))
		_exit(1);
	for (;;) {
		mem = t_map(size);
		if (!mem)
			_exit(2);
		for (size_t at = 0; at < size; at += T_HUGE)
			t_prefetch(mem + at, T_HUGE, kfd.gpu[0].node);
		munmap(mem, size);
		usleep(REST_US);
	}
}

/* Swap in compressed memory; without it there is less to see. */
static bool swap_on(void)
{
	return !system("modprobe zram >/dev/null 2>&1") &&
	       !t_write_file("/sys/block/zram0/disksize", "64M") &&
	       !system("mkswap /dev/zram0 >/dev/null 2>&1") && !swapon("/dev/zram0", 0);
}

TEST_F_TIMEOUT(atomics, stress, SECONDS)
{
	char ksm[16] = "0";
	struct stress *s;
	pthread_t thread;
	pid_t greedy;
	double end;
	bool swap;

	if (!seconds)
		SKIP(return, "stress: no --seconds");
	/* An atomic on memory that others have just evicted is killed then. */
	if (self->way == IN_VRAM)
		SKIP(return, "the kernel takes no pages, and VRAM is full");
	swap = swap_on();
	s = calloc(1, sizeof(*s));
	ASSERT_NE(NULL, s);
	s->base = self;
	s->state = seed;
	for (int i = 0; i < SLOTS; i++)
		s->slots[i].mem = self->mem + i * SLOT;
	t_read_file(KSM "run", ksm, sizeof(ksm));
	t_write_file(KSM "run", "1");
	greedy = fork();
	ASSERT_GE(greedy, 0);
	if (!greedy)
		want_all_vram(self->gpu);
	ASSERT_EQ(0, pthread_create(&thread, NULL, disturb, s));

	end = t_now() + seconds;
	while (t_now() < end && !s->errors && !s->wrong)
		step(s);
	s->stop = true;
	EXPECT_EQ(0, pthread_join(thread, NULL));
	kill(greedy, SIGKILL);
	EXPECT_EQ(SIGKILL, t_wait_exit(greedy, T_SOON));
	for (int i = 0; i < SLOTS; i++)
		check(s, &s->slots[i]);
	t_write_file(KSM "run", ksm);
	if (swap)
		EXPECT_EQ(0, swapoff("/dev/zram0"));

	TH_LOG("%u s, seed %llu, %s: %lu operations, %lld pages evicted", seconds,
	       (unsigned long long)seed, swap ? "swap" : "no swap", s->ops,
	       t_since(&self->before, "evict_pages"));
	TH_LOG("%lu pages taken out of use, %lu lost", s->offlined, s->poisoned);
	TH_LOG("%lld pages taken, %lld lost, %lld blocks moved",
	       t_since(&self->before, "exclusive_pages"), t_since(&self->before, "exclusive_lost"),
	       t_since(&self->before, "exclusive_moved"));
	EXPECT_EQ(0, s->wrong);
	EXPECT_EQ(0, s->errors) {
		TH_LOG("%s", s->first);
	}
	EXPECT_GT(s->ops, 0);
	if (self->way == EXCLUSIVE)
		EXPECT_GT(t_since(&self->before, "exclusive_pages"), 0);
	free(s);
}

/* Without retry faults nothing can be taken. */

FIXTURE(no_retry)
{
	struct _test_data_atomics base;
};

FIXTURE_SETUP(no_retry)
{
	struct _test_data_atomics *b = &self->base;

	b->way = way();
	ASSERT_EQ(0, t_open(&b->kfd));
	b->gpu = &b->kfd.gpu[0];
	ASSERT_EQ(0, t_xnack(false));
	ASSERT_EQ(0, t_queue_open(&b->sdma, b->gpu, HSA_QUEUE_SDMA));
	ASSERT_EQ(0, t_queue_open(&b->pm4, b->gpu, HSA_QUEUE_COMPUTE));
	b->mem = t_map_thp(SIZE, false);
	ASSERT_NE(NULL, b->mem);
	memset(b->mem, 0, SIZE);
	ASSERT_EQ(0, t_access(b->gpu, b->mem, SIZE));
}

FIXTURE_TEARDOWN(no_retry)
{
	EXPECT_EQ(0, t_queue_close(&self->base.sdma));
	EXPECT_EQ(0, t_queue_close(&self->base.pm4));
	munmap(self->base.mem, SIZE);
	EXPECT_EQ(0, t_close(&self->base.kfd));
}

TEST_F_TIMEOUT(no_retry, atomics_are_refused_or_good, SECONDS)
{
	struct _test_data_atomics *b = &self->base;
	char *host = t_host(T_HUGE);

	ASSERT_NE(NULL, host);
	/* The GPU's own signals work, whatever the link. */
	add_twice(_metadata, b, host);
	EXPECT_EQ(2, *(uint64_t *)host);
	ASSERT_EQ(0, t_prefetch(b->mem, T_HUGE, b->gpu->node));
	add_twice(_metadata, b, b->mem);
	EXPECT_EQ(2, *(uint64_t *)b->mem);
	if (b->way == IN_PLACE)
		add_twice(_metadata, b, b->mem + T_HUGE);
	else
		expect_fault(_metadata, b, &b->sdma, b->mem + T_HUGE);
	EXPECT_EQ(0, t_free(host, T_HUGE));
}

/* Pages that the GPU has when driver and device go are the process's again. */
static int unload_under(void)
{
	struct t_queue q;
	struct t_kfd kfd;
	char *mem = t_map_thp(SIZE, false);

	if (!mem || t_open(&kfd) || t_xnack(true) ||
	    t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_SDMA))
		return 1;
	memset(mem, 0, SIZE);
	if (t_set(mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC, 0))
		return 2;
	for (size_t at = 0; at < SIZE; at += T_PAGE)
		if (gpu_add(&q, mem + at))
			return 3;
	if (!t_finish(&q) || t_queue_close(&q))
		return 4;
	if (t_close_for_good(&kfd) || t_module_unload_soon())
		return 5;
	for (size_t at = 0; at < SIZE; at += T_PAGE)
		if (*(uint64_t *)(mem + at) != 1)
			return 6;
	return 0;
}

TEST(the_module_goes_with_pages_taken)
{
	int status;
	pid_t pid;

	if (!t_module_can_reload())
		SKIP(return, "reload: CONODE_MODULE is not set");
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(unload_under());
	status = t_wait_exit(pid, 100);
	if (access("/dev/kfd", F_OK))
		ASSERT_EQ(0, t_module_load());
	EXPECT_EQ(0, status);
}

T_ORDER_TESTS

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			rounds = strtoul(optarg, NULL, 0);
			break;
		case 't':
			seconds = strtoul(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		default:
			fprintf(stderr, "Usage: atomics [--rounds N] [--seconds N] [--seed N]\n");
			return 2;
		}
	}
	return t_no_queues() ? 0 : test_harness_run(argc, argv);
}
