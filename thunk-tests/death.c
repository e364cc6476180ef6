// SPDX-License-Identifier: MIT
/*
 * The device dies while somebody waits for it.
 *
 *   death              the tests; deaths by the driver's own fault injection
 *   death wait         a client that says on its standard output what it sees
 *   death copy         a client that copies to VRAM and back
 *
 * The client says "ready", waits for an exception, then says "returned memory" or
 * "returned hardware", "pattern ok" and "create: <status of the thunk>".
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "module.h"
#include "queue.h"

#define SIZE	(16 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define BUFFER	T_MIB
#define SECONDS	600
#define LOCKUP	"/sys/module/amdgpu/parameters/lockup_ms"
#define INJECT	T_DEBUGFS "gpu0/inject"
#define FOREVER	0xffffffff

/* One line for whoever reads the standard output. */
static __attribute__((format(printf, 1, 2))) void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* A client with all that there is to lose. */
struct client {
	struct t_kfd kfd;
	struct t_queue q;
	struct _HsaEvent *events[2];	/* memory, hardware */
	char *mem;
	char *bo;
};

static int client_open(struct client *c)
{
	const struct t_gpu *gpu;

	if (t_open(&c->kfd))
		return -1;
	gpu = &c->kfd.gpu[0];
	c->events[0] = t_event_of(HSA_EVENTTYPE_MEMORY, gpu, true);
	c->events[1] = t_event_of(HSA_EVENTTYPE_HW_EXCEPTION, gpu, true);
	c->mem = t_map_thp(SIZE, false);
	if (!c->events[0] || !c->events[1] || !c->mem)
		return -1;
	if (t_queue_open(&c->q, gpu, HSA_QUEUE_SDMA))
		return -1;
	c->bo = t_vram_bo(gpu, BUFFER);
	if (!c->bo)
		return -1;
	t_fill(c->mem, SIZE, 1);
	t_fill(c->bo, BUFFER, 2);
	return t_prefetch(c->mem, SIZE, gpu->node) || t_in_spm(c->mem, SIZE) != PAGES ? -1 : 0;
}

/* The queue waits for what never comes. */
static int client_wait_for_ever(struct client *c)
{
	if (t_poll(&c->q, c->q.fence + 8, T_EQUAL, 1, ~0U))
		return -1;
	t_submit(&c->q);
	return 0;
}

/* All data is there, and it can leave. */
static int client_check(struct client *c)
{
	if (t_wrong(c->mem, SIZE, 1) || t_wrong(c->bo, BUFFER, 2))
		return -1;
	if (t_prefetch(c->mem, SIZE, 0))
		return -1;
	return t_wrong(c->mem, SIZE, 1) ? -1 : 0;
}

static HSAKMT_STATUS client_create(struct client *c)
{
	HsaQueueResource res = { };

	return hsaKmtCreateQueue(c->kfd.gpu[0].node, HSA_QUEUE_SDMA, 100,
				 HSA_QUEUE_PRIORITY_NORMAL, c->q.ring, c->q.size, NULL, &res);
}

static int client_wait(void)
{
	struct client c = { };
	HSAKMT_STATUS status;

	if (client_open(&c) || client_wait_for_ever(&c))
		return 1;
	say("ready");
	status = hsaKmtWaitOnMultipleEvents(c.events, 2, false, FOREVER);
	if (status)
		say("returned status %d", status);
	else
		say("returned %s", hsaKmtWaitOnEvent(c.events[0], 0) ? "hardware" : "memory");
	say("pattern %s", client_check(&c) ? "bad" : "ok");
	say("create: %d", client_create(&c));
	return 0;
}

static int copy(void)
{
	struct t_queue q;
	struct t_kfd kfd;
	char *host, *vram;

	if (t_open(&kfd) || t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_SDMA))
		return 1;
	host = t_host(2 * T_MIB);
	vram = t_vram_bo(&kfd.gpu[0], T_MIB);
	if (!host || !vram)
		return 1;
	t_fill(host, T_MIB, 3);
	if (t_copy(&q, vram, host, T_MIB) || t_copy(&q, host + T_MIB, vram, T_MIB) ||
	    !t_finish(&q) || t_wrong(host + T_MIB, T_MIB, 3))
		return 1;
	return t_queue_close(&q) ? 1 : 0;
}

static int client_copy(void)
{
	int ret = copy();

	if (!ret)
		say("copied");
	return ret;
}

/* Tests */

FIXTURE(death)
{
	char lockup[32];
};

FIXTURE_VARIANT(death)
{
	const char *inject;
};

FIXTURE_VARIANT_ADD(death, of_a_crash) { "crash" };
FIXTURE_VARIANT_ADD(death, of_a_stop) { "stop" };
FIXTURE_VARIANT_ADD(death, of_a_hang) { "hang" };
FIXTURE_VARIANT_ADD(death, of_a_bad_event) { "bad-event" };
FIXTURE_VARIANT_ADD(death, of_a_bad_ring) { "bad-wptr" };

FIXTURE_SETUP(death)
{
	if (!t_module_can_reload())
		SKIP(return, "death: CONODE_MODULE is not set");
	/* Not the default, which is for loaded machines. */
	ASSERT_GT(t_read_file(LOCKUP, self->lockup, sizeof(self->lockup)), 0);
	ASSERT_EQ(0, t_write_file(LOCKUP, t_debug_kernel() ? "8000" : "3000"));
}

