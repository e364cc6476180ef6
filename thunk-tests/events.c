// SPDX-License-Identifier: MIT
/* Events as ROCr uses them, and as it never would. */

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "kselftest_harness.h"
#include "queue.h"
#include "raw.h"

#define SECONDS		300
#define SLOTS		4096
#define PAGE_SIZE	(SLOTS * 8)
#define EMPTY		0xffffffffffffffffULL
#define FOREVER		0xfffffffe

FIXTURE(events)
{
	struct t_kfd kfd;
};

FIXTURE_SETUP(events)
{
	ASSERT_EQ(0, t_open(&self->kfd));
}

FIXTURE_TEARDOWN(events)
{
	EXPECT_EQ(0, t_close(&self->kfd));
}

TEST_F_TIMEOUT(events, auto_reset_satisfies_one_wait, SECONDS)
{
	HsaEvent *event = t_event(false);

	ASSERT_NE(NULL, event);
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	ASSERT_EQ(0, hsaKmtSetEvent(event));
	EXPECT_EQ(0, hsaKmtWaitOnEvent(event, 0));
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	ASSERT_EQ(0, hsaKmtSetEvent(event));
	ASSERT_EQ(0, hsaKmtResetEvent(event));
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(events, manual_reset_satisfies_all_waits, SECONDS)
{
	HsaEvent *event = t_event(true);

	ASSERT_NE(NULL, event);
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	ASSERT_EQ(0, hsaKmtSetEvent(event));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, hsaKmtWaitOnEvent(event, 0));
	ASSERT_EQ(0, hsaKmtResetEvent(event));
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(events, any_is_one_and_all_is_all, SECONDS)
{
	struct _HsaEvent *events[5];
	const int n = ARRAY_SIZE(events);

	for (int i = 0; i < n; i++) {
		events[i] = t_event(true);
		ASSERT_NE(NULL, events[i]);
	}
	for (int i = 0; i < n; i++) {
		EXPECT_EQ(i ? 0 : HSAKMT_STATUS_WAIT_TIMEOUT,
			  hsaKmtWaitOnMultipleEvents(events, n, false, 0));
		EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT,
			  hsaKmtWaitOnMultipleEvents(events, n, true, 0));
		ASSERT_EQ(0, hsaKmtSetEvent(events[n - 1 - i]));
	}
	EXPECT_EQ(0, hsaKmtWaitOnMultipleEvents(events, n, true, 0));
	for (int i = 0; i < n; i++)
		EXPECT_EQ(0, hsaKmtDestroyEvent(events[i]));
}

TEST_F_TIMEOUT(events, a_failed_wait_for_all_consumes_nothing, SECONDS)
{
	HsaEvent *both[2] = { t_event(false), t_event(false) };

	ASSERT_NE(NULL, both[0]);
	ASSERT_NE(NULL, both[1]);
	ASSERT_EQ(0, hsaKmtSetEvent(both[0]));
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnMultipleEvents(both, 2, true, 0));
	ASSERT_EQ(0, hsaKmtSetEvent(both[0]));
	ASSERT_EQ(0, hsaKmtSetEvent(both[1]));
	EXPECT_EQ(0, hsaKmtWaitOnMultipleEvents(both, 2, true, 0));
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnMultipleEvents(both, 2, false, 0));
	EXPECT_EQ(0, hsaKmtDestroyEvent(both[0]));
	EXPECT_EQ(0, hsaKmtDestroyEvent(both[1]));
}

TEST_F_TIMEOUT(events, a_time_out_takes_its_time, SECONDS)
{
	HsaEvent *event = t_event(false);
	double start = t_now();

	ASSERT_NE(NULL, event);
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 300));
	EXPECT_GE(t_now() - start, 0.29);
	EXPECT_LT(t_now() - start, 30);
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

/* A thread in a wait, and what became of it. */
struct waiter {
	pthread_t thread;
	struct _HsaEvent *event;
	uint32_t ms;
	pid_t tid;
	int status;
};

static void *wait_for_event(void *arg)
{
	struct waiter *w = arg;

	__atomic_store_n(&w->tid, gettid(), __ATOMIC_RELEASE);
	w->status = hsaKmtWaitOnEvent(w->event, w->ms);
	return NULL;
}

/* The thread sleeps, and nowhere else than in the ioctl. */
static bool sleeps(void *arg)
{
	struct waiter *w = arg;
	char path[64], text[256], *state;

	if (!__atomic_load_n(&w->tid, __ATOMIC_ACQUIRE))
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", w->tid);
	if (t_read_file(path, text, sizeof(text)) < 0)
		return false;
	state = strrchr(text, ')');
	if (!state || state[2] != 'S')
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", w->tid);
	return t_read_file(path, text, sizeof(text)) < 0 || !strncmp(text, "16 ", 3);
}

