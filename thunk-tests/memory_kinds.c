// SPDX-License-Identifier: MIT
/*
 * Every kind of memory has a defined answer to a prefetch: it goes to VRAM or
 * it stays and is counted by reason.  The call succeeds and no byte changes.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "lib.h"

#define SIZE	(2 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	120

FIXTURE(kind)
{
	struct t_kfd kfd;
	unsigned int gpu;
	struct t_counters before;
};

FIXTURE_SETUP(kind)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = self->kfd.gpu[0].node;
	ASSERT_EQ(0, t_counters(&self->before));
}

FIXTURE_TEARDOWN(kind)
{
	EXPECT_EQ(0, t_close(&self->kfd));
}

/* An unlinked file of SIZE bytes with the pattern of @seed, or -1. */
static int pattern_file(const char *dir, uint64_t seed)
{
	char *buf = t_map(SIZE);
	ssize_t done = -1;
	int fd;

	if (!buf)
		return -1;
	t_fill(buf, SIZE, seed);
	fd = open(dir, O_TMPFILE | O_RDWR, 0600);
	if (fd < 0) {
		char path[PATH_MAX];

		/* overlayfs of 6.1 has no O_TMPFILE */
		snprintf(path, sizeof(path), "%s/thunk-test-XXXXXX", dir);
		fd = mkstemp(path);
		if (fd >= 0)
			unlink(path);
	}
	if (fd >= 0)
		done = pwrite(fd, buf, SIZE, 0);
	munmap(buf, SIZE);
	if (done == SIZE)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void *map_file(int fd, int flags)
{
	void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Pages that the driver left where they were, by reason. */
static long long skipped(struct t_counters *before, const char *reason)
{
	char name[40];

	snprintf(name, sizeof(name), "skip_%s", reason);
	return t_since(before, name);
}

/* Page-cache pages of a file in @dir stay, with every byte. */
static void file_stays(struct __test_metadata *_metadata, unsigned int gpu,
		       struct t_counters *before, const char *dir, int flags)
{
	int fd = pattern_file(dir, 1);
	char *mem;

	ASSERT_GE(fd, 0);
	mem = map_file(fd, flags);
	ASSERT_NE(NULL, mem);
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	if (flags == MAP_SHARED)
		t_fill(mem, SIZE, 1 + SIZE);
	EXPECT_EQ(0, t_prefetch(mem, SIZE, gpu));
	EXPECT_EQ(0, t_in_spm(mem, SIZE));
	EXPECT_EQ(PAGES, skipped(before, "file"));
	EXPECT_EQ(0, t_wrong(mem, SIZE, flags == MAP_SHARED ? 1 + SIZE : 1));
	munmap(mem, SIZE);
	close(fd);
}

TEST_F_TIMEOUT(kind, pages_of_a_file_stay, SECONDS)
{
	file_stays(_metadata, self->gpu, &self->before, "/tmp", MAP_PRIVATE);
}

TEST_F_TIMEOUT(kind, private_copies_of_file_pages_go, SECONDS)
{
	int fd = pattern_file("/tmp", 1);
	char *mem, *again;

	ASSERT_GE(fd, 0);
	mem = map_file(fd, MAP_PRIVATE);
	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE / 2, 2);
	EXPECT_EQ(0, t_wrong(mem + SIZE / 2, SIZE / 2, 1 + SIZE / 16));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES / 2, t_in_spm(mem, SIZE / 2));
	EXPECT_EQ(0, t_in_spm(mem + SIZE / 2, SIZE / 2));
	EXPECT_EQ(0, t_wrong(mem, SIZE / 2, 2));
	EXPECT_EQ(0, t_wrong(mem + SIZE / 2, SIZE / 2, 1 + SIZE / 16));
	again = map_file(fd, MAP_SHARED);
	ASSERT_NE(NULL, again);
	EXPECT_EQ(0, t_wrong(again, SIZE, 1));
	munmap(again, SIZE);
	munmap(mem, SIZE);
	close(fd);
}

TEST_F_TIMEOUT(kind, shared_file_pages_stay, SECONDS)
{
	file_stays(_metadata, self->gpu, &self->before, "/tmp", MAP_SHARED);
}

TEST_F_TIMEOUT(kind, tmpfs_pages_stay, SECONDS)
{
	file_stays(_metadata, self->gpu, &self->before, "/dev/shm", MAP_SHARED);
}

TEST_F_TIMEOUT(kind, shared_anonymous_pages_stay_and_stay_shared, SECONDS)
{
	char *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	ASSERT_NE(MAP_FAILED, (void *)mem);
	t_fill(mem, SIZE, 1);
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_EQ(0, t_in_spm(mem, SIZE));
	EXPECT_EQ(PAGES, skipped(&self->before, "file"));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		t_fill(mem, SIZE, 2);
		_exit(0);
	}
	EXPECT_EQ(0, t_wait_exit(pid, 60));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 2));
	munmap(mem, SIZE);
}

