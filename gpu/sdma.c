// SPDX-License-Identifier: MIT
/*
 * The SDMA engine.  A packet is checked when it is at hand whole, then executed;
 * what has been done of it is kept in struct sdma, so that it goes on after a
 * fault or a used-up slice where it was.
 */
#include <errno.h>
#include <stdlib.h>

#include "abi/sdma_packets.h"
#include "access.h"
#include "stream.h"

/* Rows of COPY_LINEAR_RECT, chunks of WRITE_LINEAR in one step. */
#define ROWS_MAX	256
#define CHUNKS_MAX	64
#define CHUNK_DWORDS	256

/**
 * struct sdma - an SDMA queue
 * @stream: its packets
 * @done: bytes of the copy or fill, dwords of the write at hand
 * @piece: row of the rectangle, target of the broadcast at hand
 * @wait: looks of the poll or of the loop at hand
 * @clock_offset: what TIMESTAMP_SET made of the GPU's clock
 */
struct sdma {
	struct stream stream;
	u64 done;
	u64 piece;
	struct wait wait;
	u64 clock_offset;
};

static int bad_field(struct queue *q, struct sdma *sdma, u64 data)
{
	return stream_bad(q, &sdma->stream, SIMGPU_ERROR_FIELD, data);
}

/* Bits that are set where a packet must have none. */
static int reject(struct queue *q, struct sdma *sdma, u32 dword, u32 allowed)
{
	return dword & ~allowed ? bad_field(q, sdma, dword) : 0;
}

static int whole(struct queue *q, struct sdma *sdma, size_t size)
{
	return stream_whole(q, &sdma->stream, size / 4);
}

/* The packet whole, after a look at what its header must not have. */
static int checked(struct queue *q, struct sdma *sdma, u32 header, u32 allowed,
		   size_t size)
{
	int err = reject(q, sdma, header, allowed);

	return err ? err : whole(q, sdma, size);
}

#define HEADER	(SDMA_HEADER_OP | SDMA_HEADER_SUB_OP)

/* NOP: passes over COUNT dwords behind the header. */
static int nop(struct queue *q, struct sdma *sdma, u32 header)
{
	int err;

	err = reject(q, sdma, header, HEADER | SDMA_NOP_COUNT);
	if (err)
		return err;
	return stream_whole(q, &sdma->stream, 1 + field(header, SDMA_NOP_COUNT));
}

