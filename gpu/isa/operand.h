/* SPDX-License-Identifier: MIT */
/*
 * Sources and destinations.
 *
 * Vector sources come as an array of 64 lanes, either the register itself or
 * @buf.  src_f*() apply abs and neg and the mode's treatment of denormals;
 * dst_f*() the output modifiers.  dst_*() write the lanes of w->mask.
 */
#ifndef GPU_ISA_OPERAND_H
#define GPU_ISA_OPERAND_H

#include "inst.h"

typedef u32 lanes32[WAVE_LANES];

/** scalar32() - a scalar source by its number */
u32 scalar32(const struct wave *w, const struct inst *in, unsigned int operand);

/** scalar64() - the same, two registers or a constant of 64 bits */
u64 scalar64(const struct wave *w, const struct inst *in, unsigned int operand);

const u32 *src_u32(struct wave *w, const struct inst *in, int i, u32 *buf);
const s32 *src_s32(struct wave *w, const struct inst *in, int i, s32 *buf);
const float *src_f32(struct wave *w, const struct inst *in, int i, float *buf);
const u64 *src_u64(struct wave *w, const struct inst *in, int i, u64 *buf);
const s64 *src_s64(struct wave *w, const struct inst *in, int i, s64 *buf);
const double *src_f64(struct wave *w, const struct inst *in, int i, double *buf);
const u16 *src_u16(struct wave *w, const struct inst *in, int i, u16 *buf);
const s16 *src_s16(struct wave *w, const struct inst *in, int i, s16 *buf);
const float *src_f16(struct wave *w, const struct inst *in, int i, float *buf);

void dst_u32(struct wave *w, const struct inst *in, const u32 *d);
void dst_s32(struct wave *w, const struct inst *in, const s32 *d);
void dst_f32(struct wave *w, const struct inst *in, float *d);
void dst_u64(struct wave *w, const struct inst *in, const u64 *d);
void dst_s64(struct wave *w, const struct inst *in, const s64 *d);
void dst_f64(struct wave *w, const struct inst *in, double *d);
void dst_u16(struct wave *w, const struct inst *in, const u16 *d);
void dst_s16(struct wave *w, const struct inst *in, const s16 *d);
void dst_f16(struct wave *w, const struct inst *in, float *d);
/* Bits of f16 that are rounded already. */
void dst_h16(struct wave *w, const struct inst *in, const u16 *d);

/* The old destination as a third source. */
const u32 *old_u32(struct wave *w, const struct inst *in);

/** reg32() - the lanes of a VGPR by its operand number */
static inline u32 *reg32(struct wave *w, unsigned int operand)
{
	return w->vgpr[(operand - OPERAND_VGPR) % WAVE_VGPRS];
}

static inline float as_float(u32 v)
{
	float f;

	memcpy(&f, &v, sizeof(f));
	return f;
}

static inline u32 float_bits(float f)
{
	u32 v;

	memcpy(&v, &f, sizeof(v));
	return v;
}

static inline double as_double(u64 v)
{
	double f;

	memcpy(&f, &v, sizeof(f));
	return f;
}

static inline u64 double_bits(double f)
{
	u64 v;

	memcpy(&v, &f, sizeof(v));
	return v;
}

#define TYPE_u16 u16
#define TYPE_s16 s16
#define TYPE_f16 float
#define TYPE_u32 u32
#define TYPE_s32 s32
#define TYPE_f32 float
#define TYPE_u64 u64
#define TYPE_s64 s64
#define TYPE_f64 double

/* What src_*() return. */
#define SOURCE_u16 const u16 *
#define SOURCE_s16 const s16 *
#define SOURCE_f16 const float *
#define SOURCE_u32 const u32 *
#define SOURCE_s32 const s32 *
#define SOURCE_f32 const float *
#define SOURCE_u64 const u64 *
#define SOURCE_s64 const s64 *
#define SOURCE_f64 const double *

/*
 * Compiled twice: for any x86-64, and for hosts with AVX2 and FMA.  Results are the
 * same bits.  Sanitizers do not like the resolvers of such functions.
 */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define FOR_LANES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FOR_LANES
#endif

/* Lane by lane: a, b, c are sources of the types given, the value is d. */
#define VECTOR1(name, dt, at, value)					\
FOR_LANES void name(struct wave *w, const struct inst *in)		\
{									\
	TYPE_##dt d[WAVE_LANES];					\
	TYPE_##at abuf[WAVE_LANES];					\
	SOURCE_##at as = src_##at(w, in, 0, abuf);			\
	int l;								\
									\
	for (l = 0; l < WAVE_LANES; l++) {				\
		TYPE_##at a = as[l];					\
									\
		d[l] = (value);						\
	}								\
	dst_##dt(w, in, d);						\
}

#define VECTOR2(name, dt, at, bt, value)				\
FOR_LANES void name(struct wave *w, const struct inst *in)		\
{									\
	TYPE_##dt d[WAVE_LANES];					\
	TYPE_##at abuf[WAVE_LANES];					\
	TYPE_##bt bbuf[WAVE_LANES];					\
	SOURCE_##at as = src_##at(w, in, 0, abuf);			\
	SOURCE_##bt bs = src_##bt(w, in, 1, bbuf);			\
	int l;								\
									\
	for (l = 0; l < WAVE_LANES; l++) {				\
		TYPE_##at a = as[l];					\
		TYPE_##bt b = bs[l];					\
									\
		d[l] = (value);						\
	}								\
	dst_##dt(w, in, d);						\
}

#define VECTOR3(name, dt, at, bt, ct, value)				\
FOR_LANES void name(struct wave *w, const struct inst *in)		\
{									\
	TYPE_##dt d[WAVE_LANES];					\
	TYPE_##at abuf[WAVE_LANES];					\
	TYPE_##bt bbuf[WAVE_LANES];					\
	TYPE_##ct cbuf[WAVE_LANES];					\
	SOURCE_##at as = src_##at(w, in, 0, abuf);			\
	SOURCE_##bt bs = src_##bt(w, in, 1, bbuf);			\
	SOURCE_##ct cs = src_##ct(w, in, 2, cbuf);			\
	int l;								\
									\
	for (l = 0; l < WAVE_LANES; l++) {				\
		TYPE_##at a = as[l];					\
		TYPE_##bt b = bs[l];					\
		TYPE_##ct c = cs[l];					\
									\
		d[l] = (value);						\
	}								\
	dst_##dt(w, in, d);						\
}

#endif
