// SPDX-License-Identifier: MIT
/* Several processes at once, and their death at any moment. */

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "lib.h"

#define SIZE	(8 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	600

FIXTURE(multi)
{
	struct t_kfd kfd;
	unsigned int gpu;
	long used;
};

FIXTURE_SETUP(multi)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = self->kfd.gpu[0].node;
	self->used = t_vram_used();
	ASSERT_GE(self->used, 0);
}

FIXTURE_TEARDOWN(multi)
{
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, 120));
}

/* In a child: @trips round trips with checks.  The exit status. */
static int round_trips(uint64_t seed, int trips)
{
	char *mem = t_map(SIZE);
	struct t_kfd kfd;

	if (!mem || t_open(&kfd))
		return 1;
	for (int i = 0; i < trips; i++, seed += SIZE) {
		t_fill(mem, SIZE, seed);
		if (t_prefetch(mem, SIZE, kfd.gpu[0].node))
			return 2;
		if (t_wrong(mem, SIZE, seed))
			return 3;
		if (t_prefetch(mem, SIZE, 0))
			return 4;
		if (t_wrong(mem, SIZE, seed))
			return 5;
	}
	return t_close(&kfd) ? 6 : 0;
}

TEST_F_TIMEOUT(multi, four_processes_prefetch_at_once, SECONDS)
{
	pid_t pids[4];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		ASSERT_GE(pids[i], 0);
		if (!pids[i])
			_exit(round_trips(i << 40, 4));
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		EXPECT_EQ(0, t_wait_exit(pids[i], SECONDS));
}

TEST_F_TIMEOUT(multi, vram_is_charged_to_who_uses_it, SECONDS)
{
	struct t_process p;
	int ready[2];
	pid_t pids[2];
	char c;

	for (int i = 0; i < 2; i++) {
		pids[i] = t_child_with_vram(SIZE, &ready[i]);
		ASSERT_GT(pids[i], 0);
		ASSERT_EQ(1, read(ready[i], &c, 1));
	}
	EXPECT_EQ(self->used + 2 * (long)PAGES, t_vram_used());
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, t_process(pids[i], &p));
		EXPECT_EQ(PAGES, p.vram);
		EXPECT_EQ(PAGES, p.to_vram);
	}
	ASSERT_EQ(0, t_process(getpid(), &p));
	EXPECT_EQ(0, p.vram);
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		EXPECT_NE(-1, t_wait_exit(pids[i], 60));
		EXPECT_TRUE(t_wait_vram_used(self->used + (1 - i) * (long)PAGES, 60));
		EXPECT_EQ(1, t_process(pids[i], &p));
		close(ready[i]);
	}
}

/* Never ends by itself: ping, pong, ... */
static void ping_pong(void)
{
	struct t_kfd kfd;
	char *mem;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mem = t_map(SIZE);
	if (!mem || t_open(&kfd))
		_exit(1);
	t_fill(mem, SIZE, 1);
	while (!t_prefetch(mem, SIZE, kfd.gpu[0].node) && !t_prefetch(mem, SIZE, 0))
		;
	_exit(2);
}

struct progress {
	pid_t pid;
	long at_least;
};

static bool has_moved(void *arg)
{
	struct progress *want = arg;
	struct t_process p;

	return !t_process(want->pid, &p) && p.to_vram + p.to_ram >= want->at_least;
}

TEST_F_TIMEOUT(multi, killed_in_the_middle_of_a_prefetch, SECONDS)
{
	uint64_t state = 99;
	pid_t pid;

	for (int i = 0; i < 20; i++) {
		struct progress want = { .at_least = 1 + t_random(&state) % (3 * PAGES) };
		int status;

		want.pid = fork();
		ASSERT_GE(want.pid, 0);
		if (!want.pid)
			ping_pong();
		EXPECT_TRUE(t_wait(has_moved, &want, 60));
		kill(want.pid, SIGKILL);
		status = t_wait_exit(want.pid, 60);
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		EXPECT_TRUE(t_wait_vram_used(self->used, 60));
	}
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(round_trips(1, 1));
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
}

TEST_F_TIMEOUT(multi, stopped_and_continued_in_the_middle_of_a_prefetch, SECONDS)
{
	int status;
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(round_trips(1, 6));
	for (int i = 0; i < 20; i++) {
		kill(pid, SIGSTOP);
		ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
		if (!WIFSTOPPED(status))
			break;
		kill(pid, SIGCONT);
	}
	if (WIFSTOPPED(status))
		status = t_wait_exit(pid, SECONDS);
	EXPECT_EQ(0, status);
}

TEST_F_TIMEOUT(multi, a_process_reads_the_vram_of_another, SECONDS)
{
	char path[64], *copy = t_map(T_PAGE);
	int fds[2], ready, fd;
	struct t_kfd kfd;
	uintptr_t addr;
	pid_t pid;

	ASSERT_NE(NULL, copy);
	ASSERT_EQ(0, pipe(fds));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		char *mem = t_map(SIZE);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!mem || t_open(&kfd))
			_exit(1);
		t_fill(mem, SIZE, 6);
		addr = (uintptr_t)mem;
		if (t_prefetch(mem, SIZE, kfd.gpu[0].node) ||
		    write(fds[1], &addr, sizeof(addr)) != sizeof(addr))
			_exit(2);
		for (;;)
			pause();
	}
	ready = fds[0];
	close(fds[1]);
	ASSERT_EQ(sizeof(addr), read(ready, &addr, sizeof(addr)));
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(T_PAGE, pread(fd, copy, T_PAGE, addr));
	EXPECT_EQ(0, t_wrong(copy, T_PAGE, 6));
	close(fd);
	kill(pid, SIGKILL);
	EXPECT_NE(-1, t_wait_exit(pid, 60));
}

TEST_HARNESS_MAIN
