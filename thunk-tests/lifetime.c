// SPDX-License-Identifier: MIT
/* Memory in VRAM lives and dies like any other memory. */

#include <signal.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "lib.h"

#define SIZE	(4 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	120

FIXTURE(life)
{
	struct t_kfd kfd;
	unsigned int gpu;
	long used;
	char *mem;
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = self->kfd.gpu[0].node;
	self->used = t_vram_used();
	ASSERT_GE(self->used, 0);
	self->mem = t_map_thp(SIZE, false);
	ASSERT_NE(NULL, self->mem);
	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	ASSERT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	ASSERT_EQ(self->used + (long)PAGES, t_vram_used());
}

FIXTURE_TEARDOWN(life)
{
	munmap(self->mem, SIZE);
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, 60));
}

static uint32_t granularity(void *addr, size_t size)
{
	uint32_t value = 0;

	return t_get(addr, size, HSA_SVM_ATTR_GRANULARITY, &value) ? ~0U : value;
}

TEST_F_TIMEOUT(life, munmap_frees_vram, SECONDS)
{
	ASSERT_EQ(0, munmap(self->mem, SIZE));
	EXPECT_TRUE(t_wait_vram_used(self->used, 10));
}

TEST_F_TIMEOUT(life, partial_munmap_leaves_the_rest, SECONDS)
{
	size_t third = 256 * T_PAGE;
	char *hole = self->mem + third, *rest = hole + third;
	void *again;

	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY, 3));
	ASSERT_EQ(0, munmap(hole, third));
	EXPECT_TRUE(t_wait_vram_used(self->used + PAGES - 256, 10));
	EXPECT_EQ(256, t_in_spm(self->mem, third));
	EXPECT_EQ(PAGES - 512, t_in_spm(rest, SIZE - 2 * third));
	EXPECT_EQ(0, t_wrong(self->mem, third, 1));
	EXPECT_EQ(0, t_wrong(rest, SIZE - 2 * third, 1 + 2 * third / 8));
	EXPECT_EQ(3, granularity(self->mem, third));
	EXPECT_EQ(3, granularity(rest, SIZE - 2 * third));
	again = mmap(hole, third, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	ASSERT_EQ((void *)hole, again);
	EXPECT_EQ(9, granularity(hole, third));
	EXPECT_EQ(0, t_nonzero(hole, third));
	t_fill(hole, third, 7);
	EXPECT_EQ(0, t_prefetch(self->mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(hole, third, 7));
}

TEST_F_TIMEOUT(life, dontneed_frees_vram_and_reads_zero, SECONDS)
{
	ASSERT_EQ(0, madvise(self->mem, SIZE / 2, MADV_DONTNEED));
	EXPECT_TRUE(t_wait_vram_used(self->used + PAGES / 2, 10));
	EXPECT_EQ(0, t_nonzero(self->mem, SIZE / 2));
	EXPECT_EQ(0, t_wrong(self->mem + SIZE / 2, SIZE / 2, 1 + SIZE / 16));
	t_fill(self->mem, SIZE, 2);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 2));
}

TEST_F_TIMEOUT(life, mremap_takes_vram_along, SECONDS)
{
	char *to = t_map_thp(SIZE, false);
	struct t_counters before;

	ASSERT_NE(NULL, to);
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY, 3));
	ASSERT_EQ(0, t_counters(&before));
	ASSERT_EQ((void *)to, mremap(self->mem, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(0, t_moved(&before));
	EXPECT_EQ(PAGES, t_in_spm(to, SIZE));
	EXPECT_EQ(0, t_wrong(to, SIZE, 1));
	EXPECT_EQ(9, granularity(to, SIZE));
	ASSERT_EQ(0, t_prefetch(to, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(to, SIZE));
	EXPECT_EQ(0, t_wrong(to, SIZE, 1));
	ASSERT_EQ(0, t_prefetch(to, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(to, SIZE));
	self->mem = to;
}

TEST_F_TIMEOUT(life, mremap_shrinks_and_grows, SECONDS)
{
	void *p = mremap(self->mem, SIZE, SIZE / 2, 0);

	ASSERT_EQ((void *)self->mem, p);
	EXPECT_TRUE(t_wait_vram_used(self->used + PAGES / 2, 10));
	p = mremap(self->mem, SIZE / 2, SIZE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, p);
	self->mem = p;
	EXPECT_EQ(0, t_wrong(self->mem, SIZE / 2, 1));
	EXPECT_EQ(0, t_nonzero(self->mem + SIZE / 2, SIZE / 2));
	t_fill(self->mem, SIZE, 2);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 2));
}

TEST_F_TIMEOUT(life, mprotect_changes_nothing_in_vram, SECONDS)
{
	struct t_counters before;

	ASSERT_EQ(0, t_counters(&before));
	ASSERT_EQ(0, mprotect(self->mem, SIZE / 2, PROT_READ));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
	ASSERT_EQ(0, mprotect(self->mem, SIZE, PROT_READ | PROT_WRITE));
	t_fill(self->mem, SIZE, 2);
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 2));
	EXPECT_EQ(0, t_moved(&before));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
}

