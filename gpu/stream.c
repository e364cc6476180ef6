// SPDX-License-Identifier: MIT
/*
 * The dwords of rings and indirect buffers.
 */
#include <errno.h>

#include "abi/sdma_packets.h"
#include "stream.h"

static u64 ring_dwords(const struct queue *q)
{
	return q->ring_size / 4;
}

/* Byte offset in the ring of the dword that is @ahead of the read index. */
static u64 ring_offset(const struct queue *q, const struct stream *s, u32 ahead)
{
	return (q->read * s->unit + ahead * 4ULL) & (q->ring_size - 1);
}

static u64 where(const struct queue *q, const struct stream *s)
{
	const struct indirect *ib;

	if (!s->depth)
		return ring_offset(q, s, 0);
	ib = &s->ib[s->depth - 1];
	return ib->base + ib->pos * 4ULL;
}

int stream_bad(struct queue *q, struct stream *s, u32 code, u64 data)
{
	s->error = (struct queue_failure){
		.code = code, .where = where(q, s), .data = data,
	};
	return -EPROTO;
}

/* Read the write index; it is what says how much there is. */
static int look_at_wptr(struct queue *q, struct stream *s)
{
	__le64 word;
	u64 wptr;
	int err;

	err = access_read(q, q->wptr, &word, sizeof(word));
	if (err)
		return err;
	wptr = le64toh(word);
	if (wptr - q->read > q->ring_size / s->unit ||
	    !IS_ALIGNED(wptr * s->unit, 4))
		return stream_bad(q, s, SIMGPU_ERROR_RING, wptr);
	s->limit = wptr;
	return 0;
}

/* Dwords from the packet's first one to where the producer or the buffer ends. */
static u64 dwords_left(const struct queue *q, const struct stream *s)
{
	const struct indirect *ib;

	if (!s->depth)
		return (s->limit - q->read) * s->unit / 4;
	ib = &s->ib[s->depth - 1];
	return ib->size - ib->pos;
}

/* Read @count dwords, @first of them after the read position. */
static int read_dwords(struct queue *q, struct stream *s, u32 first, u32 count,
		       __le32 *buf)
{
	u64 offset, part;
	int err;

	if (s->depth)
		return access_read(q, where(q, s) + first * 4ULL, buf, count * 4);
	offset = ring_offset(q, s, first);
	part = q->ring_size - offset;
	if (part > count * 4ULL)
		part = count * 4ULL;
	err = access_read(q, q->ring + offset, buf, part);
	if (err || part == count * 4ULL)
		return err;
	return access_read(q, q->ring, buf + part / 4, count * 4ULL - part);
}

static void consume(struct queue *q, struct stream *s, u32 count)
{
	if (s->depth) {
		s->ib[s->depth - 1].pos += count;
	} else if (s->unit && count) {
		q->read += count * 4ULL / s->unit;
		s->unsaid = true;
	}
}

/* Leave indirect buffers that are executed to their end. */
static void leave_buffers(struct queue *q, struct stream *s)
{
	while (s->depth && s->ib[s->depth - 1].pos >= s->ib[s->depth - 1].size) {
		s->depth--;
		consume(q, s, s->ib[s->depth].back);
	}
}

/* Write the read index back: SDMA counts up, PM4 wraps with the ring. */
static int say_rptr(struct queue *q, struct stream *s)
{
	__le64 bytes = htole64(q->read);
	__le32 dwords = htole32(q->read & (ring_dwords(q) - 1));
	int err;

	if (!s->unsaid)
		return 0;
	if (s->unit == 1)
		err = access_write(q, q->rptr, &bytes, sizeof(bytes));
	else
		err = access_write(q, q->rptr, &dwords, sizeof(dwords));
	if (!err)
		s->unsaid = false;
	return err;
}

/* Take what is there of the next packet, up to STREAM_PACKET dwords. */
static int take(struct queue *q, struct stream *s)
{
	u64 count = dwords_left(q, s);
	int err;

	if (count > STREAM_PACKET)
		count = STREAM_PACKET;
	err = read_dwords(q, s, 0, count, s->packet);
	if (!err)
		s->len = count;
	return err;
}

/* How many dwords there are at least; none is -ENODATA. */
static int await_dwords(struct queue *q, struct stream *s, u64 *left)
{
	int err;

	*left = dwords_left(q, s);
	if (!*left && s->unit) {
		err = look_at_wptr(q, s);
		if (err)
			return err;
		*left = dwords_left(q, s);
	}
	return *left ? 0 : -ENODATA;
}

int stream_next(struct queue *q, struct stream *s)
{
	u64 left;
	int err;

	while (!s->len) {
		err = say_rptr(q, s);
		if (!err)
			err = await_dwords(q, s, &left);
		if (err)
			return err;
		if (!s->skip)
			return take(q, s);
		if (left > s->skip)
			left = s->skip;
		consume(q, s, left);
		s->skip -= left;
		leave_buffers(q, s);
	}
	return 0;
}

