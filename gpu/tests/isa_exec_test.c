// SPDX-License-Identifier: MIT
/*
 * What instructions do, values as bits.  Sources: s[2:3] and v[2:3] are a, s[4:5]
 * and v[4:5] b, s[6:7] and v[6:7] c; the result is s[0:1] or v[0:1], which hold d
 * before.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../isa/inst.h"
#include "isa_text.h"

#define CODE		0x10000ULL
#define DATA		0x20000ULL
#define MODE_DEFAULT	(0xf0 | MODE_DX10_CLAMP | MODE_IEEE)

struct fixture {
	u32 code[4096];
	u8 data[65536];
	u8 lds[4096];
	u64 hole;	/* the address that faults, 0: none */
	unsigned int atomics;
	struct wave *w;
};

static void *at(struct fixture *f, u64 va, size_t len)
{
	if (f->hole && va <= f->hole && va + len > f->hole)
		return NULL;
	if (va + len < va)
		return NULL;
	if (va >= CODE && va + len <= CODE + sizeof(f->code))
		return (u8 *)f->code + (va - CODE);
	if (va >= DATA && va + len <= DATA + sizeof(f->data))
		return f->data + (va - DATA);
	return NULL;
}

static int do_read(void *ctx, u64 va, void *buf, size_t len)
{
	void *p = at(ctx, va, len);

	if (p)
		memcpy(buf, p, len);
	return p ? 0 : -EFAULT;
}

static int do_write(void *ctx, u64 va, const void *buf, size_t len)
{
	void *p = at(ctx, va, len);

	if (p)
		memcpy(p, buf, len);
	return p ? 0 : -EFAULT;
}

/* Enough for the tests: add and compare-and-swap. */
static int do_atomic(void *ctx, u64 va, enum wave_atomic op, size_t size, u64 src,
		     u64 cmp, u64 *old)
{
	struct fixture *f = ctx;
	void *p = at(f, va, size);
	u64 v;

	if (!p)
		return -EFAULT;
	*old = 0;
	memcpy(old, p, size);
	v = op == WAVE_ADD ? *old + src : *old == cmp ? src : *old;
	memcpy(p, &v, size);
	f->atomics++;
	return 0;
}

static u64 do_clock(void *ctx, bool real)
{
	return 0x123456789;
}

static const struct wave_memory memory = {
	.fetch = do_read, .read = do_read, .write = do_write,
	.atomic = do_atomic, .clock = do_clock,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->w = wave_new();
	f->w->memory = &memory;
	f->w->ctx = f;
	f->w->code = code_new();
	f->w->lds = f->lds;
	f->w->lds_size = sizeof(f->lds);
	f->w->vgprs = 256;
	f->w->accs = 256;
	f->w->shared_base = 1ULL << 48;
	f->w->private_base = 2ULL << 48;
	*state = f;
	return isa_assembler() ? 0 : 1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	code_free(f->w->code);
	free(f->w);
	free(f);
	return 0;
}

/* Assemble a program and an end behind it. */
static void program(struct fixture *f, const char *const *lines, unsigned int n)
{
	struct isa_words out[64];
	unsigned int i, used = 0;

	assert_true(n < 64);
	assert_int_equal(isa_assemble(lines, n, out), n);
	for (i = 0; i < n; i++) {
		memcpy(&f->code[used], out[i].word, out[i].bytes);
		used += out[i].bytes / 4;
	}
	f->code[used] = 0xbf810000;
	code_flush(f->w->code);
	wave_reset(f->w, CODE, MODE_DEFAULT);
}

static void run(struct fixture *f)
{
	enum wave_status status = wave_run(f->w, 100000);

	if (status != WAVE_END)
		fail_msg("status %d at %llx: %s", status,
			 (unsigned long long)f->w->pc, f->w->why);
}

struct row {
	const char *text;
	u64 a, b, c;
	u64 d;			/* expected */
	int scc;		/* expected; -1: any */
};

#define F1	0x3f800000u
#define D1	0x3ff0000000000000u
#define QNAN	0x7fc00000u
#define INF	0x7f800000u

