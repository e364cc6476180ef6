// SPDX-License-Identifier: MIT
/* PM4 and AQL queues: all that they do but running code; for that see dispatch.c. */

#include "kselftest_harness.h"
#include "amd_queue.h"
#include "queue.h"

#define SIZE	(4 * T_MIB)
#define SECONDS	300
#define SIGNALS	64

FIXTURE(pm4)
{
	struct t_kfd kfd;
	struct t_queue q;
	char *host;
	char *vram;
};

FIXTURE_SETUP(pm4)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_queue_open(&self->q, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE));
	self->host = t_host(SIZE);
	self->vram = t_vram_bo(&self->kfd.gpu[0], SIZE);
	ASSERT_NE(NULL, self->host);
	ASSERT_NE(NULL, self->vram);
}

FIXTURE_TEARDOWN(pm4)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->host, SIZE));
	EXPECT_EQ(0, t_free(self->vram, SIZE));
	EXPECT_EQ(0, t_close(&self->kfd));
}

TEST_F_TIMEOUT(pm4, writes_of_1_to_256_words, SECONDS)
{
	char * const places[] = { self->host, self->vram };
	uint32_t data[256];

	for (size_t i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = i * 0x9e3779b1;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		memset(places[i], 0, T_MIB);
		for (size_t n = 1; n <= ARRAY_SIZE(data); n++)
			ASSERT_EQ(0, t_pm4_write(&self->q, places[i] + 2048 * n + 4 * (n % 5), data,
						 n));
		ASSERT_TRUE(t_finish(&self->q));
		for (size_t n = 1; n <= ARRAY_SIZE(data); n++) {
			char *at = places[i] + 2048 * n + 4 * (n % 5);

			EXPECT_EQ(0, memcmp(at, data, 4 * n));
			EXPECT_EQ(0, *(uint32_t *)(at + 4 * n));
			EXPECT_EQ(0, *(uint32_t *)(at - 4));
		}
	}
}