/* Takes references on @n pages, that a pipe holds until it is read or closed. */
static bool pin(int fds[2], void *mem, size_t n)
{
	struct iovec iov = { mem, n * T_PAGE };

	return !pipe(fds) && fcntl(fds[1], F_SETPIPE_SZ, 64 * T_PAGE) >= 0 &&
	       vmsplice(fds[1], &iov, 1, SPLICE_F_NONBLOCK) == (ssize_t)(n * T_PAGE);
}

TEST_F_TIMEOUT(kind, pinned_pages_stay_until_released, SECONDS)
{
	const size_t npinned = 16;
	char *mem = t_map_thp(SIZE, false), *pinned;
	int fds[2];

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	pinned = mem + 100 * T_PAGE;
	ASSERT_TRUE(pin(fds, pinned, npinned));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_EQ(0, t_in_spm(pinned, npinned * T_PAGE));
	EXPECT_EQ(PAGES - npinned, t_in_spm(mem, SIZE));
	EXPECT_EQ(npinned, skipped(&self->before, "pinned"));
	close(fds[0]);
	close(fds[1]);
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	munmap(mem, SIZE);
}

TEST_F_TIMEOUT(kind, pages_pinned_in_vram_stay_until_released, SECONDS)
{
	const size_t npinned = 16;
	char *mem = t_map_thp(SIZE, false), *pinned;
	int fds[2];

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	pinned = mem + 100 * T_PAGE;
	ASSERT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	ASSERT_TRUE(pin(fds, pinned, npinned));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, 0));
	EXPECT_EQ(npinned, t_in_spm(pinned, npinned * T_PAGE));
	EXPECT_EQ(PAGES - npinned, t_in_dram(mem, SIZE));
	EXPECT_EQ(npinned, skipped(&self->before, "pinned"));
	close(fds[0]);
	close(fds[1]);
	EXPECT_EQ(0, t_prefetch(mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	munmap(mem, SIZE);
}

TEST_F_TIMEOUT(kind, a_pipe_keeps_vram_pages_that_were_unmapped, SECONDS)
{
	char *mem = t_map_thp(SIZE, false), *buf;
	long used = t_vram_used();
	int fds[2];

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	ASSERT_TRUE(pin(fds, mem, 8));
	munmap(mem, SIZE);
	EXPECT_TRUE(t_wait_vram_used(used + 8, 30));
	buf = t_map(8 * T_PAGE);
	ASSERT_NE(NULL, buf);
	EXPECT_EQ(8 * T_PAGE, read(fds[0], buf, 8 * T_PAGE));
	EXPECT_EQ(0, t_wrong(buf, 8 * T_PAGE, 1));
	close(fds[0]);
	close(fds[1]);
	EXPECT_TRUE(t_wait_vram_used(used, 30));
	munmap(buf, 8 * T_PAGE);
}

TEST_F_TIMEOUT(kind, direct_io_reads_into_and_writes_from_vram, SECONDS)
{
	char *mem = t_map_thp(SIZE, false);
	int direct;

	/* No file system of a node has O_DIRECT; a RAM disk of its own has. */
	if (access("/dev/ram0", F_OK) && system("modprobe brd rd_nr=1 rd_size=16384"))
		SKIP(return, "direct_io: the kernel has no RAM disk");
	direct = open("/dev/ram0", O_RDWR | O_DIRECT);
	ASSERT_GE(direct, 0);
	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	ASSERT_EQ(SIZE, pwrite(direct, mem, SIZE, 0));
	t_fill(mem, SIZE, 2);
	ASSERT_EQ(SIZE, pread(direct, mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_spm(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	close(direct);
	munmap(mem, SIZE);
}

/*
 * mlock() leaves references in batches of the CPU that it runs on.  A migration
 * empties those of its own CPU only: pages that others have count as pinned.
 */
TEST_F_TIMEOUT(kind, locked_memory_goes_and_stays_resident, SECONDS)
{
	char *mem = t_map_thp(SIZE, false);
	struct t_where w;

	ASSERT_NE(NULL, mem);
	ASSERT_TRUE(t_run_on(0));
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, mlock(mem, SIZE));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(mem, SIZE));
	ASSERT_EQ(0, t_where(&self->kfd, mem, SIZE, &w));
	EXPECT_EQ(0, w.absent + w.swapped);
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, 0));
	ASSERT_EQ(0, t_where(&self->kfd, mem, SIZE, &w));
	EXPECT_EQ(0, w.absent + w.swapped);
	EXPECT_EQ(0, munlock(mem, SIZE));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	munmap(mem, SIZE);
}

