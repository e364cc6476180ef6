// SPDX-License-Identifier: MIT
/*
 * MUBUF: memory through a buffer resource of four SGPRs.
 */
#include "memory.h"
#include "ops.h"

struct resource {
	u64 base;
	u32 stride;
	u32 records;
	bool swizzle;
	bool add_tid;
	u32 element;		/* bytes */
	u32 index_stride;
};

static struct resource resource_of(const struct wave *w, unsigned int first)
{
	const u32 *r = &w->sgpr[first];

	return (struct resource){
		.base = r[0] | (u64)(r[1] & 0xffff) << 32,
		.stride = r[1] >> 16 & 0x3fff,
		.records = r[2],
		.swizzle = r[1] >> 31,
		.add_tid = r[3] >> 23 & 1,
		.element = 2u << (r[3] >> 19 & 3),
		.index_stride = 8u << (r[3] >> 21 & 3),
	};
}

/* Where a record's byte lies: a block of index_stride records, element by element. */
static u64 swizzled(const struct resource *r, u32 index, u32 offset)
{
	u64 block = (u64)(index / r->index_stride) * r->stride * r->index_stride;
	u64 row = (u64)(offset / r->element) * r->element * r->index_stride;

	return block + row + index % r->index_stride * r->element +
	       offset % r->element;
}

/* Outside of the buffer, a lane reads 0 and writes nothing. */
static bool inside(const struct resource *r, const struct inst *in, u32 index,
		   u32 offset, u32 soffset, u32 bytes)
{
	if (r->swizzle && r->stride)
		return index < r->records;
	if (r->stride && (in->idxen || r->add_tid))
		return index < r->records;
	if (r->swizzle)
		return true;
	return (u64)offset + soffset + bytes <= r->records;
}

static bool addresses(struct wave *w, const struct inst *in, struct lanes *a,
		      u32 bytes)
{
	struct resource r = resource_of(w, in->saddr);
	const u32 *first = reg32(w, in->src[0]);
	const u32 *second = reg32(w, in->src[0] + !!in->idxen);
	u32 soffset = scalar32(w, in, in->src[2]), index, offset;
	bool own = true;
	int l;

	/* A swizzled access of several dwords is only contiguous in one element. */
	if (in->lds || (r.swizzle && (r.element != 4 || r.index_stride != 64))) {
		wave_illegal(w, in, in->lds ? "to LDS" : "buffer resource");
		return false;
	}
	a->mask = w->mask;
	a->private_base = r.base + soffset;
	a->all = SPACE_MIXED;
	for (l = 0; l < WAVE_LANES; l++) {
		index = (in->idxen ? first[l] : 0) + (r.add_tid ? l : 0);
		offset = (u32)in->offset + (in->offen ? second[l] : 0);
		a->space[l] = SPACE_GLOBAL;
		a->addr[l] = r.base + soffset + (u64)index * r.stride + offset;
		if (!inside(&r, in, index, offset, soffset, bytes)) {
			a->mask &= ~(1ULL << l);
		} else if (r.swizzle && index == (u32)l) {
			a->space[l] = SPACE_PRIVATE;
			a->addr[l] = offset;
		} else if (r.swizzle) {
			a->addr[l] = r.base + soffset + swizzled(&r, index, offset);
		}
		own &= a->space[l] == SPACE_PRIVATE;
	}
	/* Private memory of the wave, as compilers use it. */
	if (own)
		a->all = SPACE_PRIVATE;
	return true;
}

/* Nothing is cached. */
void buffer_wbinvl1(struct wave *w, const struct inst *in)
{
}

void buffer_wbinvl1_vol(struct wave *w, const struct inst *in)
{
}

void buffer_wbl2(struct wave *w, const struct inst *in)
{
}

void buffer_invl2(struct wave *w, const struct inst *in)
{
}

static void load(struct wave *w, const struct inst *in, enum conversion how, u32 bytes)
{
	struct lanes a;

	if (addresses(w, in, &a, bytes))
		lanes_load(w, &a, in->dst, how, bytes);
}

static void store(struct wave *w, const struct inst *in, u32 bytes, bool upper_half)
{
	struct lanes a;

	if (addresses(w, in, &a, bytes))
		lanes_store(w, &a, in->src[1], bytes, upper_half);
}

static void update(struct wave *w, const struct inst *in, int op, u32 size)
{
	struct lanes a;

	if (addresses(w, in, &a, size))
		lanes_update(w, in, &a, op, size, in->glc);
}

