// SPDX-License-Identifier: MIT
/*
 * The event ring, with a driver whose words EVENT_RPTR and EVENT_EVENT lie, next
 * to a model of what docs/device.md says: no event is lost or written over, the
 * write index counts, the vector is signalled when it has to be.
 */
#include <errno.h>

#include "../gpu.h"
#include "fuzz.h"

#define EVENTS_MAX	256

/* What there should be. */
struct model {
	u64 wptr;
	u64 kept[EVENTRING_KEPT];	/* values of .data */
	unsigned int kept_count;
	bool signalled;
};

static struct gpu *gpu;
static struct transport transport;

static void open_device(void)
{
	const struct gpu_config cfg = { .threads = 1 };

	gpu = calloc(1, sizeof(*gpu));
	fuzz_check(gpu && !transport_local(&transport) &&
		   !gpu_init(gpu, &cfg, &transport));
}

static u64 rptr(void)
{
	return gpu_read64(gpu, SIMGPU_REG_EVENT_RPTR);
}

static bool room(const struct model *m)
{
	return m->wptr - rptr() < SIMGPU_EVENT_COUNT;
}

/* The event went into the ring: the driver sees it there, whole. */
static void expect_event(struct model *m, u64 data)
{
	u64 event = gpu_read64(gpu, SIMGPU_REG_EVENT_EVENT);
	const struct simgpu_event *e =
		(const void *)(gpu->bar + SIMGPU_EVENT_OFFSET);

	e += m->wptr % SIMGPU_EVENT_COUNT;
	fuzz_check(le32toh(e->seq) == (u32)m->wptr);
	fuzz_check(le64toh(e->data) == data);
	fuzz_check(le32toh(e->type) == SIMGPU_EVENT_INTERRUPT);
	/* Signalled if and only if the index moves from EVENT_EVENT over it. */
	if (event == m->wptr)
		m->signalled = true;
	m->wptr++;
}

/* What was kept goes first, as far as there is room. */
static void expect_flush(struct model *m)
{
	unsigned int n = 0;

	for (; n < m->kept_count && room(m); n++)
		expect_event(m, m->kept[n]);
	m->kept_count -= n;
	memmove(m->kept, m->kept + n, m->kept_count * sizeof(m->kept[0]));
}

static void post(struct model *m, u64 data)
{
	const struct simgpu_event event = {
		.type = htole32(SIMGPU_EVENT_INTERRUPT), .data = htole64(data),
	};
	int err = eventring_post(gpu, &event);

	expect_flush(m);
	fuzz_check(err == (m->kept_count || !room(m) ? -EAGAIN : 0));
	if (!err)
		expect_event(m, data);
}

static void keep(struct model *m, u64 data)
{
	const struct simgpu_event event = {
		.type = htole32(SIMGPU_EVENT_INTERRUPT), .data = htole64(data),
	};
	int err = eventring_keep(gpu, &event);

	expect_flush(m);
	if (!m->kept_count && room(m)) {
		fuzz_check(!err);
		expect_event(m, data);
		return;
	}
	fuzz_check(err == (m->kept_count == EVENTRING_KEPT ? -EAGAIN : 0));
	if (!err)
		m->kept[m->kept_count++] = data;
}

static void flush(struct model *m)
{
	bool empty = eventring_flush(gpu);

	expect_flush(m);
	fuzz_check(empty == !m->kept_count);
}

/* A word of the driver: any value, or one near to the write index. */
static void write_word(struct input *in, u32 reg)
{
	u64 wptr = gpu_read64(gpu, SIMGPU_REG_EVENT_WPTR);
	u8 how = take8(in);

	if (how < 0x20)
		gpu_write64(gpu, reg, take64(in));
	else if (how < 0x80)
		gpu_write64(gpu, reg, wptr + (u64)(int8_t)take8(in));
	else
		gpu_write64(gpu, reg, wptr - SIMGPU_EVENT_COUNT + take8(in) % 4);
}

static void check_signal(struct model *m)
{
	fuzz_check(transport_take(&transport, SIMGPU_VECTOR_EVENT, 0) ==
		   m->signalled);
	m->signalled = false;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	struct model m = { 0 };
	u64 n = 0;

	if (!gpu)
		open_device();
	eventring_reset(gpu);
	gpu_write64(gpu, SIMGPU_REG_EVENT_RPTR, 0);
	gpu_write64(gpu, SIMGPU_REG_EVENT_EVENT, 0);
	transport_take(&transport, SIMGPU_VECTOR_EVENT, 0);
	while (in.left && n < EVENTS_MAX) {
		switch (take8(&in) % 8) {
		case 0:
			write_word(&in, SIMGPU_REG_EVENT_RPTR);
			break;
		case 1:
			write_word(&in, SIMGPU_REG_EVENT_EVENT);
			break;
		case 2:
			flush(&m);
			break;
		case 3:
		case 4:
			keep(&m, n++);
			break;
		case 5:
			check_signal(&m);
			break;
		default:
			post(&m, n++);
			break;
		}
		fuzz_check(gpu_read64(gpu, SIMGPU_REG_EVENT_WPTR) == m.wptr);
	}
	check_signal(&m);
	return 0;
}