static const struct row scalar_rows[] = {
	{ "s_add_u32 s0, s2, s4", 0xffffffff, 1, 0, 0, 1 },
	{ "s_add_u32 s0, s2, s4", 0x7fffffff, 1, 0, 0x80000000, 0 },
	{ "s_add_i32 s0, s2, s4", 0x7fffffff, 1, 0, 0x80000000, 1 },
	{ "s_add_i32 s0, s2, s4", 0xffffffff, 1, 0, 0, 0 },
	{ "s_sub_u32 s0, s2, s4", 0, 1, 0, 0xffffffff, 1 },
	{ "s_sub_i32 s0, s2, s4", 0x80000000, 1, 0, 0x7fffffff, 1 },
	{ "s_addc_u32 s0, s2, s4", 0xffffffff, 0xffffffff, 1, 0xffffffff, 1 },
	{ "s_subb_u32 s0, s2, s4", 0, 0xffffffff, 1, 0, 1 },
	{ "s_subb_u32 s0, s2, s4", 5, 4, 1, 0, 0 },
	{ "s_min_i32 s0, s2, s4", 0x80000000, 1, 0, 0x80000000, 1 },
	{ "s_min_u32 s0, s2, s4", 0x80000000, 1, 0, 1, 0 },
	{ "s_cselect_b64 s[0:1], s[2:3], s[4:5]", ~0ULL, 1, 1, ~0ULL, 1 },
	{ "s_cselect_b64 s[0:1], s[2:3], s[4:5]", ~0ULL, 1, 0, 1, 0 },
	{ "s_andn2_b64 s[0:1], s[2:3], s[4:5]", ~0ULL, 1ULL << 63, 0, ~0ULL >> 1, 1 },
	{ "s_xor_b32 s0, s2, s4", 5, 5, 0, 0, 0 },
	{ "s_lshl_b32 s0, s2, s4", 1, 33, 0, 2, 1 },
	{ "s_ashr_i64 s[0:1], s[2:3], s4", 1ULL << 63, 63, 0, ~0ULL, 1 },
	{ "s_bfe_i32 s0, s2, s4", 0xf0, 0x40004, 0, 0xffffffff, 1 },
	{ "s_bfe_u64 s[0:1], s[2:3], s4", ~0ULL, 0x400000, 0, ~0ULL, 1 },
	{ "s_bfm_b32 s0, s2, s4", 4, 8, 0, 0xf00, 0 },
	{ "s_mul_i32 s0, s2, s4", 0xffffffff, 0xffffffff, 0, 1, 0 },
	{ "s_mul_hi_i32 s0, s2, s4", 0xffffffff, 2, 0, 0xffffffff, 0 },
	{ "s_mul_hi_u32 s0, s2, s4", 0xffffffff, 2, 0, 1, 0 },
	{ "s_absdiff_i32 s0, s2, s4", 3, 5, 0, 2, 1 },
	{ "s_lshl2_add_u32 s0, s2, s4", 0x40000000, 3, 0, 3, 1 },
	{ "s_pack_lh_b32_b16 s0, s2, s4", 0x11112222, 0x33334444, 0, 0x33332222, 0 },
	{ "s_not_b64 s[0:1], s[2:3]", ~0ULL, 0, 0, 0, 0 },
	{ "s_wqm_b32 s0, s2", 0x80000020, 0, 0, 0xf00000f0, 1 },
	{ "s_brev_b32 s0, s2", 1, 0, 0, 0x80000000, 0 },
	{ "s_bcnt1_i32_b64 s0, s[2:3]", ~0ULL, 0, 0, 64, 1 },
	{ "s_ff1_i32_b32 s0, s2", 0, 0, 0, 0xffffffff, 0 },
	{ "s_ff1_i32_b64 s0, s[2:3]", 1ULL << 40, 0, 0, 40, 0 },
	{ "s_flbit_i32_b32 s0, s2", 1, 0, 0, 31, 0 },
	{ "s_flbit_i32 s0, s2", 0xffffffff, 0, 0, 0xffffffff, 0 },
	{ "s_flbit_i32 s0, s2", 0xfffffffe, 0, 0, 31, 0 },
	{ "s_sext_i32_i8 s0, s2", 0x80, 0, 0, 0xffffff80, 0 },
	{ "s_abs_i32 s0, s2", 0x80000000, 0, 0, 0x80000000, 1 },
	{ "s_movk_i32 s0, 0x8000", 0, 0, 0, 0xffff8000, 0 },
	{ "s_mov_b64 s[0:1], 0xdeadbeef", 0, 0, 0, 0xdeadbeef, 0 },
	{ "s_mov_b64 s[0:1], -16", 0, 0, 0, ~15ULL, 0 },
	{ "s_mov_b64 s[0:1], 1.0", 0, 0, 0, D1, 0 },
	{ "s_cmp_lt_i32 s2, s4", 0xffffffff, 0, 0, 0, 1 },
	{ "s_cmp_lt_u32 s2, s4", 0xffffffff, 0, 0, 0, 0 },
	{ "s_cmp_eq_u64 s[2:3], s[4:5]", ~0ULL, ~0ULL, 0, 0, 1 },
	{ "s_bitcmp1_b32 s2, s4", 0x80000000, 31, 0, 0, 1 },
	{ "s_bitreplicate_b64_b32 s[0:1], s2", 0x80000001, 0, 0, 0xc000000000000003, 0 },
	{ "s_getreg_b32 s0, hwreg(HW_REG_SH_MEM_BASES, 0, 16)", 0, 0, 0, 2, 0 },
	{ "s_getreg_b32 s0, hwreg(HW_REG_MODE, 4, 4)", 0, 0, 0, 15, 0 },
};

