// SPDX-License-Identifier: MIT
/*
 * MUBUF and MTBUF: memory through a buffer resource of four SGPRs.
 */
#include "format.h"
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
	bool own = true, crosses = false;
	int l;

	/* The lane's own memory is like this. */
	if (r.swizzle && (r.element != 4 || r.index_stride != 64)) {
		wave_illegal(w, in, "buffer resource");
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
			crosses |= w->mask >> l & 1 && offset % r.element + bytes > r.element;
		}
		own &= a->space[l] == SPACE_PRIVATE;
	}
	/* A swizzled access is only contiguous in one element. */
	if (crosses) {
		wave_illegal(w, in, "larger than the buffer's element");
		return false;
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

	if (!addresses(w, in, &a, bytes))
		return;
	if (in->lds)
		(void)lanes_load_lds(w, in, &a, how, bytes);
	else
		lanes_load(w, &a, in->dst, how, bytes);
}

static void store(struct wave *w, const struct inst *in, u32 bytes, bool upper_half)
{
	struct lanes a;

	if (lanes_in_registers(w, in) && addresses(w, in, &a, bytes))
		lanes_store(w, &a, in->src[1], bytes, upper_half);
}

static void update(struct wave *w, const struct inst *in, int op, u32 size)
{
	struct lanes a;

	if (lanes_in_registers(w, in) && addresses(w, in, &a, size))
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

/* What registers have of an element: dwords, pairs of halves, the upper half. */
enum packing { PACKING_DWORDS, PACKING_HALVES, PACKING_UPPER };

/* Of each component: 0, 1, or 4 and on: a component of the element in memory. */
struct element {
	struct format format;
	u8 select[4];
};

#define SELECT_MEMORY	4

/* MTBUF has the format in the instruction, and components where they are. */
static bool element_of(struct wave *w, const struct inst *in, struct element *e)
{
	u32 word = w->sgpr[in->saddr + 3], dfmt = word >> 15, nfmt = word >> 12;
	bool typed = in->format == ISA_MTBUF;
	unsigned int i;

	if (typed) {
		dfmt = in->dpp;
		nfmt = in->dpp >> 4;
	}
	if (!format_find(&e->format, dfmt & 15, nfmt & 7)) {
		wave_illegal(w, in, "format");
		return false;
	}
	for (i = 0; i < 4; i++) {
		e->select[i] = typed ? SELECT_MEMORY + i : word >> 3 * i & 7;
		if (typed && i >= e->format.parts)
			e->select[i] = 0;
	}
	return true;
}

static bool loads_parts(const struct element *e, unsigned int parts, enum packing how)
{
	unsigned int i;

	for (i = 0; i < parts; i++) {
		if (e->select[i] > 1 && (e->select[i] < SELECT_MEMORY ||
					 e->select[i] >= SELECT_MEMORY + e->format.parts))
			return false;
	}
	/* What becomes of integers that have more bits is not known. */
	return how == PACKING_DWORDS || !format_integer(&e->format) ||
	       e->format.bits[0] < 32;
}

static u32 loaded(const struct element *e, const u8 *p, unsigned int part,
		  enum packing how)
{
	unsigned int select = e->select[part];

	if (select == 1 && !format_integer(&e->format))
		return how == PACKING_DWORDS ? 0x3f800000 : 0x3c00;
	if (select < SELECT_MEMORY)
		return select;
	if (how == PACKING_DWORDS)
		return format_load(&e->format, p, select - SELECT_MEMORY);
	return format_load_half(&e->format, p, select - SELECT_MEMORY);
}

static u32 *place_of(struct wave *w, unsigned int first, unsigned int part,
		     enum packing how, unsigned int *shift)
{
	*shift = how == PACKING_UPPER || (how == PACKING_HALVES && part & 1) ? 16 : 0;
	return reg32(w, first + (how == PACKING_HALVES ? part / 2 : part));
}

static void put_part(struct wave *w, const struct inst *in, const u32 *v,
		     unsigned int part, enum packing how)
{
	unsigned int shift;
	u32 *reg = place_of(w, in->dst, part, how, &shift);
	u32 mask = how == PACKING_DWORDS ? ~0u : 0xffffu << shift;
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		if (w->mask >> l & 1)
			reg[l] = (reg[l] & ~mask) | v[l] << shift;
	}
}

/* Outside of the buffer are zeros, which are 0 in all formats. */
static void load_format(struct wave *w, const struct inst *in, unsigned int parts,
			enum packing how)
{
	u8 buf[WAVE_LANES * 16] = { 0 };
	u32 v[WAVE_LANES], bytes;
	struct element e;
	struct lanes a;
	unsigned int i;
	int l;

	/* Only what is one dword goes to LDS. */
	if (in->lds && (parts > 1 || how != PACKING_DWORDS) && !lanes_in_registers(w, in))
		return;
	if (!element_of(w, in, &e))
		return;
	if (!loads_parts(&e, parts, how)) {
		wave_illegal(w, in, "dst_sel or format");
		return;
	}
	bytes = e.format.bytes;
	if (!addresses(w, in, &a, bytes))
		return;
	if (in->lds)
		a.mask &= lanes_in_lds(w, in);
	if (!lanes_read(w, &a, buf, bytes))
		return;
	for (i = 0; i < parts; i++) {
		for (l = 0; l < WAVE_LANES; l++)
			v[l] = loaded(&e, buf + l * bytes, i, how);
		if (in->lds)
			(void)lanes_put_lds(w, in, v);
		else
			put_part(w, in, v, i, how);
	}
}

