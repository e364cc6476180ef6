// SPDX-License-Identifier: MIT
/*
 * Two threads send random parts of an arena to and fro while its owner does to
 * it all that a process can do to memory, and two others make memory scarce.
 * Every byte is checked each time its owner meets it.
 *
 *   stress [--seconds N] [--seed N] [--shared]
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "lib.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define SLOT		(2 * T_MIB)
#define SLOTS		12
#define ARENA		(SLOTS * SLOT)
#define HOG		(32 * T_MIB)
#define SECONDS		7200
#define PREFETCHERS	2

static unsigned int seconds = 20;
static uint64_t seed = 1;
static bool shared;	/* others use VRAM, too: what is in use says nothing */

/**
 * struct slot - a part of the arena, owned by the main thread
 * @mem: where it is now
 * @size: how much of it is there
 * @seed: the pattern in it, 0: zeros
 */
struct slot {
	char *mem;
	size_t size;
	uint64_t seed;
};

/**
 * struct stress - what the threads share
 * @prefetchers: threads that have started
 * @prefetches: attribute calls that succeeded
 * @hogs: how often DRAM was taken and given back
 * @arena: where prefetchers aim; parts of it come and go
 * @vram: size of the VRAM
 */
struct stress {
	_Atomic bool stop;
	_Atomic unsigned int prefetchers;
	_Atomic unsigned long prefetches;
	_Atomic unsigned long hogs;
	const struct t_kfd *kfd;
	char *arena;
	size_t vram;
	struct slot slots[SLOTS];
	uint64_t state;
	uint64_t next_seed;
	unsigned long wrong;
	unsigned long errors;
	unsigned long ops;
};

/* Mostly a prefetch; sometimes access, which maps pages to a GPU, or a split. */
static HSA_SVM_ATTRIBUTE random_attribute(struct stress *s, uint64_t *state)
{
	static const uint32_t access[] = {
		HSA_SVM_ATTR_ACCESS, HSA_SVM_ATTR_ACCESS_IN_PLACE, HSA_SVM_ATTR_NO_ACCESS,
	};
	uint32_t gpu = s->kfd->gpu[t_random(state) % s->kfd->ngpus].node;
	uint32_t type, value;

	switch (t_random(state) % 8) {
	case 0:
		type = access[t_random(state) % ARRAY_SIZE(access)];
		value = gpu;
		break;
	case 1:
		type = HSA_SVM_ATTR_GRANULARITY;
		value = t_random(state) % 12;
		break;
	default:
		type = HSA_SVM_ATTR_PREFETCH_LOC;
		value = t_random(state) % 2 ? gpu : 0;
	}
	return (HSA_SVM_ATTRIBUTE){ type, value };
}

static void *prefetch(void *arg)
{
	struct stress *s = arg;
	uint64_t state = seed * 31 + s->prefetchers++ + 1;

	while (!s->stop) {
		HSA_SVM_ATTRIBUTE attr = random_attribute(s, &state);
		size_t from = t_random(&state) % (ARENA / T_PAGE);
		size_t n = 1 + t_random(&state) % 700;

		if (n > ARENA / T_PAGE - from)
			n = ARENA / T_PAGE - from;
		/* Refused where the owner has just unmapped something. */
		if (!hsaKmtSVMSetAttr(s->arena + from * T_PAGE, n * T_PAGE, 1, &attr))
			s->prefetches++;
	}
	return NULL;
}

/* Takes DRAM and gives it back, and makes the kernel move pages around. */
static void *hog(void *arg)
{
	struct stress *s = arg;
	char *mem;

	t_stand_back();
	while (!s->stop) {
		mem = t_map(HOG);
		if (!mem)
			continue;
		for (size_t at = 0; at < HOG && !s->stop; at += T_PAGE)
			mem[at] = 1;
		madvise(mem, HOG, MADV_PAGEOUT);
		t_write_file("/proc/sys/vm/compact_memory", "1");
		t_write_file("/proc/sys/vm/drop_caches", "1");
		munmap(mem, HOG);
		s->hogs++;
	}
	return NULL;
}

/* A process that wants all VRAM again and again, so that others are evicted. */
static void want_all_vram(size_t size)
{
	struct t_kfd kfd;
	char *mem;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	t_stand_back();
	if (t_open(&kfd))
		_exit(1);
	for (;;) {
		mem = t_map(size);
		if (!mem)
			_exit(2);
		for (size_t at = 0; at < size; at += SLOT)
			t_prefetch(mem + at, SLOT, kfd.gpu[0].node);
		munmap(mem, size);
	}
}

static void check(struct stress *s, struct slot *slot)
{
	s->wrong += slot->seed ? t_wrong(slot->mem, slot->size, slot->seed) :
				 t_nonzero(slot->mem, slot->size);
}

static void refill(struct stress *s, struct slot *slot)
{
	slot->seed = s->next_seed += SLOT;
	t_fill(slot->mem, slot->size, slot->seed);
}

static void op_unmap_and_map(struct stress *s, struct slot *slot)
{
	s->errors += munmap(slot->mem, slot->size) != 0;
	slot->size = SLOT;
	slot->seed = 0;
	s->errors += !t_map_anew(slot->mem, SLOT);
	if (t_random(&s->state) % 2)
		check(s, slot);
	refill(s, slot);
}

static void op_unmap_tail(struct stress *s, struct slot *slot)
{
	size_t keep = (1 + t_random(&s->state) % (SLOT / T_PAGE)) * T_PAGE;

	if (keep >= slot->size)
		return;
	s->errors += munmap(slot->mem + keep, slot->size - keep) != 0;
	slot->size = keep;
}