static bool start_waiter(struct waiter *w, HsaEvent *event, uint32_t ms)
{
	memset(w, 0, sizeof(*w));
	w->event = event;
	w->ms = ms;
	return !pthread_create(&w->thread, NULL, wait_for_event, w) && t_wait(sleeps, w, T_SOON);
}

TEST_F_TIMEOUT(events, a_set_wakes_who_waits, SECONDS)
{
	HsaEvent *event = t_event(false);
	struct waiter w;

	ASSERT_NE(NULL, event);
	for (int i = 0; i < 20; i++) {
		ASSERT_TRUE(start_waiter(&w, event, FOREVER));
		ASSERT_EQ(0, hsaKmtSetEvent(event));
		ASSERT_EQ(0, pthread_join(w.thread, NULL));
		EXPECT_EQ(0, w.status);
		/* The waiter has consumed it. */
		EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	}
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(events, all_who_wait_for_a_manual_event_are_woken, SECONDS)
{
	HsaEvent *event = t_event(true);
	struct waiter w[4];

	ASSERT_NE(NULL, event);
	for (size_t i = 0; i < ARRAY_SIZE(w); i++)
		ASSERT_TRUE(start_waiter(&w[i], event, FOREVER));
	ASSERT_EQ(0, hsaKmtSetEvent(event));
	for (size_t i = 0; i < ARRAY_SIZE(w); i++) {
		ASSERT_EQ(0, pthread_join(w[i].thread, NULL));
		EXPECT_EQ(0, w[i].status);
	}
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(events, destroying_ends_a_wait_with_an_error, SECONDS)
{
	HsaEvent *event = t_event(false);
	struct kfd_ioctl_destroy_event_args destroy = { };
	struct waiter w;

	ASSERT_NE(NULL, event);
	ASSERT_TRUE(start_waiter(&w, event, FOREVER));
	/* Not by the thunk, which frees what the other thread still looks at. */
	destroy.event_id = event->EventId;
	ASSERT_EQ(0, t_ioctl(t_raw_kfd(), AMDKFD_IOC_DESTROY_EVENT, &destroy));
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_NE(HSAKMT_STATUS_SUCCESS, w.status);
	EXPECT_NE(HSAKMT_STATUS_WAIT_TIMEOUT, w.status);
}

static _Atomic int alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

TEST_F_TIMEOUT(events, signals_do_not_prolong_a_wait, SECONDS)
{
	const struct itimerval often = { { 0, 50000 }, { 0, 50000 } }, never = { };
	const struct sigaction action = { .sa_handler = on_alarm };
	HsaEvent *event = t_event(false);
	struct sigaction old;
	double start;

	ASSERT_NE(NULL, event);
	ASSERT_EQ(0, sigaction(SIGALRM, &action, &old));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	start = t_now();
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 1000));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
	EXPECT_GE(t_now() - start, 0.99);
	EXPECT_LT(t_now() - start, 10);
	EXPECT_GT(alarms, 0);
	ASSERT_EQ(0, sigaction(SIGALRM, &old, NULL));
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

/* Sets the event again and again. */
static void *set_often(void *arg)
{
	struct waiter *w = arg;

	while (__atomic_load_n(&w->tid, __ATOMIC_ACQUIRE) >= 0)
		hsaKmtSetEvent(w->event);
	return NULL;
}

TEST_F_TIMEOUT(events, no_wake_up_is_lost, SECONDS)
{
	struct waiter w = { .event = t_event(false) };
	int woken = 0;

	ASSERT_NE(NULL, w.event);
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, set_often, &w));
	for (int i = 0; i < 500; i++)
		woken += !hsaKmtWaitOnEvent(w.event, T_SOON * 1000);
	EXPECT_EQ(500, woken);
	__atomic_store_n(&w.tid, -1, __ATOMIC_RELEASE);
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_EQ(0, hsaKmtDestroyEvent(w.event));
}