TEST_F_TIMEOUT(life, a_child_sees_what_the_parent_had, SECONDS)
{
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(t_wrong(self->mem, SIZE, 1) ? 1 : 0);
	EXPECT_EQ(0, t_wait_exit(pid, 60));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F_TIMEOUT(life, parent_and_child_write_apart, SECONDS)
{
	int fds[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(fds));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		close(fds[1]);
		t_fill(self->mem, SIZE / 2, 2);
		/* The parent has written its own half when the pipe closes. */
		if (read(fds[0], &c, 1) != 0)
			_exit(1);
		if (t_wrong(self->mem, SIZE / 2, 2))
			_exit(2);
		_exit(t_wrong(self->mem + SIZE / 2, SIZE / 2, 1 + SIZE / 16) ? 3 : 0);
	}
	close(fds[0]);
	t_fill(self->mem + SIZE / 2, SIZE / 2, 3);
	close(fds[1]);
	EXPECT_EQ(0, t_wait_exit(pid, 60));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE / 2, 1));
	EXPECT_EQ(0, t_wrong(self->mem + SIZE / 2, SIZE / 2, 3));
}

TEST_F_TIMEOUT(life, parent_prefetches_what_it_shares_with_a_child, SECONDS)
{
	int up[2], down[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(up));
	ASSERT_EQ(0, pipe(down));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		close(down[1]);
		if (read(down[0], &c, 1) != 1 || t_wrong(self->mem, SIZE, 1))
			_exit(1);
		if (write(up[1], &c, 1) != 1 || read(down[0], &c, 1) != 1)
			_exit(2);
		_exit(t_wrong(self->mem, SIZE, 1) ? 3 : 0);
	}
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
	ASSERT_EQ(1, write(down[1], "x", 1));
	ASSERT_EQ(1, read(up[0], &c, 1));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	t_fill(self->mem, SIZE, 2);
	ASSERT_EQ(1, write(down[1], "x", 1));
	EXPECT_EQ(0, t_wait_exit(pid, 60));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 2));
}

TEST_F_TIMEOUT(life, a_child_prefetches_for_itself, SECONDS)
{
	struct t_kfd kfd;
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid) {
		if (t_open(&kfd))
			_exit(1);
		t_fill(self->mem, SIZE, 2);
		if (t_prefetch(self->mem, SIZE, kfd.gpu[0].node))
			_exit(2);
		if (t_in_spm(self->mem, SIZE) != PAGES)
			_exit(3);
		if (t_wrong(self->mem, SIZE, 2))
			_exit(4);
		_exit(t_close(&kfd) ? 5 : 0);
	}
	EXPECT_EQ(0, t_wait_exit(pid, 60));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F_TIMEOUT(life, closing_brings_pages_home, SECONDS)
{
	ASSERT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, 60));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
	ASSERT_EQ(0, t_open(&self->kfd));
}

TEST_F_TIMEOUT(life, a_killed_process_frees_its_vram, SECONDS)
{
	long before = t_vram_used();
	int ready, status;
	pid_t pid;
	char c;

	pid = t_child_with_vram(SIZE, &ready);
	ASSERT_GT(pid, 0);
	ASSERT_EQ(1, read(ready, &c, 1));
	EXPECT_EQ(before + (long)PAGES, t_vram_used());
	kill(pid, SIGKILL);
	status = t_wait_exit(pid, 60);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	EXPECT_TRUE(t_wait_vram_used(before, 60));
	close(ready);
}

TEST_F_TIMEOUT(life, exec_frees_vram, SECONDS)
{
	long before = t_vram_used();
	struct t_kfd kfd;
	pid_t pid = fork();
	char *mem;

	ASSERT_GE(pid, 0);
	if (!pid) {
		mem = t_map_thp(SIZE, false);
		if (!mem || t_open(&kfd))
			_exit(1);
		t_fill(mem, SIZE, 4);
		if (t_prefetch(mem, SIZE, kfd.gpu[0].node))
			_exit(2);
		execl("/bin/true", "true", NULL);
		_exit(3);
	}
	EXPECT_EQ(0, t_wait_exit(pid, 60));
	EXPECT_TRUE(t_wait_vram_used(before, 60));
}

/* The pages outlive the process that paid for them. */
TEST_F_TIMEOUT(life, a_grandchild_keeps_its_bytes_when_the_owner_dies, SECONDS)
{
	long before = t_vram_used();
	int fds[2], result[2];
	struct t_kfd kfd;
	pid_t pid;
	char *mem;
	char c = 0;

	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, pipe(result));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		mem = t_map_thp(SIZE, false);
		if (!mem || t_open(&kfd))
			_exit(1);
		t_fill(mem, SIZE, 5);
		if (t_prefetch(mem, SIZE, kfd.gpu[0].node))
			_exit(2);
		if (fork())
			_exit(0);
		close(t_raw_kfd());
		close(fds[1]);
		/* EOF: the test has seen the owner's death. */
		if (read(fds[0], &c, 1) != 0)
			c = 'r';
		else if (t_wrong(mem, SIZE, 5))
			c = 'w';
		else
			c = t_wait_vram_used(before, 60) && t_in_dram(mem, SIZE) == PAGES &&
			    !t_wrong(mem, SIZE, 5) ? 'k' : 'v';
		_exit(write(result[1], &c, 1) == 1 ? 0 : 1);
	}
	close(fds[0]);
	close(result[1]);
	EXPECT_EQ(0, t_wait_exit(pid, 60));
	close(fds[1]);
	EXPECT_EQ(1, read(result[0], &c, 1));
	EXPECT_EQ('k', c);
	EXPECT_TRUE(t_wait_vram_used(before, 60));
}

TEST_HARNESS_MAIN
