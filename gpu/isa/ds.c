// SPDX-License-Identifier: MIT
/*
 * DS: local data share.  Offsets are in bytes, those of the forms with two
 * addresses in units of an element, or of 64 elements.
 */
#include "memory.h"
#include "ops.h"

static bool addresses(struct wave *w, const struct inst *in, struct lanes *a,
		      u32 offset)
{
	const u32 *v = reg32(w, in->src[0]);
	int l;

	if (in->lds) {
		wave_illegal(w, in, "gds");
		return false;
	}
	a->mask = w->mask;
	a->all = SPACE_LDS;
	for (l = 0; l < WAVE_LANES; l++)
		a->addr[l] = (u64)v[l] + offset;
	return true;
}

#define LOAD(name, how, bytes)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	struct lanes a;							\
									\
	if (addresses(w, in, &a, in->offset))				\
		lanes_load(w, &a, in->dst, how, bytes);			\
}

#define STORE(name, bytes, upper_half)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	struct lanes a;							\
									\
	if (addresses(w, in, &a, in->offset))				\
		lanes_store(w, &a, in->src[1], bytes, upper_half);	\
}

/* data0 is what to compare with or the mask, data1 the value. */
static void update(struct wave *w, const struct inst *in, int op, u32 size,
		   bool returns)
{
	u64 data0[WAVE_LANES], data1[WAVE_LANES];
	struct lanes a;
	bool compares = op == WAVE_CMPSWAP || op == ATOMIC_CMPST_F32 ||
			op == ATOMIC_CMPST_F64;

	if (!addresses(w, in, &a, in->offset))
		return;
	lanes_get(w, in->src[1], size, data0);
	lanes_get(w, in->src[2], size, data1);
	if (lanes_atomic(w, &a, op, size, compares ? data1 : data0,
			 compares ? data0 : data1) && returns)
		lanes_put(w, in->dst, size);
}

#define UPDATE(name, op, size, returns)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	update(w, in, op, size, returns);				\
}

static void load2(struct wave *w, const struct inst *in, u32 size, u32 unit)
{
	u8 first[WAVE_LANES * 8] = { 0 }, second[WAVE_LANES * 8] = { 0 };
	struct lanes a, b;
	unsigned int i;
	int l;

	if (!addresses(w, in, &a, (in->offset & 0xff) * unit) ||
	    !addresses(w, in, &b, (in->offset >> 8 & 0xff) * unit) ||
	    !lanes_read(w, &a, first, size) || !lanes_read(w, &b, second, size))
		return;
	for (i = 0; i < size / 4; i++) {
		for (l = 0; l < WAVE_LANES; l++) {
			if (!(w->mask >> l & 1))
				continue;
			memcpy(&reg32(w, in->dst + i)[l], first + l * size + i * 4, 4);
			memcpy(&reg32(w, in->dst + size / 4 + i)[l],
			       second + l * size + i * 4, 4);
		}
	}
}

static void store2(struct wave *w, const struct inst *in, u32 size, u32 unit)
{
	struct lanes a;

	if (!addresses(w, in, &a, (in->offset & 0xff) * unit))
		return;
	lanes_store(w, &a, in->src[1], size, false);
	if (addresses(w, in, &a, (in->offset >> 8 & 0xff) * unit))
		lanes_store(w, &a, in->src[2], size, false);
}

/* One access after the other; the first value is in the lower registers. */
static void exchange2(struct wave *w, const struct inst *in, u32 size, u32 unit)
{
	u64 data[2][WAVE_LANES], old[WAVE_LANES];
	struct lanes a, b;
	int l;

	if (!addresses(w, in, &a, (in->offset & 0xff) * unit) ||
	    !addresses(w, in, &b, (in->offset >> 8 & 0xff) * unit))
		return;
	lanes_get(w, in->src[1], size, data[0]);
	lanes_get(w, in->src[2], size, data[1]);
	(void)lanes_atomic(w, &a, WAVE_SWAP, size, data[0], data[0]);
	memcpy(old, w->result, sizeof(old));
	w->done = 0;
	(void)lanes_atomic(w, &b, WAVE_SWAP, size, data[1], data[1]);
	lanes_put(w, in->dst + size / 4, size);
	for (l = 0; l < WAVE_LANES; l++)
		w->result[l] = old[l];
	lanes_put(w, in->dst, size);
}

#define TWO(name, how, size, unit)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	how(w, in, size, unit);						\
}

