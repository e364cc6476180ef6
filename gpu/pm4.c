// SPDX-License-Identifier: MIT
/*
 * The compute microengine: PM4 packets.  They are executed one after the other,
 * so what is said about caches and about waiting for earlier packets holds by
 * itself; acquire and release order against other threads is the host's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/hsa_kernel.h"
#include "abi/sdma_packets.h"
#include "access.h"
#include "dispatch.h"
#include "pm4.h"

/* Dwords of WRITE_DATA at once; pieces of a packet in one step. */
#define CHUNK_DWORDS	256
#define CHUNKS_MAX	64

static int bad_field(struct queue *q, struct pm4 *pm4, u64 data)
{
	return stream_bad(q, &pm4->stream, SIMGPU_ERROR_FIELD, data);
}

static u32 packet_header(const struct pm4 *pm4)
{
	return le32toh(pm4->stream.packet[0]);
}

/* The header's count must fit the packet. */
static int sized(struct queue *q, struct pm4 *pm4, size_t size)
{
	if (pm4->stream.total != size / 4)
		return bad_field(q, pm4, packet_header(pm4));
	return 0;
}

static int aligned(struct queue *q, struct pm4 *pm4, u64 addr, size_t size)
{
	return IS_ALIGNED(addr, size) ? 0 : bad_field(q, pm4, addr);
}

static int nop(struct queue *q, struct pm4 *pm4)
{
	return 0;
}

/* The dwords of WRITE_DATA, all to one place or one after the other. */
static int write_dwords(struct queue *q, struct pm4 *pm4, u64 dst, u64 count,
			bool one_addr)
{
	const u32 first = sizeof(struct pm4_write_data) / 4;
	__le32 chunk[CHUNK_DWORDS];
	u64 n, chunks;
	int err;

	for (chunks = 0; chunks < CHUNKS_MAX && pm4->done < count; chunks++) {
		n = count - pm4->done;
		if (n > CHUNK_DWORDS)
			n = CHUNK_DWORDS;
		if (one_addr)
			n = 1;
		err = stream_payload(q, &pm4->stream, first + pm4->done, n, chunk);
		if (!err)
			err = access_write(q, one_addr ? dst : dst + pm4->done * 4,
					   chunk, n * 4);
		if (err)
			return err;
		pm4->done += n;
	}
	return pm4->done < count ? -EAGAIN : 0;
}

/* WRITE_DATA: dwords out of the packet to memory. */
static int write_data(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_write_data *p = (const void *)pm4->stream.packet;
	const u32 first = sizeof(*p) / 4;
	u32 control = le32toh(p->control), dst_sel;
	u64 dst = join64(p->dst_lo, p->dst_hi);
	int err;

	if (pm4->stream.total <= first)
		return bad_field(q, pm4, packet_header(pm4));
	dst_sel = field(control, PM4_WRITE_DATA_DST_SEL);
	if (dst_sel != PM4_WRITE_DATA_MEMORY && dst_sel != PM4_WRITE_DATA_L2)
		return bad_field(q, pm4, control);
	err = aligned(q, pm4, dst, 4);
	if (err)
		return err;
	return write_dwords(q, pm4, dst, pm4->stream.total - first,
			    control & PM4_WRITE_DATA_ONE_ADDR);
}

static int wait_check(struct queue *q, struct pm4 *pm4, u32 control, u64 addr,
		      size_t size)
{
	u32 operation = field(control, PM4_WAIT_OPERATION);

	if (field(control, PM4_WAIT_SPACE) != PM4_SPACE_MEMORY ||
	    field(control, PM4_WAIT_FUNCTION) > PM4_GREATER ||
	    (operation != PM4_WAIT_PLAIN && operation != PM4_WAIT_PREEMPTABLE))
		return bad_field(q, pm4, control);
	return aligned(q, pm4, addr, size);
}

