// SPDX-License-Identifier: MIT
/* The events that rocm-smi and profilers read: which, in which order, with what. */

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "queue.h"
#include "raw.h"

#define SIZE	T_HUGE
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	300
#define TEXT	8192
#define MASK(n)	(1ULL << ((n) - 1))
#define ALL	(~0ULL >> 1)

enum {
	VMFAULT = 1,
	MIGRATE_START = 5,
	MIGRATE_END,
	FAULT_START,
	FAULT_END,
	EVICTION,
	RESTORE,
	UNMAP,
	ALL_PROCESS = 64,
};

/**
 * struct event - one line
 * @rest: what follows number, time and pid
 */
struct event {
	unsigned int number;
	long long ns;
	int pid;
	char rest[80];
};

/* Both fixtures. */
struct smi {
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	struct t_queue q;
	char *mem;
	char *bo;
	int fd;
	char text[TEXT];
	size_t len;
};

static int smi_open(int kfd, uint32_t gpu_id)
{
	struct kfd_ioctl_smi_events_args args = { .gpuid = gpu_id };
	int ret = t_ioctl(kfd, AMDKFD_IOC_SMI_EVENTS, &args);

	return ret ? ret : (int)args.anon_fd;
}

static bool set_mask(int fd, uint64_t mask)
{
	return write(fd, &mask, sizeof(mask)) == sizeof(mask);
}

static int start(struct smi *s, bool xnack)
{
	if (t_open(&s->kfd) || t_xnack(xnack))
		return -1;
	s->gpu = &s->kfd.gpu[0];
	s->mem = t_map_thp(2 * SIZE, false);
	s->bo = t_vram_bo(s->gpu, SIZE);
	if (!s->mem || !s->bo || t_queue_open(&s->q, s->gpu, HSA_QUEUE_SDMA))
		return -1;
	t_fill(s->mem, 2 * SIZE, 1);
	if (!t_finish(&s->q))
		return -1;
	s->fd = smi_open(t_raw_kfd(), s->gpu->id);
	return s->fd >= 0 ? 0 : -1;
}

static int stop(struct smi *s)
{
	close(s->fd);
	munmap(s->mem, 2 * SIZE);
	return t_queue_close(&s->q) || t_free(s->bo, SIZE) || t_close(&s->kfd);
}

/* What has come since the last call, at the end of the text. */
static void read_more(struct smi *s)
{
	ssize_t n;

	while (s->len < TEXT - 1) {
		n = read(s->fd, s->text + s->len, TEXT - 1 - s->len);
		if (n <= 0)
			break;
		s->len += n;
		s->text[s->len] = '\0';
	}
}

/* The number-th line of the text; false when it is not there. */
static bool line(const struct smi *s, int number, struct event *e)
{
	const char *at = s->text;
	char minus_pid[32];

	while (number-- && at)
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
	memset(e, 0, sizeof(*e));
	if (!at || !strchr(at, '\n'))
		return false;
	/* The old ones have neither time nor pid in front. */
	if (sscanf(at, "%x %79[^\n]", &e->number, e->rest) == 2 && e->number < MIGRATE_START)
		return true;
	if (sscanf(at, "%x %lld %31s %79[^\n]", &e->number, &e->ns, minus_pid, e->rest) != 4)
		return false;
	e->pid = -atoi(minus_pid);
	return true;
}

struct wanted {
	struct smi *s;
	unsigned int number;
};

static bool has_come(void *arg)
{
	struct wanted *w = arg;
	struct event e;

	read_more(w->s);
	for (int i = 0; line(w->s, i, &e); i++)
		if (e.number == w->number)
			return true;
	return false;
}

/* Until an event of this number has been read. */
static bool wait_for(struct smi *s, unsigned int number)
{
	struct wanted w = { s, number };

	return t_wait(has_come, &w, T_SOON);
}

/* The first event of this number. */
static bool first(const struct smi *s, unsigned int number, struct event *e)
{
	for (int i = 0; line(s, i, e); i++)
		if (e->number == number)
			return true;
	return false;
}

static unsigned int count(const struct smi *s, unsigned int number)
{
	unsigned int n = 0;
	struct event e;

	for (int i = 0; line(s, i, &e); i++)
		n += e.number == number;
	return n;
}

static void forget(struct smi *s)
{
	read_more(s);
	s->len = 0;
	s->text[0] = '\0';
}

FIXTURE(retry)
{
	struct smi s;
};

FIXTURE_SETUP(retry)
{
	ASSERT_EQ(0, start(&self->s, true));
}