static const struct row vector_rows[] = {
	{ "v_add_f32 v0, v2, v4", F1, F1, 0, 0x40000000, 0 },
	{ "v_add_f32 v0, v2, v4", 0x80000000, 0x80000000, 0, 0x80000000, 0 },
	{ "v_add_f32 v0, v2, v4", 0x80000000, 0, 0, 0, 0 },
	{ "v_add_f32 v0, v2, v4", 1, 1, 0, 2, 0 },
	{ "v_add_f32_e64 v0, -v2, |v4|", F1, 0xbf800000, 0, 0, 0 },
	{ "v_add_f32_e64 v0, v2, v4 clamp", F1, F1, 0, F1, 0 },
	{ "v_add_f32_e64 v0, v2, v4 clamp", QNAN, F1, 0, 0, 0 },
	{ "v_max_f32 v0, v2, v4", QNAN, F1, 0, F1, 0 },
	{ "v_min_f32 v0, v2, v4", 0, 0x80000000, 0, 0x80000000, 0 },
	{ "v_max_f32 v0, v2, v4", 0x80000000, 0, 0, 0, 0 },
	{ "v_mul_f32 v0, v2, v4", INF, F1, 0, INF, 0 },
	{ "v_fma_f32 v0, v2, v4, v6", 0x3f800001, 0x3f800001, 0xbf800002, 0x28800000, 0 },
	{ "v_fma_f64 v[0:1], v[2:3], v[4:5], v[6:7]", D1, D1, D1, 0x4000000000000000, 0 },
	{ "v_add_f64 v[0:1], v[2:3], -v[4:5]", D1, D1, 0, 0, 0 },
	{ "v_add_f16 v0, v2, v4", 0x3c00, 0x3c00, 0, 0x4000, 0 },
	{ "v_add_f16 v0, v2, v4", 0x7bff, 0x7bff, 0, 0x7c00, 0 },
	{ "v_add_f16 v0, v2, 1.0", 1, 0, 0, 0x3c00, 0 },
	{ "v_fma_f16 v0, v2, v4, v6", 0x3c01, 0x3c01, 0xbc02, 0x0010, 0 },
	{ "v_cvt_f16_f32 v0, v2", 0x33800000, 0, 0, 1, 0 },
	{ "v_cvt_f16_f32 v0, v2", 0x33000000, 0, 0, 0, 0 },
	{ "v_cvt_f16_f32 v0, v2", 0x477ff000, 0, 0, 0x7c00, 0 },
	{ "v_cvt_f32_f16 v0, v2", 1, 0, 0, 0x33800000, 0 },
	{ "v_cvt_i32_f32 v0, v2", QNAN, 0, 0, 0, 0 },
	{ "v_cvt_i32_f32 v0, v2", INF, 0, 0, 0x7fffffff, 0 },
	{ "v_cvt_u32_f32 v0, v2", 0xbf800000, 0, 0, 0, 0 },
	{ "v_cvt_f64_i32 v[0:1], v2", 0xffffffff, 0, 0, 0xbff0000000000000, 0 },
	{ "v_rcp_f32 v0, v2", 0x80000000, 0, 0, 0xff800000, 0 },
	{ "v_rndne_f32 v0, v2", 0x40200000, 0, 0, 0x40000000, 0 },
	{ "v_fract_f32 v0, v2", 0xb3000000, 0, 0, 0x3f7fffff, 0 },
	{ "v_frexp_mant_f32 v0, v2", 0x40000000, 0, 0, 0x3f000000, 0 },
	{ "v_frexp_exp_i32_f32 v0, v2", 0x40000000, 0, 0, 2, 0 },
	{ "v_ldexp_f64 v[0:1], v[2:3], v4", D1, 0xffffffff, 0, 0x3fe0000000000000, 0 },
	{ "v_lshrrev_b32 v0, v2, v4", 33, 4, 0, 2, 0 },
	{ "v_ashrrev_i32 v0, v2, v4", 31, 0x80000000, 0, 0xffffffff, 0 },
	{ "v_lshlrev_b64 v[0:1], v2, v[4:5]", 40, 1, 0, 1ULL << 40, 0 },
	{ "v_mul_hi_u32 v0, v2, v4", 0xffffffff, 0xffffffff, 0, 0xfffffffe, 0 },
	{ "v_mul_lo_u32 v0, v2, v4", 0xffffffff, 0xffffffff, 0, 1, 0 },
	{ "v_mul_i32_i24 v0, v2, v4", 0xffffff, 2, 0, 0xfffffffe, 0 },
	{ "v_add_u32_e64 v0, v2, v4 clamp", 0xffffffff, 2, 0, 0xffffffff, 0 },
	{ "v_sub_u32 v0, v2, v4", 0, 1, 0, 0xffffffff, 0 },
	{ "v_add_u16 v0, v2, v4", 0x1ffff, 0x10001, 0, 0, 0 },
	{ "v_mad_u64_u32 v[0:1], s[8:9], v2, v4, v[6:7]", 0xffffffff, 0xffffffff, 1,
	  0xfffffffe00000002, 0 },
	{ "v_bfe_u32 v0, v2, v4, v6", 0xabcd, 4, 8, 0xbc, 0 },
	{ "v_bfe_i32 v0, v2, v4, v6", 0xabcd, 4, 8, 0xffffffbc, 0 },
	{ "v_bfi_b32 v0, v2, v4, v6", 0xff00, 0x1234, 0x5678, 0x1278, 0 },
	{ "v_alignbit_b32 v0, v2, v4, v6", 1, 0, 1, 0x80000000, 0 },
	{ "v_perm_b32 v0, v2, v4, v6", 0x44332211, 0x88776655, 0x0c070400, 0x00441155, 0 },
	{ "v_med3_i32 v0, v2, v4, v6", 5, 0xffffffff, 3, 3, 0 },
	{ "v_med3_f32 v0, v2, v4, v6", F1, 0, 0x40000000, F1, 0 },
	{ "v_ffbh_u32 v0, v2", 0, 0, 0, 0xffffffff, 0 },
	{ "v_bfrev_b32 v0, v2", 1, 0, 0, 0x80000000, 0 },
	{ "v_lshl_add_u32 v0, v2, v4, v6", 3, 4, 5, 53, 0 },
	{ "v_xad_u32 v0, v2, v4, v6", 5, 1, 1, 5, 0 },
	{ "v_sad_u8 v0, v2, v4, v6", 0x01020304, 0x04030201, 1, 9, 0 },
	{ "v_mad_u16 v0, v2, v4, v6 op_sel:[1,0,0,1]", 0x20000, 3, 1, 0x70000, 0 },
	{ "v_mov_b32_sdwa v0, sext(v2) dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:BYTE_1",
	  0x8000, 0, 0, 0xffffff80, 0 },
	{ "v_mov_b32_sdwa v0, v2 dst_sel:BYTE_2 dst_unused:UNUSED_PAD src0_sel:DWORD",
	  0x12345678, 0, 0, 0x780000, 0 },
	{ "v_mad_legacy_u16 v0, v2, v4, v6", 0xffff, 0xffff, 1, 2, 0 },
	{ "v_cvt_pkrtz_f16_f32 v0, v2, v4", 0x477fffff, 0xbf800000, 0, 0xbc007bff, 0 },
	{ "v_div_fixup_f32 v0, v2, v4, v6", F1, 0, 0xbf800000, 0xff800000, 0 },
	{ "v_div_fixup_f32 v0, v2, v4, v6", F1, 0x40000000, 0xc0000000, 0xbf800000, 0 },
	{ "v_pk_fma_f32 v[0:1], v[2:3], v[4:5], v[6:7]", 0x400000003f800000,
	  0x400000003f800000, 0x3f80000000000000, 0x40a000003f800000, 0 },
	{ "v_pk_add_f32 v[0:1], v[2:3], v[4:5] op_sel_hi:[0,1]", 0x400000003f800000,
	  0x3f80000000000000, 0, 0x400000003f800000, 0 },
	{ "v_pk_mul_f32 v[0:1], v[2:3], v[4:5] neg_hi:[1,0]", 0x400000003f800000,
	  0x400000003f800000, 0, 0xc08000003f800000, 0 },
	{ "v_pk_add_u16 v0, v2, v4", 0xffff0001, 0x00010001, 0, 0x00000002, 0 },
	{ "v_pk_add_f16 v0, v2, v4", 0x3c003c00, 0x40003c00, 0, 0x42004000, 0 },
	{ "v_pk_fma_f16 v0, v2, v4, v6", 0x3c003c00, 0x3c003c00, 0x3c000000, 0x40003c00, 0 },
	{ "v_pk_lshlrev_b16 v0, v2, v4", 0x00010004, 0x00030003, 0, 0x00060030, 0 },
	{ "v_dot4_i32_i8 v0, v2, v4, v6", 0xff010203, 0x01010101, 1, 6, 0 },
	{ "v_fma_mix_f32 v0, v2, v4, v6 op_sel_hi:[1,0,0]", 0x3c00, F1, F1, 0x40000000, 0 },
	{ "v_pk_mov_b32 v[0:1], v[2:3], v[4:5] op_sel:[1,0]", 0x1111111122222222,
	  0x3333333344444444, 0, 0x4444444411111111, 0 },
};

