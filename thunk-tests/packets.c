// SPDX-License-Identifier: MIT
/*
 * SDMA and PM4 packets for gfx90a, as Debian's ROCr 5.2.3 and kfdtest write them.
 * Not by the headers that the device is built with: what is shared would share a
 * mistake.
 */
#include <stdio.h>
#include <string.h>

#include "queue.h"

static uint32_t lo(const void *p)
{
	return (uintptr_t)p;
}

static uint32_t hi(const void *p)
{
	return (uintptr_t)p >> 32;
}

#define PUT(q, ...)							\
	({								\
		const uint32_t packet[] = { __VA_ARGS__ };		\
		t_put(q, packet, sizeof(packet) / sizeof(packet[0]));	\
	})

/* SDMA */

#define SDMA_NOP		0
#define SDMA_COPY		1
#define SDMA_WRITE		2
#define SDMA_FENCE		5
#define SDMA_TRAP		6
#define SDMA_POLL		8
#define SDMA_ATOMIC		10
#define SDMA_FILL		11
#define SDMA_TIMESTAMP		13

#define SDMA_SUB(n)		((n) << 8)
#define SDMA_BROADCAST		0x08000000
#define SDMA_FILL_DWORDS	(2U << 30)
#define SDMA_MEM_POLL		0x80000000
#define SDMA_FOREVER		(0xfffU << 16 | 4)
#define SDMA_WRITE_MAX		256

int t_copy(struct t_queue *q, void *dst, const void *src, size_t size)
{
	char *to = dst;
	const char *from = src;
	size_t n;

	for (; size; size -= n, to += n, from += n) {
		n = size < T_SDMA_COPY_MAX ? size : T_SDMA_COPY_MAX;
		if (PUT(q, SDMA_COPY, n - 1, 0, lo(from), hi(from), lo(to), hi(to)))
			return -1;
	}
	return 0;
}

int t_copy_to_two(struct t_queue *q, void *dst, void *dst2, const void *src, size_t size)
{
	return PUT(q, SDMA_COPY | SDMA_BROADCAST, size - 1, 0, lo(src), hi(src), lo(dst), hi(dst),
		   lo(dst2), hi(dst2));
}

int t_copy_rect(struct t_queue *q, const struct t_area *dst, const struct t_area *src,
		uint32_t w, uint32_t h, uint32_t d, unsigned int log2)
{
	return PUT(q, SDMA_COPY | SDMA_SUB(4) | log2 << 29,
		   lo(src->addr), hi(src->addr), src->x | src->y << 16,
		   src->z | (src->pitch - 1) << 13, src->slice - 1,
		   lo(dst->addr), hi(dst->addr), dst->x | dst->y << 16,
		   dst->z | (dst->pitch - 1) << 13, dst->slice - 1,
		   (w - 1) | (h - 1) << 16, d - 1);
}

int t_fill_words(struct t_queue *q, void *dst, uint32_t value, size_t words)
{
	const size_t max = 0x100000;
	char *to = dst;
	size_t n;

	for (; words; words -= n, to += n * 4) {
		n = words < max ? words : max;
		if (PUT(q, SDMA_FILL | SDMA_FILL_DWORDS, lo(to), hi(to), value, (n - 1) * 4))
			return -1;
	}
	return 0;
}

int t_fill_bytes(struct t_queue *q, void *dst, uint8_t value, size_t size)
{
	return PUT(q, SDMA_FILL, lo(dst), hi(dst), value, size - 1);
}

int t_write(struct t_queue *q, void *dst, const void *data, size_t words)
{
	uint32_t packet[4 + SDMA_WRITE_MAX] = { SDMA_WRITE, lo(dst), hi(dst), words - 1 };

	if (words > SDMA_WRITE_MAX)
		return -1;
	memcpy(packet + 4, data, words * 4);
	return t_put(q, packet, 4 + words);
}

int t_fence(struct t_queue *q, void *dst, uint32_t value)
{
	return PUT(q, SDMA_FENCE, lo(dst), hi(dst), value);
}

int t_trap(struct t_queue *q, uint32_t context)
{
	return PUT(q, SDMA_TRAP, context);
}

int t_nop(struct t_queue *q, unsigned int words)
{
	uint32_t packet[words];

	/* Its body is no packet, whatever it says. */
	memset(packet, 0xff, sizeof(packet));
	packet[0] = SDMA_NOP | (words - 1) << 16;
	return t_put(q, packet, words);
}