TEST_F_TIMEOUT(events, there_are_4095_of_them, SECONDS)
{
	struct _HsaEvent **events = calloc(SLOTS + 1, sizeof(*events)), *again;
	HsaEventDescriptor desc = { .EventType = HSA_EVENTTYPE_SIGNAL };
	uint64_t *page;
	int n = 0;

	ASSERT_NE(NULL, events);
	while (n <= SLOTS && !hsaKmtCreateEvent(&desc, false, false, &events[n]))
		n++;
	/* Slot 0 stands for "no event". */
	EXPECT_EQ(SLOTS - 1, n);
	page = (uint64_t *)(events[0]->EventData.HWData2 - 8ULL * events[0]->EventId);
	for (int i = 0; i < n; i++) {
		EXPECT_EQ((uintptr_t)(page + events[i]->EventId), events[i]->EventData.HWData2);
		EXPECT_EQ(EMPTY, page[events[i]->EventId]);
	}
	/* The last one works, and what is destroyed can be had again. */
	ASSERT_EQ(0, hsaKmtSetEvent(events[n - 1]));
	EXPECT_EQ(0, hsaKmtWaitOnEvent(events[n - 1], 0));
	EXPECT_EQ(0, hsaKmtDestroyEvent(events[n / 2]));
	ASSERT_EQ(0, hsaKmtCreateEvent(&desc, false, false, &again));
	events[n / 2] = again;
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(again, 0));
	for (int i = 0; i < n; i++)
		EXPECT_EQ(0, hsaKmtDestroyEvent(events[i]));
	free(events);
}

static int event_ioctl(unsigned long cmd, uint32_t id)
{
	struct kfd_ioctl_set_event_args args = { .event_id = id };

	return t_ioctl(t_raw_kfd(), cmd, &args);
}

static int wait_ioctl(uint64_t ptr, uint32_t n, uint32_t all, uint32_t ms)
{
	struct kfd_ioctl_wait_events_args args = {
		.events_ptr = ptr, .num_events = n, .wait_for_all = all, .timeout = ms,
	};

	return t_ioctl(t_raw_kfd(), AMDKFD_IOC_WAIT_EVENTS, &args);
}

