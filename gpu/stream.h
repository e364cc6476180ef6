/* SPDX-License-Identifier: MIT */
/*
 * The dwords that an SDMA or PM4 engine executes: those of the queue's ring, and
 * those of indirect buffers that packets call.  A packet is taken whole or not at
 * all, and the read index moves when it has been executed.
 *
 * Functions here and in the engines return 0 or
 *	-EFAULT	as access_*(): the packet is tried again from where it was
 *	-EAGAIN	the slice is used up: as -EFAULT
 *	-EBUSY	a word in memory or the event ring is not ready: as -EFAULT
 *	-ENODATA nothing to do before the write index moves
 *	-EPROTO	stream->error says what is wrong with the packet
 */
#ifndef GPU_STREAM_H
#define GPU_STREAM_H

#include "access.h"
#include "queue.h"

/* Indirect buffers inside each other. */
#define STREAM_DEPTH	2

/* Longest part of a packet without its payload, dwords. */
#define STREAM_PACKET	16

struct indirect {
	u64 base;	/* GPU virtual address */
	u32 size;	/* dwords */
	u32 pos;	/* dwords */
	u32 back;	/* dwords of the packet that called it */
};

/**
 * struct stream - where an engine is in its packets
 * @unit: bytes that the queue's indices count: 1 (SDMA) or 4 (PM4)
 * @limit: write index as last read, in units
 * @skip: dwords to pass over
 * @depth: indirect buffers that are entered; &ib[depth - 1] is executed
 * @packet: the packet at hand, its first @len dwords, as in memory
 * @len: 0: no packet at hand
 * @total: dwords of the packet with its payload; 0: not known yet
 * @unsaid: the read index is not written back yet
 * @error: valid after -EPROTO
 */
struct stream {
	u32 unit;
	u64 limit;
	u32 skip;
	u32 depth;
	struct indirect ib[STREAM_DEPTH];
	__le32 packet[STREAM_PACKET];
	u32 len;
	u32 total;
	bool unsaid;
	struct queue_failure error;
};

/* The value of a field of a dword in host order. */
static inline u32 field(u32 dword, u32 mask)
{
	return (dword & mask) >> __builtin_ctz(mask);
}

/* A 64-bit value in two dwords of a packet. */
static inline u64 join64(__le32 lo, __le32 hi)
{
	return le32toh(lo) | (u64)le32toh(hi) << 32;
}

/**
 * stream_next() - have a packet at hand
 *
 * Passes over what COND_EXE said, leaves indirect buffers that end.  On return
 * the first dwords of a packet, at least one, are in stream->packet.  Calling it
 * again before stream_done() changes nothing.
 */
int __must_check stream_next(struct queue *q, struct stream *s);

/** stream_have() - have the first @count dwords of the packet at hand, or more */
int __must_check stream_have(struct queue *q, struct stream *s, u32 count);

/**
 * stream_whole() - as stream_have(), and the packet is @total dwords long
 *
 * Of a longer one the first STREAM_PACKET are at hand, the others come by
 * stream_payload().
 */
int __must_check stream_whole(struct queue *q, struct stream *s, u32 total);

/**
 * stream_payload() - dwords of the packet at hand
 * @first: counted from its header
 * @count: dwords, at most ACCESS_MAX / 4
 */
int __must_check stream_payload(struct queue *q, struct stream *s, u32 first,
				u32 count, __le32 *buf);

/**
 * stream_done() - the packet at hand has been executed
 *
 * Moves the read index and writes it back.  On error only the writing back is
 * left to do, and the next call of stream_next() begins with it.
 */
int __must_check stream_done(struct queue *q, struct stream *s);

/** stream_skip() - after the packet at hand, pass over @count dwords */
int __must_check stream_skip(struct queue *q, struct stream *s, u32 count);

/**
 * stream_call() - execute an indirect buffer, then the packet at hand is done
 * @base: GPU virtual address
 * @size: dwords, at least 1
 *
 * Return: 0, or -ENOSPC: too deep.
 */
int __must_check stream_call(struct queue *q, struct stream *s, u64 base, u32 size);

/**
 * stream_chain() - the indirect buffer at hand ends, another one goes on
 *
 * Return: 0, or -ENOENT: there is no indirect buffer at hand.
 */
int __must_check stream_chain(struct queue *q, struct stream *s, u64 base, u32 size);

/** stream_bad() - the packet at hand makes no sense.  Return: -EPROTO. */
int __must_check stream_bad(struct queue *q, struct stream *s, u32 code, u64 data);

/** stream_step() - what an engine's step returns for one of the values above */
enum step stream_step(struct queue *q, struct stream *s, int err);

/*
 * Waiting for a word.  Looks are at least @interval ticks of the GPU's clock
 * apart; wait_look() says whether it is time for one.
 */
struct wait {
	u64 last;	/* clock of the last look */
	u32 looks;	/* so many were in vain */
};

static inline bool wait_look(const struct wait *wait, u32 interval)
{
	return !wait->looks || queue_clock() - wait->last >= interval;
}

static inline void wait_in_vain(struct wait *wait)
{
	wait->last = queue_clock();
	if (wait->looks < UINT32_MAX)
		wait->looks++;
}

/* Comparisons of POLL_REGMEM and WAIT_REG_MEM: unsigned; func is 0 .. 6. */
bool wait_compare(u32 func, u64 value, u64 reference);

/**
 * atomic_decode() - what a number of enum gfx9_atomic stands for
 * @number: as in a packet
 * @op: out
 * @size: out: 4 or 8 bytes
 *
 * Return: 0, or -EINVAL: not an integer operation.
 */
int __must_check atomic_decode(u32 number, enum atomic_op *op, size_t *size);

#endif