FIXTURE_TEARDOWN(retry)
{
	EXPECT_EQ(0, stop(&self->s));
}

TEST_F_TIMEOUT(retry, a_prefetch_is_told_with_its_ends, SECONDS)
{
	int n;
	struct smi *s = &self->s;
	unsigned long page, pages;
	unsigned int from, to, prefetch, preferred, trigger;
	struct event begin, end;

	ASSERT_TRUE(set_mask(s->fd, ALL));
	ASSERT_EQ(0, t_prefetch(s->mem, SIZE, s->gpu->node));
	ASSERT_TRUE(wait_for(s, MIGRATE_END));
	ASSERT_TRUE(line(s, 0, &begin));
	EXPECT_EQ(MIGRATE_START, begin.number);
	EXPECT_EQ(getpid(), begin.pid);
	n = sscanf(begin.rest, "@%lx(%lx) %x->%x %x:%x %u", &page, &pages, &from, &to, &prefetch,
		   &preferred, &trigger);
	ASSERT_EQ(7, n);
	EXPECT_EQ((uintptr_t)s->mem / T_PAGE, page);
	EXPECT_EQ(PAGES, pages);
	EXPECT_EQ(0, from);
	EXPECT_EQ(s->gpu->id, to);
	EXPECT_EQ(s->gpu->id, prefetch);
	EXPECT_EQ(0xffffffff, preferred);
	EXPECT_EQ(0, trigger);
	ASSERT_TRUE(first(s, MIGRATE_END, &end));
	n = sscanf(end.rest, "@%lx(%lx) %x->%x %u", &page, &pages, &from, &to, &trigger);
	ASSERT_EQ(5, n);
	EXPECT_EQ((uintptr_t)s->mem / T_PAGE, page);
	EXPECT_EQ(PAGES, pages);
	EXPECT_EQ(s->gpu->id, to);
	EXPECT_GE(end.ns, begin.ns);
}

TEST_F_TIMEOUT(retry, a_fault_is_told_around_its_migration, SECONDS)
{
	int n;
	static const unsigned int order[] = { FAULT_START, MIGRATE_START, MIGRATE_END, FAULT_END };
	struct smi *s = &self->s;
	unsigned long page;
	unsigned int gpu, trigger;
	struct event e;
	char letter;
	size_t seen = 0;

	ASSERT_TRUE(set_mask(s->fd, ALL));
	ASSERT_EQ(0, t_fill_words(&s->q, s->mem + 5 * T_PAGE, 1, 1));
	ASSERT_TRUE(t_finish(&s->q));
	ASSERT_TRUE(wait_for(s, FAULT_END));
	for (int i = 0; line(s, i, &e); i++)
		if (seen < ARRAY_SIZE(order) && e.number == order[seen])
			seen++;
	EXPECT_EQ(ARRAY_SIZE(order), seen) {
		TH_LOG("%s", s->text);
	}
	ASSERT_TRUE(first(s, FAULT_START, &e));
	n = sscanf(e.rest, "@%lx(%x) %c", &page, &gpu, &letter);
	ASSERT_EQ(3, n);
	EXPECT_EQ((uintptr_t)s->mem / T_PAGE + 5, page);
	EXPECT_EQ(s->gpu->id, gpu);
	EXPECT_EQ('W', letter);
	ASSERT_TRUE(first(s, FAULT_END, &e));
	n = sscanf(e.rest, "@%lx(%x) %c", &page, &gpu, &letter);
	ASSERT_EQ(3, n);
	EXPECT_EQ('M', letter);
	ASSERT_TRUE(first(s, MIGRATE_START, &e));
	n = sscanf(e.rest, "@%*x(%*x) %*x->%*x %*x:%*x %u", &trigger);
	ASSERT_EQ(1, n);
	EXPECT_EQ(1, trigger);
}

TEST_F_TIMEOUT(retry, a_fault_that_only_maps_says_so, SECONDS)
{
	int n;
	struct smi *s = &self->s;
	struct event e;
	char letter;

	ASSERT_EQ(0, t_set(s->mem, SIZE, HSA_SVM_ATTR_ACCESS_IN_PLACE, s->gpu->node));
	/* An attribute call may have mapped it already. */
	ASSERT_EQ(0, madvise(s->mem, SIZE, MADV_DONTNEED));
	memset(s->mem, 1, SIZE);
	ASSERT_TRUE(set_mask(s->fd, ALL));
	ASSERT_EQ(0, t_copy(&s->q, s->bo, s->mem, T_PAGE));
	ASSERT_TRUE(t_finish(&s->q));
	ASSERT_TRUE(wait_for(s, FAULT_END));
	EXPECT_EQ(0, count(s, MIGRATE_START));
	ASSERT_TRUE(first(s, FAULT_START, &e));
	n = sscanf(e.rest, "@%*x(%*x) %c", &letter);
	ASSERT_EQ(1, n);
	EXPECT_EQ('R', letter);
	ASSERT_TRUE(first(s, FAULT_END, &e));
	n = sscanf(e.rest, "@%*x(%*x) %c", &letter);
	ASSERT_EQ(1, n);
	EXPECT_EQ('U', letter);
}

