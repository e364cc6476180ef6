// SPDX-License-Identifier: MIT
/*
 * Random SVM ioctls from two threads: valid, invalid, hostile sizes and
 * pointers.  Each one returns, with an error that is documented, and no byte of
 * the memory under them changes.  And random ioctls of every other number, in a
 * process that has queues at work, beside one whose queue works on.
 *
 *   fuzz [--count N] [--seed N]
 *
 * 100,000 by default, and a fifth of that on the debug kernel.
 */
#include <getopt.h>
#include <pthread.h>

#include "kselftest_harness.h"
#include "lib.h"
#include "queue.h"
#include "svm_ioctl.h"

#define ARENA	(4 * T_MIB)
#define THREADS	2
#define SECONDS	3600

/* Room for the largest command: the size field of an ioctl has 14 bits. */
#define ARGS_SIZE	0x4000

static unsigned long count;
static uint64_t seed = 1;

/* What SVM ioctls may say, see <linux/kfd_ioctl.h> and docs/svm.md. */
static const int documented[] = { 0, EINVAL, EFAULT, ENOMEM, EINTR, EADDRINUSE, ENOTTY };

/**
 * struct fuzzer - one thread
 * @state: of the generator
 * @fd: of /dev/kfd
 * @ids: valid gpu ids
 * @mem: the memory under fire: filled, with a hole and a read-only part
 * @args: what the ioctl gets, with a page that is not there behind it
 * @calls: how many ioctls
 * @accepted: how many of them succeeded
 * @undocumented: how many had another errno, the last of which is @odd
 */
struct fuzzer {
	uint64_t state;
	int fd;
	const struct t_kfd *kfd;
	char *mem;
	char *args;
	unsigned long calls;
	unsigned long accepted;
	unsigned long undocumented;
	int odd;
};

static uint64_t below(struct fuzzer *f, uint64_t n)
{
	return t_random(&f->state) % n;
}

static bool one_in(struct fuzzer *f, unsigned int n)
{
	return !below(f, n);
}

/* Values where sums wrap and signs change. */
static uint64_t edge(struct fuzzer *f)
{
	static const uint64_t edges[] = {
		0, 1, T_PAGE - 1, T_PAGE, 0x7fffffffULL, 0x80000000ULL, 0xffffffffULL,
		0x100000000ULL, 0x7ffffffff000ULL, 0x800000000000ULL, 0xffff800000000000ULL,
		0x7fffffffffffffffULL, 0x8000000000000000ULL, -T_PAGE, -1ULL,
	};

	return edges[below(f, ARRAY_SIZE(edges))];
}

static uint64_t random_start(struct fuzzer *f)
{
	uint64_t mem = (uintptr_t)f->mem;

	switch (below(f, 16)) {
	case 0:
		return edge(f);
	case 1:
		return t_random(&f->state) & -T_PAGE;
	case 2:
		return mem + below(f, ARENA);
	default:
		return mem + below(f, ARENA / T_PAGE) * T_PAGE;
	}
}

static uint64_t random_size(struct fuzzer *f)
{
	switch (below(f, 32)) {
	case 0:
		return edge(f);
	case 1:
		return t_random(&f->state) & -T_PAGE;
	case 2:
		return below(f, 4 * T_PAGE);
	case 3:
		return (1 + below(f, 128)) * T_PAGE;
	default:
		return (1 + below(f, 6)) * T_PAGE;
	}
}

static uint32_t random_value(struct fuzzer *f, uint32_t type)
{
	if (one_in(f, 12))
		return edge(f);
	if (one_in(f, 24))
		return t_random(&f->state);
	if (type <= KFD_IOCTL_SVM_ATTR_NO_ACCESS) {
		if (type <= KFD_IOCTL_SVM_ATTR_PREFETCH_LOC && one_in(f, 2))
			return KFD_IOCTL_SVM_LOCATION_SYSMEM;
		return f->kfd->gpu[below(f, f->kfd->ngpus)].id;
	}
	return below(f, 0x80);
}