TEST_F_TIMEOUT(pm4, release_writes_a_value_a_clock_and_raises_an_event, SECONDS)
{
	uint64_t *words = (uint64_t *)self->host;
	HsaEvent *event = t_event(false);

	ASSERT_NE(NULL, event);
	memset(words, 0, T_PAGE);
	ASSERT_EQ(0, t_pm4_acquire(&self->q));
	ASSERT_EQ(0, t_pm4_release(&self->q, &words[1], 0x123456789abcdef0, false, 0));
	ASSERT_EQ(0, t_pm4_clock(&self->q, &words[3]));
	ASSERT_EQ(0, t_pm4_clock(&self->q, &words[5]));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, words[0]);
	EXPECT_EQ(0x123456789abcdef0, words[1]);
	EXPECT_EQ(0, words[2]);
	EXPECT_GT(words[3], 0);
	EXPECT_LE(words[3], words[5]);
	for (int i = 0; i < 20; i++) {
		/* As kfdtest: the event id goes to the event's mailbox. */
		ASSERT_EQ(0, t_pm4_release(&self->q, (void *)event->EventData.HWData2,
					   event->EventId, true, event->EventId));
		t_submit(&self->q);
		EXPECT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000));
		EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	}
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(pm4, waits_for_each_condition, SECONDS)
{
	static const struct {
		enum t_cond cond;
		uint32_t not_yet, then;
	} waits[] = {
		{ T_LESS, 5, 4 }, { T_LESS_EQUAL, 6, 5 }, { T_EQUAL, 4, 5 }, { T_NOT_EQUAL, 5, 6 },
		{ T_GREATER_EQUAL, 4, 5 }, { T_GREATER, 5, 6 },
	};
	uint32_t *word = (uint32_t *)self->host, *done = word + 64;
	struct t_queue other;

	ASSERT_EQ(0, t_queue_open(&other, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
	t_set_word(done, 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(waits); i++) {
		uint32_t value = i + 1;

		t_set_word(word, waits[i].not_yet);
		ASSERT_EQ(0, t_pm4_wait(&self->q, word, waits[i].cond, 5, ~0U));
		ASSERT_EQ(0, t_pm4_write(&self->q, done, &value, 1));
		t_submit(&self->q);
		ASSERT_EQ(0, t_copy(&other, self->vram, self->vram + T_HUGE, T_MIB));
		ASSERT_TRUE(t_finish(&other));
		EXPECT_EQ(i, t_word(done));
		t_set_word(word, waits[i].then);
		EXPECT_TRUE(t_wait_word(done, value, T_SOON));
	}
	EXPECT_EQ(0, t_queue_close(&other));
}

TEST_F_TIMEOUT(pm4, an_indirect_buffer_is_executed, SECONDS)
{
	/* WRITE_DATA of one word; a NOP; ACQUIRE_MEM as ROCr sends it */
	const uint32_t ib[] = {
		0xc0033702, 5 << 8 | 1 << 20, (uint32_t)(uintptr_t)self->vram,
		(uintptr_t)self->vram >> 32, 0xfeedbeef,
		0xc0011002, 0xffffffff, 0xffffffff,
		0xc0055800, 0x28840000, 0xffffffff, 0x000000ff, 0, 0, 0,
	};

	for (int i = 0; i < 10; i++) {
		memcpy(self->host + 4 * i, ib, sizeof(ib));
		t_set_word(self->vram, 0);
		ASSERT_EQ(0, t_pm4_indirect(&self->q, self->host + 4 * i, ARRAY_SIZE(ib)));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0xfeedbeef, t_word(self->vram));
	}
}

TEST_F_TIMEOUT(pm4, packets_wrap_around, SECONDS)
{
	uint32_t *words = (uint32_t *)self->host;
	uint32_t data[50];
	struct t_queue small;

	ASSERT_EQ(0, t_queue_open_size(&small, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE, T_PAGE));
	for (uint32_t i = 0; i < 2000; i++) {
		size_t n = 1 + i % ARRAY_SIZE(data);

		for (size_t k = 0; k < n; k++)
			data[k] = i + k;
		ASSERT_EQ(0, t_pm4_write(&small, words + 64 * (i % 100), data, n));
		if (i % 100 == 0)
			ASSERT_EQ(0, t_pm4_nop(&small, 2 + i % 30));
		if (i % 9 == 0)
			t_submit(&small);
	}
	ASSERT_TRUE(t_finish(&small));
	for (uint32_t i = 1900; i < 2000; i++)
		for (size_t k = 0; k < 1 + i % ARRAY_SIZE(data); k++)
			EXPECT_EQ(i + k, words[64 * (i % 100) + k]);
	/* The read pointer stays inside of the ring. */
	EXPECT_LT(t_rptr(&small), T_PAGE / 4);
	EXPECT_EQ(small.wptr % (T_PAGE / 4), t_rptr(&small));
	EXPECT_EQ(0, t_queue_close(&small));
}

TEST_F_TIMEOUT(pm4, a_bad_packet_stops_its_queue_only, SECONDS)
{
	/* An unknown opcode; no packet at all; a buffer that is not there */
	static const uint32_t bads[][4] = {
		{ 0xc002ee02, 0, 0, 0 },
		{ 0x12345678, 0, 0, 0 },
	};
	struct t_queue bad;
	HsaEvent *event;

	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		ASSERT_EQ(0, t_queue_open(&bad, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE));
		event = t_event_of(HSA_EVENTTYPE_HW_EXCEPTION, &self->kfd.gpu[0], false);
		ASSERT_NE(NULL, event);
		ASSERT_EQ(0, t_put(&bad, bads[i], 4));
		t_submit(&bad);
		EXPECT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000));
		EXPECT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, hsaKmtDestroyEvent(event));
		EXPECT_EQ(0, t_queue_close(&bad));
	}
}

/* AQL */

FIXTURE(aql)
{
	struct t_kfd kfd;
	struct t_queue q;
	struct amd_signal *signals;
	char *vram;
};

FIXTURE_SETUP(aql)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_queue_open(&self->q, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE_AQL));
	self->signals = t_host(T_PAGE);
	self->vram = t_vram_bo(&self->kfd.gpu[0], T_HUGE);
	ASSERT_NE(NULL, self->signals);
	ASSERT_NE(NULL, self->vram);
	for (int i = 0; i < SIGNALS; i++)
		self->signals[i].kind = AMD_SIGNAL_USER;
}

