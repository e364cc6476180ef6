// SPDX-License-Identifier: MIT
/* Queues come, work beside each other, and go at any moment. */

#include <signal.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "queue.h"
#include "raw.h"

#define SIZE	(4 * T_MIB)
#define SECONDS	300
#define MANY	64

FIXTURE(queues)
{
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	char *host;
	char *vram;
	long used;
};

FIXTURE_SETUP(queues)
{
	self->used = t_vram_used();
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
	self->host = t_host(SIZE);
	self->vram = t_vram_bo(self->gpu, SIZE);
	ASSERT_NE(NULL, self->host);
	ASSERT_NE(NULL, self->vram);
}

FIXTURE_TEARDOWN(queues)
{
	EXPECT_EQ(0, t_free(self->host, SIZE));
	EXPECT_EQ(0, t_free(self->vram, SIZE));
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

/* Enough copies to keep a queue busy for a while. */
static int put_work(struct t_queue *q, char *dst, char *src, int copies)
{
	for (int i = 0; i < copies; i++)
		if (t_copy(q, dst, src, SIZE))
			return -1;
	return 0;
}

/* The device does a little, so that what was wrong had time to happen. */
static bool some_time_passes(struct t_queue *q, char *at)
{
	for (int i = 0; i < 8; i++)
		if (t_fill_words(q, at, i, T_MIB / 4))
			return false;
	return t_finish(q);
}

static HSA_QUEUE_TYPE type_of(int i)
{
	/* A GPU has 16 SDMA queues and 24 for XGMI. */
	static const HSA_QUEUE_TYPE types[] = {
		HSA_QUEUE_SDMA, HSA_QUEUE_COMPUTE, HSA_QUEUE_SDMA_XGMI, HSA_QUEUE_COMPUTE,
		HSA_QUEUE_SDMA, HSA_QUEUE_SDMA_XGMI, HSA_QUEUE_COMPUTE_AQL, HSA_QUEUE_SDMA_XGMI,
	};

	return types[i % 8];
}

/* Something that every kind of queue can do: copy, write, or wait for a signal. */
static int put_step(struct t_queue *q, char *at, uint32_t value)
{
	if (q->type == HSA_QUEUE_COMPUTE)
		return t_pm4_write(q, at, &value, 1);
	if (q->type == HSA_QUEUE_COMPUTE_AQL)
		return 0;
	return t_write(q, at, &value, 1);
}

TEST_F_TIMEOUT(queues, sixty_four_work_at_once, SECONDS)
{
	struct t_queue *q = calloc(MANY, sizeof(*q));
	uint32_t *words = (uint32_t *)self->host;

	ASSERT_NE(NULL, q);
	for (int i = 0; i < MANY; i++)
		ASSERT_EQ(0, t_queue_open(&q[i], self->gpu, type_of(i)));
	for (uint32_t round = 1; round <= 10; round++) {
		for (int i = 0; i < MANY; i++) {
			ASSERT_EQ(0, put_step(&q[i], (char *)(words + 16 * i), round + i));
			t_submit(&q[i]);
		}
		for (int i = 0; i < MANY; i++)
			ASSERT_TRUE(t_finish(&q[i]));
		for (int i = 0; i < MANY; i++)
			if (type_of(i) != HSA_QUEUE_COMPUTE_AQL)
				EXPECT_EQ(round + i, words[16 * i]);
	}
	for (int i = 0; i < MANY; i++)
		EXPECT_EQ(0, t_queue_close(&q[i]));
	free(q);
}

/* Each waits for the one before; the last one lets the first go. */
TEST_F_TIMEOUT(queues, sixteen_wait_for_each_other, SECONDS)
{
	uint32_t *words = (uint32_t *)self->host;
	struct t_queue q[16];

	memset(words, 0, T_PAGE);
	for (int i = 0; i < 16; i++)
		ASSERT_EQ(0, t_queue_open(&q[i], self->gpu,
					  i % 4 ? HSA_QUEUE_SDMA : HSA_QUEUE_COMPUTE));
	for (uint32_t round = 1; round <= 5; round++) {
		for (int i = 0; i < 16; i++) {
			uint32_t *mine = words + 16 * i, *next = words + 16 * ((i + 1) % 16);
			bool pm4 = q[i].type == HSA_QUEUE_COMPUTE;

			ASSERT_EQ(0, pm4 ? t_pm4_wait(&q[i], mine, T_EQUAL, round, ~0U) :
					   t_poll(&q[i], mine, T_EQUAL, round, ~0U));
			if (i != 15)
				ASSERT_EQ(0, pm4 ? t_pm4_write(&q[i], next, &round, 1) :
						   t_write(&q[i], next, &round, 1));
			t_submit(&q[i]);
		}
		t_set_word(words, round);
		for (int i = 15; i >= 0; i--)
			ASSERT_TRUE(t_finish(&q[i]));
	}
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(0, t_queue_close(&q[i]));
}

TEST_F_TIMEOUT(queues, a_queue_destroyed_while_busy_touches_nothing_more, SECONDS)
{
	struct t_queue q, other;

	ASSERT_EQ(0, t_queue_open(&other, self->gpu, HSA_QUEUE_SDMA));
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
		t_fill(self->host, SIZE, 1);
		t_set_word(self->vram, 0);
		ASSERT_EQ(0, put_work(&q, self->vram, self->host, 200));
		t_submit(&q);
		/* It has begun. */
		ASSERT_TRUE(t_wait_word(self->vram, *(uint32_t *)self->host, T_SOON));
		ASSERT_EQ(0, t_queue_close(&q));
		memset(self->vram, 0, SIZE);
		ASSERT_TRUE(some_time_passes(&other, self->host));
		EXPECT_EQ(0, t_nonzero(self->vram, SIZE));
	}
	EXPECT_EQ(0, t_queue_close(&other));
}