static void load_sources(struct wave *w, const struct row *r)
{
	const u64 v[4] = { 0, r->a, r->b, r->c };
	int i, l;

	for (i = 0; i < 4; i++) {
		set_sgpr64(w, 2 * i, v[i]);
		for (l = 0; l < WAVE_LANES; l++) {
			w->vgpr[2 * i][l] = v[i];
			w->vgpr[2 * i + 1][l] = v[i] >> 32;
		}
	}
}

static void run_row(struct fixture *f, const struct row *r,
		    const struct isa_words *code)
{
	memset(f->code, 0, 64);
	memcpy(f->code, code->word, code->bytes);
	f->code[code->bytes / 4] = 0xbf810000;
	code_flush(f->w->code);
	wave_reset(f->w, CODE, MODE_DEFAULT);
	load_sources(f->w, r);
}

static void scalar_instructions(void **state)
{
	static struct isa_words out[ARRAY_SIZE(scalar_rows)];
	const char *lines[ARRAY_SIZE(scalar_rows)];
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scalar_rows); i++)
		lines[i] = scalar_rows[i].text;
	assert_int_equal(isa_assemble(lines, i, out), i);
	for (i = 0; i < ARRAY_SIZE(scalar_rows); i++) {
		const struct row *r = &scalar_rows[i];

		run_row(f, r, &out[i]);
		f->w->scc = r->c & 1;
		run(f);
		if (sgpr64(f->w, 0) != r->d || f->w->scc != (u32)r->scc)
			fail_msg("%s: %llx scc %u", r->text,
				 (unsigned long long)sgpr64(f->w, 0), f->w->scc);
	}
}

/* All lanes, then one: others keep what they had, with EXEC 0 all do. */
static void vector_instructions(void **state)
{
	static const u64 masks[] = { ~0ULL, 1ULL << 63, 0 };
	static struct isa_words out[ARRAY_SIZE(vector_rows)];
	const char *lines[ARRAY_SIZE(vector_rows)];
	struct fixture *f = *state;
	unsigned int i, m, l;

	for (i = 0; i < ARRAY_SIZE(vector_rows); i++)
		lines[i] = vector_rows[i].text;
	assert_int_equal(isa_assemble(lines, i, out), i);
	for (i = 0; i < ARRAY_SIZE(vector_rows) * ARRAY_SIZE(masks); i++) {
		const struct row *r = &vector_rows[i / ARRAY_SIZE(masks)];

		m = i % ARRAY_SIZE(masks);
		run_row(f, r, &out[i / ARRAY_SIZE(masks)]);
		set_sgpr64(f->w, SGPR_EXEC, masks[m]);
		run(f);
		for (l = 0; l < WAVE_LANES; l++) {
			u64 d = f->w->vgpr[0][l] | (u64)f->w->vgpr[1][l] << 32;
			u64 want = masks[m] >> l & 1 ? r->d : 0;

			if (d != want)
				fail_msg("%s lane %u: %llx, not %llx", r->text, l,
					 (unsigned long long)d,
					 (unsigned long long)want);
		}
	}
}