/* D = LDS */
LOAD(ds_read_b32, CONVERT_DWORDS, 4)
LOAD(ds_read_b64, CONVERT_DWORDS, 8)
LOAD(ds_read_b96, CONVERT_DWORDS, 12)
LOAD(ds_read_b128, CONVERT_DWORDS, 16)
LOAD(ds_read_i8, CONVERT_S8, 1)
LOAD(ds_read_u8, CONVERT_U8, 1)
LOAD(ds_read_i16, CONVERT_S16, 2)
LOAD(ds_read_u16, CONVERT_U16, 2)
LOAD(ds_read_u8_d16, CONVERT_U8_LO, 1)
LOAD(ds_read_u8_d16_hi, CONVERT_U8_HI, 1)
LOAD(ds_read_i8_d16, CONVERT_S8_LO, 1)
LOAD(ds_read_i8_d16_hi, CONVERT_S8_HI, 1)
LOAD(ds_read_u16_d16, CONVERT_16_LO, 2)
LOAD(ds_read_u16_d16_hi, CONVERT_16_HI, 2)
TWO(ds_read2_b32, load2, 4, 4)
TWO(ds_read2st64_b32, load2, 4, 256)
TWO(ds_read2_b64, load2, 8, 8)
TWO(ds_read2st64_b64, load2, 8, 512)

/* LDS = data */
STORE(ds_write_b8, 1, false)
STORE(ds_write_b16, 2, false)
STORE(ds_write_b32, 4, false)
STORE(ds_write_b64, 8, false)
STORE(ds_write_b96, 12, false)
STORE(ds_write_b128, 16, false)
STORE(ds_write_b8_d16_hi, 1, true)
STORE(ds_write_b16_d16_hi, 2, true)
TWO(ds_write2_b32, store2, 4, 4)
TWO(ds_write2st64_b32, store2, 4, 256)
TWO(ds_write2_b64, store2, 8, 8)
TWO(ds_write2st64_b64, store2, 8, 512)