TEST_F_TIMEOUT(queues, a_queue_that_waits_for_ever_can_be_destroyed, SECONDS)
{
	struct t_queue q;

	for (int i = 0; i < 5; i++) {
		t_set_word(self->host, 0);
		ASSERT_EQ(0, t_queue_open(&q, self->gpu, type_of(i % 2)));
		ASSERT_EQ(0, i % 2 ? t_pm4_wait(&q, self->host, T_EQUAL, 1, ~0U) :
				     t_poll(&q, self->host, T_EQUAL, 1, ~0U));
		t_submit(&q);
		EXPECT_EQ(0, t_queue_close(&q));
	}
}

/* In a child: queues that copy and queues that wait, and no farewell. */
static void leave_queues(int fd)
{
	struct t_queue q[4];
	struct t_kfd kfd;
	char *host, *vram;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (t_open(&kfd))
		_exit(1);
	host = t_host(SIZE);
	vram = t_vram_bo(&kfd.gpu[0], SIZE);
	if (!host || !vram)
		_exit(2);
	memset(vram, 0, SIZE);
	memset(host, 1, SIZE);
	for (int i = 0; i < 4; i++) {
		if (t_queue_open(&q[i], &kfd.gpu[0], HSA_QUEUE_SDMA))
			_exit(3);
		if (i % 2 ? put_work(&q[i], vram, host, 1000) :
			    t_poll(&q[i], host, T_EQUAL, 0, ~0U))
			_exit(4);
		t_submit(&q[i]);
	}
	if (!t_wait_word(vram, 0x01010101, T_SOON) || write(fd, "x", 1) != 1)
		_exit(5);
	if (fd % 2)
		_exit(0);
	for (;;)
		pause();
}

