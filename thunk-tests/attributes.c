// SPDX-License-Identifier: MIT
/* Every attribute: set, get, split, mixed answers, defaults, refusals. */

#include "kselftest_harness.h"
#include "lib.h"
#include "svm_ioctl.h"

#define PAGES	64
#define SIZE	(PAGES * T_PAGE)
#define NONE	0xffffffffU	/* INVALID_NODEID, and LOCATION_UNDEFINED */
#define FLAGS	0x7fU
#define DEFAULT	(HSA_SVM_FLAG_HOST_ACCESS | HSA_SVM_FLAG_COHERENT)

FIXTURE(attr)
{
	struct t_kfd kfd;
	unsigned int gpu;
	uint32_t id;
	int fd;
	char *mem;
};

FIXTURE_SETUP(attr)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = self->kfd.gpu[0].node;
	self->id = self->kfd.gpu[0].id;
	self->fd = t_raw_kfd();
	ASSERT_GE(self->fd, 0);
	self->mem = t_map_thp(SIZE, false);
	ASSERT_NE(NULL, self->mem);
	t_fill(self->mem, SIZE, 1);
}

FIXTURE_TEARDOWN(attr)
{
	munmap(self->mem, SIZE);
	EXPECT_EQ(0, t_close(&self->kfd));
}

/* The value of an attribute over some memory, or 0xdeadbeef. */
static uint32_t get(void *addr, size_t size, uint32_t type)
{
	uint32_t value = 0;

	return t_get(addr, size, type, &value) == HSAKMT_STATUS_SUCCESS ? value : 0xdeadbeef;
}

/* How a GPU may access some memory, as the type of attribute; or 0xdeadbeef. */
static uint32_t access_of(void *addr, size_t size, unsigned int node)
{
	HSA_SVM_ATTRIBUTE attr = { .type = HSA_SVM_ATTR_ACCESS, .value = node };

	if (hsaKmtSVMGetAttr(addr, size, 1, &attr) != HSAKMT_STATUS_SUCCESS)
		return 0xdeadbeef;
	return attr.type;
}

static long ranges(void)
{
	struct t_process p;

	return t_process(getpid(), &p) ? -1 : p.ranges;
}

TEST_F(attr, memory_without_attributes_has_the_defaults)
{
	EXPECT_EQ(NONE, get(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC));
	EXPECT_EQ(NONE, get(self->mem, SIZE, HSA_SVM_ATTR_PREFETCH_LOC));
	EXPECT_EQ(DEFAULT, get(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS));
	EXPECT_EQ(FLAGS & ~DEFAULT, get(self->mem, SIZE, HSA_SVM_ATTR_CLR_FLAGS) & FLAGS);
	EXPECT_EQ(9, get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(HSA_SVM_ATTR_NO_ACCESS, access_of(self->mem, SIZE, self->gpu));
}

TEST_F(attr, xnack_gives_access_to_memory_without_attributes)
{
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtSetXNACKMode(1));
	EXPECT_EQ(HSA_SVM_ATTR_ACCESS, access_of(self->mem, SIZE, self->gpu));
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtSetXNACKMode(0));
	EXPECT_EQ(HSA_SVM_ATTR_NO_ACCESS, access_of(self->mem, SIZE, self->gpu));
}

TEST_F(attr, reading_makes_no_range)
{
	long before = ranges();

	ASSERT_GE(before, 0);
	get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY);
	EXPECT_EQ(before, ranges());
}

TEST_F(attr, locations_read_back)
{
	static const uint32_t types[] = { HSA_SVM_ATTR_PREFERRED_LOC, HSA_SVM_ATTR_PREFETCH_LOC };

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, t_set(self->mem, SIZE, types[i], self->gpu));
		EXPECT_EQ(self->gpu, get(self->mem, SIZE, types[i]));
		ASSERT_EQ(0, t_set(self->mem, SIZE, types[i], 0));
		EXPECT_EQ(0, get(self->mem, SIZE, types[i]));
	}
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC, NONE));
	EXPECT_EQ(NONE, get(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC));
}

TEST_F(attr, preferred_location_moves_nothing)
{
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC, self->gpu));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
}

TEST_F(attr, access_reads_back)
{
	static const uint32_t types[] = {
		HSA_SVM_ATTR_ACCESS, HSA_SVM_ATTR_ACCESS_IN_PLACE, HSA_SVM_ATTR_NO_ACCESS,
		HSA_SVM_ATTR_ACCESS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		ASSERT_EQ(0, t_set(self->mem, SIZE, types[i], self->gpu));
		EXPECT_EQ(types[i], access_of(self->mem, SIZE, self->gpu));
	}
}