/* Look at @size bytes of memory; -EBUSY when they do not compare. */
static int wait_memory(struct queue *q, struct pm4 *pm4, u32 control, u64 addr,
		       size_t size, u64 mask, u64 reference, u32 interval)
{
	__le64 word = 0;
	int err;

	err = wait_check(q, pm4, control, addr, size);
	if (err)
		return err;
	if (!wait_look(&pm4->wait, field(interval, PM4_WAIT_INTERVAL)))
		return -EBUSY;
	err = access_read(q, addr, &word, size);
	if (err || wait_compare(field(control, PM4_WAIT_FUNCTION),
				le64toh(word) & mask, reference))
		return err;
	wait_in_vain(&pm4->wait);
	return -EBUSY;
}

/* WAIT_REG_MEM: until a dword of memory compares. */
static int wait_reg_mem(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_wait_reg_mem *p = (const void *)pm4->stream.packet;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (err)
		return err;
	return wait_memory(q, pm4, le32toh(p->control),
			   join64(p->addr_lo, p->addr_hi), 4, le32toh(p->mask),
			   le32toh(p->reference), le32toh(p->interval));
}

/* WAIT_REG_MEM64: the same with 64 bits. */
static int wait_reg_mem64(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_wait_reg_mem64 *p = (const void *)pm4->stream.packet;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (err)
		return err;
	return wait_memory(q, pm4, le32toh(p->control),
			   join64(p->addr_lo, p->addr_hi), 8,
			   join64(p->mask_lo, p->mask_hi),
			   join64(p->reference_lo, p->reference_hi),
			   le32toh(p->interval));
}

/* INDIRECT_BUFFER: call another buffer, or go on in it. */
static int indirect_buffer(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_indirect_buffer *p = (const void *)pm4->stream.packet;
	u64 base = join64(p->base_lo, p->base_hi);
	u32 control = le32toh(p->control), size;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (!err)
		err = aligned(q, pm4, base, 4);
	if (err)
		return err;
	size = field(control, PM4_IB_SIZE);
	if (!size && !(control & PM4_IB_CHAIN))
		return 0;
	if (control & PM4_IB_CHAIN)
		err = size ? stream_chain(q, &pm4->stream, base, size) : -ENOENT;
	else
		err = stream_call(q, &pm4->stream, base, size);
	return err ? bad_field(q, pm4, control) : -EAGAIN;
}

/* EVENT_WRITE: flushes find nothing to flush. */
static int event_write(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_event_write *p = (const void *)pm4->stream.packet;
	u32 index = field(le32toh(p->event), PM4_EVENT_INDEX);
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (err)
		return err;
	if (index != PM4_EVENT_OTHER && index != PM4_EVENT_CS_PARTIAL_FLUSH)
		return bad_field(q, pm4, le32toh(p->event));
	return 0;
}

static int release_check(struct queue *q, struct pm4 *pm4,
			 const struct pm4_release_mem *p)
{
	u32 event = le32toh(p->event), select = le32toh(p->select);
	u32 index = field(event, PM4_EVENT_INDEX);
	u32 data_sel = field(select, PM4_RELEASE_DATA_SEL);
	u64 addr = join64(p->addr_lo, p->addr_hi);

	if (index != PM4_EVENT_END_OF_PIPE && index != PM4_EVENT_SHADER_DONE)
		return bad_field(q, pm4, event);
	if (field(select, PM4_RELEASE_DST_SEL) > 1 ||
	    field(select, PM4_RELEASE_INT_SEL) > PM4_INT_ALWAYS ||
	    data_sel > PM4_DATA_CLOCK)
		return bad_field(q, pm4, select);
	if (data_sel == PM4_DATA_NONE)
		return 0;
	return aligned(q, pm4, addr, data_sel == PM4_DATA_32 ? 4 : 8);
}

static int release_write(struct queue *q, const struct pm4_release_mem *p)
{
	u64 addr = join64(p->addr_lo, p->addr_hi);
	__le64 word;

	switch (field(le32toh(p->select), PM4_RELEASE_DATA_SEL)) {
	case PM4_DATA_32:
		return access_write(q, addr, &p->data_lo, sizeof(p->data_lo));
	case PM4_DATA_64:
		word = htole64(join64(p->data_lo, p->data_hi));
		return access_write(q, addr, &word, sizeof(word));
	case PM4_DATA_CLOCK:
		word = htole64(queue_clock());
		return access_write(q, addr, &word, sizeof(word));
	default:
		return 0;
	}
}