TEST_F_TIMEOUT(queues, a_process_may_end_without_destroying, SECONDS)
{
	struct t_queue q;
	int fds[2], status;
	char c;
	pid_t pid;

	for (int i = 0; i < 6; i++) {
		ASSERT_EQ(0, pipe(fds));
		pid = fork();
		ASSERT_GE(pid, 0);
		/* One exits, the next is killed. */
		if (!pid)
			leave_queues(dup2(fds[1], 200 + i));
		close(fds[1]);
		ASSERT_EQ(1, read(fds[0], &c, 1));
		if (i % 2 == 0)
			kill(pid, SIGKILL);
		status = t_wait_exit(pid, T_SOON);
		EXPECT_EQ(i % 2 ? 0 : SIGKILL, status);
		close(fds[0]);
		EXPECT_TRUE(t_wait_vram_used(self->used + SIZE / T_PAGE, T_SOON));
	}
	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
	ASSERT_EQ(0, put_work(&q, self->vram, self->host, 1));
	EXPECT_TRUE(t_finish(&q));
	EXPECT_EQ(0, t_queue_close(&q));
}

TEST_F_TIMEOUT(queues, garbage_in_doorbells_only_says_look, SECONDS)
{
	uint64_t *page, state = 7;
	struct t_queue q;

	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
	page = (uint64_t *)(q.res.QueueDoorBell & -8192ULL);
	for (uint32_t i = 1; i <= 50; i++) {
		for (int n = 0; n < 1024; n++)
			t_set_qword(page + n, t_random(&state) >> t_random(&state) % 64);
		ASSERT_EQ(0, t_fill_words(&q, self->host, i, 16));
		ASSERT_TRUE(t_finish(&q));
		EXPECT_EQ(i, *(uint32_t *)self->host);
	}
	EXPECT_EQ(q.wptr, t_rptr(&q));
	EXPECT_EQ(0, t_queue_close(&q));
}

TEST_F_TIMEOUT(queues, a_write_pointer_outside_of_the_ring_stops_its_queue_only, SECONDS)
{
	static const uint64_t wptrs[] = { T_RING + 4, 1ULL << 40, -4ULL, 2 };
	struct t_queue bad, good;
	HsaEvent *event;

	ASSERT_EQ(0, t_queue_open(&good, self->gpu, HSA_QUEUE_SDMA));
	for (size_t i = 0; i < ARRAY_SIZE(wptrs); i++) {
		event = t_event_of(HSA_EVENTTYPE_HW_EXCEPTION, self->gpu, false);
		ASSERT_NE(NULL, event);
		ASSERT_EQ(0, t_queue_open(&bad, self->gpu, HSA_QUEUE_SDMA));
		bad.wptr = wptrs[i];
		t_submit(&bad);
		EXPECT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000)) {
			TH_LOG("wptr %#llx", (unsigned long long)wptrs[i]);
		}
		ASSERT_EQ(0, put_work(&good, self->vram, self->host, 1));
		EXPECT_TRUE(t_finish(&good));
		EXPECT_EQ(0, t_queue_close(&bad));
		EXPECT_EQ(0, hsaKmtDestroyEvent(event));
	}
	EXPECT_EQ(0, t_queue_close(&good));
}

TEST_F_TIMEOUT(queues, percentage_0_stops_and_100_goes_on, SECONDS)
{
	struct t_queue q, other;
	uint32_t *word = (uint32_t *)self->host;

	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
	ASSERT_EQ(0, t_queue_open(&other, self->gpu, HSA_QUEUE_SDMA));
	for (uint32_t i = 1; i <= 5; i++) {
		t_set_word(word, 0);
		ASSERT_EQ(0, hsaKmtUpdateQueue(q.res.QueueId, 0, HSA_QUEUE_PRIORITY_NORMAL,
					       q.ring, q.size, NULL));
		ASSERT_EQ(0, t_fill_words(&q, word, i, 1));
		t_submit(&q);
		ASSERT_TRUE(some_time_passes(&other, self->vram));
		EXPECT_EQ(0, t_word(word));
		ASSERT_EQ(0, hsaKmtUpdateQueue(q.res.QueueId, 100, HSA_QUEUE_PRIORITY_HIGH,
					       q.ring, q.size, NULL));
		EXPECT_TRUE(t_finish(&q));
		EXPECT_EQ(i, t_word(word));
	}
	EXPECT_EQ(0, t_queue_close(&q));
	EXPECT_EQ(0, t_queue_close(&other));
}