TEST_F_TIMEOUT(retry, an_unmap_is_told_with_its_pages, SECONDS)
{
	int n;
	struct smi *s = &self->s;
	unsigned long page, pages;
	unsigned int gpu, trigger;
	struct event e;

	ASSERT_EQ(0, t_copy(&s->q, s->bo, s->mem, SIZE));
	ASSERT_TRUE(t_finish(&s->q));
	ASSERT_TRUE(set_mask(s->fd, MASK(UNMAP)));
	/* Not a part of 2 MiB: splitting it tells devices first that all of it changes. */
	ASSERT_EQ(0, munmap(s->mem, SIZE));
	ASSERT_TRUE(wait_for(s, UNMAP));
	ASSERT_TRUE(line(s, 0, &e));
	n = sscanf(e.rest, "@%lx(%lx) %x %u", &page, &pages, &gpu, &trigger);
	ASSERT_EQ(4, n);
	EXPECT_EQ((uintptr_t)s->mem / T_PAGE, page);
	EXPECT_EQ(PAGES, pages) {
		TH_LOG("%s", s->text);
	}
	EXPECT_EQ(s->gpu->id, gpu);
	EXPECT_EQ(2, trigger);
	EXPECT_EQ(getpid(), e.pid);
}

TEST_F_TIMEOUT(retry, only_what_the_mask_names_is_told, SECONDS)
{
	struct smi *s = &self->s;
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	char c;

	/* Nothing at first. */
	ASSERT_EQ(0, t_prefetch(s->mem, SIZE, s->gpu->node));
	EXPECT_EQ(0, poll(&p, 1, 0));
	EXPECT_EQ(-1, read(s->fd, &c, 1));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_TRUE(set_mask(s->fd, MASK(MIGRATE_END)));
	ASSERT_EQ(0, t_prefetch(s->mem, SIZE, 0));
	EXPECT_EQ(1, poll(&p, 1, T_SOON * 1000));
	read_more(s);
	EXPECT_EQ(1, count(s, MIGRATE_END));
	EXPECT_EQ(0, count(s, MIGRATE_START));
	ASSERT_TRUE(set_mask(s->fd, 0));
	forget(s);
	ASSERT_EQ(0, t_prefetch(s->mem, SIZE, s->gpu->node));
	EXPECT_EQ(0, poll(&p, 1, 0));
}

/* In a child: a migration of its own.  The exit status. */
static int migrate(void)
{
	char *mem = t_map_thp(SIZE, false);
	struct t_kfd kfd;

	if (!mem || t_open(&kfd))
		return 1;
	t_fill(mem, SIZE, 1);
	return t_prefetch(mem, SIZE, kfd.gpu[0].node) ? 2 : 0;
}

static int migrate_in_child(pid_t *pid)
{
	*pid = fork();
	if (!*pid)
		_exit(migrate());
	return *pid < 0 ? -1 : t_wait_exit(*pid, SECONDS);
}

TEST_F_TIMEOUT(retry, other_processes_are_told_to_root_on_request_only, SECONDS)
{
	struct smi *s = &self->s;
	struct event e;
	pid_t pid;

	ASSERT_TRUE(set_mask(s->fd, ALL));
	ASSERT_EQ(0, migrate_in_child(&pid));
	read_more(s);
	EXPECT_EQ(0, count(s, MIGRATE_END));
	ASSERT_TRUE(set_mask(s->fd, ALL | MASK(ALL_PROCESS)));
	ASSERT_EQ(0, migrate_in_child(&pid));
	ASSERT_TRUE(wait_for(s, MIGRATE_END));
	ASSERT_TRUE(first(s, MIGRATE_END, &e));
	EXPECT_EQ(pid, e.pid);
	/* Without root the request is worth nothing. */
	forget(s);
	ASSERT_EQ(0, t_for_everybody());
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		struct t_kfd kfd;
		int fd, child;

		if (setresuid(65534, 65534, 65534) || hsaKmtOpenKFD())
			_exit(1);
		(void)kfd;
		fd = smi_open(t_raw_kfd(), s->gpu->id);
		if (fd < 0)
			_exit(2);
		if (!set_mask(fd, ALL | MASK(ALL_PROCESS)))
			_exit(0);
		child = fork();
		if (!child)
			_exit(0);
		_exit(read(fd, s->text, TEXT) > 0 ? 3 : 0);
	}
	EXPECT_EQ(0, t_prefetch(s->mem, SIZE, s->gpu->node));
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
}