/* RELEASE_MEM: the data first, then the interrupt. */
static int release_mem(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_release_mem *p = (const void *)pm4->stream.packet;
	u32 int_sel = field(le32toh(p->select), PM4_RELEASE_INT_SEL);
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (!err)
		err = release_check(q, pm4, p);
	if (!err && !pm4->released)
		err = release_write(q, p);
	if (err)
		return err;
	pm4->released = true;
	if (int_sel == PM4_INT_NONE || int_sel == PM4_INT_DATA_ONLY)
		return 0;
	return queue_interrupt(q, SIMGPU_INT_CP_EOP, le32toh(p->context)) ?
		-EBUSY : 0;
}

/* ACQUIRE_MEM: no caches could be stale but for decoded instructions. */
static int acquire_mem(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_acquire_mem *p = (const void *)pm4->stream.packet;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (err)
		return err;
	full_barrier();
	if (le32toh(p->coher_cntl) & PM4_COHER_SH_ICACHE)
		dispatch_code_changed(q);
	return 0;
}

/* SET_SH_REG: registers of the next dispatch. */
static int set_sh_reg(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_set_sh_reg *p = (const void *)pm4->stream.packet;
	const u32 first = sizeof(*p) / 4;
	__le32 values[PM4_SH_REG_COUNT];
	u32 word = le32toh(p->offset);
	u32 offset = field(word, PM4_SH_REG_OFFSET), count, i;
	int err;

	if (pm4->stream.total <= first)
		return bad_field(q, pm4, packet_header(pm4));
	count = pm4->stream.total - first;
	if (word & ~PM4_SH_REG_OFFSET || count > PM4_SH_REG_COUNT ||
	    offset > PM4_SH_REG_COUNT - count)
		return bad_field(q, pm4, word);
	err = stream_payload(q, &pm4->stream, first, count, values);
	if (err)
		return err;
	for (i = 0; i < count; i++)
		pm4->sh_regs[offset + i] = le32toh(values[i]);
	return 0;
}

static int copy_data_check(struct queue *q, struct pm4 *pm4,
			   const struct pm4_copy_data *p, size_t size)
{
	u32 control = le32toh(p->control);
	int err;

	switch (field(control, PM4_COPY_SRC_SEL)) {
	case PM4_COPY_SRC_MEMORY:
	case PM4_COPY_SRC_L2:
		err = aligned(q, pm4, le32toh(p->src_lo), size);
		if (err)
			return err;
		break;
	case PM4_COPY_SRC_IMMEDIATE:
	case PM4_COPY_SRC_ATOMIC:
	case PM4_COPY_SRC_CLOCK:
		break;
	default:
		return bad_field(q, pm4, control);
	}
	switch (field(control, PM4_COPY_DST_SEL)) {
	case PM4_COPY_DST_L2:
	case PM4_COPY_DST_MEMORY:
		return aligned(q, pm4, le32toh(p->dst_lo), size);
	default:
		return bad_field(q, pm4, control);
	}
}

/* COPY_DATA: 32 or 64 bits. */
static int copy_data(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_copy_data *p = (const void *)pm4->stream.packet;
	u32 control = le32toh(p->control);
	size_t size = control & PM4_COPY_64 ? 8 : 4;
	__le64 word = 0;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (!err)
		err = copy_data_check(q, pm4, p, size);
	if (err)
		return err;
	switch (field(control, PM4_COPY_SRC_SEL)) {
	case PM4_COPY_SRC_IMMEDIATE:
		word = htole64(join64(p->src_lo, p->src_hi));
		break;
	case PM4_COPY_SRC_ATOMIC:
		word = htole64(pm4->atomic_return);
		break;
	case PM4_COPY_SRC_CLOCK:
		word = htole64(queue_clock());
		break;
	default:
		err = access_read(q, join64(p->src_lo, p->src_hi), &word, size);
		if (err)
			return err;
	}
	return access_write(q, join64(p->dst_lo, p->dst_hi), &word, size);
}

