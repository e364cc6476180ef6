// SPDX-License-Identifier: MIT
/* What one process had in VRAM never shows in another user's process. */

#include <grp.h>

#include "kselftest_harness.h"
#include "lib.h"

#define CHUNK	(8 * T_MIB)
#define SECONDS	600
#define NOBODY	65534
#define SECRET	0x5ec2e75ec2e75ec2ULL

FIXTURE(isolation)
{
	struct t_gpu gpu;
	size_t size;
	long used;
};

FIXTURE_SETUP(isolation)
{
	struct t_kfd kfd;

	ASSERT_EQ(0, t_open(&kfd));
	self->gpu = kfd.gpu[0];
	self->used = t_vram_used();
	self->size = self->gpu.pages * T_PAGE / CHUNK * CHUNK;
	ASSERT_EQ(0, t_close(&kfd));
	ASSERT_EQ(0, t_for_everybody());
}

FIXTURE_TEARDOWN(isolation)
{
	EXPECT_TRUE(t_wait_vram_used(self->used, 120));
}

static void write_secret(char *mem, size_t size)
{
	uint64_t *p = (uint64_t *)mem;

	for (size_t i = 0; i < size / sizeof(*p); i++)
		p[i] = SECRET;
}

/* In a child: all of VRAM gets the secret.  The exit status. */
static int leave_secrets(const struct t_gpu *gpu, size_t size)
{
	struct t_kfd kfd;
	char *mem;

	mem = t_map(size);
	if (!mem || t_open(&kfd))
		return 1;
	for (size_t at = 0; at < size; at += CHUNK) {
		write_secret(mem + at, CHUNK);
		if (t_prefetch(mem + at, CHUNK, gpu->node))
			return 2;
	}
	/* Nearly all of it was there, or the search below proves nothing. */
	return t_in_spm(mem, size) >= (long)(gpu->pages * 9 / 10) ? 0 : 3;
}

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		_exit(10);
}

/* Words of somebody else's, in memory of which @kept words per page are known. */
static unsigned long foreign_words(const char *mem, size_t size, size_t kept)
{
	const uint64_t *p = (const uint64_t *)mem;
	const size_t per_page = T_PAGE / sizeof(*p);
	unsigned long n = 0;

	for (size_t i = 0; i < size / sizeof(*p); i++)
		n += p[i] != 0 && i % per_page >= kept;
	return n;
}

/*
 * In a child, as another user: get as much VRAM as there is and look at all of
 * it.  Untouched memory gives pages that nobody copied anything into; memory
 * with one word per page gives copies.
 */
static int look_for_secrets(const struct t_gpu *gpu, size_t size, size_t touched)
{
	HsaSystemProperties properties;
	char *mem;

	mem = t_map(size);
	if (!mem)
		return 1;
	become_nobody();
	if (hsaKmtOpenKFD() != HSAKMT_STATUS_SUCCESS)
		return 2;
	if (hsaKmtAcquireSystemProperties(&properties) != HSAKMT_STATUS_SUCCESS)
		return 3;
	for (size_t page = 0; touched && page < size / T_PAGE; page++)
		*(uint64_t *)(mem + page * T_PAGE) = page + 1;
	for (size_t at = 0; at < size; at += CHUNK)
		if (t_prefetch(mem + at, CHUNK, gpu->node))
			return 4;
	return foreign_words(mem, size, touched) ? 5 : 0;
}

static int in_child(int (*fn)(const struct t_gpu *gpu, size_t size), const struct t_gpu *gpu,
		    size_t size)
{
	pid_t pid = fork();

	if (!pid)
		_exit(fn(gpu, size));
	return pid < 0 ? -1 : t_wait_exit(pid, SECONDS);
}

static int look_in_untouched(const struct t_gpu *gpu, size_t size)
{
	return look_for_secrets(gpu, size, 0);
}

static int look_in_touched(const struct t_gpu *gpu, size_t size)
{
	return look_for_secrets(gpu, size, 1);
}

TEST_F_TIMEOUT(isolation, untouched_memory_shows_nothing, SECONDS)
{
	ASSERT_EQ(0, in_child(leave_secrets, &self->gpu, self->size));
	EXPECT_TRUE(t_wait_vram_used(self->used, 120));
	EXPECT_EQ(0, in_child(look_in_untouched, &self->gpu, self->size));
}

TEST_F_TIMEOUT(isolation, touched_memory_shows_only_what_was_written, SECONDS)
{
	ASSERT_EQ(0, in_child(leave_secrets, &self->gpu, self->size));
	EXPECT_TRUE(t_wait_vram_used(self->used, 120));
	EXPECT_EQ(0, in_child(look_in_touched, &self->gpu, self->size));
}

TEST_F_TIMEOUT(isolation, the_search_finds_what_is_there, SECONDS)
{
	char *mem = t_map(T_PAGE);

	ASSERT_NE(NULL, mem);
	EXPECT_EQ(0, foreign_words(mem, T_PAGE, 0));
	write_secret(mem, T_PAGE);
	EXPECT_EQ(T_PAGE / 8, foreign_words(mem, T_PAGE, 0));
	EXPECT_EQ(T_PAGE / 8 - 1, foreign_words(mem, T_PAGE, 1));
	munmap(mem, T_PAGE);
}

TEST_HARNESS_MAIN
