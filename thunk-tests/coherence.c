// SPDX-License-Identifier: MIT
/* The CPU goes on with its work: in VRAM, and while pages are under way. */

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "lib.h"

#define SIZE	(2 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define WORDS	(SIZE / sizeof(uint64_t))
#define SECONDS	300
#define WRITERS	2
#define TRIPS	8

FIXTURE(cpu)
{
	struct t_kfd kfd;
	unsigned int gpu;
	char *mem;
};

FIXTURE_SETUP(cpu)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = self->kfd.gpu[0].node;
	self->mem = t_map_thp(SIZE, false);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(cpu)
{
	munmap(self->mem, SIZE);
	EXPECT_EQ(0, t_close(&self->kfd));
}

static long faults(void)
{
	struct rusage ru;

	getrusage(RUSAGE_THREAD, &ru);
	return ru.ru_minflt + ru.ru_majflt;
}

TEST_F_TIMEOUT(cpu, reads_and_writes_in_place_without_a_fault, SECONDS)
{
	struct t_counters before;
	unsigned long wrong;
	long n;

	/* Once in DRAM: what faults in code and stack does so here. */
	t_fill(self->mem, SIZE, 1);
	wrong = t_wrong(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	ASSERT_EQ(0, t_counters(&before));
	n = faults();
	wrong += t_wrong(self->mem, SIZE, 1);
	t_fill(self->mem, SIZE, 2);
	wrong += t_wrong(self->mem, SIZE, 2);
	n = faults() - n;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, n);
	EXPECT_EQ(0, t_moved(&before));
	EXPECT_EQ(0, t_since(&before, "fault_pages"));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
}