static uint32_t random_nattr(struct fuzzer *f)
{
	if (one_in(f, 50))
		return edge(f);
	if (one_in(f, 100))
		return below(f, 2200);
	return below(f, 5);
}

/* Where the arguments are: usually good, sometimes at the edge or far off. */
static char *random_pointer(struct fuzzer *f, size_t size)
{
	switch (below(f, 64)) {
	case 0:
		return (char *)edge(f);
	case 1:
		/* The last bytes are missing. */
		return f->args + ARGS_SIZE - size / 2;
	case 2:
		/* Unaligned, up to the last byte. */
		return f->args + ARGS_SIZE - size;
	default:
		return f->args;
	}
}

/* What fits of the arguments goes to the place where they are looked for. */
static void write_args(struct fuzzer *f, char *at, const struct kfd_ioctl_svm_args *args,
		       uint32_t room)
{
	char *end = f->args + ARGS_SIZE;
	struct kfd_ioctl_svm_attribute attr;

	if (at < f->args || at > end || end - at < (ptrdiff_t)sizeof(*args))
		return;
	memcpy(at, args, sizeof(*args));
	at += sizeof(*args);
	for (uint32_t i = 0; i < room && end - at >= (ptrdiff_t)sizeof(attr); i++) {
		attr.type = one_in(f, 30) ? edge(f) : below(f, 8);
		attr.value = random_value(f, attr.type);
		memcpy(at, &attr, sizeof(attr));
		at += sizeof(attr);
	}
}

static bool is_documented(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(documented); i++)
		if (documented[i] == err)
			return true;
	return false;
}

static void one_ioctl(struct fuzzer *f)
{
	struct kfd_ioctl_svm_args args = {
		.start_addr = random_start(f),
		.size = random_size(f),
		.op = one_in(f, 20) ? edge(f) : below(f, 2),
		.nattr = random_nattr(f),
	};
	/* The size that the command tells is not always that of the arguments. */
	uint32_t room = one_in(f, 20) ? below(f, 2048) : args.nattr;
	size_t size = sizeof(args) + (uint64_t)room * sizeof(struct kfd_ioctl_svm_attribute);
	unsigned long cmd;
	char *at;
	int err;

	if (size >= ARGS_SIZE)
		size = ARGS_SIZE - 1;
	cmd = _IOC(_IOC_READ | _IOC_WRITE, 'K', 0x20, one_in(f, 40) ? below(f, size) : size);
	at = random_pointer(f, size);
	write_args(f, at, &args, room);
	err = ioctl(f->fd, cmd, at) ? errno : 0;
	f->calls++;
	f->accepted += !err;
	if (!is_documented(err)) {
		f->undocumented++;
		f->odd = err;
	}
}

static void *fuzz(void *arg)
{
	struct fuzzer *f = arg;

	for (unsigned long i = 0; i < count / THREADS; i++)
		one_ioctl(f);
	return NULL;
}

/* Room for arguments that ends where memory ends. */
static char *map_args(void)
{
	char *p = t_map(ARGS_SIZE + T_PAGE);

	if (!p || munmap(p + ARGS_SIZE, T_PAGE))
		return NULL;
	return p;
}

FIXTURE(fuzz)
{
	struct t_kfd kfd;
	struct fuzzer fuzzers[THREADS];
	long used;
	char *mem;
};

FIXTURE_SETUP(fuzz)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->used = t_vram_used();
	self->mem = t_map(ARENA);
	ASSERT_NE(NULL, self->mem);
	/* Small pages in the first half; a huge page with a piece missing in the second. */
	ASSERT_EQ(0, madvise(self->mem, ARENA / 2, MADV_NOHUGEPAGE));
	t_fill(self->mem, ARENA, 1);
	ASSERT_EQ(0, mprotect(self->mem + ARENA / 4, ARENA / 8, PROT_READ));
	ASSERT_EQ(0, munmap(self->mem + ARENA / 2, 2 * T_PAGE));
	for (int i = 0; i < THREADS; i++) {
		self->fuzzers[i] = (struct fuzzer){
			.state = seed * 0x9e3779b97f4a7c15ULL + i + 1,
			.fd = t_raw_kfd(),
			.kfd = &self->kfd,
			.mem = self->mem,
			.args = map_args(),
		};
		ASSERT_NE(NULL, self->fuzzers[i].args);
	}
}