TEST_F_TIMEOUT(events, wrong_ids_are_refused, SECONDS)
{
	static const uint32_t ids[] = { 0, 4095, 4096, 0x3fffffff, 0x40000001, 0x7fffffff, ~0U };
	HsaEvent *event = t_event(false);
	struct kfd_event_data data;

	ASSERT_NE(NULL, event);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		memset(&data, 0, sizeof(data));
		data.event_id = ids[i];
		EXPECT_EQ(-EINVAL, event_ioctl(AMDKFD_IOC_SET_EVENT, ids[i]));
		EXPECT_EQ(-EINVAL, event_ioctl(AMDKFD_IOC_RESET_EVENT, ids[i]));
		EXPECT_EQ(-EINVAL, event_ioctl(AMDKFD_IOC_DESTROY_EVENT, ids[i]));
		EXPECT_EQ(-EINVAL, wait_ioctl((uintptr_t)&data, 1, 0, 0));
	}
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(events, wrong_arguments_of_a_wait_are_refused, SECONDS)
{
	HsaEvent *event = t_event(false);
	struct kfd_event_data data = { };

	ASSERT_NE(NULL, event);
	data.event_id = event->EventId;
	EXPECT_EQ(-EFAULT, wait_ioctl(8, 1, 0, 0));
	EXPECT_NE(0, wait_ioctl((uintptr_t)&data, 0xffffffff, 0, 0));
	EXPECT_NE(0, wait_ioctl((uintptr_t)&data, 0x10000000, 1, 0));
	EXPECT_EQ(0, wait_ioctl((uintptr_t)&data, 1, 0, 0));
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(events, only_signals_can_be_set_by_hand, SECONDS)
{
	HsaEvent *memory = t_event_of(HSA_EVENTTYPE_MEMORY, &self->kfd.gpu[0], false);

	ASSERT_NE(NULL, memory);
	EXPECT_GE(memory->EventId, 0x40000000);
	EXPECT_EQ(-EINVAL, event_ioctl(AMDKFD_IOC_SET_EVENT, memory->EventId));
	EXPECT_EQ(-EINVAL, event_ioctl(AMDKFD_IOC_RESET_EVENT, memory->EventId));
	EXPECT_EQ(0, hsaKmtDestroyEvent(memory));
}

/* In a child that inherited the descriptor and opens its own.  The exit status. */
static int in_fork(uint32_t id, int fd)
{
	struct kfd_ioctl_set_event_args args = { .event_id = id };
	struct t_kfd kfd;
	HsaEvent *event;

	if (t_ioctl(fd, AMDKFD_IOC_SET_EVENT, &args) != -EBADF)
		return 1;
	if (t_open(&kfd))
		return 2;
	event = t_event(false);
	if (!event || hsaKmtSetEvent(event) || hsaKmtWaitOnEvent(event, 0))
		return 3;
	return hsaKmtDestroyEvent(event) ? 4 : 0;
}

TEST_F_TIMEOUT(events, a_forked_child_has_none_of_them, SECONDS)
{
	HsaEvent *event = t_event(false);
	int fd = t_raw_kfd();
	pid_t pid;

	ASSERT_NE(NULL, event);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(in_fork(event->EventId, fd));
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	ASSERT_EQ(0, hsaKmtSetEvent(event));
	EXPECT_EQ(0, hsaKmtWaitOnEvent(event, 0));
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(events, a_waiting_process_can_be_killed, SECONDS)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, t_close(&self->kfd));
	for (int i = 0; i < 5; i++) {
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid) {
			HsaEvent *event;

			if (t_open(&self->kfd))
				_exit(1);
			event = t_event(false);
			raise(SIGSTOP);
			hsaKmtWaitOnEvent(event, FOREVER);
			_exit(2);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
		ASSERT_TRUE(WIFSTOPPED(status));
		kill(pid, SIGCONT);
		kill(pid, SIGKILL);
		status = t_wait_exit(pid, T_SOON);
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	ASSERT_EQ(0, t_open(&self->kfd));
}

/* Without the thunk: the page that has the slots. */
FIXTURE(page)
{
	struct t_raw raw;
	char *page;
	uint64_t handle;
	uint64_t offset;
};

FIXTURE_SETUP(page)
{
	ASSERT_EQ(0, t_raw_open(&self->raw));
	self->page = t_map(PAGE_SIZE);
	ASSERT_NE(NULL, self->page);
	ASSERT_EQ(0, t_raw_alloc(self->raw.fd, self->raw.id[0], self->page, PAGE_SIZE,
				 T_GTT | T_WRITABLE, &self->handle, &self->offset));
	ASSERT_EQ(self->page, mmap(self->page, PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_FIXED, self->raw.render[0], self->offset));
}

FIXTURE_TEARDOWN(page)
{
	t_raw_close(&self->raw);
	munmap(self->page, PAGE_SIZE);
}

static int create(int fd, uint64_t page, uint32_t type, struct kfd_ioctl_create_event_args *args)
{
	*args = (struct kfd_ioctl_create_event_args) {
		.event_page_offset = page, .event_type = type, .auto_reset = 1,
	};
	return t_ioctl(fd, AMDKFD_IOC_CREATE_EVENT, args);
}

TEST_F_TIMEOUT(page, is_given_once_and_is_not_freed, SECONDS)
{
	struct kfd_ioctl_create_event_args args;
	const int fd = self->raw.fd;

	memset(self->page, 0, PAGE_SIZE);
	EXPECT_EQ(-EINVAL, create(fd, self->handle + 77, KFD_IOC_EVENT_SIGNAL, &args));
	ASSERT_EQ(0, create(fd, self->handle, KFD_IOC_EVENT_MEMORY, &args));
	for (int i = 0; i < SLOTS; i++)
		EXPECT_EQ(EMPTY, ((uint64_t *)self->page)[i]);
	EXPECT_EQ(-EINVAL, create(fd, self->handle, KFD_IOC_EVENT_SIGNAL, &args));
	EXPECT_EQ(-EPERM, t_raw_free(fd, self->handle));
	ASSERT_EQ(0, create(fd, 0, KFD_IOC_EVENT_SIGNAL, &args));
	EXPECT_NE(0, args.event_page_offset);
	EXPECT_EQ(args.event_id, args.event_slot_index);
	EXPECT_EQ(args.event_id, args.event_trigger_data);
	EXPECT_GE(args.event_id, 1);
}

TEST_F_TIMEOUT(page, may_not_be_too_small_or_of_another_kind, SECONDS)
{
	struct kfd_ioctl_create_event_args args;
	char *mem = t_map(T_HUGE);
	uint64_t handle;

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, t_raw_alloc(self->raw.fd, self->raw.id[0], mem, T_PAGE, T_GTT | T_WRITABLE,
				 &handle, NULL));
	EXPECT_EQ(-EINVAL, create(self->raw.fd, handle, KFD_IOC_EVENT_SIGNAL, &args));
	ASSERT_EQ(0, t_raw_free(self->raw.fd, handle));
	munmap(mem, T_HUGE);
	/* The page may go when the process does, in any order. */
	ASSERT_EQ(0, create(self->raw.fd, self->handle, KFD_IOC_EVENT_SIGNAL, &args));
	close(self->raw.render[0]);
	self->raw.render[0] = -1;
}

TEST_HARNESS_MAIN