static int dma_check(struct queue *q, struct pm4 *pm4, const struct pm4_dma_data *p)
{
	u32 control = le32toh(p->control), command = le32toh(p->command);
	u32 fixed = PM4_DMA_SAS | PM4_DMA_DAS | PM4_DMA_DST_FIXED;

	if (field(control, PM4_DMA_SRC_SEL) == PM4_DMA_SRC_GDS ||
	    field(control, PM4_DMA_DST_SEL) == PM4_DMA_DST_GDS)
		return bad_field(q, pm4, control);
	if (field(control, PM4_DMA_SRC_SEL) != PM4_DMA_SRC_DATA)
		fixed |= PM4_DMA_SRC_FIXED;
	else if (field(command, PM4_DMA_COUNT) % 4)
		return bad_field(q, pm4, command);
	if (command & fixed)
		return bad_field(q, pm4, command);
	return 0;
}

/* The source of DMA_DATA is read, and that is all. */
static int dma_to_nowhere(struct queue *q, struct pm4 *pm4, u64 src, u64 count)
{
	u8 buf[ACCESS_MAX];
	u64 n, chunks;
	int err;

	for (chunks = 0; chunks < CHUNKS_MAX && pm4->done < count; chunks++) {
		n = count - pm4->done;
		if (n > sizeof(buf))
			n = sizeof(buf);
		err = access_read(q, src + pm4->done, buf, n);
		if (err)
			return err;
		pm4->done += n;
	}
	return pm4->done < count ? -EAGAIN : 0;
}

/* DMA_DATA: copy or fill. */
static int dma_data(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_dma_data *p = (const void *)pm4->stream.packet;
	u32 control = le32toh(p->control);
	u64 count = field(le32toh(p->command), PM4_DMA_COUNT);
	u64 dst = join64(p->dst_lo, p->dst_hi), src = join64(p->src_lo, p->src_hi);
	bool nowhere = field(control, PM4_DMA_DST_SEL) == PM4_DMA_DST_NOWHERE;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (!err)
		err = dma_check(q, pm4, p);
	if (err)
		return err;
	if (field(control, PM4_DMA_SRC_SEL) == PM4_DMA_SRC_DATA) {
		if (nowhere)
			return 0;
		err = aligned(q, pm4, dst, 4);
		if (err)
			return err;
		return access_fill(q, dst, le32toh(p->src_lo), 4, count,
				   &pm4->done);
	}
	if (nowhere)
		return dma_to_nowhere(q, pm4, src, count);
	return access_copy(q, dst, src, count, &pm4->done);
}

/* ATOMIC_MEM: once, or until the comparison holds. */
static int atomic_mem(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_atomic_mem *p = (const void *)pm4->stream.packet;
	u32 control = le32toh(p->control);
	u32 number = field(control, PM4_ATOMIC_OPERATION);
	u32 command = field(control, PM4_ATOMIC_COMMAND);
	u64 addr = join64(p->addr_lo, p->addr_hi), src, cmp, old;
	enum atomic_op op;
	size_t size;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (err)
		return err;
	if (atomic_decode(number, &op, &size) || command > PM4_ATOMIC_LOOP ||
	    (command == PM4_ATOMIC_LOOP && op != ATOMIC_CMPSWAP))
		return bad_field(q, pm4, control);
	err = aligned(q, pm4, addr, size);
	if (err)
		return err;
	if (!wait_look(&pm4->wait,
		       field(le32toh(p->interval), PM4_ATOMIC_INTERVAL)))
		return -EBUSY;
	src = join64(p->src_lo, size == 8 ? p->src_hi : 0);
	cmp = join64(p->cmp_lo, size == 8 ? p->cmp_hi : 0);
	err = access_atomic(q, addr, op, size, src, cmp, &old);
	if (err)
		return err;
	if (command == PM4_ATOMIC_LOOP && old != cmp) {
		wait_in_vain(&pm4->wait);
		return -EBUSY;
	}
	if (!(number & GFX9_ATOMIC_NO_RETURN))
		pm4->atomic_return = old;
	return 0;
}

