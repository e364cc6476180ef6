// SPDX-License-Identifier: MIT
/*
 * A GPU and the CPU count up words of their own in the same pages, while the
 * process does to its memory all that a process can do.  No count is lost.
 *
 *   races [--seconds N]
 *
 * Seconds for each test, 2 by default.
 */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "queue.h"

#define PAGES	512
#define SIZE	(PAGES * T_PAGE)
#define SECONDS	1800
#define ADD64	47

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

static double seconds = 2;

/**
 * struct counters - who counts in which pages
 * @mem: what the CPU sees
 * @gpu_mem: what the GPU sees
 * @stride: every how manyeth page
 * @stop: both threads end after their round
 * @gpu_rounds: how often the GPU has counted, word 0 of each page
 * @cpu_rounds: how often the CPU has counted, word 1
 * @failed: the queue did not finish
 */
struct counters {
	struct t_queue q;
	char *mem;
	char *gpu_mem;
	size_t stride;
	bool stop;
	bool failed;
	uint64_t gpu_rounds;
	uint64_t cpu_rounds;
	pthread_t gpu;
	pthread_t cpu;
};

static bool stopped(struct counters *c)
{
	return __atomic_load_n(&c->stop, __ATOMIC_ACQUIRE);
}

static void *count_by_gpu(void *arg)
{
	struct counters *c = arg;

	while (!stopped(c) && !c->failed) {
		for (size_t page = 0; page < PAGES; page += c->stride)
			c->failed |= t_atomic(&c->q, c->gpu_mem + page * T_PAGE, ADD64, 1, 0);
		c->failed |= !t_finish(&c->q);
		__atomic_fetch_add(&c->gpu_rounds, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void *count_by_cpu(void *arg)
{
	struct counters *c = arg;

	while (!stopped(c)) {
		for (size_t page = 0; page < PAGES; page += c->stride) {
			char *word = c->mem + page * T_PAGE + 8;

			t_set_qword(word, t_qword(word) + 1);
		}
		__atomic_fetch_add(&c->cpu_rounds, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static bool start(struct counters *c)
{
	c->stop = false;
	return !pthread_create(&c->gpu, NULL, count_by_gpu, c) &&
	       !pthread_create(&c->cpu, NULL, count_by_cpu, c);
}

static void stop(struct counters *c)
{
	__atomic_store_n(&c->stop, true, __ATOMIC_RELEASE);
	pthread_join(c->gpu, NULL);
	pthread_join(c->cpu, NULL);
}

/* Pages whose counts are wrong. */
static unsigned int wrong(const struct counters *c)
{
	unsigned int n = 0;

	for (size_t page = 0; page < PAGES; page += c->stride)
		n += t_qword(c->mem + page * T_PAGE) != c->gpu_rounds ||
		     t_qword(c->mem + page * T_PAGE + 8) != c->cpu_rounds;
	return n;
}

static bool has_counted(void *arg)
{
	struct counters *c = arg;

	return t_qword(&c->gpu_rounds) && t_qword(&c->cpu_rounds);
}

FIXTURE(races)
{
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	struct counters c;
	struct t_counters before;
	uint64_t state;
	long used;
};

FIXTURE_VARIANT(races)
{
	bool xnack;
};

FIXTURE_VARIANT_ADD(races, retry) { true };
FIXTURE_VARIANT_ADD(races, evict) { false };

FIXTURE_SETUP(races)
{
	struct counters *c = &self->c;

	self->used = t_vram_used();
	self->state = 11;
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
	ASSERT_EQ(0, t_xnack(variant->xnack));
	ASSERT_EQ(0, t_queue_open(&c->q, self->gpu, HSA_QUEUE_SDMA));
	c->mem = t_map_thp(SIZE, false);
	c->gpu_mem = c->mem;
	c->stride = 1;
	ASSERT_NE(NULL, c->mem);
	if (!variant->xnack)
		ASSERT_EQ(0, t_access(self->gpu, c->mem, SIZE));
	ASSERT_EQ(0, t_counters(&self->before));
}

static bool no_queue_is_evicted(void *arg)
{
	return t_since(arg, "queue_evictions") == t_since(arg, "queue_restores");
}

FIXTURE_TEARDOWN(races)
{
	struct counters *c = &self->c;

	EXPECT_FALSE(c->failed);
	EXPECT_GT(c->gpu_rounds, 0);
	EXPECT_GT(c->cpu_rounds, 0);
	EXPECT_EQ(0, wrong(c));
	EXPECT_TRUE(t_wait(no_queue_is_evicted, &self->before, T_SOON));
	EXPECT_EQ(0, t_since(&self->before, "fault_killed"));
	TH_LOG("rounds: GPU %llu, CPU %llu; %lld pages moved, %lld faults, %lld evictions",
	       (unsigned long long)c->gpu_rounds, (unsigned long long)c->cpu_rounds,
	       t_moved(&self->before), t_since(&self->before, "fault_served"),
	       t_since(&self->before, "queue_evictions"));
	EXPECT_EQ(0, t_queue_close(&c->q));
	munmap(c->mem, SIZE);
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

TEST_F_TIMEOUT(races, both_write_in_place, SECONDS)
{
	double end;

	ASSERT_EQ(0, t_prefetch(self->c.mem, SIZE / 2, self->gpu->node));
	ASSERT_TRUE(start(&self->c));
	ASSERT_TRUE(t_wait(has_counted, &self->c, T_SOON));
	end = t_now() + seconds;
	while (t_now() < end)
		EXPECT_EQ(self->used + (variant->xnack ? PAGES : PAGES / 2), t_vram_used());
	stop(&self->c);
}

/* A random part of the memory. */
static char *random_part(struct counters *c, uint64_t *state, size_t *size)
{
	size_t from = t_random(state) % PAGES, n = 1 + t_random(state) % (PAGES - from);

	*size = n * T_PAGE;
	return c->mem + from * T_PAGE;
}

static bool moved_both_ways(const struct t_counters *before)
{
	return t_since(before, "migrate_to_vram") && t_since(before, "migrate_to_ram");
}

TEST_F_TIMEOUT(races, pages_migrate_both_ways, SECONDS)
{
	double end;
	size_t size;
	char *part;

	ASSERT_TRUE(start(&self->c));
	ASSERT_TRUE(t_wait(has_counted, &self->c, T_SOON));
	end = t_now() + seconds;
	/* On a busy machine a move may take as long as all of them were to take. */
	for (unsigned int i = 0; t_now() < end || !moved_both_ways(&self->before); i++) {
		part = random_part(&self->c, &self->state, &size);
		ASSERT_EQ(0, t_prefetch(part, size, i % 2 ? 0 : self->gpu->node));
	}
	stop(&self->c);
	EXPECT_GT(t_since(&self->before, "migrate_to_vram"), 0);
	EXPECT_GT(t_since(&self->before, "migrate_to_ram"), 0);
	if (variant->xnack) {
		EXPECT_GT(t_since(&self->before, "fault_served"), 0);
		EXPECT_EQ(0, t_since(&self->before, "queue_evictions"));
	} else {
		EXPECT_GT(t_since(&self->before, "queue_evictions"), 0);
	}
}

static void unmap_and_map(char *page)
{
	munmap(page, T_PAGE);
	if (t_map_anew(page, T_PAGE))
		*page = 1;
}

static void protect(char *page)
{
	mprotect(page, T_PAGE, PROT_NONE);
	mprotect(page, T_PAGE, PROT_READ);
	mprotect(page, T_PAGE, PROT_READ | PROT_WRITE);
	*page = 1;
}

static void drop(char *page)
{
	*page = 1;
	madvise(page, T_PAGE, MADV_DONTNEED);
}

static void move_away(char *page)
{
	char *away = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*page = 1;
	if (mremap(page, T_PAGE, T_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, away) == away)
		munmap(away, T_PAGE);
	unmap_and_map(page);
}

/* Both count in the even pages; @what happens to the odd ones. */
static bool disturb_neighbours(struct counters *c, uint64_t *state, void (*what)(char *page))
{
	double end;

	c->stride = 2;
	if (!start(c) || !t_wait(has_counted, c, T_SOON))
		return false;
	end = t_now() + seconds;
	while (t_now() < end)
		what(c->mem + (t_random(state) % (PAGES / 2) * 2 + 1) * T_PAGE);
	stop(c);
	return true;
}

TEST_F_TIMEOUT(races, neighbours_are_unmapped, SECONDS)
{
	ASSERT_TRUE(disturb_neighbours(&self->c, &self->state, unmap_and_map));
}

TEST_F_TIMEOUT(races, neighbours_are_protected, SECONDS)
{
	ASSERT_TRUE(disturb_neighbours(&self->c, &self->state, protect));
}

TEST_F_TIMEOUT(races, neighbours_are_dropped, SECONDS)
{
	ASSERT_TRUE(disturb_neighbours(&self->c, &self->state, drop));
}

TEST_F_TIMEOUT(races, neighbours_are_moved_away, SECONDS)
{
	ASSERT_TRUE(disturb_neighbours(&self->c, &self->state, move_away));
}

/* In a child: what it inherited does not change until its parent says so. */
static int watch(const struct counters *c, int from_parent)
{
	uint64_t *was = malloc(PAGES * 16);
	char x;

	for (size_t page = 0; page < PAGES; page++)
		memcpy(was + 2 * page, c->mem + page * T_PAGE, 16);
	if (read(from_parent, &x, 1) != 1)
		return 1;
	for (size_t page = 0; page < PAGES; page++)
		if (memcmp(was + 2 * page, c->mem + page * T_PAGE, 16))
			return 2;
	/* And what it writes is its own. */
	memset(c->mem, 0xee, SIZE);
	return 0;
}

struct rounds {
	struct counters *c;
	uint64_t gpu, cpu;
};

static bool have_gone_on(void *arg)
{
	struct rounds *r = arg;

	return t_qword(&r->c->gpu_rounds) > r->gpu + 1 && t_qword(&r->c->cpu_rounds) > r->cpu + 1;
}

TEST_F_TIMEOUT(races, children_keep_what_they_inherited, SECONDS)
{
	double end;

	ASSERT_TRUE(start(&self->c));
	ASSERT_TRUE(t_wait(has_counted, &self->c, T_SOON));
	end = t_now() + seconds;
	do {
		struct rounds r = {
			&self->c, t_qword(&self->c.gpu_rounds), t_qword(&self->c.cpu_rounds),
		};
		int fds[2];
		pid_t pid;

		ASSERT_EQ(0, pipe(fds));
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid)
			_exit(watch(&self->c, fds[0]));
		EXPECT_TRUE(t_wait(have_gone_on, &r, T_SOON));
		ASSERT_EQ(1, write(fds[1], "x", 1));
		EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
		close(fds[0]);
		close(fds[1]);
	} while (t_now() < end);
	stop(&self->c);
}

TEST_F_TIMEOUT(races, huge_pages_form_and_split, SECONDS)
{
	double end;

	ASSERT_TRUE(start(&self->c));
	ASSERT_TRUE(t_wait(has_counted, &self->c, T_SOON));
	end = t_now() + seconds;
	while (t_now() < end) {
		size_t size;
		char *part = random_part(&self->c, &self->state, &size);

		ASSERT_EQ(0, t_prefetch(self->c.mem, SIZE, 0));
		madvise(self->c.mem, SIZE, MADV_HUGEPAGE);
		madvise(self->c.mem, SIZE, MADV_COLLAPSE);
		mlock(part, size);
		munlock(part, size);
		madvise(part, size, MADV_PAGEOUT);
		ASSERT_EQ(0, t_prefetch(part, size, self->gpu->node));
		madvise(self->c.mem, SIZE, MADV_NOHUGEPAGE);
	}
	stop(&self->c);
}

/* Registered memory: another address for the GPU, the same pages as the process. */
TEST_F_TIMEOUT(races, registered_memory_follows_the_process, SECONDS)
{
	HSAuint64 alternate = 0;
	double end;
	pid_t pid;

	/* Not memory that has attributes. */
	munmap(self->c.mem, SIZE);
	self->c.mem = t_map_thp(SIZE, false);
	ASSERT_NE(NULL, self->c.mem);
	memset(self->c.mem, 0, SIZE);
	ASSERT_EQ(0, hsaKmtRegisterMemory(self->c.mem, SIZE));
	ASSERT_EQ(0, hsaKmtMapMemoryToGPU(self->c.mem, SIZE, &alternate));
	ASSERT_NE(0, alternate);
	self->c.gpu_mem = (char *)alternate;
	ASSERT_TRUE(start(&self->c));
	ASSERT_TRUE(t_wait(has_counted, &self->c, T_SOON));
	end = t_now() + seconds;
	while (t_now() < end) {
		size_t size;
		char *part = random_part(&self->c, &self->state, &size);

		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid) {
			memset(self->c.mem, 0xee, SIZE);
			_exit(0);
		}
		madvise(part, size, MADV_PAGEOUT);
		madvise(self->c.mem, SIZE, MADV_HUGEPAGE);
		madvise(self->c.mem, SIZE, MADV_COLLAPSE);
		t_write_file("/proc/sys/vm/compact_memory", "1");
		EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
	}
	stop(&self->c);
	EXPECT_EQ(0, hsaKmtUnmapMemoryToGPU(self->c.mem));
	EXPECT_EQ(0, hsaKmtDeregisterMemory(self->c.mem));
}

/* What has no threads beside it. */
FIXTURE(alone)
{
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	struct t_queue q;
	char *mem;
	char *bo;
};

FIXTURE_VARIANT(alone)
{
	bool xnack;
};

FIXTURE_VARIANT_ADD(alone, retry) { true };
FIXTURE_VARIANT_ADD(alone, evict) { false };

FIXTURE_SETUP(alone)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
	ASSERT_EQ(0, t_xnack(variant->xnack));
	ASSERT_EQ(0, t_queue_open(&self->q, self->gpu, HSA_QUEUE_SDMA));
	self->mem = t_map_thp(2 * SIZE, false);
	self->bo = t_vram_bo(self->gpu, SIZE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_NE(NULL, self->bo);
	t_fill(self->mem, 2 * SIZE, 1);
	ASSERT_EQ(0, t_access(self->gpu, self->mem, 2 * SIZE));
}

FIXTURE_TEARDOWN(alone)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->bo, SIZE));
	munmap(self->mem, 2 * SIZE);
	EXPECT_EQ(0, t_close(&self->kfd));
}

TEST_F_TIMEOUT(alone, one_bad_range_does_not_stop_the_others, SECONDS)
{
	char *bad = self->mem, *good = self->mem + SIZE;

	/* Mapped to the GPU, and then nothing can be mapped there. */
	ASSERT_EQ(0, t_copy(&self->q, self->bo, bad, SIZE));
	ASSERT_TRUE(t_finish(&self->q));
	for (int i = 1; i <= 5; i++) {
		ASSERT_EQ(0, mprotect(bad, SIZE / 2, i % 2 ? PROT_NONE : PROT_READ));
		ASSERT_EQ(0, munmap(bad + SIZE / 2 + i * T_PAGE, T_PAGE));
		ASSERT_EQ(0, t_prefetch(good, SIZE, i % 2 ? self->gpu->node : 0));
		ASSERT_EQ(0, t_fill_words(&self->q, good, i, SIZE / 4));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(i, *(int *)good);
		EXPECT_EQ(i, *(int *)(good + SIZE - 4));
	}
}

TEST_F_TIMEOUT(alone, reads_go_on_under_read_only_protection, SECONDS)
{
	for (int i = 0; i < 20; i++) {
		memset(self->bo, 0, SIZE);
		ASSERT_EQ(0, t_copy(&self->q, self->bo, self->mem, SIZE));
		t_submit(&self->q);
		ASSERT_EQ(0, mprotect(self->mem, SIZE, i % 2 ? PROT_READ | PROT_WRITE : PROT_READ));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, t_wrong(self->bo, SIZE, 1));
	}
}

TEST_F_TIMEOUT(alone, memory_is_reached_where_mremap_has_put_it, SECONDS)
{
	char *away = t_map_thp(SIZE, false), *home = self->mem;
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	ASSERT_NE(NULL, away);
	for (int i = 0; i < 6; i++) {
		char *from = i % 2 ? away : home, *to = i % 2 ? home : away;

		ASSERT_EQ(0, t_fill_words(&self->q, from, i, SIZE / 4));
		ASSERT_TRUE(t_finish(&self->q));
		if (i % 3 == 0)
			ASSERT_EQ(0, t_prefetch(from, SIZE, self->gpu->node));
		ASSERT_EQ(to, mremap(from, SIZE, SIZE, flags, to));
		/* Attributes stay behind. */
		ASSERT_EQ(0, t_access(self->gpu, to, SIZE));
		ASSERT_EQ(0, t_copy(&self->q, self->bo, to, SIZE));
		ASSERT_TRUE(t_finish(&self->q));
		for (size_t n = 0; n < SIZE / 4; n += 1000)
			EXPECT_EQ(i, ((int *)self->bo)[n]);
	}
	munmap(away, SIZE);
}

TEST_F_TIMEOUT(alone, new_memory_at_an_old_address_is_new, SECONDS)
{
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, t_fill_words(&self->q, self->mem, 0x77777777, SIZE / 4));
		ASSERT_TRUE(t_finish(&self->q));
		ASSERT_TRUE(t_map_anew(self->mem, SIZE));
		ASSERT_EQ(0, t_access(self->gpu, self->mem, SIZE));
		ASSERT_EQ(0, t_copy(&self->q, self->bo, self->mem, SIZE));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, t_nonzero(self->bo, SIZE));
		EXPECT_EQ(0, t_nonzero(self->mem, SIZE));
	}
}