static void op_move_away_and_back(struct stress *s, struct slot *slot)
{
	char *home = slot->mem, *away = t_map(slot->size);
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	if (!away || mremap(home, slot->size, slot->size, flags, away) != away) {
		s->errors++;
		return;
	}
	slot->mem = away;
	check(s, slot);
	if (t_random(&s->state) % 2)
		refill(s, slot);
	/* Nobody else maps memory at fixed addresses of the arena. */
	if (mremap(away, slot->size, slot->size, flags, home) != home)
		s->errors++;
	slot->mem = home;
}

static void op_protect(struct stress *s, struct slot *slot)
{
	s->errors += mprotect(slot->mem, slot->size, PROT_READ) != 0;
	check(s, slot);
	s->errors += mprotect(slot->mem, slot->size, PROT_READ | PROT_WRITE) != 0;
	refill(s, slot);
}

static void op_dontneed(struct stress *s, struct slot *slot)
{
	s->errors += madvise(slot->mem, slot->size, MADV_DONTNEED) != 0;
	slot->seed = 0;
	if (t_random(&s->state) % 2)
		check(s, slot);
	else
		refill(s, slot);
}

static void op_collapse(struct stress *s, struct slot *slot)
{
	madvise(slot->mem, slot->size, MADV_HUGEPAGE);
	/* Refused while a page is in VRAM: either answer is right. */
	madvise(slot->mem, slot->size, MADV_COLLAPSE);
	check(s, slot);
}

static void op_small_pages(struct stress *s, struct slot *slot)
{
	madvise(slot->mem, slot->size, MADV_NOHUGEPAGE);
	refill(s, slot);
}

static void op_lock(struct stress *s, struct slot *slot)
{
	mlock(slot->mem, slot->size);
	check(s, slot);
	munlock(slot->mem, slot->size);
}

/* The child checks what it inherited, and that its writes are its own. */
static void op_fork(struct stress *s, struct slot *slot)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct stress child = { };

		for (int i = 0; i < SLOTS; i += 3)
			check(&child, &s->slots[i]);
		slot->seed = 77;
		t_fill(slot->mem, slot->size, slot->seed);
		check(&child, slot);
		_exit(child.wrong ? 1 : 0);
	}
	if (pid < 0) {
		s->errors++;
		return;
	}
	refill(s, slot);
	status = t_wait_exit(pid, 600);
	if (status)
		s->wrong++;
	check(s, slot);
}

static void (*const ops[])(struct stress *s, struct slot *slot) = {
	check, refill, op_unmap_and_map, op_unmap_tail, op_move_away_and_back, op_protect,
	op_dontneed, op_collapse, op_small_pages, op_lock, op_fork,
};

FIXTURE(stress)
{
	struct t_kfd kfd;
	struct stress s;
	long used;
};

FIXTURE_SETUP(stress)
{
	struct stress *s = &self->s;

	ASSERT_EQ(0, t_open(&self->kfd));
	self->used = t_vram_used();
	s->kfd = &self->kfd;
	s->vram = self->kfd.gpu[0].pages * T_PAGE;
	s->state = seed;
	s->arena = t_map_apart(ARENA);
	ASSERT_NE(NULL, s->arena);
	for (int i = 0; i < SLOTS; i++)
		s->slots[i] = (struct slot){ s->arena + i * SLOT, SLOT, 0 };
}

FIXTURE_TEARDOWN(stress)
{
	munmap(self->s.arena, ARENA);
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(shared || t_wait_vram_used(self->used, 120));
}

TEST_F_TIMEOUT(stress, nothing_gets_lost, SECONDS)
{
	pthread_t threads[PREFETCHERS + 1];
	struct stress *s = &self->s;
	struct t_counters before;
	double end;
	pid_t greedy;

	TH_LOG("%u s, seed %llu", seconds, (unsigned long long)seed);
	ASSERT_EQ(0, t_counters(&before));
	greedy = fork();
	ASSERT_GE(greedy, 0);
	if (!greedy)
		want_all_vram(s->vram);
	for (int i = 0; i <= PREFETCHERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, i < PREFETCHERS ? prefetch : hog,
					    s));
	end = t_now() + seconds;
	while (t_now() < end) {
		struct slot *slot = &s->slots[t_random(&s->state) % SLOTS];

		ops[t_random(&s->state) % ARRAY_SIZE(ops)](s, slot);
		s->ops++;
	}
	s->stop = true;
	for (int i = 0; i <= PREFETCHERS; i++)
		EXPECT_EQ(0, pthread_join(threads[i], NULL));
	kill(greedy, SIGKILL);
	EXPECT_EQ(SIGKILL, t_wait_exit(greedy, 120));
	for (int i = 0; i < SLOTS; i++)
		check(s, &s->slots[i]);
	TH_LOG("%lu operations, %lu prefetches, %lld pages to VRAM, %lld evicted", s->ops,
	       s->prefetches, t_since(&before, "migrate_to_vram"),
	       t_since(&before, "evict_pages"));
	EXPECT_EQ(0, s->wrong);
	EXPECT_EQ(0, s->errors);
	EXPECT_GT(s->ops, 0);
	EXPECT_GT(s->prefetches, 0);
	EXPECT_GT(s->hogs, 0);
	EXPECT_GT(t_since(&before, "migrate_to_vram"), 0);
	EXPECT_GT(t_since(&before, "migrate_to_ram"), 0);
}

T_ORDER_TESTS

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "shared", no_argument, NULL, 'v' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 't') {
			seconds = strtoul(optarg, NULL, 0);
		} else if (c == 's') {
			seed = strtoull(optarg, NULL, 0);
		} else if (c == 'v') {
			shared = true;
		} else {
			fprintf(stderr, "Usage: stress [--seconds N] [--seed N] [--shared]\n");
			return 2;
		}
	}
	return test_harness_run(argc, argv);
}