TEST_F_TIMEOUT(retry, what_does_not_fit_is_dropped_whole_and_counted, SECONDS)
{
	struct smi *s = &self->s;
	struct t_counters before;
	long long dropped;
	struct event e;
	int lines = 0;

	ASSERT_EQ(0, t_counters(&before));
	ASSERT_TRUE(set_mask(s->fd, MASK(MIGRATE_START) | MASK(MIGRATE_END)));
	for (int i = 0; i < 30; i++)
		ASSERT_EQ(0, t_prefetch(s->mem, SIZE, i % 2 ? 0 : s->gpu->node));
	dropped = t_since(&before, "smi_dropped");
	EXPECT_GT(dropped, 0);
	read_more(s);
	while (line(s, lines, &e)) {
		EXPECT_TRUE(e.number == MIGRATE_START || e.number == MIGRATE_END);
		EXPECT_EQ(getpid(), e.pid);
		lines++;
	}
	EXPECT_EQ('\n', s->text[s->len - 1]);
	EXPECT_EQ(60, lines + dropped);
}

TEST_F_TIMEOUT(retry, wrong_requests_are_refused, SECONDS)
{
	struct smi *s = &self->s;
	char c = 0, *gone = t_map(T_PAGE);

	ASSERT_EQ(0, munmap(gone, T_PAGE));
	EXPECT_EQ(-EINVAL, smi_open(t_raw_kfd(), 0));
	EXPECT_EQ(-EINVAL, smi_open(t_raw_kfd(), s->gpu->id + 1));
	EXPECT_EQ(-1, write(s->fd, &c, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(s->fd, gone, 8));
	EXPECT_EQ(EFAULT, errno);
}

FIXTURE(evict)
{
	struct smi s;
};

FIXTURE_SETUP(evict)
{
	ASSERT_EQ(0, start(&self->s, false));
	ASSERT_EQ(0, t_access(self->s.gpu, self->s.mem, 2 * SIZE));
}

FIXTURE_TEARDOWN(evict)
{
	EXPECT_EQ(0, stop(&self->s));
}

TEST_F_TIMEOUT(evict, an_eviction_is_told_and_then_its_restore, SECONDS)
{
	int n;
	struct smi *s = &self->s;
	struct event out, in;
	unsigned int gpu, trigger;

	ASSERT_TRUE(set_mask(s->fd, MASK(EVICTION) | MASK(RESTORE)));
	ASSERT_EQ(0, mprotect(s->mem, SIZE, PROT_READ));
	ASSERT_TRUE(wait_for(s, RESTORE));
	ASSERT_TRUE(line(s, 0, &out));
	EXPECT_EQ(EVICTION, out.number);
	n = sscanf(out.rest, "%x %u", &gpu, &trigger);
	ASSERT_EQ(2, n);
	EXPECT_EQ(s->gpu->id, gpu);
	EXPECT_EQ(0, trigger);
	ASSERT_TRUE(first(s, RESTORE, &in));
	EXPECT_EQ(s->gpu->id, strtoul(in.rest, NULL, 16));
	EXPECT_GE(in.ns, out.ns);
	EXPECT_EQ(getpid(), in.pid);
}

TEST_F_TIMEOUT(evict, a_fault_that_kills_is_told_with_the_name, SECONDS)
{
	int n;
	HsaEvent *event = t_event_of(HSA_EVENTTYPE_MEMORY, self->s.gpu, true);
	struct smi *s = &self->s;
	unsigned int pid = 0;
	char name[32] = "";
	struct event e;

	ASSERT_NE(NULL, event);
	ASSERT_TRUE(set_mask(s->fd, ALL));
	ASSERT_EQ(0, t_fill_words(&s->q, (void *)0x1000, 1, 1));
	t_submit(&s->q);
	ASSERT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000));
	ASSERT_TRUE(wait_for(s, VMFAULT));
	ASSERT_TRUE(first(s, VMFAULT, &e));
	n = sscanf(e.rest, "%x:%31s", &pid, name);
	ASSERT_EQ(2, n);
	EXPECT_EQ(getpid(), pid);
	EXPECT_STREQ("smi", name);
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

T_QUEUE_MAIN
