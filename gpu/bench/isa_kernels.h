/* SPDX-License-Identifier: MIT */
/*
 * What clang 14 makes of the two kernels with -O3 for gfx90a:
 *
 *	__attribute__((reqd_work_group_size(256, 1, 1)))
 *	kernel void saxpy(global const float *x, global float *y, float a, uint n)
 *	{
 *		uint i = get_global_id(0);
 *
 *		if (i < n)
 *			y[i] = fma(a, x[i], y[i]);
 *	}
 *
 *	__attribute__((reqd_work_group_size(64, 4, 1)))
 *	kernel void matmul(global const float *a, global const float *b,
 *			   global float *c, uint n)
 *	{
 *		uint column = get_global_id(0), row = get_global_id(1);
 *		float sum = 0;
 *
 *		for (uint k = 0; k < n; k++)
 *			sum = fma(a[row * n + k], b[k * n + column], sum);
 *		c[row * n + column] = sum;
 *	}
 *
 * The arguments are at s[4:5], the numbers of the work-group in s6 and s7, those
 * of the item packed in v0.
 */
#ifndef GPU_BENCH_ISA_KERNELS_H
#define GPU_BENCH_ISA_KERNELS_H

#include "../types.h"

static const u32 saxpy_code[] = {
	0xc0060002, 0x00000010,		/* s_load_dwordx2 s[0:1], s[4:5], 0x10 */
	0xd2000000, 0x04011006,		/* v_lshl_or_b32 v0, s6, 8, v0 */
	0xbf8cc07f,			/* s_waitcnt lgkmcnt(0) */
	0x7d980001,			/* v_cmp_gt_u32_e32 vcc, s1, v0 */
	0xbe82206a,			/* s_and_saveexec_b64 s[2:3], vcc */
	0xbf880014,			/* s_cbranch_execz 20 */
	0xc00a0102, 0x00000000,		/* s_load_dwordx4 s[4:7], s[4:5], 0x0 */
	0x7e020280,			/* v_mov_b32_e32 v1, 0 */
	0xd28f0000, 0x00020082,		/* v_lshlrev_b64 v[0:1], 2, v[0:1] */
	0xbf8cc07f,			/* s_waitcnt lgkmcnt(0) */
	0x7e060207,			/* v_mov_b32_e32 v3, s7 */
	0x32040006,			/* v_add_co_u32_e32 v2, vcc, s6, v0 */
	0x38060303,			/* v_addc_co_u32_e32 v3, vcc, v3, v1, vcc */
	0x7e080205,			/* v_mov_b32_e32 v4, s5 */
	0x32000004,			/* v_add_co_u32_e32 v0, vcc, s4, v0 */
	0x38020304,			/* v_addc_co_u32_e32 v1, vcc, v4, v1, vcc */
	0xdc508000, 0x047f0000,		/* global_load_dword v4, v[0:1], off */
	0xdc508000, 0x057f0002,		/* global_load_dword v5, v[2:3], off */
	0xbf8c0f70,			/* s_waitcnt vmcnt(0) */
	0x760a0800,			/* v_fmac_f32_e32 v5, s0, v4 */
	0xdc708000, 0x007f0502,		/* global_store_dword v[2:3], v5, off */
	0xbf810000,			/* s_endpgm */
};

static const u32 matmul_code[] = {
	0xc0020282, 0x00000018,		/* s_load_dword s10, s[4:5], 0x18 */
	0xc00a0002, 0x00000000,		/* s_load_dwordx4 s[0:3], s[4:5], 0x0 */
	0xc0060202, 0x00000010,		/* s_load_dwordx2 s[8:9], s[4:5], 0x10 */
	0x260200ff, 0x000003ff,		/* v_and_b32_e32 v1, 0x3ff, v0 */
	0xd2000004, 0x04050c06,		/* v_lshl_or_b32 v4, s6, 6, v1 */
	0xbf8cc07f,			/* s_waitcnt lgkmcnt(0) */
	0xbf06800a,			/* s_cmp_eq_u32 s10, 0 */
	0xbe840080,			/* s_mov_b32 s4, 0 */
	0xbf850020,			/* s_cbranch_scc1 32 */
	0xd1c80000, 0x02291500,		/* v_bfe_u32 v0, v0, 10, 10 */
	0xd2000000, 0x04010407,		/* v_lshl_or_b32 v0, s7, 2, v0 */
	0xd2850006, 0x00001500,		/* v_mul_lo_u32 v6, v0, s10 */
	0x7e020280,			/* v_mov_b32_e32 v1, 0 */
	0x7e040304,			/* v_mov_b32_e32 v2, v4 */
	0x7e0a0280,			/* v_mov_b32_e32 v5, 0 */
	0x68000c04,			/* v_add_u32_e32 v0, s4, v6 */
	0xd28f0008, 0x00020082,		/* v_lshlrev_b64 v[8:9], 2, v[0:1] */
	0x7e0e0201,			/* v_mov_b32_e32 v7, s1 */
	0x7e060301,			/* v_mov_b32_e32 v3, v1 */
	0x32101000,			/* v_add_co_u32_e32 v8, vcc, s0, v8 */
	0xd28f000a, 0x00020482,		/* v_lshlrev_b64 v[10:11], 2, v[2:3] */
	0x38121307,			/* v_addc_co_u32_e32 v9, vcc, v7, v9, vcc */
	0x7e180203,			/* v_mov_b32_e32 v12, s3 */
	0x32141402,			/* v_add_co_u32_e32 v10, vcc, s2, v10 */
	0x3816170c,			/* v_addc_co_u32_e32 v11, vcc, v12, v11, vcc */
	0xdc508000, 0x007f0008,		/* global_load_dword v0, v[8:9], off */
	0xdc508000, 0x037f000a,		/* global_load_dword v3, v[10:11], off */
	0x81048104,			/* s_add_i32 s4, s4, 1 */
	0x6804040a,			/* v_add_u32_e32 v2, s10, v2 */
	0xbf06040a,			/* s_cmp_eq_u32 s10, s4 */
	0xbf8c0f70,			/* s_waitcnt vmcnt(0) */
	0x760a0700,			/* v_fmac_f32_e32 v5, v0, v3 */
	0xbf84ffea,			/* s_cbranch_scc0 65514 */
	0xbf820002,			/* s_branch 2 */
	0x7e0a0280,			/* v_mov_b32_e32 v5, 0 */
	0x7e0c0280,			/* v_mov_b32_e32 v6, 0 */
	0x68000906,			/* v_add_u32_e32 v0, v6, v4 */
	0x7e020280,			/* v_mov_b32_e32 v1, 0 */
	0xd28f0000, 0x00020082,		/* v_lshlrev_b64 v[0:1], 2, v[0:1] */
	0x7e040209,			/* v_mov_b32_e32 v2, s9 */
	0x32000008,			/* v_add_co_u32_e32 v0, vcc, s8, v0 */
	0x38020302,			/* v_addc_co_u32_e32 v1, vcc, v2, v1, vcc */
	0xdc708000, 0x007f0500,		/* global_store_dword v[0:1], v5, off */
	0xbf810000,			/* s_endpgm */
};

#endif