static void carries_and_comparisons(void **state)
{
	static const char *const lines[] = {
		"v_add_co_u32 v0, vcc, v2, v4",
		"v_addc_co_u32 v1, vcc, v3, v5, vcc",
		"v_cmp_lt_i32 vcc, v2, v4",
		"v_cmp_nlt_f32 s[10:11], v6, v6",
		"v_cmp_class_f32 s[12:13], v6, v7",
		"v_cndmask_b32 v8, v2, v4, vcc",
		"v_readfirstlane_b32 s14, v9",
		"v_cmpx_eq_u32 vcc, v9, v9",
	};
	struct fixture *f = *state;
	struct row r = { "", 0xffffffffULL, 1, 0x0000000300000000 | QNAN, 0, 0 };
	int l;

	program(f, lines, ARRAY_SIZE(lines));
	load_sources(f->w, &r);
	for (l = 0; l < WAVE_LANES; l++)
		f->w->vgpr[9][l] = l;
	set_sgpr64(f->w, SGPR_EXEC, 0xf0);
	set_sgpr64(f->w, SGPR_VCC, ~0ULL);
	run(f);
	assert_int_equal(f->w->vgpr[0][4], 0);
	assert_int_equal(f->w->vgpr[1][4], 1);
	assert_int_equal(f->w->vgpr[8][4], 1);
	assert_int_equal(sgpr64(f->w, 10), 0xf0);
	assert_int_equal(sgpr64(f->w, 12), 0xf0);
	assert_int_equal(f->w->sgpr[14], 4);
	assert_int_equal(wave_vcc(f->w), 0xf0);
}

static void memory_and_faults(void **state)
{
	static const char *const lines[] = {
		"s_load_dwordx2 s[4:5], s[2:3], 0x8",
		"global_load_dword v2, v0, s[2:3] offset:16",
		"global_store_dword v0, v2, s[2:3] offset:1024",
		"global_atomic_add v3, v0, v1, s[2:3] offset:2048 glc",
		"ds_write_b32 v0, v2",
		"ds_add_rtn_u32 v4, v0, v1",
		"ds_read_b32 v5, v0",
		"ds_bpermute_b32 v6, v7, v0",
	};
	struct fixture *f = *state;
	u32 *words = (u32 *)f->data;
	int l;

	memset(f->data, 0, sizeof(f->data));
	program(f, lines, ARRAY_SIZE(lines));
	set_sgpr64(f->w, 2, DATA);
	words[2] = 0x11;
	words[3] = 0x22;
	for (l = 0; l < WAVE_LANES; l++) {
		f->w->vgpr[0][l] = 4 * l;
		f->w->vgpr[1][l] = 1;
		f->w->vgpr[7][l] = 4 * (63 - l);
		words[4 + l] = 100 + l;
	}
	f->atomics = 0;
	/* The page of lane 40's atomic comes later. */
	f->hole = DATA + 2048 + 160;
	assert_int_equal(wave_run(f->w, 1000), WAVE_FAULT);
	assert_int_equal(f->atomics, 40);
	assert_int_equal(f->w->vgpr[3][0], 0);
	f->hole = 0;
	run(f);
	assert_int_equal(f->atomics, 64);
	assert_int_equal(sgpr64(f->w, 4), 0x2200000011);
	for (l = 0; l < WAVE_LANES; l++) {
		assert_int_equal(f->w->vgpr[2][l], 100 + l);
		assert_int_equal(words[256 + l], 100 + l);
		assert_int_equal(words[512 + l], 1);
		assert_int_equal(f->w->vgpr[4][l], 100 + l);
		assert_int_equal(f->w->vgpr[5][l], 101 + l);
		assert_int_equal(f->w->vgpr[6][l], 4 * (63 - l));
	}
}

/* Private memory by its three ways is the same memory. */
static void private_memory(void **state)
{
	static const char *const lines[] = {
		"buffer_store_dword v1, off, s[4:7], 0 offset:4",
		"scratch_load_dword v2, v0, off offset:4",
		"flat_load_dword v3, v[4:5]",
		"buffer_load_dword v6, v0, s[4:7], 0 offen offset:4",
	};
	struct fixture *f = *state;
	int l;

	program(f, lines, ARRAY_SIZE(lines));
	set_sgpr64(f->w, SGPR_FLAT_SCRATCH, DATA);
	f->w->sgpr[4] = DATA;
	f->w->sgpr[5] = 0x80000000;
	f->w->sgpr[6] = 0xffffffff;
	f->w->sgpr[7] = 0x00e80000 | 3 << 21 | 1 << 23;
	for (l = 0; l < WAVE_LANES; l++) {
		f->w->vgpr[1][l] = 7 * l;
		f->w->vgpr[4][l] = 4;
		f->w->vgpr[5][l] = f->w->private_base >> 32;
	}
	run(f);
	for (l = 0; l < WAVE_LANES; l++) {
		assert_int_equal(f->w->vgpr[2][l], 7 * l);
		assert_int_equal(f->w->vgpr[3][l], 7 * l);
		assert_int_equal(f->w->vgpr[6][l], 7 * l);
	}
}

