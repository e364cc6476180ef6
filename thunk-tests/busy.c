// SPDX-License-Identifier: MIT
/*
 * The stress test with busy queues: workers fill, copy and check memory by GPU and
 * by CPU while they do to it all that a process can do; others send it to and fro,
 * make VRAM and DRAM scarce, and come and go with queues at work.
 *
 *   busy [--seconds N] [--seed N] [--shared]
 *
 * Seconds for each of the two variants, 8 by default.
 */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "queue.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define SLOT		(2 * T_MIB)
#define SLOTS		6
#define WORKERS		3
#define ARENA		(WORKERS * SLOTS * SLOT)
#define HOG		(32 * T_MIB)
#define SECONDS		7200
#define PATIENCE	240	/* seconds for a copy of which every page may be contended */

static unsigned int seconds = 8;
static uint64_t seed = 1;
static bool shared;	/* others use VRAM and are evicted, too: sums say nothing */

/**
 * struct slot - a part of the arena that belongs to one worker
 * @size: how much of it is there
 * @seed: the pattern in it, 0: zeros
 */
struct slot {
	char *mem;
	size_t size;
	uint64_t seed;
};

/**
 * struct worker - one thread with a queue
 * @in: memory from which the GPU fills a slot
 * @out: memory into which the GPU copies a slot for a look
 * @ops: operations done
 * @wrong: words, or children, that were not as they should be
 * @errors: calls that failed, and packets that were not executed
 */
struct worker {
	struct shared *shared;
	struct t_queue q;
	const struct t_gpu *gpu;
	char *in;
	char *out;
	struct slot slots[SLOTS];
	uint64_t state;
	uint64_t next_seed;
	unsigned long ops;
	unsigned long wrong;
	unsigned long errors;
};

/** struct shared - what all threads know */
struct shared {
	const struct t_kfd *kfd;
	char *arena;
	bool xnack;
	bool stop;
	unsigned long prefetches;
	unsigned long churns;
	struct worker workers[WORKERS];
};

static bool stopped(struct shared *s)
{
	return __atomic_load_n(&s->stop, __ATOMIC_ACQUIRE);
}

static bool coin(struct worker *w)
{
	return t_random(&w->state) % 2;
}

/* Without XNACK the GPU reaches what it has been given. */
static void give(struct worker *w, const struct slot *slot)
{
	if (!w->shared->xnack && t_access(w->gpu, slot->mem, slot->size))
		w->errors++;
}

static void check_by_gpu(struct worker *w, struct slot *slot)
{
	give(w, slot);
	if (t_copy(&w->q, w->out, slot->mem, slot->size) || !t_finish_in(&w->q, PATIENCE)) {
		w->errors++;
		return;
	}
	w->wrong += slot->seed ? t_wrong(w->out, slot->size, slot->seed) :
				 t_nonzero(w->out, slot->size);
}

static void check(struct worker *w, struct slot *slot)
{
	if (coin(w)) {
		check_by_gpu(w, slot);
		return;
	}
	w->wrong += slot->seed ? t_wrong(slot->mem, slot->size, slot->seed) :
				 t_nonzero(slot->mem, slot->size);
}

static void refill(struct worker *w, struct slot *slot)
{
	slot->seed = w->next_seed += SLOT;
	if (coin(w)) {
		t_fill(slot->mem, slot->size, slot->seed);
		return;
	}
	t_fill(w->in, slot->size, slot->seed);
	give(w, slot);
	if (t_copy(&w->q, slot->mem, w->in, slot->size) || !t_finish_in(&w->q, PATIENCE))
		w->errors++;
}

static void op_unmap_and_map(struct worker *w, struct slot *slot)
{
	w->errors += munmap(slot->mem, slot->size) != 0;
	slot->size = SLOT;
	slot->seed = 0;
	w->errors += !t_map_anew(slot->mem, SLOT);
	if (coin(w))
		check(w, slot);
	refill(w, slot);
}

static void op_unmap_tail(struct worker *w, struct slot *slot)
{
	size_t keep = (1 + t_random(&w->state) % (SLOT / T_PAGE)) * T_PAGE;

	if (keep >= slot->size)
		return;
	w->errors += munmap(slot->mem + keep, slot->size - keep) != 0;
	slot->size = keep;
	check(w, slot);
}

