// SPDX-License-Identifier: MIT
/* The module goes when nobody needs it, and all VRAM is there when it returns. */

#include <fcntl.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "lib.h"
#include "module.h"

#define SIZE	(8 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	300

FIXTURE(module)
{
	struct t_vram before[T_GPUS];
	int ngpus;
};

FIXTURE_SETUP(module)
{
	self->ngpus = t_vram(self->before, T_GPUS);
	ASSERT_GT(self->ngpus, 0);
}

FIXTURE_TEARDOWN(module)
{
	struct t_vram after[T_GPUS];

	/* Leave the node usable for what comes next, whatever happened. */
	if (access("/dev/kfd", F_OK))
		EXPECT_EQ(0, t_module_load());
	EXPECT_EQ(self->ngpus, t_vram(after, T_GPUS));
	for (int i = 0; i < self->ngpus; i++) {
		EXPECT_EQ(self->before[i].total, after[i].total);
		EXPECT_EQ(after[i].total, after[i].free);
		EXPECT_EQ(0, after[i].used);
		EXPECT_EQ(0, after[i].poisoned);
	}
}

TEST_F_TIMEOUT(module, stays_while_a_process_has_it_open, SECONDS)
{
	struct t_kfd kfd;
	int err;

	ASSERT_EQ(0, t_open(&kfd));
	err = t_module_unload();
	EXPECT_TRUE(err == -EBUSY || err == -EAGAIN);
	ASSERT_EQ(0, t_close(&kfd));
}

/* In a child: use VRAM, close, unload under the data.  The exit status. */
static int use_and_unload(void)
{
	struct t_kfd kfd;
	char *mem = t_map(SIZE);

	if (!mem || t_open(&kfd))
		return 1;
	t_fill(mem, SIZE, 1);
	if (t_prefetch(mem, SIZE, kfd.gpu[0].node) || t_in_spm(mem, SIZE) != PAGES)
		return 2;
	if (t_close_for_good(&kfd) || t_module_unload_soon())
		return 3;
	return t_in_dram(mem, SIZE) == PAGES && !t_wrong(mem, SIZE, 1) ? 0 : 4;
}

TEST_F_TIMEOUT(module, goes_and_comes_back_with_all_vram, SECONDS)
{
	struct t_counters counters;
	struct t_vram now[T_GPUS];
	pid_t pid;

	if (!t_module_can_reload())
		SKIP(return, "reload: CONODE_MODULE is not set");
	for (int i = 0; i < 3; i++) {
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid)
			_exit(use_and_unload());
		ASSERT_EQ(0, t_wait_exit(pid, SECONDS));
		EXPECT_EQ(-1, access("/dev/kfd", F_OK));
		ASSERT_EQ(0, t_module_load());
		ASSERT_EQ(0, t_counters(&counters));
		EXPECT_EQ(0, t_counter(&counters, "migrate_to_vram"));
		ASSERT_EQ(self->ngpus, t_vram(now, T_GPUS));
		EXPECT_EQ(self->before[0].total, now[0].free);
	}
}