/* LDS = LDS op data; the forms with rtn: D = LDS before */
UPDATE(ds_add_u32, WAVE_ADD, 4, false)
UPDATE(ds_add_rtn_u32, WAVE_ADD, 4, true)
UPDATE(ds_add_u64, WAVE_ADD, 8, false)
UPDATE(ds_add_rtn_u64, WAVE_ADD, 8, true)
UPDATE(ds_sub_u32, WAVE_SUB, 4, false)
UPDATE(ds_sub_rtn_u32, WAVE_SUB, 4, true)
UPDATE(ds_sub_u64, WAVE_SUB, 8, false)
UPDATE(ds_sub_rtn_u64, WAVE_SUB, 8, true)
UPDATE(ds_rsub_u32, ATOMIC_RSUB, 4, false)
UPDATE(ds_rsub_rtn_u32, ATOMIC_RSUB, 4, true)
UPDATE(ds_rsub_u64, ATOMIC_RSUB, 8, false)
UPDATE(ds_rsub_rtn_u64, ATOMIC_RSUB, 8, true)
UPDATE(ds_inc_u32, WAVE_INC, 4, false)
UPDATE(ds_inc_rtn_u32, WAVE_INC, 4, true)
UPDATE(ds_inc_u64, WAVE_INC, 8, false)
UPDATE(ds_inc_rtn_u64, WAVE_INC, 8, true)
UPDATE(ds_dec_u32, WAVE_DEC, 4, false)
UPDATE(ds_dec_rtn_u32, WAVE_DEC, 4, true)
UPDATE(ds_dec_u64, WAVE_DEC, 8, false)
UPDATE(ds_dec_rtn_u64, WAVE_DEC, 8, true)
UPDATE(ds_min_i32, WAVE_SMIN, 4, false)
UPDATE(ds_min_rtn_i32, WAVE_SMIN, 4, true)
UPDATE(ds_min_i64, WAVE_SMIN, 8, false)
UPDATE(ds_min_rtn_i64, WAVE_SMIN, 8, true)
UPDATE(ds_max_i32, WAVE_SMAX, 4, false)
UPDATE(ds_max_rtn_i32, WAVE_SMAX, 4, true)
UPDATE(ds_max_i64, WAVE_SMAX, 8, false)
UPDATE(ds_max_rtn_i64, WAVE_SMAX, 8, true)
UPDATE(ds_min_u32, WAVE_UMIN, 4, false)
UPDATE(ds_min_rtn_u32, WAVE_UMIN, 4, true)
UPDATE(ds_min_u64, WAVE_UMIN, 8, false)
UPDATE(ds_min_rtn_u64, WAVE_UMIN, 8, true)
UPDATE(ds_max_u32, WAVE_UMAX, 4, false)
UPDATE(ds_max_rtn_u32, WAVE_UMAX, 4, true)
UPDATE(ds_max_u64, WAVE_UMAX, 8, false)
UPDATE(ds_max_rtn_u64, WAVE_UMAX, 8, true)
UPDATE(ds_and_b32, WAVE_AND, 4, false)
UPDATE(ds_and_rtn_b32, WAVE_AND, 4, true)
UPDATE(ds_and_b64, WAVE_AND, 8, false)
UPDATE(ds_and_rtn_b64, WAVE_AND, 8, true)
UPDATE(ds_or_b32, WAVE_OR, 4, false)
UPDATE(ds_or_rtn_b32, WAVE_OR, 4, true)
UPDATE(ds_or_b64, WAVE_OR, 8, false)
UPDATE(ds_or_rtn_b64, WAVE_OR, 8, true)
UPDATE(ds_xor_b32, WAVE_XOR, 4, false)
UPDATE(ds_xor_rtn_b32, WAVE_XOR, 4, true)
UPDATE(ds_xor_b64, WAVE_XOR, 8, false)
UPDATE(ds_xor_rtn_b64, WAVE_XOR, 8, true)
UPDATE(ds_mskor_b32, ATOMIC_MSKOR, 4, false)
UPDATE(ds_mskor_rtn_b32, ATOMIC_MSKOR, 4, true)
UPDATE(ds_mskor_b64, ATOMIC_MSKOR, 8, false)
UPDATE(ds_mskor_rtn_b64, ATOMIC_MSKOR, 8, true)
UPDATE(ds_cmpst_b32, WAVE_CMPSWAP, 4, false)
UPDATE(ds_cmpst_rtn_b32, WAVE_CMPSWAP, 4, true)
UPDATE(ds_cmpst_b64, WAVE_CMPSWAP, 8, false)
UPDATE(ds_cmpst_rtn_b64, WAVE_CMPSWAP, 8, true)
UPDATE(ds_cmpst_f32, ATOMIC_CMPST_F32, 4, false)
UPDATE(ds_cmpst_rtn_f32, ATOMIC_CMPST_F32, 4, true)
UPDATE(ds_cmpst_f64, ATOMIC_CMPST_F64, 8, false)
UPDATE(ds_cmpst_rtn_f64, ATOMIC_CMPST_F64, 8, true)
UPDATE(ds_min_f32, ATOMIC_MIN_F32, 4, false)
UPDATE(ds_min_rtn_f32, ATOMIC_MIN_F32, 4, true)
UPDATE(ds_min_f64, ATOMIC_MIN_F64, 8, false)
UPDATE(ds_min_rtn_f64, ATOMIC_MIN_F64, 8, true)
UPDATE(ds_max_f32, ATOMIC_MAX_F32, 4, false)
UPDATE(ds_max_rtn_f32, ATOMIC_MAX_F32, 4, true)
UPDATE(ds_max_f64, ATOMIC_MAX_F64, 8, false)
UPDATE(ds_max_rtn_f64, ATOMIC_MAX_F64, 8, true)
UPDATE(ds_add_f32, ATOMIC_ADD_F32, 4, false)
UPDATE(ds_add_rtn_f32, ATOMIC_ADD_F32, 4, true)
UPDATE(ds_add_f64, ATOMIC_ADD_F64, 8, false)
UPDATE(ds_add_rtn_f64, ATOMIC_ADD_F64, 8, true)
UPDATE(ds_wrxchg_rtn_b32, WAVE_SWAP, 4, true)
UPDATE(ds_wrxchg_rtn_b64, WAVE_SWAP, 8, true)
UPDATE(ds_wrap_rtn_b32, ATOMIC_WRAP, 4, true)

/* LDS of both addresses = data; D = LDS before */
TWO(ds_wrxchg2_rtn_b32, exchange2, 4, 4)
TWO(ds_wrxchg2st64_rtn_b32, exchange2, 4, 256)
TWO(ds_wrxchg2_rtn_b64, exchange2, 8, 8)
TWO(ds_wrxchg2st64_rtn_b64, exchange2, 8, 512)

/*
 * D = LDS of two dwords at a multiple of 8; each is replaced by the low 31 bits of its
 * data if bit 31 of that is set
 */