static void op_move_away_and_back(struct worker *w, struct slot *slot)
{
	char *home = slot->mem, *away = t_map(slot->size);
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	if (!away || mremap(home, slot->size, slot->size, flags, away) != away) {
		w->errors++;
		return;
	}
	slot->mem = away;
	check(w, slot);
	if (coin(w))
		refill(w, slot);
	if (mremap(away, slot->size, slot->size, flags, home) != home)
		w->errors++;
	slot->mem = home;
	check(w, slot);
}

static void op_protect(struct worker *w, struct slot *slot)
{
	w->errors += mprotect(slot->mem, slot->size, PROT_READ) != 0;
	check(w, slot);
	w->errors += mprotect(slot->mem, slot->size, PROT_READ | PROT_WRITE) != 0;
	refill(w, slot);
}

static void op_dontneed(struct worker *w, struct slot *slot)
{
	w->errors += madvise(slot->mem, slot->size, MADV_DONTNEED) != 0;
	slot->seed = 0;
	if (coin(w))
		check(w, slot);
	else
		refill(w, slot);
}

static void op_huge(struct worker *w, struct slot *slot)
{
	madvise(slot->mem, slot->size, coin(w) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	/* Refused while a page is in VRAM: either answer is right. */
	madvise(slot->mem, slot->size, MADV_COLLAPSE);
	check(w, slot);
}

static void op_swap(struct worker *w, struct slot *slot)
{
	madvise(slot->mem, slot->size, MADV_PAGEOUT);
	check(w, slot);
}

/* The child's view is its own, whatever the GPU does to its parent's. */
static void op_fork(struct worker *w, struct slot *slot)
{
	int fds[2];
	pid_t pid;
	char c;

	if (pipe2(fds, O_CLOEXEC)) {
		w->errors++;
		return;
	}
	pid = fork();
	if (!pid) {
		unsigned long wrong;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (read(fds[0], &c, 1) != 1)
			_exit(2);
		wrong = slot->seed ? t_wrong(slot->mem, slot->size, slot->seed) :
				     t_nonzero(slot->mem, slot->size);
		memset(slot->mem, 0xee, slot->size);
		_exit(wrong ? 1 : 0);
	}
	refill(w, slot);
	/* Not end of file: children of other workers may have the pipe open. */
	w->errors += write(fds[1], "", 1) != 1;
	close(fds[0]);
	close(fds[1]);
	if (pid < 0 || t_wait_exit(pid, PATIENCE))
		w->wrong++;
	check(w, slot);
}

/* Another queue, which is gone again before its work is done. */
static void op_queue(struct worker *w, struct slot *slot)
{
	struct t_queue q;

	if (t_queue_open(&q, w->gpu, coin(w) ? HSA_QUEUE_SDMA_XGMI : HSA_QUEUE_COMPUTE)) {
		w->errors++;
		return;
	}
	if (q.type == HSA_QUEUE_SDMA_XGMI) {
		for (int i = 0; i < 50; i++)
			w->errors += t_copy(&q, w->out, w->in, SLOT) != 0;
		t_submit(&q);
	} else {
		w->errors += !t_finish_in(&q, PATIENCE);
	}
	w->errors += t_queue_close(&q) != 0;
	check(w, slot);
}

static void op_buffer(struct worker *w, struct slot *slot)
{
	size_t size = (1 + t_random(&w->state) % 2048) * T_PAGE;
	char *bo = t_vram_bo(w->gpu, size);

	if (!bo) {
		w->errors++;
		return;
	}
	w->wrong += t_nonzero(bo, size);
	if (t_fill_words(&w->q, bo, 0x11111111, size / 4) || !t_finish_in(&w->q, PATIENCE))
		w->errors++;
	check(w, slot);
	w->wrong += *(uint32_t *)(bo + size - 4) != 0x11111111;
	w->errors += t_free(bo, size) != 0;
}

static void op_event(struct worker *w, struct slot *slot)
{
	HsaEvent *event = t_event(coin(w));

	if (!event) {
		w->errors++;
		return;
	}
	if (t_copy(&w->q, w->out, w->in, slot->size) || t_signal(&w->q, event)) {
		w->errors++;
		return;
	}
	t_submit(&w->q);
	w->errors += hsaKmtWaitOnEvent(event, PATIENCE * 1000) != 0;
	w->errors += hsaKmtDestroyEvent(event) != 0;
}

static void (*const ops[])(struct worker *w, struct slot *slot) = {
	check, refill, check, refill, op_unmap_and_map, op_unmap_tail, op_move_away_and_back,
	op_protect, op_dontneed, op_huge, op_swap, op_fork, op_queue, op_buffer, op_event,
};

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!stopped(w->shared) && !w->errors) {
		struct slot *slot = &w->slots[t_random(&w->state) % SLOTS];

		ops[t_random(&w->state) % ARRAY_SIZE(ops)](w, slot);
		w->ops++;
	}
	return NULL;
}