/* The component of the data that is stored as component @part; -1: not one. */
static int stored_from(const struct element *e, unsigned int part)
{
	int i, from = -1;

	for (i = 0; i < 4; i++) {
		if (e->select[i] != SELECT_MEMORY + part)
			continue;
		if (from >= 0)
			return -1;
		from = i;
	}
	return from;
}

static bool stores_parts(const struct element *e)
{
	unsigned int i;

	for (i = 0; i < e->format.parts; i++) {
		if (stored_from(e, i) < 0)
			return false;
	}
	return format_stores(&e->format);
}

static u32 data_of(struct wave *w, const struct inst *in, const struct format *f,
		   unsigned int part, enum packing how, int lane)
{
	unsigned int shift;
	u32 v = place_of(w, in->src[1], part, how, &shift)[lane];

	return how == PACKING_DWORDS ? v : format_widen(f, v >> shift);
}

/* Components that the instruction does not have are stored as 0. */
static void store_format(struct wave *w, const struct inst *in, unsigned int parts,
			 enum packing how)
{
	u8 buf[WAVE_LANES * 16] = { 0 };
	unsigned int i, from;
	struct element e;
	struct lanes a;
	u32 v;
	int l;

	if (!lanes_in_registers(w, in) || !element_of(w, in, &e))
		return;
	if (!stores_parts(&e)) {
		wave_illegal(w, in, "dst_sel or format");
		return;
	}
	if (!addresses(w, in, &a, e.format.bytes))
		return;
	for (i = 0; i < e.format.parts; i++) {
		from = stored_from(&e, i);
		for (l = 0; from < parts && l < WAVE_LANES; l++) {
			v = data_of(w, in, &e.format, from, how, l);
			format_store(&e.format, buf + l * e.format.bytes, i, v);
		}
	}
	(void)lanes_write(w, &a, buf, e.format.bytes);
}

#define LOAD_FORMAT(name, parts, how)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	load_format(w, in, parts, how);					\
}

#define STORE_FORMAT(name, parts, how)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	store_format(w, in, parts, how);				\
}

/* D = components of an element in the format of the resource, as its dst_sel says */
LOAD_FORMAT(buffer_load_format_x, 1, PACKING_DWORDS)
LOAD_FORMAT(buffer_load_format_xy, 2, PACKING_DWORDS)
LOAD_FORMAT(buffer_load_format_xyz, 3, PACKING_DWORDS)
LOAD_FORMAT(buffer_load_format_xyzw, 4, PACKING_DWORDS)
LOAD_FORMAT(buffer_load_format_d16_x, 1, PACKING_HALVES)
LOAD_FORMAT(buffer_load_format_d16_xy, 2, PACKING_HALVES)
LOAD_FORMAT(buffer_load_format_d16_xyz, 3, PACKING_HALVES)
LOAD_FORMAT(buffer_load_format_d16_xyzw, 4, PACKING_HALVES)
LOAD_FORMAT(buffer_load_format_d16_hi_x, 1, PACKING_UPPER)

/* element in the format of the resource = data */
STORE_FORMAT(buffer_store_format_x, 1, PACKING_DWORDS)
STORE_FORMAT(buffer_store_format_xy, 2, PACKING_DWORDS)
STORE_FORMAT(buffer_store_format_xyz, 3, PACKING_DWORDS)
STORE_FORMAT(buffer_store_format_xyzw, 4, PACKING_DWORDS)
STORE_FORMAT(buffer_store_format_d16_x, 1, PACKING_HALVES)
STORE_FORMAT(buffer_store_format_d16_xy, 2, PACKING_HALVES)
STORE_FORMAT(buffer_store_format_d16_xyz, 3, PACKING_HALVES)
STORE_FORMAT(buffer_store_format_d16_xyzw, 4, PACKING_HALVES)
STORE_FORMAT(buffer_store_format_d16_hi_x, 1, PACKING_UPPER)

/* The same in the format of the instruction: element_of() knows. */
LOAD_FORMAT(tbuffer_load_format_x, 1, PACKING_DWORDS)
LOAD_FORMAT(tbuffer_load_format_xy, 2, PACKING_DWORDS)
LOAD_FORMAT(tbuffer_load_format_xyz, 3, PACKING_DWORDS)
LOAD_FORMAT(tbuffer_load_format_xyzw, 4, PACKING_DWORDS)
LOAD_FORMAT(tbuffer_load_format_d16_x, 1, PACKING_HALVES)
LOAD_FORMAT(tbuffer_load_format_d16_xy, 2, PACKING_HALVES)
LOAD_FORMAT(tbuffer_load_format_d16_xyz, 3, PACKING_HALVES)
LOAD_FORMAT(tbuffer_load_format_d16_xyzw, 4, PACKING_HALVES)
STORE_FORMAT(tbuffer_store_format_x, 1, PACKING_DWORDS)
STORE_FORMAT(tbuffer_store_format_xy, 2, PACKING_DWORDS)
STORE_FORMAT(tbuffer_store_format_xyz, 3, PACKING_DWORDS)
STORE_FORMAT(tbuffer_store_format_xyzw, 4, PACKING_DWORDS)
STORE_FORMAT(tbuffer_store_format_d16_x, 1, PACKING_HALVES)
STORE_FORMAT(tbuffer_store_format_d16_xy, 2, PACKING_HALVES)
STORE_FORMAT(tbuffer_store_format_d16_xyz, 3, PACKING_HALVES)
STORE_FORMAT(tbuffer_store_format_d16_xyzw, 4, PACKING_HALVES)

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

/* memory = the lane's own dword of LDS */
void buffer_store_lds_dword(struct wave *w, const struct inst *in)
{
	struct lanes a;

	if (!in->lds)
		wave_illegal(w, in, "without lds");
	else if (addresses(w, in, &a, 4))
		(void)lanes_store_lds(w, in, &a);
}

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
