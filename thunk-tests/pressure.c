// SPDX-License-Identifier: MIT
/* Too little VRAM, too little DRAM: everything gets slower, nothing gets lost. */

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "lib.h"

#define CHUNK	(8 * T_MIB)
#define SECONDS	600

FIXTURE(pressure)
{
	struct t_kfd kfd;
	struct t_gpu *gpu;
	struct t_counters before;
	long used;
};

FIXTURE_SETUP(pressure)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
	self->used = t_vram_used();
	ASSERT_EQ(0, t_counters(&self->before));
}

FIXTURE_TEARDOWN(pressure)
{
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, 120));
}

/* Fills chunk by chunk, and sends each one to the GPU. */
static int fill_and_prefetch(char *mem, size_t size, unsigned int node)
{
	for (size_t at = 0; at < size; at += CHUNK) {
		t_fill(mem + at, CHUNK, at);
		if (t_prefetch(mem + at, CHUNK, node))
			return -1;
	}
	return 0;
}

static unsigned long wrong_chunks(const char *mem, size_t size)
{
	unsigned long wrong = 0;

	for (size_t at = 0; at < size; at += CHUNK)
		wrong += t_wrong(mem + at, CHUNK, at) != 0;
	return wrong;
}

/* How much System RAM is free now, in bytes. */
static size_t available(void)
{
	unsigned long kib = 0;
	char buf[4096], *p;

	if (t_read_file("/proc/meminfo", buf, sizeof(buf)) > 0) {
		p = strstr(buf, "MemAvailable:");
		if (p)
			sscanf(p, "MemAvailable: %lu", &kib);
	}
	return kib * 1024UL;
}

TEST_F_TIMEOUT(pressure, more_than_fits_evicts_the_oldest, SECONDS)
{
	size_t vram = self->gpu->pages * T_PAGE, size = vram + 4 * CHUNK;
	struct t_where w;
	char *mem;

	if (available() < size + 128 * T_MIB)
		SKIP(return, "more_than_fits: needs more DRAM than VRAM");
	mem = t_map(size);
	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, fill_and_prefetch(mem, size, self->gpu->node));
	ASSERT_EQ(0, t_where(&self->kfd, mem, size, &w));
	EXPECT_EQ(size / T_PAGE, w.spm + w.dram);
	EXPECT_LE(w.spm, self->gpu->pages);
	EXPECT_GE(w.spm, self->gpu->pages * 9 / 10);
	EXPECT_GE(t_since(&self->before, "evict_pages"), (long long)(2 * CHUNK / T_PAGE));
	/* What came last is there; something of what came first had to go. */
	EXPECT_EQ(CHUNK / T_PAGE, t_in_spm(mem + size - CHUNK, CHUNK));
	EXPECT_LT(t_in_spm(mem, 4 * CHUNK), (long)(4 * CHUNK / T_PAGE));
	EXPECT_EQ(0, wrong_chunks(mem, size));
	munmap(mem, size);
	EXPECT_TRUE(t_wait_vram_used(self->used, 120));
}

TEST_F_TIMEOUT(pressure, one_prefetch_of_more_than_fits_succeeds_in_part, SECONDS)
{
	size_t vram = self->gpu->pages * T_PAGE, size = vram + 4 * CHUNK;
	struct t_where w;
	char *mem;

	if (available() < size + 128 * T_MIB)
		SKIP(return, "one_prefetch: needs more DRAM than VRAM");
	mem = t_map(size);
	ASSERT_NE(NULL, mem);
	t_fill(mem, size, 1);
	ASSERT_EQ(0, t_prefetch(mem, size, self->gpu->node));
	ASSERT_EQ(0, t_where(&self->kfd, mem, size, &w));
	EXPECT_EQ(size / T_PAGE, w.spm + w.dram);
	EXPECT_LE(w.spm, self->gpu->pages);
	EXPECT_GE(w.spm, self->gpu->pages * 9 / 10);
	EXPECT_EQ(0, t_wrong(mem, size, 1));
	munmap(mem, size);
}

/* A child that fills @size of VRAM, tells, and checks its bytes when asked. */
static pid_t neighbour(size_t size, int *ready, int *go)
{
	int up[2], down[2];
	struct t_kfd kfd;
	char *mem, c;
	pid_t pid;

	if (pipe(up) || pipe(down))
		return -1;
	pid = fork();
	if (pid) {
		close(up[1]);
		close(down[0]);
		*ready = up[0];
		*go = down[1];
		return pid;
	}
	close(down[1]);
	mem = t_map(size);
	if (!mem || t_open(&kfd) || fill_and_prefetch(mem, size, kfd.gpu[0].node))
		_exit(1);
	if (write(up[1], "x", 1) != 1 || read(down[0], &c, 1) != 0)
		_exit(2);
	_exit(wrong_chunks(mem, size) ? 3 : 0);
}