/* Those who disturb.  They keep nobody from working. */

static void *prefetch(void *arg)
{
	struct shared *s = arg;
	uint64_t state = seed * 31 + 1;

	while (!stopped(s)) {
		uint32_t gpu = s->kfd->gpu[t_random(&state) % s->kfd->ngpus].node;
		size_t from = t_random(&state) % (ARENA / T_PAGE);
		size_t n = 1 + t_random(&state) % 700;
		HSA_SVM_ATTRIBUTE attr = { HSA_SVM_ATTR_PREFETCH_LOC, 0 };

		if (t_random(&state) % 2)
			attr.value = gpu;
		if (t_random(&state) % 8 == 0)
			attr = (HSA_SVM_ATTRIBUTE){ HSA_SVM_ATTR_GRANULARITY, 4 + gpu % 6 };
		if (n > ARENA / T_PAGE - from)
			n = ARENA / T_PAGE - from;
		/* Refused where the owner has just unmapped something. */
		if (!hsaKmtSVMSetAttr(s->arena + from * T_PAGE, n * T_PAGE, 1, &attr))
			s->prefetches++;
	}
	return NULL;
}

static void *hog(void *arg)
{
	struct shared *s = arg;
	char *mem;

	t_stand_back();
	while (!stopped(s)) {
		mem = t_map(HOG);
		if (!mem)
			continue;
		for (size_t at = 0; at < HOG && !stopped(s); at += T_PAGE)
			mem[at] = 1;
		t_write_file("/proc/sys/vm/compact_memory", "1");
		t_write_file("/proc/sys/vm/drop_caches", "1");
		munmap(mem, HOG);
	}
	return NULL;
}

/* A process that wants all VRAM again and again, by its GPU. */
static void want_all_vram(void)
{
	struct t_queue q;
	struct t_kfd kfd;
	size_t size;
	char *mem;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	t_stand_back();
	if (t_open(&kfd) || t_xnack(true) || t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_SDMA))
		_exit(1);
	size = kfd.gpu[0].pages * T_PAGE;
	for (;;) {
		mem = t_map(size);
		if (!mem || t_fill_words(&q, mem, 1, size / 4) || !t_finish_in(&q, PATIENCE))
			_exit(2);
		munmap(mem, size);
	}
}

/* A process that is killed with its queues at work. */
static void live_fast(void)
{
	struct t_queue q;
	struct t_kfd kfd;
	char *mem;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mem = t_map(SLOT);
	if (!mem || t_open(&kfd) || t_xnack(true))
		_exit(1);
	if (t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_SDMA))
		_exit(2);
	for (;;)
		if (t_fill_words(&q, mem, 1, SLOT / 4) || !t_finish_in(&q, PATIENCE))
			_exit(3);
}

static void *churn(void *arg)
{
	struct shared *s = arg;
	uint64_t state = 99;
	int status;
	pid_t pid;

	while (!stopped(s)) {
		const struct timespec life = { .tv_nsec = t_random(&state) % 400000000 };

		/* The thunk does not survive a fork beside other threads that use it. */
		pid = fork();
		if (!pid) {
			execl("/proc/self/exe", "busy", "--live", NULL);
			_exit(4);
		}
		nanosleep(&life, NULL);
		kill(pid, SIGKILL);
		status = t_wait_exit(pid, 120);
		/* Not by itself. */
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			s->churns++;
	}
	return NULL;
}

FIXTURE(busy)
{
	struct t_kfd kfd;
	struct shared s;
	struct t_counters before;
	long used;
};

FIXTURE_VARIANT(busy)
{
	bool xnack;
};

FIXTURE_VARIANT_ADD(busy, retry) { true };
FIXTURE_VARIANT_ADD(busy, evict) { false };

static int worker_start(struct shared *s, int i)
{
	struct worker *w = &s->workers[i];

	w->shared = s;
	w->gpu = &s->kfd->gpu[i % s->kfd->ngpus];
	w->state = seed * 77 + i + 1;
	w->next_seed = (uint64_t)i << 40;
	w->in = t_host(SLOT);
	w->out = i % 2 ? t_host(SLOT) : t_vram_bo(w->gpu, SLOT);
	for (int n = 0; n < SLOTS; n++)
		w->slots[n] = (struct slot){ s->arena + (i * SLOTS + n) * SLOT, SLOT, 0 };
	if (!w->in || !w->out)
		return -1;
	return t_queue_open(&w->q, w->gpu, HSA_QUEUE_SDMA);
}