FIXTURE_TEARDOWN(aql)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->signals, T_PAGE));
	EXPECT_EQ(0, t_free(self->vram, T_HUGE));
	EXPECT_EQ(0, t_close(&self->kfd));
}

static uint64_t address(const void *p)
{
	return (uintptr_t)p;
}

static int put_barrier(struct t_queue *q, unsigned int type, struct amd_signal *dep[5],
		       struct amd_signal *completion)
{
	struct t_aql_barrier packet = {
		.header = AQL_HEADER(type) | AQL_WAIT_FOR_EARLIER,
		.completion = address(completion),
	};

	for (int i = 0; i < 5; i++)
		packet.dep[i] = address(dep[i]);
	return t_put(q, (uint32_t *)&packet, 16);
}

static bool is_zero(struct amd_signal *signal)
{
	return t_wait_qword(&signal->value, 0, T_SOON);
}

TEST_F_TIMEOUT(aql, completion_signals_count_down, SECONDS)
{
	struct amd_signal *none[5] = { }, *s = self->signals;
	struct amd_signal *last[5] = { &s[9] };

	s[0].value = 3;
	s[1].value = 1;
	ASSERT_EQ(0, put_barrier(&self->q, AQL_BARRIER_AND, none, &s[0]));
	ASSERT_EQ(0, put_barrier(&self->q, AQL_BARRIER_AND, none, &s[0]));
	ASSERT_EQ(0, put_barrier(&self->q, AQL_BARRIER_OR, last, NULL));
	ASSERT_EQ(0, put_barrier(&self->q, AQL_BARRIER_AND, none, &s[1]));
	t_submit(&self->q);
	EXPECT_TRUE(is_zero(&s[1]));
	EXPECT_EQ(1, s[0].value);
	EXPECT_TRUE(t_wait_qword(&self->q.aql->read_dispatch_id, 4, T_SOON));
	/* The slots are free for the next lap. */
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(AQL_INVALID, self->q.ring[16 * i] & 0xff);
}

TEST_F_TIMEOUT(aql, barriers_wait_for_all_or_for_one, SECONDS)
{
	struct amd_signal *s = self->signals, *deps[5] = { &s[0], &s[1], &s[2], NULL, &s[4] };
	struct t_queue other;

	ASSERT_EQ(0, t_queue_open(&other, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
	for (int i = 0; i < 5; i++)
		s[i].value = 1;
	s[10].value = 1;
	s[11].value = 1;
	ASSERT_EQ(0, put_barrier(&self->q, AQL_BARRIER_OR, deps, &s[10]));
	ASSERT_EQ(0, put_barrier(&self->q, AQL_BARRIER_AND, deps, &s[11]));
	t_submit(&self->q);
	ASSERT_TRUE(t_finish(&other));
	EXPECT_EQ(1, t_qword(&s[10].value));
	t_set_qword(&s[2].value, 0);
	EXPECT_TRUE(is_zero(&s[10]));
	for (int i = 0; i < 5; i++) {
		ASSERT_TRUE(t_finish(&other));
		EXPECT_EQ(1, t_qword(&s[11].value));
		t_set_qword(&s[4 - i].value, 0);
		if (i == 3)
			t_set_qword(&s[1].value, 0);
	}
	EXPECT_TRUE(is_zero(&s[11]));
	EXPECT_EQ(0, t_queue_close(&other));
}

/* As HIP's streams: each queue waits for signals of the others. */
TEST_F_TIMEOUT(aql, four_queues_wait_for_each_other, SECONDS)
{
	struct amd_signal *s = self->signals, *none[5] = { };
	struct t_queue q[4];

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, t_queue_open(&q[i], &self->kfd.gpu[0], HSA_QUEUE_COMPUTE_AQL));
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 16; i++)
			s[i].value = 1;
		/* Queue i: wait for signal i, then signal i + 1.  The first needs nothing. */
		for (int i = 3; i >= 0; i--) {
			struct amd_signal *dep[5] = { i ? &s[i] : NULL };

			ASSERT_EQ(0, put_barrier(&q[i], AQL_BARRIER_AND, dep, &s[i + 1]));
			ASSERT_EQ(0, put_barrier(&q[i], AQL_BARRIER_AND, none, &s[8 + i]));
			t_submit(&q[i]);
		}
		for (int i = 0; i < 4; i++) {
			EXPECT_TRUE(is_zero(&s[i + 1]));
			EXPECT_TRUE(is_zero(&s[8 + i]));
		}
	}
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, t_queue_close(&q[i]));
}