FIXTURE_TEARDOWN(fuzz)
{
	munmap(self->mem, ARENA);
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, 60));
}

TEST_F_TIMEOUT(fuzz, random_ioctls_from_two_threads, SECONDS)
{
	const size_t after = ARENA / 2 + 2 * T_PAGE;
	struct t_counters before;
	unsigned long accepted = 0;
	pthread_t threads[THREADS];

	TH_LOG("%lu ioctls, seed %llu", count, (unsigned long long)seed);
	ASSERT_EQ(0, t_counters(&before));
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, fuzz, &self->fuzzers[i]));
	for (int i = 0; i < THREADS; i++) {
		EXPECT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, self->fuzzers[i].undocumented);
		EXPECT_EQ(0, self->fuzzers[i].odd);
		EXPECT_EQ(count / THREADS, self->fuzzers[i].calls);
		accepted += self->fuzzers[i].accepted;
	}
	/* Both kinds must really occur. */
	TH_LOG("%lu were accepted", accepted);
	EXPECT_GT(accepted, count / 10);
	EXPECT_LT(accepted, count * 9 / 10);
	EXPECT_GT(t_since(&before, "migrate_to_vram"), 0);
	EXPECT_GT(t_since(&before, "migrate_to_ram"), 0);
	EXPECT_EQ(0, t_wrong(self->mem, ARENA / 2, 1));
	EXPECT_EQ(0, t_wrong(self->mem + after, ARENA - after, 1 + after / 8));
	/* And the driver still works. */
	EXPECT_EQ(0, t_prefetch(self->mem, ARENA / 2, self->kfd.gpu[0].node));
	EXPECT_EQ(ARENA / 2 / T_PAGE, t_in_spm(self->mem, ARENA / 2));
}

/* What the other ioctls may say besides: see the handlers in kfd/. */
static bool is_plausible(int err)
{
	static const int more[] = {
		EPERM, ENOENT, EBADF, EBUSY, ENODEV, ENOSPC, EOPNOTSUPP, ESRCH, EIO, EEXIST,
		E2BIG, 524 /* ENOTSUPP, as amdkfd says of an unknown kind of queue */,
	};

	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		if (more[i] == err)
			return true;
	return is_documented(err);
}

/* A field of some argument: an id, an address, a small number, anything. */
static uint64_t random_field(struct fuzzer *f)
{
	switch (below(f, 6)) {
	case 0:
		return f->kfd->gpu[below(f, f->kfd->ngpus)].id;
	case 1:
		return (uintptr_t)f->mem + below(f, ARENA);
	case 2:
		return (1 + below(f, 64)) * T_PAGE;
	case 3:
		return edge(f);
	case 4:
		return t_random(&f->state);
	default:
		return below(f, 64);
	}
}

static void one_other_ioctl(struct fuzzer *f)
{
	const unsigned int wait_events = 0x0c, svm = 0x20;
	unsigned int nr = below(f, 0x90);
	uint64_t args[16];
	size_t size = below(f, sizeof(args) + 1);
	int err;

	/* It has its own test. */
	if (nr == svm)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(args); i++) {
		args[i] = random_field(f);
		if (one_in(f, 2))
			args[i] |= random_field(f) << 32;
	}
	/* Not for ever: the third word has the time-out, in milliseconds. */
	if (nr == wait_events)
		args[2] = below(f, 3);
	err = ioctl(f->fd, _IOC(_IOC_READ | _IOC_WRITE, 'K', nr, size),
		    one_in(f, 30) ? (void *)edge(f) : args) ? errno : 0;
	f->calls++;
	f->accepted += !err;
	if (!is_plausible(err)) {
		f->undocumented++;
		f->odd = err;
	}
}