FIXTURE_SETUP(busy)
{
	struct shared *s = &self->s;

	self->used = t_vram_used();
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_xnack(variant->xnack));
	s->kfd = &self->kfd;
	s->xnack = variant->xnack;
	s->arena = t_map_apart(ARENA);
	ASSERT_NE(NULL, s->arena);
	for (int i = 0; i < WORKERS; i++)
		ASSERT_EQ(0, worker_start(s, i));
	ASSERT_EQ(0, t_counters(&self->before));
}

static bool no_queue_is_evicted(void *arg)
{
	return t_since(arg, "queue_evictions") == t_since(arg, "queue_restores");
}

FIXTURE_TEARDOWN(busy)
{
	for (int i = 0; i < WORKERS; i++) {
		struct worker *w = &self->s.workers[i];

		EXPECT_EQ(0, t_queue_close(&w->q));
		EXPECT_EQ(0, t_free(w->in, SLOT));
		EXPECT_EQ(0, t_free(w->out, SLOT));
	}
	munmap(self->s.arena, ARENA);
	EXPECT_TRUE(shared || t_wait(no_queue_is_evicted, &self->before, T_SOON));
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(shared || t_wait_vram_used(self->used, 120));
}

static pid_t start_process(void (*fn)(void))
{
	pid_t pid = fork();

	if (!pid)
		fn();
	return pid;
}

/* Everything at once for the given time; the threads have ended on return. */
static bool run(struct shared *s)
{
	void *(*const disturb[])(void *) = { prefetch, hog, churn };
	pthread_t threads[ARRAY_SIZE(disturb)], workers[WORKERS];
	const struct timespec pause = { .tv_nsec = 100000000 };
	pid_t greedy = start_process(want_all_vram);
	double end = t_now() + seconds;
	bool ok = greedy > 0;

	for (size_t i = 0; i < ARRAY_SIZE(disturb); i++)
		ok &= !pthread_create(&threads[i], NULL, disturb[i], s);
	for (int i = 0; i < WORKERS; i++)
		ok &= !pthread_create(&workers[i], NULL, work, &s->workers[i]);
	while (t_now() < end)
		nanosleep(&pause, NULL);
	__atomic_store_n(&s->stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < WORKERS; i++)
		ok &= !pthread_join(workers[i], NULL);
	for (size_t i = 0; i < ARRAY_SIZE(disturb); i++)
		ok &= !pthread_join(threads[i], NULL);
	kill(greedy, SIGKILL);
	return ok && t_wait_exit(greedy, 120) == SIGKILL;
}

TEST_F_TIMEOUT(busy, nothing_gets_lost, SECONDS)
{
	struct shared *s = &self->s;
	unsigned long done = 0;

	TH_LOG("%u s, seed %llu", seconds, (unsigned long long)seed);
	EXPECT_TRUE(run(s));
	for (int i = 0; i < WORKERS; i++) {
		struct worker *w = &s->workers[i];

		for (int n = 0; n < SLOTS; n++)
			check(w, &w->slots[n]);
		EXPECT_EQ(0, w->wrong);
		EXPECT_EQ(0, w->errors);
		done += w->ops;
	}
	TH_LOG("%lu operations, %lu prefetches, %lu processes killed, %lld evictions", done,
	       s->prefetches, s->churns, t_since(&self->before, "queue_evictions"));
	TH_LOG("%lld faults, %lld pages to VRAM, %lld evicted",
	       t_since(&self->before, "fault_served"), t_since(&self->before, "migrate_to_vram"),
	       t_since(&self->before, "evict_pages"));
	EXPECT_GT(done, 0);
	EXPECT_GT(s->prefetches, 0);
	EXPECT_GT(s->churns, 0);
	EXPECT_EQ(0, t_since(&self->before, "fault_killed"));
}

T_ORDER_TESTS

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "shared", no_argument, NULL, 'v' },
		{ "live", no_argument, NULL, 'l' },	/* only for churn() */
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'l') {
			live_fast();
		} else if (c == 't') {
			seconds = strtoul(optarg, NULL, 0);
		} else if (c == 's') {
			seed = strtoull(optarg, NULL, 0);
		} else if (c == 'v') {
			shared = true;
		} else {
			fprintf(stderr, "Usage: busy [--seconds N] [--seed N] [--shared]\n");
			return 2;
		}
	}
	return t_no_queues() ? 0 : test_harness_run(argc, argv);
}