TEST_F(attr, access_is_kept_per_gpu)
{
	if (self->kfd.ngpus < 2)
		SKIP(return, "access_is_kept_per_gpu: needs two GPUs");
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS, self->kfd.gpu[0].node));
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS_IN_PLACE, self->kfd.gpu[1].node));
	EXPECT_EQ(HSA_SVM_ATTR_ACCESS, access_of(self->mem, SIZE, self->kfd.gpu[0].node));
	EXPECT_EQ(HSA_SVM_ATTR_ACCESS_IN_PLACE, access_of(self->mem, SIZE, self->kfd.gpu[1].node));
}

TEST_F(attr, each_flag_is_set_and_cleared_alone)
{
	for (uint32_t flag = 1; flag < FLAGS; flag <<= 1) {
		uint32_t others = get(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS) & ~flag;

		ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS, flag));
		EXPECT_EQ(others | flag, get(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS));
		EXPECT_EQ(0, get(self->mem, SIZE, HSA_SVM_ATTR_CLR_FLAGS) & flag);
		ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_CLR_FLAGS, flag));
		EXPECT_EQ(others, get(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS));
		EXPECT_EQ(flag, get(self->mem, SIZE, HSA_SVM_ATTR_CLR_FLAGS) & flag);
	}
}

TEST_F(attr, granularity_reads_back)
{
	static const uint32_t values[] = { 0, 1, 9, 18, 63 };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY, values[i]));
		EXPECT_EQ(values[i], get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
	}
}

TEST_F(attr, many_attributes_in_one_call_apply_in_order)
{
	HSA_SVM_ATTRIBUTE attrs[] = {
		{ HSA_SVM_ATTR_GRANULARITY, 3 },
		{ HSA_SVM_ATTR_SET_FLAGS, HSA_SVM_FLAG_GPU_RO },
		{ HSA_SVM_ATTR_CLR_FLAGS, HSA_SVM_FLAG_COHERENT },
		{ HSA_SVM_ATTR_PREFERRED_LOC, self->gpu },
		{ HSA_SVM_ATTR_ACCESS_IN_PLACE, self->gpu },
		{ HSA_SVM_ATTR_GRANULARITY, 5 },
	};

	ASSERT_EQ(0, hsaKmtSVMSetAttr(self->mem, SIZE, ARRAY_SIZE(attrs), attrs));
	EXPECT_EQ(5, get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(HSA_SVM_FLAG_HOST_ACCESS | HSA_SVM_FLAG_GPU_RO,
		  get(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS));
	EXPECT_EQ(self->gpu, get(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC));
	EXPECT_EQ(HSA_SVM_ATTR_ACCESS_IN_PLACE, access_of(self->mem, SIZE, self->gpu));
}

TEST_F(attr, many_attributes_are_read_in_one_call)
{
	HSA_SVM_ATTRIBUTE attrs[] = {
		{ HSA_SVM_ATTR_GRANULARITY, 0 },
		{ HSA_SVM_ATTR_ACCESS, self->gpu },
		{ HSA_SVM_ATTR_PREFERRED_LOC, 0x7fe41234 },
		{ HSA_SVM_ATTR_SET_FLAGS, 0 },
	};

	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS, self->gpu));
	ASSERT_EQ(0, hsaKmtSVMGetAttr(self->mem, SIZE, ARRAY_SIZE(attrs), attrs));
	EXPECT_EQ(9, attrs[0].value);
	EXPECT_EQ(HSA_SVM_ATTR_ACCESS, attrs[1].type);
	EXPECT_EQ(self->gpu, attrs[1].value);
	EXPECT_EQ(NONE, attrs[2].value);
	EXPECT_EQ(DEFAULT, attrs[3].value);
}

