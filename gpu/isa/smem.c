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

/* The base is a buffer resource; dwords behind its end are 0. */
static void buffer_load(struct wave *w, const struct inst *in, u32 dwords)
{
	const u32 *r = &w->sgpr[in->src[0]];
	u32 stride = r[1] >> 16 & 0x3fff, offset = smem_offset(w, in) & ~3u;
	u64 size = (u64)r[2] * (stride ? stride : 1);
	u64 base = r[0] | (u64)(r[1] & 0xffff) << 32;
	u32 fit = offset >= size ? 0 : (size - offset) / 4;

	if (fit >= dwords) {
		load(w, in, base + offset, dwords);
		return;
	}
	load(w, in, base + offset, fit);
	if (w->status == WAVE_RUNNING)
		memset(&w->sgpr[in->dst + fit], 0, (dwords - fit) * 4);
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

/* memory at base + offset = D; D = memory before, if glc is set */
void s_atomic_swap_x2(struct wave *w, const struct inst *in)
{
	u64 va = smem_address(w, in), old = 0;

	if (wave_access(w, w->memory->atomic(w->ctx, va, WAVE_SWAP, 8,
					     sgpr64(w, in->dst), 0, &old), "atomic", va) &&
	    in->glc)
		set_sgpr64(w, in->dst, old);
}

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