TEST_F_TIMEOUT(aql, signals_with_a_mailbox_raise_events, SECONDS)
{
	struct amd_signal *none[5] = { }, *s = self->signals;
	HsaEvent *event = t_event(false);

	ASSERT_NE(NULL, event);
	for (int i = 0; i < 20; i++) {
		s[i].value = 1;
		s[i].event_mailbox_ptr = event->EventData.HWData2;
		s[i].event_id = event->EventId;
		ASSERT_EQ(0, put_barrier(&self->q, AQL_BARRIER_AND, none, &s[i]));
		t_submit(&self->q);
		EXPECT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000));
		EXPECT_EQ(0, t_qword(&s[i].value));
		EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(event, 0));
	}
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(aql, profiled_signals_have_times, SECONDS)
{
	struct amd_signal *none[5] = { }, *s = self->signals;
	HsaClockCounters before, after;

	self->q.aql->queue_properties |= AMD_QUEUE_PROFILING;
	ASSERT_EQ(0, hsaKmtGetClockCounters(self->kfd.gpu[0].node, &before));
	s[0].value = 1;
	ASSERT_EQ(0, put_barrier(&self->q, AQL_BARRIER_AND, none, &s[0]));
	t_submit(&self->q);
	ASSERT_TRUE(is_zero(&s[0]));
	ASSERT_EQ(0, hsaKmtGetClockCounters(self->kfd.gpu[0].node, &after));
	EXPECT_LE(before.GPUClockCounter, s[0].start_ts);
	EXPECT_LE(s[0].start_ts, s[0].end_ts);
	EXPECT_LE(s[0].end_ts, after.GPUClockCounter);
}

TEST_F_TIMEOUT(aql, rocrs_cache_flush_moves_the_read_index, SECONDS)
{
	const uint32_t ib[] = {
		0xc0055800, 0x28840000, 0xffffffff, 0x000000ff, 0, 0, 0,
	};
	struct t_aql_pm4 packet = {
		.header = AQL_VENDOR,
		.format = 1,
		.dw_cnt_remain = 10,
	};
	char *code = (char *)self->signals + 2048;

	memcpy(code, ib, sizeof(ib));
	packet.ib[0] = 0xc0023f00;
	packet.ib[1] = address(code);
	packet.ib[2] = address(code) >> 32;
	packet.ib[3] = ARRAY_SIZE(ib) | 1 << 23;
	for (uint64_t i = 1; i <= 10; i++) {
		ASSERT_EQ(0, t_put(&self->q, (uint32_t *)&packet, 16));
		t_submit(&self->q);
		/* ROCr spins on this for ever. */
		EXPECT_TRUE(t_wait_qword(&self->q.aql->read_dispatch_id, i, T_SOON));
	}
}