#define ALWAYS	0x40	/* KFD_IOCTL_SVM_FLAG_GPU_ALWAYS_MAPPED: attributes map at once */
#define HOLE	(8 * T_PAGE)
#define TURNS	60
#define MOST_DELAY	1000000

/**
 * struct renewal - memory that goes, and comes anew where it was
 * @at: where, HOLE bytes
 * @delay: turns of a loop before
 */
struct renewal {
	char *at;
	unsigned int delay;
	bool failed;
};

static void *renew(void *arg)
{
	struct renewal *r = arg;

	for (unsigned int i = 0; i < r->delay; i++)
		__asm__ volatile("");
	r->failed = !t_map_anew(r->at, HOLE);
	if (!r->failed)
		t_fill(r->at, HOLE, 1);
	return NULL;
}

/*
 * Memory that comes anew while its range is being mapped has lost its attributes
 * when the call is done, and must have lost the GPU, too.
 */
TEST_F_TIMEOUT(alone, what_came_anew_meanwhile_is_not_kept, SECONDS)
{
	struct renewal r = { .at = self->mem + SIZE / 2 };
	char *other = self->mem + SIZE;
	uint64_t state = 5;
	pthread_t thread;

	if (!variant->xnack)
		SKIP(return, "without attributes the GPU reaches nothing");
	for (int i = 2; i < 2 + TURNS; i++) {
		/* All of it has to be made anew, which takes a while. */
		ASSERT_EQ(0, madvise(self->mem, SIZE, MADV_DONTNEED));
		r.delay = t_random(&state) % MOST_DELAY;
		ASSERT_EQ(0, pthread_create(&thread, NULL, renew, &r));
		ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS, ALWAYS));
		ASSERT_EQ(0, t_access(self->gpu, self->mem, SIZE));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		ASSERT_FALSE(r.failed);
		/* This call cuts what was unmapped before. */
		ASSERT_EQ(0, t_access(self->gpu, other, SIZE));
		ASSERT_TRUE(t_map_anew(r.at, HOLE));
		t_fill(r.at, HOLE, i);
		ASSERT_EQ(0, t_copy(&self->q, self->bo, r.at, HOLE));
		ASSERT_TRUE(t_finish(&self->q));
		ASSERT_EQ(0, t_wrong(self->bo, HOLE, i));
	}
}

T_ORDER_TESTS

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 's') {
			fprintf(stderr, "Usage: races [--seconds N]\n");
			return 2;
		}
		seconds = strtod(optarg, NULL);
	}
	return t_no_queues() ? 0 : test_harness_run(argc, argv);
}
