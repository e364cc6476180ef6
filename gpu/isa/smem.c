// SPDX-License-Identifier: MIT
/*
 * SMEM: scalar loads and stores.  Addresses are multiples of 4.
 */
#include "operand.h"
#include "ops.h"

static u32 smem_offset(const struct wave *w, const struct inst *in)
{
	if (in->saddr == 0xffff)
		return in->offset;
	return w->sgpr[in->saddr % SGPR_COUNT] + (u32)in->offset;
}

static u64 smem_address(const struct wave *w, const struct inst *in)
{
	u64 base = sgpr64(w, in->src[0]);

	if (in->saddr == 0xffff)
		return (base + (s64)in->offset) & ~3ULL;
	return (base + smem_offset(w, in)) & ~3ULL;
}

static void load(struct wave *w, const struct inst *in, u64 va, u32 dwords)
{
	u32 v[16];

	if (wave_access(w, w->memory->read(w->ctx, va, v, dwords * 4), "read", va))
		memcpy(&w->sgpr[in->dst], v, dwords * 4);
}

static void store(struct wave *w, const struct inst *in, u64 va, u32 dwords)
{
	wave_access(w, w->memory->write(w->ctx, va, &w->sgpr[in->dst], dwords * 4),
		    "write", va);
}

/* D = memory at base + offset */
#define LOAD(name, dwords)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	load(w, in, smem_address(w, in), dwords);			\
}

/* memory at base + offset = D */
#define STORE(name, dwords)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	store(w, in, smem_address(w, in), dwords);			\
}

/* The base is a buffer resource.  Return: dwords up to its end, at most @dwords. */
static u32 buffer_fit(const struct wave *w, const struct inst *in, u32 dwords, u64 *va)
{
	const u32 *r = &w->sgpr[in->src[0]];
	u32 stride = r[1] >> 16 & 0x3fff, offset = smem_offset(w, in) & ~3u;
	u64 size = (u64)r[2] * (stride ? stride : 1);
	u64 fit = offset >= size ? 0 : (size - offset) / 4;

	*va = ((r[0] & ~3u) | (u64)(r[1] & 0xffff) << 32) + offset;
	return fit < dwords ? fit : dwords;
}

/* Dwords behind the end are 0. */
static void buffer_load(struct wave *w, const struct inst *in, u32 dwords)
{
	u64 va;
	u32 fit = buffer_fit(w, in, dwords, &va);

	load(w, in, va, fit);
	if (w->status == WAVE_RUNNING)
		memset(&w->sgpr[in->dst + fit], 0, (dwords - fit) * 4);
}

/* Dwords behind the end are not stored. */
static void buffer_store(struct wave *w, const struct inst *in, u32 dwords)
{
	u64 va;
	u32 fit = buffer_fit(w, in, dwords, &va);

	store(w, in, va, fit);
}

/* Private memory as a scalar has it: an offset in a register is in units of 64. */
static u64 scratch_address(const struct wave *w, const struct inst *in)
{
	u64 va = sgpr64(w, in->src[0]) + (s64)in->offset;

	if (in->saddr != 0xffff)
		va += (u64)w->sgpr[in->saddr % SGPR_COUNT] * 64;
	return va & ~3ULL;
}

/*
 * D is the operand, for a compare-and-swap the new value and behind it what to
 * compare with; with glc it becomes the value before.
 */
static void atomic(struct wave *w, const struct inst *in, u64 va, enum wave_atomic op,
		   u32 size)
{
	u32 *d = &w->sgpr[in->dst];
	u64 src = 0, cmp = 0, old = 0;
	int err;

	memcpy(&src, d, size);
	if (op == WAVE_CMPSWAP)
		memcpy(&cmp, d + size / 4, size);
	err = w->memory->atomic(w->ctx, va, op, size, src, cmp, &old);
	if (wave_access(w, err, "atomic", va) && in->glc)
		memcpy(d, &old, size);
}