TEST_F_TIMEOUT(kind, locked_vram_is_free_after_unmap, SECONDS)
{
	long used = t_vram_used();
	char *mem = t_map_thp(SIZE, false);

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, mlock(mem, SIZE));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	munmap(mem, SIZE);
	EXPECT_TRUE(t_wait_vram_used(used, 60));
}

TEST_F_TIMEOUT(kind, hugetlb_pages_stay, SECONDS)
{
	char was[32];
	char *mem;

	if (t_read_file("/proc/sys/vm/nr_hugepages", was, sizeof(was)) < 0)
		SKIP(return, "hugetlb: the kernel has no hugetlbfs");
	t_write_file("/proc/sys/vm/nr_hugepages", "4");
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (mem == MAP_FAILED) {
		t_write_file("/proc/sys/vm/nr_hugepages", was);
		SKIP(return, "hugetlb: no huge page to be had");
	}
	t_fill(mem, SIZE, 1);
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_EQ(0, t_in_spm(mem, SIZE));
	EXPECT_EQ(0, t_since(&self->before, "migrate_to_vram"));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	munmap(mem, SIZE);
	t_write_file("/proc/sys/vm/nr_hugepages", was);
}

TEST_F_TIMEOUT(kind, read_only_memory_goes_and_stays_read_only, SECONDS)
{
	char *mem = t_map_thp(SIZE, false);
	pid_t pid;
	int status;

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, mprotect(mem, SIZE, PROT_READ));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		*mem = 1;
		_exit(0);
	}
	status = t_wait_exit(pid, 60);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	ASSERT_EQ(0, mprotect(mem, SIZE, PROT_READ | PROT_WRITE));
	t_fill(mem, SIZE, 2);
	EXPECT_EQ(0, t_wrong(mem, SIZE, 2));
	munmap(mem, SIZE);
}