#define LOAD(name, how, bytes)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	load(w, in, how, bytes);					\
}

#define STORE(name, bytes, upper_half)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	store(w, in, bytes, upper_half);				\
}

#define UPDATE(name, op, size)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	update(w, in, op, size);					\
}

/* D = memory */
LOAD(buffer_load_ubyte, CONVERT_U8, 1)
LOAD(buffer_load_sbyte, CONVERT_S8, 1)
LOAD(buffer_load_ushort, CONVERT_U16, 2)
LOAD(buffer_load_sshort, CONVERT_S16, 2)
LOAD(buffer_load_dword, CONVERT_DWORDS, 4)
LOAD(buffer_load_dwordx2, CONVERT_DWORDS, 8)
LOAD(buffer_load_dwordx3, CONVERT_DWORDS, 12)
LOAD(buffer_load_dwordx4, CONVERT_DWORDS, 16)
LOAD(buffer_load_ubyte_d16, CONVERT_U8_LO, 1)
LOAD(buffer_load_ubyte_d16_hi, CONVERT_U8_HI, 1)
LOAD(buffer_load_sbyte_d16, CONVERT_S8_LO, 1)
LOAD(buffer_load_sbyte_d16_hi, CONVERT_S8_HI, 1)
LOAD(buffer_load_short_d16, CONVERT_16_LO, 2)
LOAD(buffer_load_short_d16_hi, CONVERT_16_HI, 2)

/* memory = data */
STORE(buffer_store_byte, 1, false)
STORE(buffer_store_byte_d16_hi, 1, true)
STORE(buffer_store_short, 2, false)
STORE(buffer_store_short_d16_hi, 2, true)
STORE(buffer_store_dword, 4, false)
STORE(buffer_store_dwordx2, 8, false)
STORE(buffer_store_dwordx3, 12, false)
STORE(buffer_store_dwordx4, 16, false)

/* memory = memory op data; D = memory before, if glc is set */
UPDATE(buffer_atomic_swap, WAVE_SWAP, 4)
UPDATE(buffer_atomic_cmpswap, WAVE_CMPSWAP, 4)
UPDATE(buffer_atomic_add, WAVE_ADD, 4)
UPDATE(buffer_atomic_sub, WAVE_SUB, 4)
UPDATE(buffer_atomic_smin, WAVE_SMIN, 4)
UPDATE(buffer_atomic_umin, WAVE_UMIN, 4)
UPDATE(buffer_atomic_smax, WAVE_SMAX, 4)
UPDATE(buffer_atomic_umax, WAVE_UMAX, 4)
UPDATE(buffer_atomic_and, WAVE_AND, 4)
UPDATE(buffer_atomic_or, WAVE_OR, 4)
UPDATE(buffer_atomic_xor, WAVE_XOR, 4)
UPDATE(buffer_atomic_inc, WAVE_INC, 4)
UPDATE(buffer_atomic_dec, WAVE_DEC, 4)
UPDATE(buffer_atomic_swap_x2, WAVE_SWAP, 8)
UPDATE(buffer_atomic_cmpswap_x2, WAVE_CMPSWAP, 8)
UPDATE(buffer_atomic_add_x2, WAVE_ADD, 8)
UPDATE(buffer_atomic_sub_x2, WAVE_SUB, 8)
UPDATE(buffer_atomic_smin_x2, WAVE_SMIN, 8)
UPDATE(buffer_atomic_umin_x2, WAVE_UMIN, 8)
UPDATE(buffer_atomic_smax_x2, WAVE_SMAX, 8)
UPDATE(buffer_atomic_umax_x2, WAVE_UMAX, 8)
UPDATE(buffer_atomic_and_x2, WAVE_AND, 8)
UPDATE(buffer_atomic_or_x2, WAVE_OR, 8)
UPDATE(buffer_atomic_xor_x2, WAVE_XOR, 8)
UPDATE(buffer_atomic_inc_x2, WAVE_INC, 8)
UPDATE(buffer_atomic_dec_x2, WAVE_DEC, 8)
UPDATE(buffer_atomic_add_f32, ATOMIC_ADD_F32, 4)
UPDATE(buffer_atomic_pk_add_f16, ATOMIC_PK_ADD_F16, 4)
UPDATE(buffer_atomic_add_f64, ATOMIC_ADD_F64, 8)
UPDATE(buffer_atomic_min_f64, ATOMIC_MIN_F64, 8)
UPDATE(buffer_atomic_max_f64, ATOMIC_MAX_F64, 8)