/* Sums of differences of bytes: the four bytes from 0, 1, 2, 3 on; 0 is skipped. */
static void sliding_sums(void **state)
{
	static const char *const lines[] = {
		"v_mqsad_u32_u8 v[8:11], v[2:3], v4, v[12:15]",
		"v_mqsad_u32_u8 v[16:19], v[2:3], v4, v[12:15] clamp",
	};
	struct fixture *f = *state;
	int i, l;

	program(f, lines, ARRAY_SIZE(lines));
	for (l = 0; l < WAVE_LANES; l++) {
		f->w->vgpr[2][l] = 0x40302010;
		f->w->vgpr[3][l] = 0x80706050;
		/* Bytes 1 and 3 are 0: what is opposite does not count. */
		f->w->vgpr[4][l] = 0x00010000 + l % 2;
		for (i = 0; i < 4; i++)
			f->w->vgpr[12 + i][l] = i == 3 ? UINT32_MAX : 1000u * i;
	}
	set_sgpr64(f->w, SGPR_EXEC, 0xff);
	run(f);
	for (l = 0; l < WAVE_LANES; l++) {
		for (i = 0; i < 4; i++) {
			/* Of byte 2, and of byte 0 in odd lanes. */
			u32 sum = (i + 3) * 16 - 1 + (l % 2 ? (i + 1) * 16 - 1 : 0);
			u32 want = f->w->vgpr[12 + i][l] + sum;

			assert_int_equal(f->w->vgpr[8 + i][l], l < 8 ? want : 0);
			assert_int_equal(f->w->vgpr[16 + i][l],
					 l >= 8 ? 0 : i == 3 ? UINT32_MAX : want);
		}
	}
}

static void illegal_instructions_are_named(void **state)
{
	static const char *const lines[] = { "s_nop 0", "s_setkill 1" };
	struct fixture *f = *state;

	program(f, lines, ARRAY_SIZE(lines));
	assert_int_equal(wave_run(f->w, 10), WAVE_ILLEGAL);
	assert_int_equal(f->w->pc, CODE + 4);
	assert_string_equal(f->w->why, "s_setkill: not implemented");
	f->code[1] = 0xffffffff;
	code_flush(f->w->code);
	assert_int_equal(wave_run(f->w, 10), WAVE_ILLEGAL);
	assert_string_equal(f->w->why, "no instruction ffffffff bf810000");
}

static void modes_of_the_descriptor(void **state)
{
	static const char *const lines[] = { "v_add_f32 v0, v2, v4" };
	struct fixture *f = *state;
	struct row r = { "", F1, 0x33000000, 0, 0, 0 };

	program(f, lines, 1);
	load_sources(f->w, &r);
	f->w->mode |= 1;	/* towards +inf */
	run(f);
	assert_int_equal(f->w->vgpr[0][0], 0x3f800001);
	program(f, lines, 1);
	r.a = 1;
	r.b = 1;
	load_sources(f->w, &r);
	f->w->mode &= ~(u32)(MODE_DENORM32_IN | MODE_DENORM32_OUT);
	run(f);
	assert_int_equal(f->w->vgpr[0][0], 0);
}

/*
 * Row i of A is i + 1 in its first column, B is 1 + j / 64 there: with one block
 * and with two, and with columns spread over lanes, rows show in C's layout.
 */
static void matrices(void **state)
{
	static const char *const lines[] = {
		"v_mfma_f32_32x32x2f32 a[0:15], v0, v1, 0",
		"v_mfma_f32_16x16x4f32 v[32:35], v2, v3, 1.0",
		"v_mfma_i32_4x4x4i8 v[40:43], v4, v5, v[40:43]",
		"v_accvgpr_read_b32 v6, a5",
	};
	struct fixture *f = *state;
	int l;

	program(f, lines, ARRAY_SIZE(lines));
	for (l = 0; l < WAVE_LANES; l++) {
		float a = l < 32 ? l + 1 : 0, b = 1 + l % 32;
		float c = l / 16 == 2 ? l % 16 + 1 : 0;

		memcpy(&f->w->vgpr[0][l], &a, 4);
		memcpy(&f->w->vgpr[1][l], &b, 4);
		memcpy(&f->w->vgpr[2][l], &c, 4);
		f->w->vgpr[3][l] = F1;
		f->w->vgpr[4][l] = 0x01010000 + l;
		f->w->vgpr[5][l] = 0x01ff0001;
		f->w->vgpr[42][l] = 1000;
	}
	run(f);
	for (l = 0; l < WAVE_LANES; l++) {
		/* a5 is row 8 + 1, and 4 more in the upper lanes. */
		float want = (10 + l / 32 * 4) * (1 + l % 32), got;

		memcpy(&got, &f->w->vgpr[6][l], 4);
		assert_true(got == want);
		memcpy(&got, &f->w->vgpr[33][l], 4);
		assert_true(got == l / 16 * 4 + 1 + 1 + 1);
		assert_int_equal(f->w->vgpr[42][l], 1000 + l / 4 * 4 + 2);
	}
}