/* COND_EXEC: pass over the next dwords if memory is 0. */
static int cond_exec(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_cond_exec *p = (const void *)pm4->stream.packet;
	u64 addr = join64(p->addr_lo, p->addr_hi);
	u32 count = le32toh(p->exec_count);
	__le32 word;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (!err)
		err = aligned(q, pm4, addr, 4);
	if (err)
		return err;
	if (count & ~PM4_COND_EXEC_COUNT)
		return bad_field(q, pm4, count);
	err = access_read(q, addr, &word, sizeof(word));
	if (err || word)
		return err;
	return stream_skip(q, &pm4->stream, count);
}

/* COND_WRITE: a dword, if another one compares. */
static int cond_write(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_cond_write *p = (const void *)pm4->stream.packet;
	u32 control = le32toh(p->control);
	u64 dst = join64(p->write_lo, p->write_hi);
	u64 src = join64(p->poll_lo, p->poll_hi);
	__le32 word;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (!err)
		err = aligned(q, pm4, src | dst, 4);
	if (err)
		return err;
	if (field(control, PM4_COND_WRITE_POLL) != PM4_SPACE_MEMORY ||
	    field(control, PM4_COND_WRITE_SPACE) != PM4_SPACE_MEMORY ||
	    field(control, PM4_COND_WRITE_FUNCTION) > PM4_GREATER)
		return bad_field(q, pm4, control);
	err = access_read(q, src, &word, sizeof(word));
	if (err || !wait_compare(field(control, PM4_COND_WRITE_FUNCTION),
				 le32toh(word & p->mask), le32toh(p->reference)))
		return err;
	return access_write(q, dst, &p->data, sizeof(p->data));
}

static void launch_from_regs(struct launch *launch, const struct pm4 *pm4,
			     const struct pm4_dispatch_direct *p)
{
	const u32 *regs = pm4->sh_regs;
	const u32 size[3] = { le32toh(p->x), le32toh(p->y), le32toh(p->z) };
	u32 initiator = le32toh(p->initiator), tmpring = regs[PM4_SH_TMPRING_SIZE];
	int dim;

	memset(launch, 0, sizeof(*launch));
	launch->code = ((u64)(regs[PM4_SH_PGM_HI] & 0xff) << 32 |
			regs[PM4_SH_PGM_LO]) << 8;
	launch->rsrc1 = regs[PM4_SH_PGM_RSRC1];
	launch->rsrc2 = regs[PM4_SH_PGM_RSRC2];
	launch->rsrc3 = regs[PM4_SH_PGM_RSRC3];
	memcpy(launch->user_sgpr, &regs[PM4_SH_USER_DATA_0],
	       sizeof(launch->user_sgpr));
	for (dim = 0; dim < 3; dim++) {
		u64 n = size[dim];

		launch->group[dim] = regs[PM4_SH_NUM_THREAD_X + dim] & 0xffff;
		if (!(initiator & PM4_DISPATCH_THREAD_DIMS))
			n *= launch->group[dim];
		/* 2^32 work-items and more are refused as none are. */
		launch->grid[dim] = n >> 32 ? 0 : n;
		if (!(initiator & PM4_DISPATCH_FORCE_START))
			launch->first[dim] = regs[PM4_SH_START_X + dim];
	}
	launch->lds = field(launch->rsrc2, HSA_RSRC2_LDS_SIZE) * 512;
	if (launch->rsrc2 & HSA_RSRC2_SCRATCH) {
		launch->wave_scratch = field(tmpring, HSA_TMPRING_WAVESIZE) * 1024;
		launch->scratch_waves = field(tmpring, HSA_TMPRING_WAVES);
	}
}