TEST_F_TIMEOUT(module, stays_while_a_page_cannot_leave, SECONDS)
{
	struct iovec iov;
	struct t_kfd kfd;
	char *mem, *buf;
	int fds[2], err;

	if (!t_module_can_reload())
		SKIP(return, "reload: CONODE_MODULE is not set");
	mem = t_map_thp(SIZE, false);
	buf = t_map(T_PAGE);
	ASSERT_NE(NULL, mem);
	ASSERT_NE(NULL, buf);
	ASSERT_EQ(0, t_open(&kfd));
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(mem, SIZE, kfd.gpu[0].node));
	ASSERT_EQ(0, pipe(fds));
	iov = (struct iovec){ mem, T_PAGE };
	ASSERT_EQ(T_PAGE, vmsplice(fds[1], &iov, 1, 0));
	ASSERT_EQ(0, t_close_for_good(&kfd));
	EXPECT_TRUE(t_wait_vram_used(1, 60));
	err = t_module_unload();
	EXPECT_TRUE(err == -EBUSY || err == -EAGAIN);
	EXPECT_EQ(1, t_in_spm(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	ASSERT_EQ(T_PAGE, read(fds[0], buf, T_PAGE));
	EXPECT_EQ(0, t_wrong(buf, T_PAGE, 1));
	close(fds[0]);
	close(fds[1]);
	EXPECT_EQ(0, t_module_unload_soon());
	EXPECT_EQ(PAGES, t_in_dram(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	EXPECT_EQ(0, t_module_load());
	munmap(mem, SIZE);
}

/* In a child: memory goes bad under a page in VRAM.  The exit status. */
static int poison_one_page(void)
{
	struct t_kfd kfd;
	char *mem = t_map_thp(SIZE, false);

	if (!mem || t_open(&kfd))
		return 1;
	t_fill(mem, SIZE, 1);
	if (t_prefetch(mem, SIZE, kfd.gpu[0].node) || t_in_spm(mem, SIZE) != PAGES)
		return 2;
	if (!madvise(mem + T_PAGE, T_PAGE, MADV_HWPOISON))
		return 0;
	return errno == EBUSY ? 0 : errno == EINVAL || errno == EPERM ? 4 : 3;
}

/* In a child: all VRAM but the bad page can be had.  The exit status. */
static int fill_vram(void)
{
	struct t_vram vram[T_GPUS];
	struct t_kfd kfd;
	size_t size;
	char *mem;

	if (t_open(&kfd))
		return 1;
	size = kfd.gpu[0].pages * T_PAGE;
	mem = t_map_thp(size, false);
	if (!mem)
		return 2;
	for (size_t at = 0; at < size; at += SIZE) {
		t_fill(mem + at, SIZE, at);
		if (t_prefetch(mem + at, SIZE, kfd.gpu[0].node))
			return 3;
	}
	for (size_t at = 0; at < size; at += SIZE)
		if (t_wrong(mem + at, SIZE, at))
			return 4;
	if (t_vram(vram, T_GPUS) < 1 || vram[0].poisoned != 1 ||
	    vram[0].used + vram[0].free != vram[0].total - 1)
		return 5;
	return 0;
}

static int in_child(int (*fn)(void))
{
	pid_t pid = fork();

	if (!pid)
		_exit(fn());
	return pid < 0 ? -1 : t_wait_exit(pid, SECONDS);
}

TEST_F_TIMEOUT(module, a_bad_page_is_never_handed_out_again, SECONDS)
{
	struct t_vram now[T_GPUS];
	int status;

	if (!t_module_can_reload())
		SKIP(return, "bad page: CONODE_MODULE is not set");
	status = in_child(poison_one_page);
	if (status == 4 << 8)
		SKIP(return, "bad page: the kernel has no MADV_HWPOISON");
	EXPECT_EQ(0, status);
	EXPECT_TRUE(t_wait_vram_used(0, 60));
	ASSERT_GT(t_vram(now, T_GPUS), 0);
	EXPECT_EQ(1, now[0].poisoned);
	EXPECT_EQ(now[0].total - 1, now[0].free);
	EXPECT_EQ(0, in_child(fill_vram));
	/* A new driver knows nothing about it. */
	EXPECT_EQ(0, t_module_unload_soon());
	EXPECT_EQ(0, t_module_load());
}

TEST_F_TIMEOUT(module, works_as_before_after_a_reload, SECONDS)
{
	struct t_kfd kfd;
	char *mem;

	if (!t_module_can_reload())
		SKIP(return, "reload: CONODE_MODULE is not set");
	ASSERT_EQ(0, t_module_unload_soon());
	EXPECT_NE(HSAKMT_STATUS_SUCCESS, hsaKmtOpenKFD());
	ASSERT_EQ(0, t_module_load());
	ASSERT_EQ(0, t_open(&kfd));
	mem = t_map(SIZE);
	ASSERT_NE(NULL, mem);
	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(mem, SIZE, kfd.gpu[0].node));
	EXPECT_EQ(PAGES, t_in_spm(mem, SIZE));
	ASSERT_EQ(0, t_prefetch(mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(mem, SIZE));
	EXPECT_EQ(0, t_wrong(mem, SIZE, 1));
	munmap(mem, SIZE);
	ASSERT_EQ(0, t_close_for_good(&kfd));
}

TEST_HARNESS_MAIN