int stream_have(struct queue *q, struct stream *s, u32 count)
{
	u64 room = s->depth ? dwords_left(q, s) : ring_dwords(q);
	int err;

	if (count > room)
		return stream_bad(q, s, SIMGPU_ERROR_FIELD, le32toh(s->packet[0]));
	if (count > dwords_left(q, s)) {
		/* Its end is not in the ring yet. */
		err = look_at_wptr(q, s);
		if (!err && count > dwords_left(q, s))
			err = -ENODATA;
		if (err) {
			s->len = 0;
			return err;
		}
	}
	if (count > STREAM_PACKET)
		count = STREAM_PACKET;
	return count > s->len ? take(q, s) : 0;
}

int stream_whole(struct queue *q, struct stream *s, u32 total)
{
	int err;

	if (s->total)
		return 0;
	err = stream_have(q, s, total);
	if (!err)
		s->total = total;
	return err;
}

int stream_payload(struct queue *q, struct stream *s, u32 first, u32 count,
		   __le32 *buf)
{
	return read_dwords(q, s, first, count, buf);
}

static void forget_packet(struct queue *q, struct stream *s)
{
	s->len = 0;
	s->total = 0;
	queue_packet_done(q);
}

int stream_done(struct queue *q, struct stream *s)
{
	u32 total = s->total;

	forget_packet(q, s);
	consume(q, s, total);
	leave_buffers(q, s);
	return say_rptr(q, s);
}

int stream_skip(struct queue *q, struct stream *s, u32 count)
{
	if (s->depth && count > dwords_left(q, s) - s->total)
		return stream_bad(q, s, SIMGPU_ERROR_FIELD, count);
	s->skip = count;
	return 0;
}

int stream_call(struct queue *q, struct stream *s, u64 base, u32 size)
{
	if (s->depth == STREAM_DEPTH)
		return -ENOSPC;
	s->ib[s->depth++] = (struct indirect){
		.base = base, .size = size, .back = s->total,
	};
	forget_packet(q, s);
	return 0;
}

int stream_chain(struct queue *q, struct stream *s, u64 base, u32 size)
{
	struct indirect *ib;

	if (!s->depth)
		return -ENOENT;
	ib = &s->ib[s->depth - 1];
	ib->base = base;
	ib->size = size;
	ib->pos = 0;
	forget_packet(q, s);
	return 0;
}

enum step stream_step(struct queue *q, struct stream *s, int err)
{
	switch (err) {
	case -EFAULT:
		return STEP_FAULT;
	case -EBUSY:
		return STEP_BLOCKED;
	case -ENODATA:
		return STEP_IDLE;
	case -EPROTO:
		return queue_fail(q, s->error.code, s->error.where, s->error.data);
	default:
		return STEP_PROGRESS;
	}
}

bool wait_compare(u32 func, u64 value, u64 reference)
{
	switch (func) {
	case SDMA_POLL_LESS:
		return value < reference;
	case SDMA_POLL_LESS_EQUAL:
		return value <= reference;
	case SDMA_POLL_EQUAL:
		return value == reference;
	case SDMA_POLL_NOT_EQUAL:
		return value != reference;
	case SDMA_POLL_GREATER_EQUAL:
		return value >= reference;
	case SDMA_POLL_GREATER:
		return value > reference;
	default:
		return true;
	}
}

int atomic_decode(u32 number, enum atomic_op *op, size_t *size)
{
	/* By the low five bits of the number, plus one. */
	static const u8 ops[32] = {
		[GFX9_ATOMIC_SWAP]	= ATOMIC_SWAP + 1,
		[GFX9_ATOMIC_CMPSWAP]	= ATOMIC_CMPSWAP + 1,
		[GFX9_ATOMIC_ADD]	= ATOMIC_ADD + 1,
		[GFX9_ATOMIC_SUB]	= ATOMIC_SUB + 1,
		[GFX9_ATOMIC_SMIN]	= ATOMIC_SMIN + 1,
		[GFX9_ATOMIC_UMIN]	= ATOMIC_UMIN + 1,
		[GFX9_ATOMIC_SMAX]	= ATOMIC_SMAX + 1,
		[GFX9_ATOMIC_UMAX]	= ATOMIC_UMAX + 1,
		[GFX9_ATOMIC_AND]	= ATOMIC_AND + 1,
		[GFX9_ATOMIC_OR]	= ATOMIC_OR + 1,
		[GFX9_ATOMIC_XOR]	= ATOMIC_XOR + 1,
		[GFX9_ATOMIC_INC]	= ATOMIC_INC + 1,
		[GFX9_ATOMIC_DEC]	= ATOMIC_DEC + 1,
	};
	u8 row = ops[number & 0x1f];

	if (!row || number > 0x7f)
		return -EINVAL;
	*op = row - 1;
	*size = number & GFX9_ATOMIC_64 ? 8 : 4;
	return 0;
}