TEST_F_TIMEOUT(queues, xnack_mode_does_not_change_under_a_queue, SECONDS)
{
	struct kfd_ioctl_set_xnack_mode_args args;
	struct t_queue q;
	HSAint32 mode;

	ASSERT_EQ(0, hsaKmtGetXNACKMode(&mode));
	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
	EXPECT_NE(0, hsaKmtSetXNACKMode(!mode));
	args.xnack_enabled = !mode;
	EXPECT_EQ(-EBUSY, t_ioctl(t_raw_kfd(), AMDKFD_IOC_SET_XNACK_MODE, &args));
	ASSERT_EQ(0, put_work(&q, self->vram, self->host, 1));
	EXPECT_TRUE(t_finish(&q));
	EXPECT_EQ(0, t_queue_close(&q));
	EXPECT_EQ(0, hsaKmtSetXNACKMode(!mode));
	EXPECT_EQ(0, hsaKmtSetXNACKMode(mode));
}

/* What CREATE_QUEUE is told by the thunk for @q, to be changed and tried again. */
static struct kfd_ioctl_create_queue_args create_args(const struct t_queue *q)
{
	return (struct kfd_ioctl_create_queue_args) {
		.ring_base_address = (uintptr_t)q->ring,
		.write_pointer_address = (uintptr_t)q->fence + 256,
		.read_pointer_address = (uintptr_t)q->fence + 512,
		.ring_size = q->size,
		.gpu_id = q->gpu->id,
		.queue_type = KFD_IOC_QUEUE_TYPE_COMPUTE,
		.queue_percentage = 100,
		.queue_priority = 7,
	};
}

static int create(struct kfd_ioctl_create_queue_args args, uint32_t *id)
{
	int ret = t_ioctl(t_raw_kfd(), AMDKFD_IOC_CREATE_QUEUE, &args);

	*id = args.queue_id;
	return ret;
}

static int destroy(uint32_t id)
{
	struct kfd_ioctl_destroy_queue_args args = { .queue_id = id };

	return t_ioctl(t_raw_kfd(), AMDKFD_IOC_DESTROY_QUEUE, &args);
}

TEST_F_TIMEOUT(queues, wrong_arguments_are_refused, SECONDS)
{
	struct kfd_ioctl_create_queue_args good, bad;
	struct t_queue q;
	uint32_t id;

	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
	good = create_args(&q);
	ASSERT_EQ(0, create(good, &id));
	EXPECT_EQ(0, destroy(id));
	EXPECT_EQ(-EINVAL, destroy(id));
	bad = good;
	bad.gpu_id++;
	EXPECT_EQ(-EINVAL, create(bad, &id));
	bad = good;
	bad.ring_size = T_PAGE + 64;
	EXPECT_EQ(-EINVAL, create(bad, &id));
	bad = good;
	bad.queue_percentage = 101;
	EXPECT_EQ(-EINVAL, create(bad, &id));
	bad = good;
	bad.queue_priority = 16;
	EXPECT_EQ(-EINVAL, create(bad, &id));
	bad = good;
	bad.queue_type = 9;
	EXPECT_NE(0, create(bad, &id));
	bad = good;
	bad.ring_base_address = 0xffff888000000000;
	EXPECT_EQ(-EFAULT, create(bad, &id));
	bad = good;
	bad.write_pointer_address = 0xffff888000000000;
	EXPECT_EQ(-EFAULT, create(bad, &id));
	bad = good;
	bad.read_pointer_address = 0xffff888000000000;
	EXPECT_EQ(-EFAULT, create(bad, &id));
	for (id = 900; id < 1000; id++)
		EXPECT_EQ(-EINVAL, destroy(id));
	EXPECT_EQ(-EINVAL, destroy(~0U));
	ASSERT_EQ(0, put_work(&q, self->vram, self->host, 1));
	EXPECT_TRUE(t_finish(&q));
	EXPECT_EQ(0, t_queue_close(&q));
}