/* COPY_LINEAR with BROADCAST: the source goes to two targets, one by one. */
static int copy_broadcast(struct queue *q, struct sdma *sdma)
{
	const struct sdma_copy_broadcast *p;
	u64 src, dst, count;
	int err;

	err = whole(q, sdma, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	if (reject(q, sdma, le32toh(p->count), SDMA_COPY_COUNT) ||
	    reject(q, sdma, le32toh(p->parameter), 0))
		return -EPROTO;
	count = field(le32toh(p->count), SDMA_COPY_COUNT) + 1;
	src = join64(p->src_lo, p->src_hi);
	while (sdma->piece < 2) {
		dst = sdma->piece ? join64(p->dst2_lo, p->dst2_hi) :
				    join64(p->dst1_lo, p->dst1_hi);
		err = access_copy(q, dst, src, count, &sdma->done);
		if (err)
			return err;
		sdma->done = 0;
		sdma->piece++;
	}
	return 0;
}

/* COPY_LINEAR: COUNT + 1 bytes of any alignment. */
static int copy_linear(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_copy_linear *p;
	int err;

	err = reject(q, sdma, header, HEADER | SDMA_COPY_BROADCAST);
	if (err)
		return err;
	if (header & SDMA_COPY_BROADCAST)
		return copy_broadcast(q, sdma);
	err = whole(q, sdma, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	if (reject(q, sdma, le32toh(p->count), SDMA_COPY_COUNT) ||
	    reject(q, sdma, le32toh(p->parameter), 0))
		return -EPROTO;
	return access_copy(q, join64(p->dst_lo, p->dst_hi),
			   join64(p->src_lo, p->src_hi),
			   field(le32toh(p->count), SDMA_COPY_COUNT) + 1ULL,
			   &sdma->done);
}

/* One side of COPY_LINEAR_RECT, in elements. */
struct window {
	u64 addr;
	u64 x, y, z;
	u64 pitch, slice;
};

/* A side's dwords are in the same order for source and target. */
static struct window window_parse(const __le32 *dwords)
{
	u32 xy = le32toh(dwords[2]), z = le32toh(dwords[3]);

	return (struct window){
		.addr = join64(dwords[0], dwords[1]),
		.x = field(xy, SDMA_RECT_X),
		.y = field(xy, SDMA_RECT_Y),
		.z = field(z, SDMA_RECT_Z),
		.pitch = field(z, SDMA_RECT_PITCH) + 1ULL,
		.slice = field(le32toh(dwords[4]), SDMA_RECT_SLICE) + 1ULL,
	};
}

/* Address of the first element of a row of the box. */
static u64 window_row(const struct window *w, u64 y, u64 z, u32 element)
{
	return w->addr + (((w->z + z) * w->slice + (w->y + y) * w->pitch + w->x)
			  << element);
}

static int rect_check(struct queue *q, struct sdma *sdma,
		      const struct sdma_copy_rect *p)
{
	const u32 xy = SDMA_RECT_X | SDMA_RECT_Y;
	const u32 z = SDMA_RECT_Z | SDMA_RECT_PITCH;

	if (field(le32toh(p->header), SDMA_RECT_ELEMENT) > 4)
		return bad_field(q, sdma, le32toh(p->header));
	if (reject(q, sdma, le32toh(p->src_xy), xy) ||
	    reject(q, sdma, le32toh(p->src_z), z) ||
	    reject(q, sdma, le32toh(p->src_slice), SDMA_RECT_SLICE) ||
	    reject(q, sdma, le32toh(p->dst_xy), xy) ||
	    reject(q, sdma, le32toh(p->dst_z), z) ||
	    reject(q, sdma, le32toh(p->dst_slice), SDMA_RECT_SLICE) ||
	    reject(q, sdma, le32toh(p->rect_xy), xy) ||
	    reject(q, sdma, le32toh(p->rect_z), SDMA_RECT_Z))
		return -EPROTO;
	return 0;
}

/* COPY_LINEAR_RECT: a box of a volume, row by row. */
static int copy_rect(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_copy_rect *p;
	struct window src, dst;
	u64 width, height, rows;
	u32 element, n;
	int err;

	err = checked(q, sdma, header, HEADER | SDMA_RECT_ELEMENT, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	err = rect_check(q, sdma, p);
	if (err)
		return err;
	element = field(header, SDMA_RECT_ELEMENT);
	src = window_parse(&p->src_lo);
	dst = window_parse(&p->dst_lo);
	width = field(le32toh(p->rect_xy), SDMA_RECT_X) + 1ULL;
	height = field(le32toh(p->rect_xy), SDMA_RECT_Y) + 1ULL;
	rows = height * (field(le32toh(p->rect_z), SDMA_RECT_Z) + 1ULL);
	for (n = 0; n < ROWS_MAX && sdma->piece < rows; n++) {
		u64 y = sdma->piece % height, z = sdma->piece / height;

		err = access_copy(q, window_row(&dst, y, z, element),
				  window_row(&src, y, z, element),
				  width << element, &sdma->done);
		if (err)
			return err;
		sdma->done = 0;
		sdma->piece++;
	}
	return sdma->piece < rows ? -EAGAIN : 0;
}

static int copy(struct queue *q, struct sdma *sdma, u32 header)
{
	switch (field(header, SDMA_HEADER_SUB_OP)) {
	case SDMA_SUB_OP_COPY_LINEAR:
		return copy_linear(q, sdma, header);
	case SDMA_SUB_OP_COPY_LINEAR_RECT:
		return copy_rect(q, sdma, header);
	default:
		return stream_bad(q, &sdma->stream, SIMGPU_ERROR_OPCODE, header);
	}
}

/* WRITE_LINEAR: COUNT + 1 dwords out of the packet. */
static int write_linear(struct queue *q, struct sdma *sdma, u32 header)
{
	struct stream *s = &sdma->stream;
	const struct sdma_write *p;
	__le32 chunk[CHUNK_DWORDS];
	u64 dst, count, n;
	u32 chunks;
	int err;

	if (field(header, SDMA_HEADER_SUB_OP) != SDMA_SUB_OP_WRITE_LINEAR)
		return stream_bad(q, s, SIMGPU_ERROR_OPCODE, header);
	err = reject(q, sdma, header, HEADER);
	if (!err)
		err = stream_have(q, s, sizeof(*p) / 4);
	if (err)
		return err;
	p = (const void *)s->packet;
	err = reject(q, sdma, le32toh(p->count), SDMA_WRITE_COUNT);
	if (err)
		return err;
	dst = join64(p->dst_lo, p->dst_hi);
	if (!IS_ALIGNED(dst, 4))
		return bad_field(q, sdma, dst);
	count = field(le32toh(p->count), SDMA_WRITE_COUNT) + 1;
	err = stream_whole(q, s, sizeof(*p) / 4 + count);
	if (err)
		return err;
	for (chunks = 0; chunks < CHUNKS_MAX && sdma->done < count; chunks++) {
		n = count - sdma->done;
		if (n > CHUNK_DWORDS)
			n = CHUNK_DWORDS;
		err = stream_payload(q, s, sizeof(*p) / 4 + sdma->done, n, chunk);
		if (!err)
			err = access_write(q, dst + sdma->done * 4, chunk, n * 4);
		if (err)
			return err;
		sdma->done += n;
	}
	return sdma->done < count ? -EAGAIN : 0;
}

/* INDIRECT: the packet is done when the buffer's packets are. */
static int indirect(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_indirect *p;
	u32 size;
	int err;

	err = checked(q, sdma, header, HEADER | SDMA_INDIRECT_VMID, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	if (sdma->stream.depth)
		return bad_field(q, sdma, header);
	if (reject(q, sdma, le32toh(p->base_lo), SDMA_INDIRECT_BASE_LO) ||
	    reject(q, sdma, le32toh(p->size), SDMA_INDIRECT_SIZE))
		return -EPROTO;
	size = field(le32toh(p->size), SDMA_INDIRECT_SIZE);
	if (!size)
		return 0;
	err = stream_call(q, &sdma->stream, join64(p->base_lo, p->base_hi), size);
	return err ? bad_field(q, sdma, header) : -EAGAIN;
}

/* FENCE: what was done before is seen by who sees the dword. */
static int fence(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_fence *p;
	u64 addr;
	int err;

	err = checked(q, sdma, header, SDMA_HEADER_OP, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	addr = join64(p->addr_lo, p->addr_hi);
	if (!IS_ALIGNED(addr, 4))
		return bad_field(q, sdma, addr);
	return access_write(q, addr, &p->data, sizeof(p->data));
}

/* TRAP, DUMMY_TRAP */
static int trap(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_trap *p;
	u32 context;
	int err;

	err = checked(q, sdma, header, SDMA_HEADER_OP, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	context = le32toh(p->context);
	err = reject(q, sdma, context, SDMA_TRAP_CONTEXT);
	if (err || field(header, SDMA_HEADER_OP) == SDMA_OP_DUMMY_TRAP)
		return err;
	return queue_interrupt(q, SIMGPU_INT_SDMA_TRAP, context) ? -EBUSY : 0;
}

static int poll_check(struct queue *q, struct sdma *sdma,
		      const struct sdma_poll_regmem *p)
{
	u32 header = le32toh(p->header);

	/* There are no registers to poll. */
	if (!(header & SDMA_POLL_MEM) ||
	    field(header, SDMA_POLL_FUNC) > SDMA_POLL_GREATER)
		return bad_field(q, sdma, header);
	if (le32toh(p->addr_lo) % 4)
		return bad_field(q, sdma, join64(p->addr_lo, p->addr_hi));
	return reject(q, sdma, le32toh(p->retry),
		      SDMA_POLL_INTERVAL | SDMA_POLL_RETRY);
}

/* POLL_REGMEM: wait for a dword; the flush of the HDP has nothing to do here. */
static int poll_regmem(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_poll_regmem *p;
	u32 func = field(header, SDMA_POLL_FUNC), retry;
	__le32 word;
	int err;

	err = checked(q, sdma, header, SDMA_HEADER_OP | SDMA_POLL_HDP_FLUSH |
		      SDMA_POLL_FUNC | SDMA_POLL_MEM, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	if (header & SDMA_POLL_HDP_FLUSH ||
	    (!(header & SDMA_POLL_MEM) && func == SDMA_POLL_ALWAYS))
		return 0;
	err = poll_check(q, sdma, p);
	if (err)
		return err;
	retry = le32toh(p->retry);
	if (!wait_look(&sdma->wait, field(retry, SDMA_POLL_INTERVAL)))
		return -EBUSY;
	err = access_read(q, join64(p->addr_lo, p->addr_hi), &word, sizeof(word));
	if (err || wait_compare(func, le32toh(word & p->mask), le32toh(p->value)))
		return err;
	wait_in_vain(&sdma->wait);
	if (field(retry, SDMA_POLL_RETRY) != SDMA_POLL_RETRY_FOREVER &&
	    sdma->wait.looks > field(retry, SDMA_POLL_RETRY))
		return stream_bad(q, &sdma->stream, SIMGPU_ERROR_TIMEOUT,
				  le32toh(word));
	return -EBUSY;
}

/* COND_EXE: pass over the next dwords unless memory is as it should be. */
static int cond_exe(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_cond_exe *p;
	__le32 word;
	u64 addr;
	int err;

	err = checked(q, sdma, header, SDMA_HEADER_OP, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	err = reject(q, sdma, le32toh(p->exec_count), SDMA_EXEC_COUNT);
	if (err)
		return err;
	addr = join64(p->addr_lo, p->addr_hi);
	if (!IS_ALIGNED(addr, 4))
		return bad_field(q, sdma, addr);
	err = access_read(q, addr, &word, sizeof(word));
	if (err || word == p->reference)
		return err;
	return stream_skip(q, &sdma->stream,
			   field(le32toh(p->exec_count), SDMA_EXEC_COUNT));
}

/* PRE_EXE: pass over the next dwords unless they are for this device. */
static int pre_exe(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_pre_exe *p;
	int err;

	err = checked(q, sdma, header, SDMA_HEADER_OP | SDMA_PRE_EXE_DEVICES,
		      sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	err = reject(q, sdma, le32toh(p->exec_count), SDMA_EXEC_COUNT);
	if (err || field(header, SDMA_PRE_EXE_DEVICES) & 1)
		return err;
	return stream_skip(q, &sdma->stream,
			   field(le32toh(p->exec_count), SDMA_EXEC_COUNT));
}

/* ATOMIC: once, or with LOOP until the comparison holds. */
static int atomic(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_atomic *p;
	enum atomic_op op;
	u64 addr, src, cmp, old;
	size_t size;
	int err;

	err = checked(q, sdma, header, SDMA_HEADER_OP | SDMA_ATOMIC_LOOP |
		      SDMA_ATOMIC_OPERATION, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	if (atomic_decode(field(header, SDMA_ATOMIC_OPERATION), &op, &size) ||
	    (header & SDMA_ATOMIC_LOOP && op != ATOMIC_CMPSWAP))
		return bad_field(q, sdma, header);
	err = reject(q, sdma, le32toh(p->loop), SDMA_ATOMIC_INTERVAL);
	if (err)
		return err;
	addr = join64(p->addr_lo, p->addr_hi);
	if (!IS_ALIGNED(addr, size))
		return bad_field(q, sdma, addr);
	if (!wait_look(&sdma->wait, field(le32toh(p->loop), SDMA_ATOMIC_INTERVAL)))
		return -EBUSY;
	src = join64(p->src_lo, size == 8 ? p->src_hi : 0);
	cmp = join64(p->cmp_lo, size == 8 ? p->cmp_hi : 0);
	err = access_atomic(q, addr, op, size, src, cmp, &old);
	if (err || !(header & SDMA_ATOMIC_LOOP) || old == cmp)
		return err;
	wait_in_vain(&sdma->wait);
	return -EBUSY;
}

/* CONST_FILL: the count's two readings differ in dwords' last bits only. */
static int const_fill(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_const_fill *p;
	u64 dst, count, unit;
	int err;

	err = checked(q, sdma, header, SDMA_HEADER_OP | SDMA_FILL_SIZE,
		      sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	err = reject(q, sdma, le32toh(p->count), SDMA_FILL_COUNT);
	if (err)
		return err;
	count = field(le32toh(p->count), SDMA_FILL_COUNT);
	switch (field(header, SDMA_FILL_SIZE)) {
	case SDMA_FILL_BYTES:
		unit = 1;
		count++;
		break;
	case SDMA_FILL_DWORDS:
		unit = 4;
		count = ((count >> 2) + 1) * 4;
		break;
	default:
		return bad_field(q, sdma, header);
	}
	dst = join64(p->dst_lo, p->dst_hi);
	if (!IS_ALIGNED(dst, unit))
		return bad_field(q, sdma, dst);
	return access_fill(q, dst, le32toh(p->data), unit, count, &sdma->done);
}

static int timestamp_get(struct queue *q, struct sdma *sdma, u64 clock)
{
	const struct sdma_timestamp_get *p;
	__le64 word = htole64(clock);
	int err;

	err = whole(q, sdma, sizeof(*p));
	if (err)
		return err;
	p = (const void *)sdma->stream.packet;
	err = reject(q, sdma, le32toh(p->addr_lo), SDMA_TIMESTAMP_ADDR_LO);
	if (err)
		return err;
	return access_write(q, join64(p->addr_lo, p->addr_hi), &word, sizeof(word));
}

/* TIMESTAMP: the queue's own clock, which can be set, or the GPU's. */
static int timestamp(struct queue *q, struct sdma *sdma, u32 header)
{
	const struct sdma_timestamp_set *p;
	int err;

	err = reject(q, sdma, header, HEADER);
	if (err)
		return err;
	switch (field(header, SDMA_HEADER_SUB_OP)) {
	case SDMA_SUB_OP_TIMESTAMP_SET:
		err = whole(q, sdma, sizeof(*p));
		if (err)
			return err;
		p = (const void *)sdma->stream.packet;
		sdma->clock_offset = join64(p->data_lo, p->data_hi) - queue_clock();
		return 0;
	case SDMA_SUB_OP_TIMESTAMP_GET:
		return timestamp_get(q, sdma, queue_clock() + sdma->clock_offset);
	case SDMA_SUB_OP_TIMESTAMP_GET_GLOBAL:
		return timestamp_get(q, sdma, queue_clock());
	default:
		return stream_bad(q, &sdma->stream, SIMGPU_ERROR_OPCODE, header);
	}
}

static int (*const packets[])(struct queue *q, struct sdma *sdma, u32 header) = {
	[SDMA_OP_NOP]		= nop,
	[SDMA_OP_COPY]		= copy,
	[SDMA_OP_WRITE]		= write_linear,
	[SDMA_OP_INDIRECT]	= indirect,
	[SDMA_OP_FENCE]		= fence,
	[SDMA_OP_TRAP]		= trap,
	[SDMA_OP_POLL_REGMEM]	= poll_regmem,
	[SDMA_OP_COND_EXE]	= cond_exe,
	[SDMA_OP_ATOMIC]	= atomic,
	[SDMA_OP_CONST_FILL]	= const_fill,
	[SDMA_OP_TIMESTAMP]	= timestamp,
	[SDMA_OP_PRE_EXE]	= pre_exe,
	[SDMA_OP_DUMMY_TRAP]	= trap,
};

/* Execute the packet at hand; registers and page tables are not for users. */
static int execute(struct queue *q, struct sdma *sdma)
{
	u32 header = le32toh(sdma->stream.packet[0]);
	u32 op = field(header, SDMA_HEADER_OP);

	if (op >= ARRAY_SIZE(packets) || !packets[op])
		return stream_bad(q, &sdma->stream, SIMGPU_ERROR_OPCODE, header);
	return packets[op](q, sdma, header);
}

static enum step sdma_step(struct queue *q)
{
	struct sdma *sdma = q->priv;
	int err;

	err = stream_next(q, &sdma->stream);
	if (!err)
		err = execute(q, sdma);
	if (!err) {
		sdma->done = 0;
		sdma->piece = 0;
		sdma->wait.looks = 0;
		err = stream_done(q, &sdma->stream);
	}
	return stream_step(q, &sdma->stream, err);
}

static int sdma_start(struct queue *q)
{
	struct sdma *sdma = calloc(1, sizeof(*sdma));

	if (!sdma)
		return -ENOMEM;
	sdma->stream.unit = 1;
	q->priv = sdma;
	q->read = 0;
	return 0;
}

static void sdma_stop(struct queue *q)
{
	free(q->priv);
	q->priv = NULL;
}

const struct engine engine_sdma = {
	.name	= "sdma",
	.start	= sdma_start,
	.step	= sdma_step,
	.stop	= sdma_stop,
};
