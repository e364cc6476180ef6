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
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/swap.h>

#include "kselftest_harness.h"
#include "queue.h"

#define SECONDS		7200
#define SIZE		(2 * T_HUGE)
#define BLOCK		(16 * T_PAGE)	/* what a fault takes at most */
#define WORDS		4		/* in pages of their own, and blocks */
#define STRIDE		(33 * T_PAGE)
#define ADD64		47
#define PARAMETERS	"/sys/module/amdgpu/parameters/"

static unsigned long rounds = 20000;
static unsigned int seconds = 10;
static uint64_t seed = 1;

/* How atomics on memory of the CPU become atomic here. */
enum way { IN_PLACE, EXCLUSIVE, IN_VRAM };

static bool kernel_has(const char *symbol)
{
	char line[256], name[64], type;
	FILE *f = fopen("/proc/kallsyms", "r");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*x %c %63s", &type, name) == 2 && !strcmp(name, symbol);
	if (f)
		fclose(f);
	return found;
}

static enum way way(void)
{
	const char *link = getenv("CONODE_LINK_ATOMICS");

	if (!link || !strcmp(link, "coherent"))
		return IN_PLACE;
	return kernel_has("make_device_exclusive") ? EXCLUSIVE : IN_VRAM;
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
	char bounces[16];
	char exclusive[16];
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

FIXTURE_SETUP(atomics)
{
	self->way = way();
	self->used = t_vram_used();
	ASSERT_GT(t_read_file(PARAMETERS "exclusive", self->exclusive, sizeof(self->exclusive)), 0);
	ASSERT_GT(t_read_file(PARAMETERS "exclusive_bounces", self->bounces,
			      sizeof(self->bounces)), 0);
	if (!strncmp(_metadata->name, "without_it", 10))
		ASSERT_EQ(0, t_write_file(PARAMETERS "exclusive", "0"));
	start(_metadata, self, variant->huge);
}

FIXTURE_TEARDOWN(atomics)
{
	EXPECT_EQ(0, t_write_file(PARAMETERS "exclusive", self->exclusive));
	EXPECT_EQ(0, t_write_file(PARAMETERS "exclusive_bounces", self->bounces));
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

static void __attribute__((constructor)) order_last(void)
{
	if (!__constructor_order)
		__constructor_order = _CONSTRUCTOR_ORDER_BACKWARD;
}

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
