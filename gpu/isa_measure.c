// SPDX-License-Identifier: MIT
/*
 * How fast waves run on one core: two loops, beside the same in C that is not
 * vectorized.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "isa/wave.h"

#define CODE	0x10000ULL
#define X	0x100000ULL
#define Y	0x200000ULL
#define COUNT	16384U		/* floats in X and in Y: they stay in the cache */
#define SAXPY_ROUNDS	400U
#define FMA_ROUNDS	400000U
#define CHAINS	8U		/* sums that do not depend on each other */

static const u32 saxpy_code[] = {
	0x24020082,			/* v_lshlrev_b32 v1, 2, v0 */
	0xdc508000, 0x02020001,		/* global_load_dword v2, v1, s[2:3] */
	0xdc508000, 0x03040001,		/* global_load_dword v3, v1, s[4:5] */
	0xbf8c0f70,			/* s_waitcnt vmcnt(0) */
	0x76060406,			/* v_fmac_f32 v3, s6, v2 */
	0xdc708000, 0x00040301,		/* global_store_dword v1, v3, s[4:5] */
	0x680202ff, 0x00000100,		/* v_add_u32 v1, 0x100, v1 */
	0x80878107,			/* s_sub_u32 s7, s7, 1 */
	0xbf078007,			/* s_cmp_lg_u32 s7, 0 */
	0xbf85fff3,			/* s_cbranch_scc1 to the loads */
	0xbf810000,			/* s_endpgm */
};

static const u32 fma_code[] = {
	0xd1cb0002, 0x04060102,		/* v_fma_f32 v2, v2, v0, v1 */
	0xd1cb0003, 0x04060103,		/* v_fma_f32 v3, v3, v0, v1 */
	0xd1cb0004, 0x04060104,		/* v_fma_f32 v4, v4, v0, v1 */
	0xd1cb0005, 0x04060105,		/* v_fma_f32 v5, v5, v0, v1 */
	0xd1cb0006, 0x04060106,		/* v_fma_f32 v6, v6, v0, v1 */
	0xd1cb0007, 0x04060107,		/* v_fma_f32 v7, v7, v0, v1 */
	0xd1cb0008, 0x04060108,		/* v_fma_f32 v8, v8, v0, v1 */
	0xd1cb0009, 0x04060109,		/* v_fma_f32 v9, v9, v0, v1 */
	0x80878107,			/* s_sub_u32 s7, s7, 1 */
	0xbf078007,			/* s_cmp_lg_u32 s7, 0 */
	0xbf85ffed,			/* s_cbranch_scc1 to the start */
	0xbf810000,			/* s_endpgm */
};

static float x[COUNT], y[COUNT];
static const u32 *code;

static void *at(u64 va, size_t len)
{
	if (va >= X && va + len <= X + sizeof(x))
		return (u8 *)x + (va - X);
	if (va >= Y && va + len <= Y + sizeof(y))
		return (u8 *)y + (va - Y);
	return NULL;
}

static int do_fetch(void *ctx, u64 va, void *buf, size_t len)
{
	memcpy(buf, (u8 *)code + (va - CODE), len);
	return 0;
}

static int do_read(void *ctx, u64 va, void *buf, size_t len)
{
	void *p = at(va, len);

	if (p)
		memcpy(buf, p, len);
	return p ? 0 : -EINVAL;
}

static int do_write(void *ctx, u64 va, const void *buf, size_t len)
{
	void *p = at(va, len);

	if (p)
		memcpy(p, buf, len);
	return p ? 0 : -EINVAL;
}

static const struct wave_memory memory = {
	.fetch = do_fetch, .read = do_read, .write = do_write,
};

/* Seconds of this thread: others may be busy on the machine. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void set_float(u32 *word, float v)
{
	memcpy(word, &v, sizeof(v));
}

static void start(struct wave *w, const u32 *program, u32 rounds)
{
	unsigned int i, l;

	code = program;
	code_flush(w->code);
	wave_reset(w, CODE, 0xf0 | MODE_DX10_CLAMP | MODE_IEEE);
	set_sgpr64(w, 2, X);
	set_sgpr64(w, 4, Y);
	set_float(&w->sgpr[6], 0.5f);
	w->sgpr[7] = rounds;
	for (l = 0; l < WAVE_LANES; l++) {
		w->vgpr[0][l] = l;
		for (i = 1; i < 2 + CHAINS && program == fma_code; i++)
			set_float(&w->vgpr[i][l], 1);
		if (program == fma_code)
			set_float(&w->vgpr[0][l], 0.999f);
	}
}

static void run(struct wave *w)
{
	enum wave_status status;

	do {
		status = wave_run(w, 1000000);
	} while (status == WAVE_RUNNING);
	if (status != WAVE_END) {
		fprintf(stderr, "isa_measure: status %d: %s\n", status, w->why);
		exit(EXIT_FAILURE);
	}
}

/* Lane operations a second. */
static double saxpy_wave(struct wave *w)
{
	double begin = now();
	unsigned int i;

	for (i = 0; i < SAXPY_ROUNDS; i++) {
		start(w, saxpy_code, COUNT / WAVE_LANES);
		run(w);
	}
	return (double)SAXPY_ROUNDS * COUNT / (now() - begin);
}

static void __attribute__((noinline, optimize("O2,no-tree-vectorize")))
saxpy(float a, const float *from, float *to)
{
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		to[i] += a * from[i];
}

static double saxpy_host(void)
{
	double begin = now();
	unsigned int i;

	for (i = 0; i < SAXPY_ROUNDS; i++)
		saxpy(0.5f, x, y);
	return (double)SAXPY_ROUNDS * COUNT / (now() - begin);
}

static double fma_wave(struct wave *w)
{
	double begin = now();

	start(w, fma_code, FMA_ROUNDS / WAVE_LANES);
	run(w);
	return (double)FMA_ROUNDS * CHAINS / (now() - begin);
}

static float __attribute__((noinline, optimize("O2,no-tree-vectorize")))
multiply(float a, float b, unsigned int rounds)
{
	float v[CHAINS] = { 0 }, sum = 0;
	unsigned int i;

	while (rounds--) {
		v[0] = v[0] * a + b;
		v[1] = v[1] * a + b;
		v[2] = v[2] * a + b;
		v[3] = v[3] * a + b;
		v[4] = v[4] * a + b;
		v[5] = v[5] * a + b;
		v[6] = v[6] * a + b;
		v[7] = v[7] * a + b;
	}
	for (i = 0; i < CHAINS; i++)
		sum += v[i];
	return sum;
}

static double fma_host(void)
{
	double begin = now();

	/* The result is used, or there would be no loop. */
	y[0] = multiply(0.999f, 1, FMA_ROUNDS);
	return (double)FMA_ROUNDS * CHAINS / (now() - begin);
}

static void print(const char *name, double wave, double host)
{
	printf("%-6s %8.1f million lane operations a second, %8.1f in C: 1/%.1f\n",
	       name, wave / 1e6, host / 1e6, host / wave);
}

int main(void)
{
	struct wave *w = wave_new();

	w->memory = &memory;
	w->code = code_new();
	w->vgprs = 16;
	print("saxpy", saxpy_wave(w), saxpy_host());
	print("fma", fma_wave(w), fma_host());
	code_free(w->code);
	free(w);
	return 0;
}