/* DISPATCH_DIRECT: a kernel; the packets behind it wait for its end. */
static int dispatch_direct(struct queue *q, struct pm4 *pm4)
{
	const struct pm4_dispatch_direct *p = (const void *)pm4->stream.packet;
	struct launch launch;
	u32 code;
	int err;

	err = sized(q, pm4, sizeof(*p));
	if (err)
		return err;
	if (!(le32toh(p->initiator) & PM4_DISPATCH_ENABLE))
		return 0;
	if (!pm4->launched) {
		launch_from_regs(&launch, pm4, p);
		code = dispatch_check(&launch);
		if (code)
			return stream_bad(q, &pm4->stream, code, launch.code);
		dispatch_begin(q, &launch);
		pm4->launched = true;
	}
	return dispatch_poll(q, &pm4->stream.error);
}

static int (*const packets[256])(struct queue *q, struct pm4 *pm4) = {
	[PM4_NOP]		= nop,
	[PM4_DISPATCH_DIRECT]	= dispatch_direct,
	[PM4_ATOMIC_MEM]	= atomic_mem,
	[PM4_COND_EXEC]		= cond_exec,
	[PM4_WRITE_DATA]	= write_data,
	[PM4_WAIT_REG_MEM]	= wait_reg_mem,
	[PM4_INDIRECT_BUFFER]	= indirect_buffer,
	[PM4_COPY_DATA]		= copy_data,
	[PM4_COND_WRITE]	= cond_write,
	[PM4_EVENT_WRITE]	= event_write,
	[PM4_RELEASE_MEM]	= release_mem,
	[PM4_DMA_DATA]		= dma_data,
	[PM4_ACQUIRE_MEM]	= acquire_mem,
	[PM4_SET_SH_REG]	= set_sh_reg,
	[PM4_WAIT_REG_MEM64]	= wait_reg_mem64,
};

/* Dwords of the packet at hand; 0: its type is unknown. */
static u32 packet_size(u32 header)
{
	u32 count = field(header, PM4_HEADER_COUNT);

	switch (field(header, PM4_HEADER_TYPE)) {
	case PM4_TYPE_FILLER:
		return 1;
	case PM4_TYPE_3:
		if (field(header, PM4_HEADER_OPCODE) == PM4_NOP &&
		    count == PM4_COUNT_FILLER)
			return 1;
		return count + 2;
	default:
		return 0;
	}
}

/* Execute the packet at hand. */
static int execute(struct queue *q, struct pm4 *pm4)
{
	u32 header = packet_header(pm4), size = packet_size(header);
	u32 opcode = field(header, PM4_HEADER_OPCODE);
	int err;

	if (field(header, PM4_HEADER_TYPE) == PM4_TYPE_FILLER)
		opcode = PM4_NOP;
	if (!size || !packets[opcode])
		return stream_bad(q, &pm4->stream, SIMGPU_ERROR_OPCODE, header);
	if (field(header, PM4_HEADER_TYPE) == PM4_TYPE_3 &&
	    header & PM4_HEADER_PREDICATE)
		return bad_field(q, pm4, header);
	err = stream_whole(q, &pm4->stream, size);
	return err ? err : packets[opcode](q, pm4);
}

int pm4_packet(struct queue *q, struct pm4 *pm4)
{
	int err;

	err = stream_next(q, &pm4->stream);
	if (!err)
		err = execute(q, pm4);
	if (err)
		return err;
	pm4->done = 0;
	pm4->released = false;
	pm4->launched = false;
	pm4->wait.looks = 0;
	return stream_done(q, &pm4->stream);
}

static enum step pm4_step(struct queue *q)
{
	struct pm4 *pm4 = q->priv;

	return stream_step(q, &pm4->stream, pm4_packet(q, pm4));
}

static int pm4_start(struct queue *q)
{
	struct pm4 *pm4 = calloc(1, sizeof(*pm4));

	if (!pm4)
		return -ENOMEM;
	pm4->stream.unit = 4;
	q->priv = pm4;
	q->read = 0;
	return 0;
}

static void pm4_stop(struct queue *q)
{
	free(q->priv);
	q->priv = NULL;
}

const struct engine engine_pm4 = {
	.name	= "pm4",
	.start	= pm4_start,
	.step	= pm4_step,
	.stop	= pm4_stop,
	.dispatches = true,
};