TEST_F(attr, setting_the_middle_splits_a_range)
{
	char *left = self->mem, *mid = left + 16 * T_PAGE, *right = mid + 8 * T_PAGE;
	struct t_counters before;
	long n;

	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY, 4));
	n = ranges();
	ASSERT_EQ(0, t_counters(&before));
	ASSERT_EQ(0, t_set(mid, 8 * T_PAGE, HSA_SVM_ATTR_GRANULARITY, 7));
	EXPECT_EQ(n + 2, ranges());
	EXPECT_GE(t_since(&before, "range_split"), 1);
	EXPECT_EQ(4, get(left, 16 * T_PAGE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(7, get(mid, 8 * T_PAGE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(4, get(right, 40 * T_PAGE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(4, get(mid - T_PAGE, T_PAGE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(7, get(mid, T_PAGE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(7, get(right - T_PAGE, T_PAGE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(4, get(right, T_PAGE, HSA_SVM_ATTR_GRANULARITY));
}

TEST_F(attr, a_split_keeps_the_other_attributes)
{
	char *mid = self->mem + 16 * T_PAGE;

	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC, self->gpu));
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS, self->gpu));
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS, HSA_SVM_FLAG_GPU_EXEC));
	ASSERT_EQ(0, t_set(mid, T_PAGE, HSA_SVM_ATTR_GRANULARITY, 1));
	EXPECT_EQ(self->gpu, get(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC));
	EXPECT_EQ(self->gpu, get(mid, T_PAGE, HSA_SVM_ATTR_PREFERRED_LOC));
	EXPECT_EQ(HSA_SVM_ATTR_ACCESS, access_of(self->mem, SIZE, self->gpu));
	EXPECT_EQ(DEFAULT | HSA_SVM_FLAG_GPU_EXEC, get(mid, T_PAGE, HSA_SVM_ATTR_SET_FLAGS));
}

TEST_F(attr, mixed_locations_answer_undefined)
{
	ASSERT_EQ(0, t_set(self->mem, SIZE / 2, HSA_SVM_ATTR_PREFERRED_LOC, self->gpu));
	EXPECT_EQ(NONE, get(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC));
	ASSERT_EQ(0, t_set(self->mem + SIZE / 2, SIZE / 2, HSA_SVM_ATTR_PREFERRED_LOC, 0));
	EXPECT_EQ(NONE, get(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC));
	ASSERT_EQ(0, t_set(self->mem + SIZE / 2, SIZE / 2, HSA_SVM_ATTR_PREFERRED_LOC, self->gpu));
	EXPECT_EQ(self->gpu, get(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC));
}

TEST_F(attr, mixed_flags_answer_what_all_agree_on)
{
	uint32_t set, clear;

	ASSERT_EQ(0, t_set(self->mem, SIZE / 2, HSA_SVM_ATTR_SET_FLAGS, HSA_SVM_FLAG_GPU_RO));
	ASSERT_EQ(0, t_set(self->mem + SIZE / 2, SIZE / 2, HSA_SVM_ATTR_CLR_FLAGS,
			   HSA_SVM_FLAG_COHERENT));
	set = get(self->mem, SIZE, HSA_SVM_ATTR_SET_FLAGS);
	clear = get(self->mem, SIZE, HSA_SVM_ATTR_CLR_FLAGS) & FLAGS;
	EXPECT_EQ(HSA_SVM_FLAG_HOST_ACCESS, set);
	EXPECT_EQ(FLAGS & ~(DEFAULT | HSA_SVM_FLAG_GPU_RO), clear);
}

TEST_F(attr, mixed_granularity_answers_the_smallest)
{
	ASSERT_EQ(0, t_set(self->mem, T_PAGE, HSA_SVM_ATTR_GRANULARITY, 12));
	EXPECT_EQ(9, get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
	ASSERT_EQ(0, t_set(self->mem + 2 * T_PAGE, T_PAGE, HSA_SVM_ATTR_GRANULARITY, 2));
	EXPECT_EQ(2, get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
}

/* KFD intersects both kinds of access on their own. */
TEST_F(attr, mixed_access_answers_no_access)
{
	size_t half = SIZE / 2;

	ASSERT_EQ(0, t_set(self->mem, half, HSA_SVM_ATTR_ACCESS, self->gpu));
	EXPECT_EQ(HSA_SVM_ATTR_NO_ACCESS, access_of(self->mem, SIZE, self->gpu));
	ASSERT_EQ(0, t_set(self->mem + half, half, HSA_SVM_ATTR_ACCESS_IN_PLACE, self->gpu));
	EXPECT_EQ(HSA_SVM_ATTR_NO_ACCESS, access_of(self->mem, SIZE, self->gpu));
	ASSERT_EQ(0, t_set(self->mem, half, HSA_SVM_ATTR_ACCESS_IN_PLACE, self->gpu));
	EXPECT_EQ(HSA_SVM_ATTR_ACCESS_IN_PLACE, access_of(self->mem, SIZE, self->gpu));
}

TEST_F(attr, ranges_may_overlap_each_other_in_any_way)
{
	uint64_t state = 42;
	uint8_t model[PAGES];

	memset(model, 9, sizeof(model));
	for (int i = 0; i < 300; i++) {
		unsigned int from = t_random(&state) % PAGES;
		unsigned int n = 1 + t_random(&state) % (PAGES - from);
		unsigned int value = t_random(&state) % 20;

		ASSERT_EQ(0, t_set(self->mem + from * T_PAGE, n * T_PAGE,
				   HSA_SVM_ATTR_GRANULARITY, value));
		memset(model + from, value, n);
		for (int k = 0; k < 4; k++) {
			unsigned int page = t_random(&state) % PAGES;

			ASSERT_EQ(model[page], get(self->mem + page * T_PAGE, T_PAGE,
						   HSA_SVM_ATTR_GRANULARITY));
		}
	}
	for (unsigned int page = 0; page < PAGES; page++)
		EXPECT_EQ(model[page], get(self->mem + page * T_PAGE, T_PAGE,
					   HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F(attr, unmapping_forgets_attributes)
{
	char *mem = t_map(SIZE);
	void *again;

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, t_set(mem, SIZE, HSA_SVM_ATTR_GRANULARITY, 2));
	ASSERT_EQ(0, munmap(mem, SIZE));
	again = mmap(mem, SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	ASSERT_EQ((void *)mem, again);
	EXPECT_EQ(9, get(mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
	munmap(mem, SIZE);
}

TEST_F(attr, closing_forgets_attributes)
{
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY, 2));
	ASSERT_EQ(0, t_close(&self->kfd));
	ASSERT_EQ(0, t_open(&self->kfd));
	EXPECT_EQ(9, get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
}

TEST_F(attr, a_child_starts_without_attributes)
{
	struct t_kfd kfd;
	pid_t pid;

	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY, 2));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (t_open(&kfd))
			_exit(1);
		_exit(get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY) == 9 ? 0 : 2);
	}
	EXPECT_EQ(0, t_wait_exit(pid, 60));
	EXPECT_EQ(2, get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
}

TEST_F(attr, crooked_addresses_are_invalid)
{
	const uint32_t type = KFD_IOCTL_SVM_ATTR_GRANULARITY;

	EXPECT_EQ(-EINVAL, t_svm_set1(self->fd, self->mem + 1, T_PAGE, type, 1));
	EXPECT_EQ(-EINVAL, t_svm_set1(self->fd, self->mem, T_PAGE + 1, type, 1));
	EXPECT_EQ(-EINVAL, t_svm_set1(self->fd, self->mem, 0, type, 1));
	EXPECT_EQ(-EINVAL, t_svm_set1(self->fd, NULL, T_PAGE, type, 1));
	EXPECT_EQ(9, get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
}

TEST_F(attr, memory_that_is_not_there_is_a_fault)
{
	const uint32_t type = KFD_IOCTL_SVM_ATTR_GRANULARITY;
	char *hole = self->mem + 8 * T_PAGE;

	ASSERT_EQ(0, munmap(hole, T_PAGE));
	EXPECT_EQ(-EFAULT, t_svm_set1(self->fd, hole, T_PAGE, type, 1));
	EXPECT_EQ(-EFAULT, t_svm_set1(self->fd, self->mem, SIZE, type, 1));
	EXPECT_EQ(-EFAULT, t_svm_set1(self->fd, (void *)0x7fffffff0000, 1ULL << 40, type, 1));
	EXPECT_EQ(9, get(self->mem, 8 * T_PAGE, HSA_SVM_ATTR_GRANULARITY));
}

TEST_F(attr, sizes_that_wrap_are_refused)
{
	const uint32_t type = KFD_IOCTL_SVM_ATTR_GRANULARITY;
	void *kernel = (void *)0xffff888000000000;
	int ret;

	ret = t_svm_set1(self->fd, self->mem, -T_PAGE, type, 1);
	EXPECT_TRUE(ret == -EINVAL || ret == -EFAULT);
	ret = t_svm_set1(self->fd, (void *)-T_PAGE, T_PAGE, type, 1);
	EXPECT_TRUE(ret == -EINVAL || ret == -EFAULT);
	ret = t_svm_set1(self->fd, kernel, T_PAGE, type, 1);
	EXPECT_TRUE(ret == -EINVAL || ret == -EFAULT);
}

/* The address of [vvar], a mapping that has no pages of its own. */
static void *find_special(void)
{
	unsigned long start;
	char line[256];
	FILE *f = fopen("/proc/self/maps", "r");
	void *found = NULL;

	while (f && !found && fgets(line, sizeof(line), f))
		if (strstr(line, "[vvar]") && sscanf(line, "%lx-", &start) == 1)
			found = (void *)start;
	if (f)
		fclose(f);
	return found;
}

TEST_F(attr, special_mappings_are_a_fault)
{
	void *special = find_special();

	if (!special)
		SKIP(return, "special_mappings_are_a_fault: no [vvar] mapping");
	EXPECT_EQ(-EFAULT, t_svm_set1(self->fd, special, T_PAGE, KFD_IOCTL_SVM_ATTR_GRANULARITY,
				      1));
}

TEST_F(attr, values_out_of_range_are_invalid)
{
	static const struct kfd_ioctl_svm_attribute bad[] = {
		{ 8, 0 },
		{ 0xffffffff, 0 },
		{ KFD_IOCTL_SVM_ATTR_PREFETCH_LOC, NONE },
		{ KFD_IOCTL_SVM_ATTR_PREFETCH_LOC, 0xdead },
		{ KFD_IOCTL_SVM_ATTR_PREFERRED_LOC, 0xdead },
		{ KFD_IOCTL_SVM_ATTR_ACCESS, 0xdead },
		{ KFD_IOCTL_SVM_ATTR_ACCESS_IN_PLACE, 0 },
		{ KFD_IOCTL_SVM_ATTR_NO_ACCESS, NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, t_svm_set1(self->fd, self->mem, SIZE, bad[i].type,
					      bad[i].value));
}

TEST_F(attr, a_refused_call_applies_nothing)
{
	struct kfd_ioctl_svm_attribute attrs[] = {
		{ KFD_IOCTL_SVM_ATTR_GRANULARITY, 3 },
		{ KFD_IOCTL_SVM_ATTR_PREFETCH_LOC, self->id },
		{ KFD_IOCTL_SVM_ATTR_PREFERRED_LOC, 0xdead },
	};

	EXPECT_EQ(-EINVAL, t_svm(self->fd, self->mem, SIZE, T_SVM_SET, 3, attrs));
	EXPECT_EQ(9, get(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY));
	EXPECT_EQ(NONE, get(self->mem, SIZE, HSA_SVM_ATTR_PREFETCH_LOC));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
}

TEST_F(attr, only_plain_access_can_be_asked_for)
{
	static const uint32_t types[] = {
		KFD_IOCTL_SVM_ATTR_ACCESS_IN_PLACE, KFD_IOCTL_SVM_ATTR_NO_ACCESS,
	};

	for (int i = 0; i < 2; i++) {
		struct kfd_ioctl_svm_attribute attr = { types[i], self->id };

		EXPECT_EQ(-EINVAL, t_svm(self->fd, self->mem, SIZE, T_SVM_GET, 1, &attr));
	}
}

TEST_F(attr, unknown_operations_are_invalid)
{
	struct kfd_ioctl_svm_attribute attr = { KFD_IOCTL_SVM_ATTR_GRANULARITY, 1 };

	EXPECT_EQ(-EINVAL, t_svm(self->fd, self->mem, SIZE, 2, 1, &attr));
	EXPECT_EQ(-EINVAL, t_svm(self->fd, self->mem, SIZE, ~0U, 1, &attr));
}

TEST_F(attr, more_attributes_than_the_command_has_room_for_are_invalid)
{
	struct {
		struct kfd_ioctl_svm_args args;
		struct kfd_ioctl_svm_attribute attrs[2];
	} u = { .args = { (uintptr_t)self->mem, SIZE, T_SVM_GET, 2 } };

	u.attrs[0].type = KFD_IOCTL_SVM_ATTR_GRANULARITY;
	u.attrs[1].type = KFD_IOCTL_SVM_ATTR_GRANULARITY;
	EXPECT_EQ(0, ioctl(self->fd, t_svm_cmd(2), &u));
	errno = 0;
	EXPECT_EQ(-1, ioctl(self->fd, t_svm_cmd(1), &u));
	EXPECT_EQ(EINVAL, errno);
	u.args.nattr = 0xffffffff;
	EXPECT_EQ(-1, ioctl(self->fd, t_svm_cmd(2), &u));
	EXPECT_EQ(EINVAL, errno);
}

TEST_HARNESS_MAIN
