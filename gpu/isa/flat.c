// SPDX-License-Identifier: MIT
/*
 * FLAT, GLOBAL and SCRATCH: one function for the three.
 */
#include "memory.h"
#include "ops.h"

/* FLAT: apertures of LDS and of private memory, else global. */
static enum space aperture(const struct wave *w, u64 addr)
{
	if (w->shared_base && addr >> 32 == w->shared_base >> 32)
		return SPACE_LDS;
	if (w->private_base && addr >> 32 == w->private_base >> 32)
		return SPACE_PRIVATE;
	return SPACE_GLOBAL;
}

static void flat_spaces(const struct wave *w, struct lanes *a)
{
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		a->space[l] = aperture(w, a->addr[l]);
		if (a->space[l] == SPACE_GLOBAL || !(a->mask >> l & 1))
			continue;
		a->addr[l] = (u32)a->addr[l];
		a->all = SPACE_MIXED;
	}
}

FOR_LANES static void scratch_addresses(struct wave *w, const struct inst *in,
					struct lanes *a)
{
	const u32 *v = reg32(w, in->src[0]);
	u32 base = in->offset;
	int l;

	a->all = SPACE_PRIVATE;
	if (in->saddr != 0x7f) {
		base += w->sgpr[in->saddr];
		for (l = 0; l < WAVE_LANES; l++)
			a->addr[l] = base;
		return;
	}
	for (l = 0; l < WAVE_LANES; l++)
		a->addr[l] = v[l] + base;
}

FOR_LANES static void global_addresses(struct wave *w, const struct inst *in,
				       struct lanes *a)
{
	const u32 *lo = reg32(w, in->src[0]), *hi = reg32(w, in->src[0] + 1);
	u64 base = in->offset;
	int l;

	a->all = SPACE_GLOBAL;
	if (in->saddr != 0x7f) {
		base += sgpr64(w, in->saddr);
		for (l = 0; l < WAVE_LANES; l++)
			a->addr[l] = base + lo[l];
		return;
	}
	for (l = 0; l < WAVE_LANES; l++)
		a->addr[l] = base + (lo[l] | (u64)hi[l] << 32);
}

static void addresses(struct wave *w, const struct inst *in, struct lanes *a)
{
	a->mask = w->mask;
	a->private_base = sgpr64(w, SGPR_FLAT_SCRATCH);
	if (in->format == ISA_SCRATCH)
		scratch_addresses(w, in, a);
	else
		global_addresses(w, in, a);
	if (in->format == ISA_FLAT)
		flat_spaces(w, a);
}

/* GLOBAL and SCRATCH have loads whose results go to LDS. */
static void load(struct wave *w, const struct inst *in, enum conversion how, u32 bytes)
{
	struct lanes a;

	addresses(w, in, &a);
	if (!in->lds)
		lanes_load(w, &a, in->dst, how, bytes);
	else if (in->format == ISA_FLAT)
		wave_illegal(w, in, "to LDS");
	else
		(void)lanes_load_lds(w, in, &a, how, bytes);
}

static void store(struct wave *w, const struct inst *in, u32 bytes, bool upper_half)
{
	struct lanes a;

	if (!lanes_in_registers(w, in))
		return;
	addresses(w, in, &a);
	lanes_store(w, &a, in->src[1], bytes, upper_half);
}

static void update(struct wave *w, const struct inst *in, int op, u32 size)
{
	struct lanes a;

	if (!lanes_in_registers(w, in))
		return;
	addresses(w, in, &a);
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
LOAD(flat_load_ubyte, CONVERT_U8, 1)
LOAD(flat_load_sbyte, CONVERT_S8, 1)
LOAD(flat_load_ushort, CONVERT_U16, 2)
LOAD(flat_load_sshort, CONVERT_S16, 2)
LOAD(flat_load_dword, CONVERT_DWORDS, 4)
LOAD(flat_load_dwordx2, CONVERT_DWORDS, 8)
LOAD(flat_load_dwordx3, CONVERT_DWORDS, 12)
LOAD(flat_load_dwordx4, CONVERT_DWORDS, 16)
LOAD(flat_load_ubyte_d16, CONVERT_U8_LO, 1)
LOAD(flat_load_ubyte_d16_hi, CONVERT_U8_HI, 1)
LOAD(flat_load_sbyte_d16, CONVERT_S8_LO, 1)
LOAD(flat_load_sbyte_d16_hi, CONVERT_S8_HI, 1)
LOAD(flat_load_short_d16, CONVERT_16_LO, 2)
LOAD(flat_load_short_d16_hi, CONVERT_16_HI, 2)

/* memory = data */
STORE(flat_store_byte, 1, false)
STORE(flat_store_byte_d16_hi, 1, true)
STORE(flat_store_short, 2, false)
STORE(flat_store_short_d16_hi, 2, true)
STORE(flat_store_dword, 4, false)
STORE(flat_store_dwordx2, 8, false)
STORE(flat_store_dwordx3, 12, false)
STORE(flat_store_dwordx4, 16, false)

/* memory = memory op data; D = memory before, if glc is set */
UPDATE(flat_atomic_swap, WAVE_SWAP, 4)
UPDATE(flat_atomic_cmpswap, WAVE_CMPSWAP, 4)
UPDATE(flat_atomic_add, WAVE_ADD, 4)
UPDATE(flat_atomic_sub, WAVE_SUB, 4)
UPDATE(flat_atomic_smin, WAVE_SMIN, 4)
UPDATE(flat_atomic_umin, WAVE_UMIN, 4)
UPDATE(flat_atomic_smax, WAVE_SMAX, 4)
UPDATE(flat_atomic_umax, WAVE_UMAX, 4)
UPDATE(flat_atomic_and, WAVE_AND, 4)
UPDATE(flat_atomic_or, WAVE_OR, 4)
UPDATE(flat_atomic_xor, WAVE_XOR, 4)
UPDATE(flat_atomic_inc, WAVE_INC, 4)
UPDATE(flat_atomic_dec, WAVE_DEC, 4)
UPDATE(flat_atomic_swap_x2, WAVE_SWAP, 8)
UPDATE(flat_atomic_cmpswap_x2, WAVE_CMPSWAP, 8)
UPDATE(flat_atomic_add_x2, WAVE_ADD, 8)
UPDATE(flat_atomic_sub_x2, WAVE_SUB, 8)
UPDATE(flat_atomic_smin_x2, WAVE_SMIN, 8)
UPDATE(flat_atomic_umin_x2, WAVE_UMIN, 8)
UPDATE(flat_atomic_smax_x2, WAVE_SMAX, 8)
UPDATE(flat_atomic_umax_x2, WAVE_UMAX, 8)
UPDATE(flat_atomic_and_x2, WAVE_AND, 8)
UPDATE(flat_atomic_or_x2, WAVE_OR, 8)
UPDATE(flat_atomic_xor_x2, WAVE_XOR, 8)
UPDATE(flat_atomic_inc_x2, WAVE_INC, 8)
UPDATE(flat_atomic_dec_x2, WAVE_DEC, 8)
UPDATE(flat_atomic_add_f32, ATOMIC_ADD_F32, 4)
UPDATE(flat_atomic_pk_add_f16, ATOMIC_PK_ADD_F16, 4)
UPDATE(flat_atomic_add_f64, ATOMIC_ADD_F64, 8)
UPDATE(flat_atomic_min_f64, ATOMIC_MIN_F64, 8)
UPDATE(flat_atomic_max_f64, ATOMIC_MAX_F64, 8)