/* Behind the end there is 0, and nothing changes. */
static void buffer_atomic(struct wave *w, const struct inst *in, enum wave_atomic op,
			  u32 size)
{
	u64 va;

	if (buffer_fit(w, in, size / 4, &va) == size / 4)
		atomic(w, in, va, op, size);
	else if (in->glc)
		memset(&w->sgpr[in->dst], 0, size);
}

#define BUFFER_STORE(name, dwords)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	buffer_store(w, in, dwords);					\
}

#define SCRATCH_LOAD(name, dwords)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	load(w, in, scratch_address(w, in), dwords);			\
}

#define SCRATCH_STORE(name, dwords)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	store(w, in, scratch_address(w, in), dwords);			\
}

/* memory = memory op D; D = memory before, if glc is set */
#define ATOMIC(name, op, size)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	atomic(w, in, smem_address(w, in), op, size);			\
}

#define BUFFER_ATOMIC(name, op, size)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	buffer_atomic(w, in, op, size);					\
}

#define BUFFER_LOAD(name, dwords)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	buffer_load(w, in, dwords);					\
}

LOAD(s_load_dword, 1)
LOAD(s_load_dwordx2, 2)
LOAD(s_load_dwordx4, 4)
LOAD(s_load_dwordx8, 8)
LOAD(s_load_dwordx16, 16)
STORE(s_store_dword, 1)
STORE(s_store_dwordx2, 2)
STORE(s_store_dwordx4, 4)
BUFFER_LOAD(s_buffer_load_dword, 1)
BUFFER_LOAD(s_buffer_load_dwordx2, 2)
BUFFER_LOAD(s_buffer_load_dwordx4, 4)
BUFFER_LOAD(s_buffer_load_dwordx8, 8)
BUFFER_LOAD(s_buffer_load_dwordx16, 16)