TEST_F_TIMEOUT(pressure, two_processes_share_too_little_vram, SECONDS)
{
	size_t size = self->gpu->pages * T_PAGE * 5 / 8 / CHUNK * CHUNK;
	int ready, go;
	pid_t pid;
	char *mem, c;

	if (available() < 2 * size + 128 * T_MIB)
		SKIP(return, "two_processes: needs more DRAM than VRAM");
	pid = neighbour(size, &ready, &go);
	ASSERT_GT(pid, 0);
	ASSERT_EQ(1, read(ready, &c, 1));
	mem = t_map(size);
	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, fill_and_prefetch(mem, size, self->gpu->node));
	EXPECT_GT(t_in_spm(mem, size), 0);
	EXPECT_GT(t_since(&self->before, "evict_pages"), 0);
	EXPECT_EQ(0, wrong_chunks(mem, size));
	close(go);
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
	EXPECT_EQ(0, wrong_chunks(mem, size));
	munmap(mem, size);
}

/* A memory cgroup of our own; its folder in @dir. */
static bool make_cgroup(char *dir, size_t size, const char *max)
{
	char path[160], root[] = "/tmp/thunk-test-cgroup-XXXXXX";
	bool ok;

	if (!mkdtemp(root))
		return false;
	if (mount("none", root, "cgroup2", 0, NULL)) {
		rmdir(root);
		return false;
	}
	t_write_file(strcat(strcpy(path, root), "/cgroup.subtree_control"), "+memory");
	snprintf(dir, size, "%s/thunk-test-%d", root, getpid());
	if (mkdir(dir, 0755))
		dir[0] = '\0';
	snprintf(path, sizeof(path), "%s/memory.swap.max", dir);
	t_write_file(path, "0");
	snprintf(path, sizeof(path), "%s/memory.max", dir);
	ok = dir[0] && !t_write_file(path, max);
	if (!ok) {
		if (dir[0])
			rmdir(dir);
		umount(root);
		rmdir(root);
	}
	return ok;
}

static void remove_cgroup(char *dir)
{
	rmdir(dir);
	*strrchr(dir, '/') = '\0';
	umount(dir);
	rmdir(dir);
}

static bool join_cgroup(const char *dir)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	return !t_write_file(path, "0");
}

/* One value of memory.events, or a whole file with one number. */
static long cgroup_value(const char *dir, const char *file, const char *key)
{
	char path[160], buf[512], *p = buf;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (t_read_file(path, buf, sizeof(buf)) < 0)
		return -1;
	if (key)
		p = strstr(buf, key);
	return p ? atol(p + (key ? strlen(key) : 0)) : -1;
}

TEST_F_TIMEOUT(pressure, a_cgroup_pays_for_vram_as_for_memory, SECONDS)
{
	char dir[128];
	pid_t pid;

	if (!make_cgroup(dir, sizeof(dir), "64M"))
		SKIP(return, "cgroup: no cgroup2 memory controller");
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		struct t_kfd kfd;
		char *mem = t_map(4 * CHUNK);

		if (!mem || !join_cgroup(dir) || t_open(&kfd))
			_exit(1);
		if (fill_and_prefetch(mem, 4 * CHUNK, kfd.gpu[0].node))
			_exit(2);
		if (t_in_spm(mem, 4 * CHUNK) != 4 * CHUNK / T_PAGE)
			_exit(3);
		if (cgroup_value(dir, "memory.current", NULL) < (long)(4 * CHUNK))
			_exit(4);
		if (t_prefetch(mem, 4 * CHUNK, 0))
			_exit(5);
		if (t_in_dram(mem, 4 * CHUNK) != 4 * CHUNK / T_PAGE)
			_exit(6);
		_exit(wrong_chunks(mem, 4 * CHUNK) ? 7 : 0);
	}
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
	EXPECT_EQ(0, cgroup_value(dir, "memory.events", "oom_kill "));
	remove_cgroup(dir);
}

TEST_F_TIMEOUT(pressure, vram_cannot_be_used_to_pass_a_cgroup_limit, SECONDS)
{
	char dir[128];
	int status;
	pid_t pid;

	if (!make_cgroup(dir, sizeof(dir), "48M"))
		SKIP(return, "cgroup limit: no cgroup2 memory controller");
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		struct t_kfd kfd;
		char *mem = t_map(12 * CHUNK);

		if (!mem || !join_cgroup(dir) || t_open(&kfd))
			_exit(1);
		_exit(fill_and_prefetch(mem, 12 * CHUNK, kfd.gpu[0].node) ? 2 : 0);
	}
	status = t_wait_exit(pid, SECONDS);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	EXPECT_EQ(1, cgroup_value(dir, "memory.events", "oom_kill "));
	EXPECT_TRUE(t_wait_vram_used(self->used, 120));
	remove_cgroup(dir);
}

TEST_HARNESS_MAIN