static u32 random_word(u64 *state)
{
	static const u32 edges[] = {
		0, 0x80000000, 1, 0x007fffff, 0x00800000, F1, 0xbf800000, 0x7f7fffff,
		INF, 0xff800000, QNAN, 0x00100000, 0x7fefffff, 0x7ff00000, 0x000fffff,
	};

	*state = *state * 6364136223846793005 + 1442695040888963407;
	if (*state >> 62 == 0)
		return edges[(*state >> 33) % ARRAY_SIZE(edges)];
	return *state >> 32;
}

static double as_real(struct wave *w, unsigned int reg, int lane, bool wide)
{
	u64 bits = w->vgpr[reg][lane] | (u64)w->vgpr[reg + 1][lane] << 32;
	double d;
	float f;

	memcpy(&d, &bits, sizeof(d));
	memcpy(&f, &bits, sizeof(f));
	return wide ? d : f;
}

static bool same_quotient(double d, double q)
{
	if (isnan(q))
		return isnan(d);
	return !signbit(d) == !signbit(q) && d == q;
}

static void check_quotients(struct fixture *f, const struct wave *before, bool wide)
{
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		double a = as_real((struct wave *)before, 2, l, wide);
		double b = as_real((struct wave *)before, 4, l, wide);
		double q = wide ? a / b : (float)a / (float)b;
		double d = as_real(f->w, 0, l, wide);

		if (!same_quotient(d, q))
			fail_msg("%a / %a: %a, not %a", a, b, d, q);
	}
}

static void divide(struct fixture *f, const char *const *lines, unsigned int n,
		   bool wide)
{
	static struct wave before;
	u64 state = 1;
	int i, l, round;

	program(f, lines, n);
	for (round = 0; round < 300; round++) {
		wave_reset(f->w, CODE, MODE_DEFAULT);
		for (i = 2; i < 6; i++) {
			for (l = 0; l < WAVE_LANES; l++)
				f->w->vgpr[i][l] = random_word(&state);
		}
		before = *f->w;
		run(f);
		check_quotients(f, &before, wide);
	}
}

/* The steps that compilers make of a division. */
static void quotients_are_exact(void **state)
{
	static const char *const narrow[] = {
		"v_div_scale_f32 v10, s[8:9], v4, v4, v2",
		"v_div_scale_f32 v11, vcc, v2, v4, v2",
		"v_rcp_f32 v12, v10",
		"v_fma_f32 v13, -v10, v12, 1.0",
		"v_fma_f32 v12, v13, v12, v12",
		"v_mul_f32 v13, v11, v12",
		"v_fma_f32 v14, -v10, v13, v11",
		"v_fma_f32 v13, v14, v12, v13",
		"v_fma_f32 v14, -v10, v13, v11",
		"v_div_fmas_f32 v13, v14, v12, v13",
		"v_div_fixup_f32 v0, v13, v4, v2",
	};
	static const char *const wide[] = {
		"v_div_scale_f64 v[10:11], s[8:9], v[4:5], v[4:5], v[2:3]",
		"v_rcp_f64 v[12:13], v[10:11]",
		"v_fma_f64 v[14:15], -v[10:11], v[12:13], 1.0",
		"v_fma_f64 v[12:13], v[12:13], v[14:15], v[12:13]",
		"v_fma_f64 v[14:15], -v[10:11], v[12:13], 1.0",
		"v_fma_f64 v[12:13], v[12:13], v[14:15], v[12:13]",
		"v_div_scale_f64 v[14:15], vcc, v[2:3], v[4:5], v[2:3]",
		"v_mul_f64 v[16:17], v[14:15], v[12:13]",
		"v_fma_f64 v[18:19], -v[10:11], v[16:17], v[14:15]",
		"v_div_fmas_f64 v[18:19], v[18:19], v[12:13], v[16:17]",
		"v_div_fixup_f64 v[0:1], v[18:19], v[4:5], v[2:3]",
	};

	divide(*state, narrow, ARRAY_SIZE(narrow), false);
	divide(*state, wide, ARRAY_SIZE(wide), true);
}

/* 2 / pi in pieces of 53 bits, and which of them a large number needs. */
static void pieces_of_two_over_pi(void **state)
{
	static const char *const lines[] = { "v_trig_preop_f64 v[0:1], v[2:3], v4" };
	static const struct {
		u64 a, piece, d;
	} rows[] = {
		{ D1, 0, 0x3fe45f306dc9c882 },	/* 2 / pi, cut off */
		{ 0x7fe0000000000000, 0, 0x0b43dd63f5f2f8bc },
		{ D1, 1, 0x3c94a7f09d5f47d4 },
	};
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		program(f, lines, 1);
		f->w->vgpr[2][0] = rows[i].a;
		f->w->vgpr[3][0] = rows[i].a >> 32;
		f->w->vgpr[4][0] = rows[i].piece;
		run(f);
		assert_int_equal(f->w->vgpr[0][0] | (u64)f->w->vgpr[1][0] << 32, rows[i].d);
	}
}