int t_timestamp(struct t_queue *q, void *dst)
{
	return PUT(q, SDMA_TIMESTAMP | SDMA_SUB(2), lo(dst), hi(dst));
}

int t_atomic(struct t_queue *q, void *at, unsigned int op, uint64_t src, uint64_t cmp)
{
	return PUT(q, SDMA_ATOMIC | op << 25, lo(at), hi(at), src, src >> 32, cmp, cmp >> 32, 0);
}

int t_poll(struct t_queue *q, void *at, enum t_cond cond, uint32_t value,
	   uint32_t mask)
{
	return PUT(q, SDMA_POLL | SDMA_MEM_POLL | cond << 28, lo(at), hi(at), value, mask,
		   SDMA_FOREVER);
}

int t_signal(struct t_queue *q, const HsaEvent *event)
{
	if (t_fence(q, (void *)event->EventData.HWData2, event->EventId))
		return -1;
	return t_trap(q, event->EventId);
}

/* PM4 */

#define PM4(op, n)		(3U << 30 | ((n) - 2) << 16 | (op) << 8 | 1 << 1)
#define PM4_NOP			0x10
#define PM4_ATOMIC_MEM		0x1e
#define PM4_WRITE_DATA		0x37
#define PM4_WAIT_REG_MEM	0x3c
#define PM4_INDIRECT_BUFFER	0x3f
#define PM4_RELEASE_MEM		0x49
#define PM4_ACQUIRE_MEM		0x58

#define PM4_WRITE_MEMORY	(5U << 8 | 1 << 20)	/* and wait for the write */
#define PM4_WRITE_MAX		256
#define PM4_RELEASE_EVENT	(0x14U | 5 << 8 | 1 << 15 | 1 << 17)
#define PM4_SEND_DATA64		(2U << 29)
#define PM4_SEND_CLOCK		(3U << 29)
#define PM4_INT_AFTER_WRITE	(2U << 24)
#define PM4_IN_MEMORY		0x10
#define PM4_IB_VALID		0x00800000

int t_pm4_write(struct t_queue *q, void *dst, const void *data, size_t words)
{
	uint32_t packet[4 + PM4_WRITE_MAX] = {
		PM4(PM4_WRITE_DATA, 4 + words), PM4_WRITE_MEMORY, lo(dst), hi(dst),
	};

	if (words > PM4_WRITE_MAX)
		return -1;
	memcpy(packet + 4, data, words * 4);
	return t_put(q, packet, 4 + words);
}

int t_pm4_release(struct t_queue *q, void *dst, uint64_t value, bool interrupt,
		  uint32_t context)
{
	return PUT(q, PM4(PM4_RELEASE_MEM, 8), PM4_RELEASE_EVENT,
		   PM4_SEND_DATA64 | (interrupt ? PM4_INT_AFTER_WRITE : 0), lo(dst), hi(dst),
		   value, value >> 32, context);
}

int t_pm4_clock(struct t_queue *q, void *dst)
{
	return PUT(q, PM4(PM4_RELEASE_MEM, 8), PM4_RELEASE_EVENT, PM4_SEND_CLOCK, lo(dst),
		   hi(dst), 0, 0, 0);
}

int t_pm4_wait(struct t_queue *q, void *at, enum t_cond cond, uint32_t value,
	       uint32_t mask)
{
	return PUT(q, PM4(PM4_WAIT_REG_MEM, 7), cond | PM4_IN_MEMORY, lo(at), hi(at), value, mask,
		   4);
}

int t_pm4_atomic(struct t_queue *q, void *at, unsigned int op, uint64_t src, uint64_t cmp)
{
	return PUT(q, PM4(PM4_ATOMIC_MEM, 9), op, lo(at), hi(at), src, src >> 32, cmp, cmp >> 32,
		   0);
}

int t_pm4_acquire(struct t_queue *q)
{
	return PUT(q, PM4(PM4_ACQUIRE_MEM, 7), 0x28840000, 0xffffffff, 0xff, 0, 0, 0);
}

int t_pm4_indirect(struct t_queue *q, const void *ib, unsigned int words)
{
	return PUT(q, PM4(PM4_INDIRECT_BUFFER, 4), lo(ib), hi(ib), words | PM4_IB_VALID);
}

int t_pm4_nop(struct t_queue *q, unsigned int words)
{
	uint32_t packet[words];

	memset(packet, 0xff, sizeof(packet));
	packet[0] = PM4(PM4_NOP, words);
	return t_put(q, packet, words);
}