void ds_condxchg32_rtn_b64(struct wave *w, const struct inst *in)
{
	u64 data[WAVE_LANES];
	struct lanes a;
	int l;

	if (!addresses(w, in, &a, in->offset))
		return;
	for (l = 0; l < WAVE_LANES; l++)
		a.addr[l] = (u32)a.addr[l] & 0xfff8;
	lanes_get(w, in->src[1], 8, data);
	if (lanes_atomic(w, &a, ATOMIC_CONDXCHG, 8, data, data))
		lanes_put(w, in->dst, 8);
}

/* Lane l's dword at offset + M0[15:0] + 4 * l */
static bool own_addresses(struct wave *w, const struct inst *in, struct lanes *a)
{
	int l;

	if (in->lds) {
		wave_illegal(w, in, "gds");
		return false;
	}
	a->mask = w->mask;
	a->all = SPACE_LDS;
	for (l = 0; l < WAVE_LANES; l++)
		a->addr[l] = in->offset + (w->sgpr[SGPR_M0] & 0xffff) + 4 * l;
	return true;
}

/* D = LDS at the lane's own place */
void ds_read_addtid_b32(struct wave *w, const struct inst *in)
{
	struct lanes a;

	if (own_addresses(w, in, &a))
		lanes_load(w, &a, in->dst, CONVERT_DWORDS, 4);
}

/* LDS at the lane's own place = data */
void ds_write_addtid_b32(struct wave *w, const struct inst *in)
{
	struct lanes a;

	if (own_addresses(w, in, &a))
		lanes_store(w, &a, in->src[1], 4, false);
}

/*
 * D = LDS, and LDS += step for each lane that is on.  Manuals do not agree whether M0
 * counts in the address: it has to be 0.
 */
static void count_lanes(struct wave *w, const struct inst *in, u32 step)
{
	u32 d[WAVE_LANES], old = 0, now;
	int l;

	if (in->lds || w->sgpr[SGPR_M0]) {
		wave_illegal(w, in, in->lds ? "gds" : "m0 is not 0");
		return;
	}
	if (in->offset + 4u <= w->lds_size) {
		memcpy(&old, w->lds + in->offset, 4);
		now = old + step * __builtin_popcountll(w->mask);
		memcpy(w->lds + in->offset, &now, 4);
	}
	for (l = 0; l < WAVE_LANES; l++)
		d[l] = old;
	dst_u32(w, in, d);
}

void ds_append(struct wave *w, const struct inst *in)
{
	count_lanes(w, in, 1);
}

void ds_consume(struct wave *w, const struct inst *in)
{
	count_lanes(w, in, -1);
}

void ds_nop(struct wave *w, const struct inst *in)
{
}

/* Lane l sends to lane address / 4; of several, the highest wins */
void ds_permute_b32(struct wave *w, const struct inst *in)
{
	const u32 *to = reg32(w, in->src[0]), *v = reg32(w, in->src[1]);
	u32 d[WAVE_LANES] = { 0 };
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		if (w->mask >> l & 1)
			d[(to[l] + (u32)in->offset) / 4 % WAVE_LANES] = v[l];
	}
	dst_u32(w, in, d);
}

/* Lane l reads lane address / 4; 0 from a lane that is off */
void ds_bpermute_b32(struct wave *w, const struct inst *in)
{
	const u32 *from = reg32(w, in->src[0]), *v = reg32(w, in->src[1]);
	u32 d[WAVE_LANES], i;
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		i = (from[l] + (u32)in->offset) / 4 % WAVE_LANES;
		d[l] = w->mask >> i & 1 ? v[i] : 0;
	}
	dst_u32(w, in, d);
}

/* Bit 15: a permutation of quads; else and, or, xor of the lane's 5 low bits;
 * 0xe000 and 0xc000 and above (FFT, rotate) are for graphics.
 */
static int swizzle_source(u32 pattern, int l)
{
	int i = l & 31;

	if (pattern & 0x8000)
		return (l & ~3) | (pattern >> 2 * (l & 3) & 3);
	i = ((i & (pattern & 31)) | (pattern >> 5 & 31)) ^ (pattern >> 10 & 31);
	return (l & 32) | i;
}

/* D = data of the lane that the offset names; 0 from a lane that is off */
void ds_swizzle_b32(struct wave *w, const struct inst *in)
{
	const u32 *v = reg32(w, in->src[0]);
	u32 d[WAVE_LANES];
	int l, from;

	if (in->offset >= 0xc000) {
		wave_illegal(w, in, "pattern");
		return;
	}
	for (l = 0; l < WAVE_LANES; l++) {
		from = swizzle_source(in->offset, l);
		d[l] = w->mask >> from & 1 ? v[from] : 0;
	}
	dst_u32(w, in, d);
}