TEST_F_TIMEOUT(queues, they_run_out_and_come_back, SECONDS)
{
	struct kfd_ioctl_create_queue_args args;
	uint32_t ids[2048], spare;
	struct t_queue q;
	int n = 0, ret = 0;

	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
	args = create_args(&q);
	while (n < 2048 && !(ret = create(args, &ids[n])))
		n++;
	EXPECT_GE(n, 100);
	EXPECT_LT(n, 1024);
	EXPECT_TRUE(ret == -ENOSPC || ret == -ENOMEM);
	ASSERT_EQ(0, put_work(&q, self->vram, self->host, 1));
	EXPECT_TRUE(t_finish(&q));
	for (int i = 0; i < n; i++)
		EXPECT_EQ(0, destroy(ids[i]));
	ASSERT_EQ(0, create(args, &spare));
	EXPECT_EQ(0, destroy(spare));
	EXPECT_EQ(0, t_queue_close(&q));
}

TEST_F_TIMEOUT(queues, compute_units_can_be_masked, SECONDS)
{
	HSAuint32 mask[4] = { 0xff, 0, 0, 0 };
	struct t_queue q;

	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_COMPUTE));
	EXPECT_EQ(0, hsaKmtSetQueueCUMask(q.res.QueueId, 32, mask));
	EXPECT_EQ(0, hsaKmtSetQueueCUMask(q.res.QueueId, 128, mask));
	EXPECT_NE(0, hsaKmtSetQueueCUMask(q.res.QueueId, 0, mask));
	EXPECT_NE(0, hsaKmtSetQueueCUMask(q.res.QueueId, 33, mask));
	EXPECT_TRUE(t_finish(&q));
	EXPECT_EQ(0, t_queue_close(&q));
}

/* As kfdtest's GPUDoorbellWrite: doorbells are mapped to the GPU, too. */
TEST_F_TIMEOUT(queues, one_queue_rings_the_doorbell_of_another, SECONDS)
{
	struct t_queue a, b;
	uint64_t value;

	ASSERT_EQ(0, t_queue_open(&a, self->gpu, HSA_QUEUE_SDMA));
	ASSERT_EQ(0, t_queue_open(&b, self->gpu, HSA_QUEUE_SDMA));
	t_set_word(self->host, 0);
	ASSERT_EQ(0, t_fill_words(&b, self->host, 42, 1));
	value = b.wptr;
	t_set_qword(b.res.Queue_write_ptr_aql, value);
	ASSERT_EQ(0, t_write(&a, b.res.Queue_DoorBell, &value, 2));
	ASSERT_TRUE(t_finish(&a));
	EXPECT_TRUE(t_wait_word(self->host, 42, T_SOON));
	EXPECT_EQ(0, t_queue_close(&a));
	EXPECT_EQ(0, t_queue_close(&b));
}

static bool doorbells_sleep(void *arg)
{
	return t_since(arg, "doorbell_sleeps") > 0;
}

TEST_F_TIMEOUT(queues, a_doorbell_wakes_an_idle_device, SECONDS)
{
	struct t_counters before;
	struct t_queue q;

	ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
	for (uint32_t i = 1; i <= 3; i++) {
		ASSERT_EQ(0, t_counters(&before));
		ASSERT_EQ(0, t_fill_words(&q, self->host, i, 1));
		ASSERT_TRUE(t_finish(&q));
		EXPECT_EQ(i, t_word(self->host));
		ASSERT_TRUE(t_wait(doorbells_sleep, &before, T_SOON));
		ASSERT_EQ(0, t_fill_words(&q, self->host, i + 10, 1));
		ASSERT_TRUE(t_finish(&q));
		EXPECT_EQ(i + 10, t_word(self->host));
		EXPECT_GT(t_since(&before, "doorbell_wakes"), 0);
	}
	EXPECT_EQ(0, t_queue_close(&q));
}

T_QUEUE_MAIN