/* v_mov_b32 with register numbers relative to M0. */
static void indexed_registers(void **state)
{
	static const char *const lines[] = {
		"s_set_gpr_idx_on s2, gpr_idx(SRC0)",
		"v_mov_b32 v0, v10",
		"s_set_gpr_idx_mode gpr_idx(DST)",
		"v_mov_b32 v20, v30",
		"s_set_gpr_idx_idx s3",
		"v_mov_b32 v20, v30",
		"s_set_gpr_idx_off",
		"v_mov_b32 v1, v10",
	};
	struct fixture *f = *state;
	int i;

	program(f, lines, ARRAY_SIZE(lines));
	for (i = 0; i < 64; i++)
		f->w->vgpr[i][5] = 100 + i;
	f->w->sgpr[2] = 3;
	f->w->sgpr[3] = 7;
	run(f);
	assert_int_equal(f->w->vgpr[0][5], 113);
	assert_int_equal(f->w->vgpr[20][5], 120);
	assert_int_equal(f->w->vgpr[23][5], 130);
	assert_int_equal(f->w->vgpr[27][5], 130);
	assert_int_equal(f->w->vgpr[1][5], 110);
}

static void registers_are_allocated(void **state)
{
	static const char *const lines[] = {
		"v_mov_b32 v32, v1",
		"v_add_f64 v[30:31], v[30:31], 0",
	};
	struct fixture *f = *state;

	program(f, lines, 2);
	f->w->vgprs = 32;
	assert_int_equal(wave_run(f->w, 10), WAVE_ILLEGAL);
	assert_string_equal(f->w->why, "v_mov_b32: register not allocated");
	f->w->pc += 4;
	assert_int_equal(wave_run(f->w, 10), WAVE_END);
	f->w->vgprs = 256;
}

/* Doubles: rows of D are 4 * register + lane / 16. */
static void matrices_of_doubles(void **state)
{
	static const char *const lines[] = {
		"v_mfma_f64_16x16x4f64 v[10:17], v[2:3], v[4:5], 0",
		"v_mfma_f64_4x4x4f64 v[20:21], v[2:3], v[4:5], 1.0",
	};
	struct fixture *f = *state;
	int l, i, k;

	program(f, lines, 2);
	for (l = 0; l < WAVE_LANES; l++) {
		double a = 1 + l % 16 + 100 * (l / 16), b = l % 16 - 3 * (l / 16);

		memcpy(&f->w->vgpr[2][l], (u32 *)&a, 4);
		memcpy(&f->w->vgpr[3][l], (u32 *)&a + 1, 4);
		memcpy(&f->w->vgpr[4][l], (u32 *)&b, 4);
		memcpy(&f->w->vgpr[5][l], (u32 *)&b + 1, 4);
	}
	run(f);
	for (l = 0; l < WAVE_LANES; l++) {
		for (i = 0; i < 4; i++) {
			double sum = 0;

			for (k = 0; k < 4; k++)
				sum += (1. + 4 * i + l / 16 + 100 * k) * (l % 16 - 3. * k);
			assert_true(as_real(f->w, 10 + 2 * i, l, true) == sum);
		}
		double sum = 1;

		for (k = 0; k < 4; k++)
			sum += (1. + l / 4 % 4 * 4 + l / 16 + 100 * k) * (l % 16 - 3. * k);
		assert_true(as_real(f->w, 20, l, true) == sum);
	}
}

/* Instructions of the table with some bits changed: whatever they are, they end. */
static void random_words_do_no_harm(void **state)
{
	struct fixture *f = *state;
	FILE *rows = fopen(TESTS_DIR "/isa_rows.golden", "r");
	u64 random = 1;
	char line[100];
	u32 w[3];
	int i, l;

	assert_non_null(rows);
	while (fgets(line, sizeof(line), rows)) {
		memset(w, 0, sizeof(w));
		assert_true(sscanf(line, "%x %x %x", &w[0], &w[1], &w[2]) >= 1);
		for (i = 0; i < 60; i++) {
			memset(f->code, 0, 64);
			f->code[0] = w[0] ^ (random_word(&random) & random_word(&random) &
					     0x01ffffff);
			f->code[1] = i % 2 ? random_word(&random) : w[1];
			f->code[2] = w[2];
			code_flush(f->w->code);
			wave_reset(f->w, CODE, random_word(&random));
			for (l = 0; l < SGPR_EXEC; l++)
				f->w->sgpr[l] = random_word(&random);
			for (l = 0; l < WAVE_LANES; l++)
				f->w->vgpr[0][l] = random_word(&random);
			set_sgpr64(f->w, 4, DATA);
			(void)wave_run(f->w, 1);
			assert_in_range(f->w->status, WAVE_RUNNING, WAVE_VIOLATION);
		}
	}
	fclose(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalar_instructions),
		cmocka_unit_test(vector_instructions),
		cmocka_unit_test(carries_and_comparisons),
		cmocka_unit_test(memory_and_faults),
		cmocka_unit_test(private_memory),
		cmocka_unit_test(sliding_sums),
		cmocka_unit_test(illegal_instructions_are_named),
		cmocka_unit_test(modes_of_the_descriptor),
		cmocka_unit_test(matrices),
		cmocka_unit_test(matrices_of_doubles),
		cmocka_unit_test(quotients_are_exact),
		cmocka_unit_test(pieces_of_two_over_pi),
		cmocka_unit_test(indexed_registers),
		cmocka_unit_test(registers_are_allocated),
		cmocka_unit_test(random_words_do_no_harm),
	};

	if (!isa_assembler()) {
		printf("1..1\nok 1 - semantics # SKIP no llvm-mc\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