TEST_F_TIMEOUT(cpu, system_calls_work_on_vram, SECONDS)
{
	struct iovec local = { self->mem + SIZE / 2, T_PAGE }, remote = { self->mem, T_PAGE };
	int fds[2];

	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(T_PAGE, write(fds[1], self->mem, T_PAGE));
	ASSERT_EQ(T_PAGE, read(fds[0], self->mem + SIZE / 4, T_PAGE));
	EXPECT_EQ(0, t_wrong(self->mem + SIZE / 4, T_PAGE, 1));
	ASSERT_EQ(T_PAGE, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(0, t_wrong(self->mem + SIZE / 2, T_PAGE, 1));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	close(fds[0]);
	close(fds[1]);
}

struct waiter {
	_Atomic uint32_t *word;
	_Atomic int ready;
};

static void *wait_on_futex(void *arg)
{
	struct waiter *w = arg;

	w->ready = 1;
	while (!*w->word)
		syscall(SYS_futex, w->word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

static bool is_ready(void *arg)
{
	return ((struct waiter *)arg)->ready;
}

TEST_F_TIMEOUT(cpu, futexes_work_across_a_move, SECONDS)
{
	struct waiter w = { .word = (void *)self->mem };
	pthread_t thread;

	*w.word = 0;
	ASSERT_EQ(0, t_prefetch(self->mem, T_PAGE, self->gpu));
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_on_futex, &w));
	ASSERT_TRUE(t_wait(is_ready, &w, 60));
	ASSERT_EQ(0, t_prefetch(self->mem, T_PAGE, 0));
	ASSERT_EQ(0, t_prefetch(self->mem, T_PAGE, self->gpu));
	*w.word = 1;
	syscall(SYS_futex, w.word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	EXPECT_EQ(0, pthread_join(thread, NULL));
}

struct writer {
	uint64_t *mem;
	unsigned int id;
	uint64_t rounds;
	_Atomic bool *stop;
};

/* Every thread counts up words of its own, which share pages and lines. */
static void *count_own_words(void *arg)
{
	struct writer *w = arg;
	uint64_t n;

	while (!*w->stop) {
		for (size_t i = w->id; i < WORDS; i += WRITERS) {
			n = __atomic_load_n(&w->mem[i], __ATOMIC_RELAXED);
			__atomic_store_n(&w->mem[i], n + 1, __ATOMIC_RELAXED);
		}
		w->rounds++;
	}
	return NULL;
}

/* All threads count up the same words. */
static void *count_shared_words(void *arg)
{
	struct writer *w = arg;

	while (!*w->stop) {
		for (size_t i = 0; i < WORDS; i += 64)
			__atomic_fetch_add(&w->mem[i], 1, __ATOMIC_SEQ_CST);
		w->rounds++;
	}
	return NULL;
}

/* Moves the memory to and fro while threads write; true when all went well. */
static bool move_under(void *(*fn)(void *), struct writer *writers, char *mem,
		       unsigned int gpu)
{
	static _Atomic bool stop;
	pthread_t threads[WRITERS];
	bool ok = true;
	int n;

	stop = false;
	for (n = 0; n < WRITERS; n++) {
		writers[n] = (struct writer){ (void *)mem, n, 0, &stop };
		if (pthread_create(&threads[n], NULL, fn, &writers[n]))
			break;
	}
	for (int i = 0; i < TRIPS && ok; i++)
		ok = !t_prefetch(mem, SIZE, gpu) && !t_prefetch(mem, SIZE, 0);
	stop = true;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return ok && n == WRITERS;
}

TEST_F_TIMEOUT(cpu, two_writers_lose_nothing_while_pages_move, SECONDS)
{
	const uint64_t *words = (void *)self->mem;
	struct writer writers[WRITERS];
	struct t_counters before;
	unsigned long wrong = 0;

	memset(self->mem, 0, SIZE);
	ASSERT_EQ(0, t_counters(&before));
	ASSERT_TRUE(move_under(count_own_words, writers, self->mem, self->gpu));
	for (size_t i = 0; i < WORDS; i++)
		wrong += words[i] != writers[i % WRITERS].rounds;
	EXPECT_EQ(0, wrong);
	EXPECT_GT(writers[0].rounds + writers[1].rounds, 0);
	EXPECT_GE(t_since(&before, "migrate_to_vram"), (long long)PAGES * TRIPS / 2);
}

TEST_F_TIMEOUT(cpu, two_threads_of_atomics_lose_nothing_while_pages_move, SECONDS)
{
	const uint64_t *words = (void *)self->mem;
	struct writer writers[WRITERS];
	unsigned long wrong = 0;
	uint64_t sum;

	memset(self->mem, 0, SIZE);
	ASSERT_TRUE(move_under(count_shared_words, writers, self->mem, self->gpu));
	sum = writers[0].rounds + writers[1].rounds;
	EXPECT_GT(sum, 0);
	for (size_t i = 0; i < WORDS; i++)
		wrong += words[i] != (i % 64 ? 0 : sum);
	EXPECT_EQ(0, wrong);
}

/* A reader must never see a flag before the data that was written before it. */
static void *publish(void *arg)
{
	struct writer *w = arg;
	uint64_t n = 0;

	while (!*w->stop) {
		n++;
		if (w->id == 0) {
			__atomic_store_n(&w->mem[0], n, __ATOMIC_RELAXED);
			__atomic_store_n(&w->mem[WORDS - 1], n, __ATOMIC_RELEASE);
		} else {
			uint64_t flag = __atomic_load_n(&w->mem[WORDS - 1], __ATOMIC_ACQUIRE);
			uint64_t data = __atomic_load_n(&w->mem[0], __ATOMIC_RELAXED);

			w->rounds += data < flag;
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(cpu, stores_stay_in_order_while_pages_move, SECONDS)
{
	struct writer writers[WRITERS];

	memset(self->mem, 0, SIZE);
	ASSERT_TRUE(move_under(publish, writers, self->mem, self->gpu));
	EXPECT_EQ(0, writers[1].rounds);
}

/* Both directions at once; the id chooses who goes first. */
static void *prefetch_to_and_fro(void *arg)
{
	struct writer *w = arg;

	for (int i = 0; i < TRIPS; i++)
		if (t_prefetch((void *)w->mem, SIZE, (i + w->id) % 2))
			w->rounds++;
	return NULL;
}

TEST_F_TIMEOUT(cpu, two_threads_prefetch_against_each_other, SECONDS)
{
	struct writer writers[WRITERS];
	struct t_where w;

	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(1, self->gpu);
	ASSERT_TRUE(move_under(prefetch_to_and_fro, writers, self->mem, self->gpu));
	EXPECT_EQ(0, writers[0].rounds + writers[1].rounds);
	ASSERT_EQ(0, t_where(&self->kfd, self->mem, SIZE, &w));
	EXPECT_EQ(PAGES, w.spm + w.dram);
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
}

TEST_HARNESS_MAIN