TEST_F_TIMEOUT(kind, memory_without_permission_keeps_its_bytes, SECONDS)
{
	char *mem = t_map_thp(SIZE, false);

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, mprotect(mem, SIZE, PROT_NONE));
	t_prefetch(mem, SIZE, self->gpu);
	t_prefetch(mem, SIZE, 0);
	ASSERT_EQ(0, mprotect(mem, SIZE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	munmap(mem, SIZE);
}

/* Written before and checked after a round trip of everything around it. */
static char data[64 * T_PAGE] __attribute__((aligned(T_PAGE))) = { 1 };

TEST_F_TIMEOUT(kind, static_data_goes, SECONDS)
{
	t_fill(data, sizeof(data), 1);
	EXPECT_EQ(0, t_prefetch(data, sizeof(data), self->gpu));
	EXPECT_EQ(sizeof(data) / T_PAGE, t_in_spm(data, sizeof(data)));
	EXPECT_EQ(0, t_wrong(data, sizeof(data), 1));
}

TEST_F_TIMEOUT(kind, heap_memory_goes, SECONDS)
{
	char *mem = aligned_alloc(T_PAGE, 32 * T_PAGE);

	ASSERT_NE(NULL, mem);
	t_fill(mem, 32 * T_PAGE, 1);
	EXPECT_EQ(0, t_prefetch(mem, 32 * T_PAGE, self->gpu));
	EXPECT_EQ(32, t_in_spm(mem, 32 * T_PAGE));
	EXPECT_EQ(0, t_wrong(mem, 32 * T_PAGE, 1));
	free(mem);
}

TEST_F_TIMEOUT(kind, the_stack_in_use_goes, SECONDS)
{
	char buf[16 * T_PAGE];
	uintptr_t start = ((uintptr_t)buf + T_PAGE - 1) & ~(T_PAGE - 1);
	char *mem = (char *)start;

	t_fill(mem, 15 * T_PAGE, 1);
	EXPECT_EQ(0, t_prefetch(mem, 15 * T_PAGE, self->gpu));
	EXPECT_EQ(15, t_in_spm(mem, 15 * T_PAGE));
	EXPECT_EQ(0, t_wrong(mem, 15 * T_PAGE, 1));
}

TEST_F_TIMEOUT(kind, half_of_a_huge_page_goes, SECONDS)
{
	char *mem = t_map_thp(SIZE, true);

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	EXPECT_EQ(0, t_prefetch(mem + SIZE / 2, SIZE / 2, self->gpu));
	EXPECT_EQ(PAGES / 2, t_in_spm(mem + SIZE / 2, SIZE / 2));
	EXPECT_EQ(PAGES / 2, t_in_dram(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	munmap(mem, SIZE);
}

/* A huge page that is mapped by small entries: it moves or is counted, whole. */
TEST_F_TIMEOUT(kind, a_huge_page_with_a_hole_goes_or_is_counted, SECONDS)
{
	char *mem = t_map_thp(SIZE, true);
	struct t_where w;

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, madvise(mem, T_PAGE, MADV_DONTNEED));
	t_fill(mem, T_PAGE, 1);
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	ASSERT_EQ(0, t_where(&self->kfd, mem, SIZE, &w));
	EXPECT_EQ(PAGES, w.spm + w.dram);
	EXPECT_EQ(w.dram, skipped(&self->before, "large"));
	EXPECT_EQ(1, t_in_spm(mem, T_PAGE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	munmap(mem, SIZE);
}

#define KSM	"/sys/kernel/mm/ksm/"

static bool is_merged(void *arg)
{
	char buf[32];

	(void)arg;
	return t_read_file(KSM "pages_sharing", buf, sizeof(buf)) > 0 &&
	       atol(buf) >= (long)(PAGES / 2);
}

static long full_scans(void)
{
	char buf[32];

	return t_read_file(KSM "full_scans", buf, sizeof(buf)) > 0 ? atol(buf) : -1;
}

static bool has_scanned(void *arg)
{
	return full_scans() >= *(long *)arg;
}

TEST_F_TIMEOUT(kind, merged_pages_keep_their_bytes, SECONDS)
{
	char *mem = t_map_thp(SIZE, false);
	bool merged;
	long scans;

	ASSERT_NE(NULL, mem);
	for (size_t page = 0; page < PAGES; page++)
		t_fill(mem + page * T_PAGE, T_PAGE, 1);
	if (madvise(mem, SIZE, MADV_MERGEABLE))
		SKIP(return, "merged pages: the kernel has no KSM");
	t_write_file(KSM "pages_to_scan", "5000");
	t_write_file(KSM "sleep_millisecs", "0");
	t_write_file(KSM "run", "1");
	merged = t_wait(is_merged, NULL, 60);
	t_write_file(KSM "run", "0");
	EXPECT_TRUE(merged);
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_GT(skipped(&self->before, "merged"), 0);
	/* What KSM makes of it the next time does no harm either. */
	scans = full_scans() + 2;
	t_write_file(KSM "run", "1");
	EXPECT_TRUE(t_wait(has_scanned, &scans, 60));
	t_write_file(KSM "run", "0");
	EXPECT_EQ(0, t_prefetch(mem, SIZE, 0));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	for (size_t page = 0; page < PAGES; page++)
		ASSERT_EQ(0, t_wrong(mem + page * T_PAGE, T_PAGE, 1));
	t_fill(mem, SIZE, 2);
	EXPECT_EQ(0, t_wrong(mem, SIZE, 2));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 2));
	munmap(mem, SIZE);
}

TEST_F_TIMEOUT(kind, memory_marked_free_has_its_bytes_or_zeros, SECONDS)
{
	char *mem = t_map_thp(SIZE, false);

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, madvise(mem, SIZE, MADV_FREE));
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	for (size_t at = 0; at < SIZE; at += T_PAGE)
		ASSERT_TRUE(!t_wrong(mem + at, T_PAGE, 1 + at / 8) ||
			    !t_nonzero(mem + at, T_PAGE));
	/* Written again, it is nobody's to free. */
	t_fill(mem, SIZE, 2);
	ASSERT_EQ(0, madvise(mem, SIZE, MADV_FREE));
	t_fill(mem, SIZE, 3);
	EXPECT_EQ(0, t_prefetch(mem, SIZE, 0));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 3));
	munmap(mem, SIZE);
}

/* A mapping whose missing pages a user-space handler wants to provide. */
static int watch_missing(void *mem, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)mem, size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &reg))
		return fd;
	close(fd);
	return -1;
}

TEST_F_TIMEOUT(kind, holes_of_a_user_fault_handler_stay_holes, SECONDS)
{
	char *mem = t_map_thp(SIZE, false);
	struct t_where w;
	int fd;

	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE / 2, 1);
	fd = watch_missing(mem, SIZE);
	if (fd < 0)
		SKIP(return, "user fault handler: the kernel has no userfaultfd");
	EXPECT_EQ(0, t_prefetch(mem, SIZE, self->gpu));
	ASSERT_EQ(0, t_where(&self->kfd, mem, SIZE, &w));
	EXPECT_EQ(PAGES / 2, w.spm);
	EXPECT_EQ(PAGES / 2, w.absent);
	close(fd);
	EXPECT_EQ(0, t_wrong(mem, SIZE / 2, 1));
	EXPECT_EQ(0, t_nonzero(mem + SIZE / 2, SIZE / 2));
	munmap(mem, SIZE);
}

TEST_HARNESS_MAIN