BUFFER_STORE(s_buffer_store_dword, 1)
BUFFER_STORE(s_buffer_store_dwordx2, 2)
BUFFER_STORE(s_buffer_store_dwordx4, 4)
SCRATCH_LOAD(s_scratch_load_dword, 1)
SCRATCH_LOAD(s_scratch_load_dwordx2, 2)
SCRATCH_LOAD(s_scratch_load_dwordx4, 4)
SCRATCH_STORE(s_scratch_store_dword, 1)
SCRATCH_STORE(s_scratch_store_dwordx2, 2)
SCRATCH_STORE(s_scratch_store_dwordx4, 4)
ATOMIC(s_atomic_swap, WAVE_SWAP, 4)
ATOMIC(s_atomic_cmpswap, WAVE_CMPSWAP, 4)
ATOMIC(s_atomic_add, WAVE_ADD, 4)
ATOMIC(s_atomic_sub, WAVE_SUB, 4)
ATOMIC(s_atomic_smin, WAVE_SMIN, 4)
ATOMIC(s_atomic_umin, WAVE_UMIN, 4)
ATOMIC(s_atomic_smax, WAVE_SMAX, 4)
ATOMIC(s_atomic_umax, WAVE_UMAX, 4)
ATOMIC(s_atomic_and, WAVE_AND, 4)
ATOMIC(s_atomic_or, WAVE_OR, 4)
ATOMIC(s_atomic_xor, WAVE_XOR, 4)
ATOMIC(s_atomic_inc, WAVE_INC, 4)
ATOMIC(s_atomic_dec, WAVE_DEC, 4)
ATOMIC(s_atomic_swap_x2, WAVE_SWAP, 8)
ATOMIC(s_atomic_cmpswap_x2, WAVE_CMPSWAP, 8)
ATOMIC(s_atomic_add_x2, WAVE_ADD, 8)
ATOMIC(s_atomic_sub_x2, WAVE_SUB, 8)
ATOMIC(s_atomic_smin_x2, WAVE_SMIN, 8)
ATOMIC(s_atomic_umin_x2, WAVE_UMIN, 8)
ATOMIC(s_atomic_smax_x2, WAVE_SMAX, 8)
ATOMIC(s_atomic_umax_x2, WAVE_UMAX, 8)
ATOMIC(s_atomic_and_x2, WAVE_AND, 8)
ATOMIC(s_atomic_or_x2, WAVE_OR, 8)
ATOMIC(s_atomic_xor_x2, WAVE_XOR, 8)
ATOMIC(s_atomic_inc_x2, WAVE_INC, 8)
ATOMIC(s_atomic_dec_x2, WAVE_DEC, 8)
BUFFER_ATOMIC(s_buffer_atomic_swap, WAVE_SWAP, 4)
BUFFER_ATOMIC(s_buffer_atomic_cmpswap, WAVE_CMPSWAP, 4)
BUFFER_ATOMIC(s_buffer_atomic_add, WAVE_ADD, 4)
BUFFER_ATOMIC(s_buffer_atomic_sub, WAVE_SUB, 4)
BUFFER_ATOMIC(s_buffer_atomic_smin, WAVE_SMIN, 4)
BUFFER_ATOMIC(s_buffer_atomic_umin, WAVE_UMIN, 4)
BUFFER_ATOMIC(s_buffer_atomic_smax, WAVE_SMAX, 4)
BUFFER_ATOMIC(s_buffer_atomic_umax, WAVE_UMAX, 4)
BUFFER_ATOMIC(s_buffer_atomic_and, WAVE_AND, 4)
BUFFER_ATOMIC(s_buffer_atomic_or, WAVE_OR, 4)
BUFFER_ATOMIC(s_buffer_atomic_xor, WAVE_XOR, 4)
BUFFER_ATOMIC(s_buffer_atomic_inc, WAVE_INC, 4)
BUFFER_ATOMIC(s_buffer_atomic_dec, WAVE_DEC, 4)
BUFFER_ATOMIC(s_buffer_atomic_swap_x2, WAVE_SWAP, 8)
BUFFER_ATOMIC(s_buffer_atomic_cmpswap_x2, WAVE_CMPSWAP, 8)
BUFFER_ATOMIC(s_buffer_atomic_add_x2, WAVE_ADD, 8)
BUFFER_ATOMIC(s_buffer_atomic_sub_x2, WAVE_SUB, 8)
BUFFER_ATOMIC(s_buffer_atomic_smin_x2, WAVE_SMIN, 8)
BUFFER_ATOMIC(s_buffer_atomic_umin_x2, WAVE_UMIN, 8)
BUFFER_ATOMIC(s_buffer_atomic_smax_x2, WAVE_SMAX, 8)
BUFFER_ATOMIC(s_buffer_atomic_umax_x2, WAVE_UMAX, 8)
BUFFER_ATOMIC(s_buffer_atomic_and_x2, WAVE_AND, 8)
BUFFER_ATOMIC(s_buffer_atomic_or_x2, WAVE_OR, 8)
BUFFER_ATOMIC(s_buffer_atomic_xor_x2, WAVE_XOR, 8)
BUFFER_ATOMIC(s_buffer_atomic_inc_x2, WAVE_INC, 8)
BUFFER_ATOMIC(s_buffer_atomic_dec_x2, WAVE_DEC, 8)

/* D = clock */
void s_memtime(struct wave *w, const struct inst *in)
{
	set_sgpr64(w, in->dst, w->memory->clock(w->ctx, false));
}

void s_memrealtime(struct wave *w, const struct inst *in)
{
	set_sgpr64(w, in->dst, w->memory->clock(w->ctx, true));
}

/* Nothing is cached. */
void s_dcache_inv(struct wave *w, const struct inst *in)
{
}

void s_dcache_wb(struct wave *w, const struct inst *in)
{
}

void s_dcache_inv_vol(struct wave *w, const struct inst *in)
{
}

void s_dcache_wb_vol(struct wave *w, const struct inst *in)
{
}

/* Forget dirty lines: there are none. */
void s_dcache_discard(struct wave *w, const struct inst *in)
{
}

void s_dcache_discard_x2(struct wave *w, const struct inst *in)
{
}