TEST_F_TIMEOUT(aql, a_barrier_waits_for_a_value, SECONDS)
{
	static const struct {
		uint32_t cond;
		int64_t value, mask, not_yet, then;
	} rows[] = {
		{ 0, 5, -1, 4, 5 },
		{ 1, 5, -1, 5, 4 },
		{ 2, -5, -1, -5, -6 },
		{ 3, 5, -1, -1, 5 },
		{ 0, 1, 1, 2, 3 },
	};
	struct amd_signal *s = self->signals;
	struct t_queue other;

	ASSERT_EQ(0, t_queue_open(&other, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct t_aql_barrier_value packet = {
			.header = 0x1500,
			.format = 2,
			.signal = address(&s[0]),
			.value = rows[i].value,
			.mask = rows[i].mask,
			.cond = rows[i].cond,
			.completion = address(&s[1]),
		};

		s[0].value = rows[i].not_yet;
		s[1].value = 1;
		ASSERT_EQ(0, t_put(&self->q, (uint32_t *)&packet, 16));
		t_submit(&self->q);
		ASSERT_TRUE(t_finish(&other));
		EXPECT_EQ(1, t_qword(&s[1].value));
		t_set_qword(&s[0].value, rows[i].then);
		EXPECT_TRUE(is_zero(&s[1])) {
			TH_LOG("row %zu", i);
		}
	}
	EXPECT_EQ(0, t_queue_close(&other));
}

/* A slot that somebody has reserved and not yet written is waited for. */
TEST_F_TIMEOUT(aql, an_invalid_slot_holds_up_what_is_behind, SECONDS)
{
	struct amd_signal *s = self->signals;
	struct t_aql_barrier packet = { .completion = address(&s[0]) };
	struct t_queue other;

	ASSERT_EQ(0, t_queue_open(&other, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
	s[0].value = 2;
	packet.header = AQL_INVALID;
	ASSERT_EQ(0, t_put(&self->q, (uint32_t *)&packet, 16));
	packet.header = AQL_HEADER(AQL_BARRIER_AND);
	ASSERT_EQ(0, t_put(&self->q, (uint32_t *)&packet, 16));
	t_submit(&self->q);
	ASSERT_TRUE(t_finish(&other));
	EXPECT_EQ(2, t_qword(&s[0].value));
	EXPECT_EQ(0, t_rptr(&self->q));
	t_set_word(self->q.ring, packet.header);
	t_ring_doorbell(&self->q, 0);
	EXPECT_TRUE(is_zero(&s[0]));
	EXPECT_EQ(0, t_queue_close(&other));
}

/* An error as ROCr expects it: a code in queue_inactive_signal, and its event. */
static void expect_error(struct __test_metadata *_metadata, struct t_queue *q,
			 struct amd_signal *inactive, const void *packet, uint64_t code)
{
	HsaEvent *event = t_event(false);

	ASSERT_NE(NULL, event);
	memset(inactive, 0, sizeof(*inactive));
	inactive->kind = AMD_SIGNAL_USER;
	inactive->event_mailbox_ptr = event->EventData.HWData2;
	inactive->event_id = event->EventId;
	q->aql->queue_inactive_signal = address(inactive);
	ASSERT_EQ(0, t_put(q, packet, 16));
	t_submit(q);
	EXPECT_TRUE(t_wait_qword(&inactive->value, code, T_SOON)) {
		TH_LOG("the code is %#llx", (unsigned long long)inactive->value);
	}
	EXPECT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000));
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(aql, a_dispatch_without_dimensions_is_refused_as_rocr_expects, SECONDS)
{
	struct t_aql_dispatch packet = {
		.header = AQL_HEADER(AQL_DISPATCH),
		.setup = 0,
		.workgroup = { 64, 1, 1 },
		.grid = { 64, 1, 1 },
		.kernel_object = address(self->vram),
	};

	expect_error(_metadata, &self->q, self->signals, &packet, 2);
}

TEST_F_TIMEOUT(aql, an_unknown_packet_is_refused_as_rocr_expects, SECONDS)
{
	uint32_t packet[16] = { AQL_HEADER(77) };

	expect_error(_metadata, &self->q, self->signals, packet, 32);
}

TEST_F_TIMEOUT(aql, a_dispatch_without_code_is_refused_as_rocr_expects, SECONDS)
{
	struct t_aql_dispatch packet = {
		.header = AQL_HEADER(AQL_DISPATCH),
		.setup = 1,
		.workgroup = { 64, 1, 1 },
		.grid = { 64, 1, 1 },
		.kernel_object = address(self->vram),
	};
	struct t_queue other;

	/* A kernel descriptor of zeros. */
	expect_error(_metadata, &self->q, self->signals, &packet, 8);
	ASSERT_EQ(0, t_queue_open(&other, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE_AQL));
	EXPECT_TRUE(t_finish(&other));
	EXPECT_EQ(0, t_queue_close(&other));
}

T_QUEUE_MAIN