static void *fuzz_others(void *arg)
{
	struct fuzzer *f = arg;

	for (unsigned long i = 0; i < count / THREADS / 4; i++)
		one_other_ioctl(f);
	return NULL;
}

TEST_F_TIMEOUT(fuzz, random_ioctls_of_every_number, SECONDS)
{
	pthread_t threads[THREADS];

	/* They may spoil this process for the driver, but not the driver. */
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, fuzz_others, &self->fuzzers[i]));
	for (int i = 0; i < THREADS; i++) {
		EXPECT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, self->fuzzers[i].undocumented);
		EXPECT_EQ(0, self->fuzzers[i].odd);
		EXPECT_GT(self->fuzzers[i].calls, 0);
	}
}

/* In a child: queues of each kind that wait or work, and random ioctls.  The status. */
static int fuzz_with_queues(struct fuzzer *fuzzers)
{
	static const HSA_QUEUE_TYPE types[] = {
		HSA_QUEUE_SDMA, HSA_QUEUE_SDMA_XGMI, HSA_QUEUE_COMPUTE, HSA_QUEUE_COMPUTE_AQL,
	};
	struct t_queue q[ARRAY_SIZE(types)];
	pthread_t threads[THREADS];
	struct t_kfd kfd;
	int odd = 0;

	if (t_open(&kfd))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (t_queue_open(&q[i], &kfd.gpu[0], types[i]) || !t_event(false))
			return 2;
	t_poll(&q[0], q[0].fence + 8, T_EQUAL, 1, ~0U);
	for (int i = 0; i < 200; i++)
		t_copy(&q[1], q[1].fence + 64, q[1].fence + 128, 1024);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		t_submit(&q[i]);
	for (int i = 0; i < THREADS; i++) {
		fuzzers[i].fd = t_raw_kfd();
		if (pthread_create(&threads[i], NULL, fuzz_others, &fuzzers[i]))
			return 3;
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		odd += fuzzers[i].undocumented;
		if (fuzzers[i].odd)
			fprintf(stderr, "# errno %d\n", fuzzers[i].odd);
	}
	return odd ? 4 : 0;
}

TEST_F_TIMEOUT(fuzz, random_ioctls_with_queues_at_work, SECONDS)
{
	struct t_queue q;
	char *host, *vram;
	int status = 0;
	pid_t pid;

	if (!t_has_queues())
		SKIP(return, "queues at work: the device has none");
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(fuzz_with_queues(self->fuzzers));
	ASSERT_EQ(0, t_queue_open(&q, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
	host = t_host(T_HUGE);
	vram = t_vram_bo(&self->kfd.gpu[0], T_MIB);
	ASSERT_NE(NULL, host);
	ASSERT_NE(NULL, vram);
	for (uint64_t i = 1; !waitpid(pid, &status, WNOHANG); i++) {
		t_fill(host, T_MIB, i);
		ASSERT_EQ(0, t_copy(&q, vram, host, T_MIB));
		ASSERT_EQ(0, t_copy(&q, host + T_MIB, vram, T_MIB));
		ASSERT_TRUE(t_finish(&q));
		EXPECT_EQ(0, t_wrong(host + T_MIB, T_MIB, i));
	}
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, t_queue_close(&q));
	EXPECT_EQ(0, t_free(host, T_HUGE));
	EXPECT_EQ(0, t_free(vram, T_MIB));
}

T_ORDER_TESTS

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c') {
			count = strtoul(optarg, NULL, 0);
		} else if (c == 's') {
			seed = strtoull(optarg, NULL, 0);
		} else {
			fprintf(stderr, "Usage: fuzz [--count N] [--seed N]\n");
			return 2;
		}
	}
	if (!count)
		count = t_debug_kernel() ? 20000 : 100000;
	return test_harness_run(argc, argv);
}