FIXTURE_TEARDOWN(death)
{
	/* Leave the node usable for what comes next, whatever happened. */
	if (!t_module_can_reload())
		return;
	if (!access("/dev/kfd", F_OK))
		EXPECT_EQ(0, t_module_unload_soon());
	EXPECT_EQ(0, t_module_load());
}

/* In a child: the exit status says which step failed. */
static int suffer(int ready)
{
	HsaMemoryAccessFault *fault;
	struct client c = { };
	double start;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (client_open(&c) || client_wait_for_ever(&c))
		return 1;
	if (write(ready, "x", 1) != 1)
		return 2;
	/* Both kinds are told, in whichever order. */
	if (hsaKmtWaitOnMultipleEvents(c.events, 2, true, T_SOON * 1000))
		return 3;
	fault = &c.events[0]->EventData.EventData.MemoryAccessFault;
	if (hsaKmtWaitOnEvent(c.events[0], 0) || fault->Failure.ErrorType != 3 ||
	    fault->NodeId != c.kfd.gpu[0].node)
		return 4;
	if (client_check(&c))
		return 5;
	start = t_now();
	if (!client_create(&c))
		return 6;
	if (!t_vram_bo(&c.kfd.gpu[0], BUFFER) && t_now() - start > T_SOON)
		return 7;
	/* What is left of the queue can go, without waiting for the device. */
	t_queue_close(&c.q);
	t_free(c.bo, BUFFER);
	if (t_now() - start > T_SOON)
		return 8;
	return hsaKmtDestroyEvent(c.events[0]) || t_close(&c.kfd) ? 9 : 0;
}

static int in_child(int (*fn)(void))
{
	pid_t pid = fork();

	if (!pid)
		_exit(fn());
	return pid < 0 ? -1 : t_wait_exit(pid, SECONDS);
}

TEST_F_TIMEOUT(death, is_told_to_who_waits_and_loses_no_data, SECONDS)
{
	pid_t pids[3];
	int fds[2];
	char c;

	if (!t_module_can_reload())
		return;
	ASSERT_EQ(0, pipe(fds));
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		ASSERT_GE(pids[i], 0);
		if (!pids[i])
			_exit(suffer(fds[1]));
	}
	close(fds[1]);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		ASSERT_EQ(1, read(fds[0], &c, 1));
	ASSERT_EQ(0, t_write_file(INJECT, variant->inject));
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		EXPECT_EQ(0, t_wait_exit(pids[i], SECONDS));
	close(fds[0]);
	/* Who comes now is told at once. */
	EXPECT_NE(0, in_child(copy));
	/* And with a new driver everything is new. */
	ASSERT_EQ(0, t_module_unload_soon());
	ASSERT_EQ(0, t_module_load());
	EXPECT_TRUE(t_wait_vram_used(0, T_SOON));
	EXPECT_EQ(0, in_child(copy));
}

/* A queue that cannot be stopped is the death of its device. */
static int destroy_a_hung_queue(void)
{
	struct client c = { };
	double start;

	if (client_open(&c))
		return 1;
	if (t_write_file(INJECT, "hang-queue 0"))
		return 2;
	if (client_wait_for_ever(&c))
		return 3;
	start = t_now();
	hsaKmtDestroyQueue(c.q.res.QueueId);
	if (t_now() - start > T_SOON)
		return 4;
	if (hsaKmtWaitOnMultipleEvents(c.events, 2, true, T_SOON * 1000))
		return 5;
	return client_check(&c) ? 6 : 0;
}

FIXTURE(hung)
{
};

FIXTURE_SETUP(hung)
{
	if (!t_module_can_reload())
		return;
	/* The first queue of a new driver has the number 0. */
	ASSERT_EQ(0, t_module_unload_soon());
	ASSERT_EQ(0, t_module_load());
	ASSERT_EQ(0, t_write_file(LOCKUP, t_debug_kernel() ? "8000" : "3000"));
}

FIXTURE_TEARDOWN(hung)
{
	if (!t_module_can_reload())
		return;
	if (!access("/dev/kfd", F_OK))
		EXPECT_EQ(0, t_module_unload_soon());
	EXPECT_EQ(0, t_module_load());
}

TEST_F_TIMEOUT(hung, a_queue_that_does_not_stop_takes_the_device_along, SECONDS)
{
	if (!t_module_can_reload())
		SKIP(return, "death: CONODE_MODULE is not set");
	EXPECT_EQ(0, in_child(destroy_a_hung_queue));
	ASSERT_EQ(0, t_module_unload_soon());
	ASSERT_EQ(0, t_module_load());
	EXPECT_EQ(0, in_child(copy));
}

TEST_F_TIMEOUT(hung, an_idle_device_that_dies_is_noticed, SECONDS)
{
	if (!t_module_can_reload())
		SKIP(return, "death: CONODE_MODULE is not set");
	ASSERT_EQ(0, t_write_file(INJECT, "crash"));
	EXPECT_NE(0, in_child(copy));
	ASSERT_EQ(0, t_module_unload_soon());
	ASSERT_EQ(0, t_module_load());
	EXPECT_EQ(0, in_child(copy));
}

T_ORDER_TESTS

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "wait"))
		return client_wait();
	if (argc > 1 && !strcmp(argv[1], "copy"))
		return client_copy();
	return t_no_queues() ? 0 : test_harness_run(argc, argv);
}
