// SPDX-License-Identifier: MIT
/*
 * What scalar instructions do to memory, to the pc and to MODE, and those with a constant
 * of 16 bits: each on values at the edges, beside the rule of the manual.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa_stage.h"

#define PLACE	0x40		/* of what an atomic changes */

struct fixture {
	struct stage stage;
	u32 data[1024];
};

/* As the device does it: one function a line. */
struct atomic {
	const char *name;
	enum wave_atomic op;
	u64 (*value)(u64 old, u64 src, unsigned int bytes);
};

static s64 extend(u64 v, unsigned int bytes)
{
	return bytes == 4 ? (s64)(s32)v : (s64)v;
}

static u64 swap(u64 old, u64 src, unsigned int bytes)
{
	return src;
}

static u64 add(u64 old, u64 src, unsigned int bytes)
{
	return old + src;
}

static u64 sub(u64 old, u64 src, unsigned int bytes)
{
	return old - src;
}

static u64 smin(u64 old, u64 src, unsigned int bytes)
{
	return extend(old, bytes) < extend(src, bytes) ? old : src;
}

static u64 umin(u64 old, u64 src, unsigned int bytes)
{
	return old < src ? old : src;
}

static u64 smax(u64 old, u64 src, unsigned int bytes)
{
	return extend(old, bytes) > extend(src, bytes) ? old : src;
}

static u64 umax(u64 old, u64 src, unsigned int bytes)
{
	return old > src ? old : src;
}

static u64 and(u64 old, u64 src, unsigned int bytes)
{
	return old & src;
}

static u64 or(u64 old, u64 src, unsigned int bytes)
{
	return old | src;
}

static u64 xor(u64 old, u64 src, unsigned int bytes)
{
	return old ^ src;
}

static u64 inc(u64 old, u64 src, unsigned int bytes)
{
	return old >= src ? 0 : old + 1;
}

static u64 dec(u64 old, u64 src, unsigned int bytes)
{
	return !old || old > src ? src : old - 1;
}

/* The comparison is with what the test puts behind the operand: 1. */
static u64 cmpswap(u64 old, u64 src, unsigned int bytes)
{
	return old == 1 ? src : old;
}

static const struct atomic atomics[] = {
	{ "swap", WAVE_SWAP, swap }, { "cmpswap", WAVE_CMPSWAP, cmpswap },
	{ "add", WAVE_ADD, add }, { "sub", WAVE_SUB, sub },
	{ "smin", WAVE_SMIN, smin }, { "umin", WAVE_UMIN, umin },
	{ "smax", WAVE_SMAX, smax }, { "umax", WAVE_UMAX, umax },
	{ "and", WAVE_AND, and }, { "or", WAVE_OR, or }, { "xor", WAVE_XOR, xor },
	{ "inc", WAVE_INC, inc }, { "dec", WAVE_DEC, dec },
};

static const u64 edges[] = {
	0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
	0x8000000000000000, ~0ULL,
};

static int do_atomic(void *ctx, u64 va, enum wave_atomic op, size_t size, u64 src,
		     u64 cmp, u64 *old)
{
	void *p = stage_at(ctx, va, size);
	unsigned int i;
	u64 v;

	if (!p || (op == WAVE_CMPSWAP && cmp != 1))
		return -EINVAL;
	*old = 0;
	memcpy(old, p, size);
	for (i = 0; atomics[i].op != op; i++)
		;
	v = atomics[i].value(*old, src, size);
	memcpy(p, &v, size);
	return 0;
}

static const struct wave_memory memory = {
	.fetch = stage_fetch, .read = stage_read, .write = stage_write, .atomic = do_atomic,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stage_open(&f->stage, &memory, 8);
	f->stage.data = f->data;
	f->stage.data_size = sizeof(f->data);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* s[2:3] the data, s[4:7] a buffer with it, s20 an offset */
static void set_addresses(struct wave *w, u32 records)
{
	set_sgpr64(w, 2, STAGE_DATA);
	set_sgpr64(w, 4, STAGE_DATA);
	w->sgpr[6] = records;
	w->sgpr[7] = 0;
	w->sgpr[20] = 4;
}

static void atomic_text(char *text, size_t len, const struct atomic *a,
			unsigned int bytes, bool buffer, bool returns)
{
	unsigned int dwords = bytes / 4 * (a->op == WAVE_CMPSWAP ? 2 : 1);
	char data[16];

	if (dwords == 1)
		strcpy(data, "s8");
	else
		sprintf(data, "s[8:%u]", 8 + dwords - 1);
	snprintf(text, len, "s_%satomic_%s%s %s, %s, 0x40%s", buffer ? "buffer_" : "",
		 a->name, bytes == 8 ? "_x2" : "", data, buffer ? "s[4:7]" : "s[2:3]",
		 returns ? " glc" : "");
}

static void check_atomic(struct fixture *f, const struct atomic *a, unsigned int bytes,
			 bool returns, const char *text)
{
	u64 mask = bytes == 8 ? ~0ULL : UINT32_MAX, got = 0, want;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(edges) * ARRAY_SIZE(edges); i++) {
		u64 old = edges[i % ARRAY_SIZE(edges)] & mask;
		u64 src = edges[i / ARRAY_SIZE(edges)] & mask;

		f->stage.w->pc = CODE;
		set_sgpr64(f->stage.w, 8, src);
		set_sgpr64(f->stage.w, 8 + bytes / 4, 1);
		f->stage.w->sgpr[12] = 0x5a5a5a5a;
		memcpy((u8 *)f->data + PLACE, &old, 8);
		stage_step(&f->stage, text);
		memcpy(&got, (u8 *)f->data + PLACE, bytes);
		want = a->value(old, src, bytes) & mask;
		if (got != want)
			fail_msg("%s: %llx, %llx: %llx", text, (unsigned long long)old,
				 (unsigned long long)src, (unsigned long long)got);
		got = sgpr64(f->stage.w, 8) & mask;
		assert_true(got == (returns ? old : src));
		assert_int_equal(f->stage.w->sgpr[12], 0x5a5a5a5a);
	}
}

static void scalar_atomics(void **state)
{
	static char text[ARRAY_SIZE(atomics) * 8][80];
	static struct isa_words words[ARRAY_SIZE(text)];
	static const char *lines[ARRAY_SIZE(text)];
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(text); i++) {
		lines[i] = text[i];
		atomic_text(text[i], sizeof(text[i]), &atomics[i / 8], i & 1 ? 8 : 4, i & 2,
			    i & 4);
	}
	assert_int_equal(isa_assemble(lines, i, words), i);
	for (i = 0; i < ARRAY_SIZE(text); i++) {
		stage_load(&f->stage, &words[i], 0xf0);
		set_addresses(f->stage.w, sizeof(f->data));
		check_atomic(f, &atomics[i / 8], i & 1 ? 8 : 4, i & 4, text[i]);
	}
}

/* Behind the end of a buffer nothing is changed, and there is 0. */
static void atomics_end_with_their_buffer(void **state)
{
	static const char *const lines[] = {
		"s_buffer_atomic_add s8, s[4:7], 0x40 glc",
		"s_buffer_atomic_add_x2 s[8:9], s[4:7], 0x40 glc",
	};
	struct isa_words words[ARRAY_SIZE(lines)];
	struct fixture *f = *state;
	unsigned int i;

	assert_int_equal(isa_assemble(lines, ARRAY_SIZE(lines), words), ARRAY_SIZE(lines));
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		stage_load(&f->stage, &words[i], 0xf0);
		set_addresses(f->stage.w, PLACE + 3 + 4 * i);
		set_sgpr64(f->stage.w, 8, ~0ULL);
		memset(f->data, 0x11, sizeof(f->data));
		stage_step(&f->stage, lines[i]);
		assert_int_equal(f->data[PLACE / 4], 0x11111111);
		assert_int_equal(f->stage.w->sgpr[8], 0);
		assert_int_equal(f->stage.w->sgpr[9], i ? 0 : UINT32_MAX);
	}
}

/* Dwords that a store changes, from @first on. */
struct store {
	const char *text;
	u32 records;
	unsigned int first, dwords;
};

static void scalar_stores(void **state)
{
	static const struct store rows[] = {
		{ "s_store_dword s8, s[2:3], 0x42", 0, 16, 1 },
		{ "s_store_dwordx4 s[8:11], s[2:3], s20", 0, 1, 4 },
		{ "s_buffer_store_dword s8, s[4:7], 0x40", 4096, 16, 1 },
		{ "s_buffer_store_dwordx2 s[8:9], s[4:7], s20", 4096, 1, 2 },
		{ "s_buffer_store_dwordx4 s[8:11], s[4:7], 0x40", 4096, 16, 4 },
		{ "s_buffer_store_dwordx4 s[8:11], s[4:7], 0x40", 0x48, 16, 2 },
		{ "s_buffer_store_dword s8, s[4:7], 0x40", 0x40, 16, 0 },
		{ "s_scratch_store_dword s8, s[2:3], 0x40", 0, 16, 1 },
		{ "s_scratch_store_dwordx2 s[8:9], s[2:3], s20", 0, 64, 2 },
		{ "s_scratch_store_dwordx4 s[8:11], s[2:3], s20", 0, 64, 4 },
	};
	struct isa_words words[ARRAY_SIZE(rows)];
	const char *lines[ARRAY_SIZE(rows)];
	struct fixture *f = *state;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		lines[i] = rows[i].text;
	assert_int_equal(isa_assemble(lines, i, words), i);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct store *r = &rows[i];

		stage_load(&f->stage, &words[i], 0xf0);
		set_addresses(f->stage.w, r->records);
		for (k = 0; k < 4; k++)
			f->stage.w->sgpr[8 + k] = 100 + k;
		memset(f->data, 0, sizeof(f->data));
		stage_step(&f->stage, r->text);
		for (k = 0; k < ARRAY_SIZE(f->data); k++) {
			u32 want = k - r->first < r->dwords ? 100 + k - r->first : 0;

			if (f->data[k] != want)
				fail_msg("%s: dword %u is %u", r->text, k, f->data[k]);
		}
	}
}

static void scalar_scratch_loads(void **state)
{
	static const struct store rows[] = {
		{ "s_scratch_load_dword s8, s[2:3], 0x42", 0, 16, 1 },
		{ "s_scratch_load_dwordx2 s[8:9], s[2:3], s20", 0, 64, 2 },
		{ "s_scratch_load_dwordx4 s[8:11], s[2:3], s20", 0, 64, 4 },
	};
	struct isa_words words[ARRAY_SIZE(rows)];
	const char *lines[ARRAY_SIZE(rows)];
	struct fixture *f = *state;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		lines[i] = rows[i].text;
	assert_int_equal(isa_assemble(lines, i, words), i);
	for (k = 0; k < ARRAY_SIZE(f->data); k++)
		f->data[k] = k;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		stage_load(&f->stage, &words[i], 0xf0);
		set_addresses(f->stage.w, 0);
		stage_step(&f->stage, lines[i]);
		for (k = 0; k < 5; k++)
			assert_int_equal(f->stage.w->sgpr[8 + k],
					 k < rows[i].dwords ? rows[i].first + k : 0);
	}
}

/* Instructions with a constant: D before, constant, then D and SCC, 2: as it was. */
struct constant {
	const char *text;
	u32 before, after;
	unsigned int scc_before, scc;
};

static void constants_of_16_bits(void **state)
{
	static const struct constant rows[] = {
		{ "s_movk_i32 s0, 0x7fff", 5, 0x7fff, 1, 1 },
		{ "s_movk_i32 s0, 0x8000", 5, 0xffff8000, 0, 0 },
		{ "s_cmovk_i32 s0, 0xffff", 5, 5, 0, 0 },
		{ "s_cmovk_i32 s0, 0xffff", 5, UINT32_MAX, 1, 1 },
		{ "s_cmpk_eq_i32 s0, 0xffff", UINT32_MAX, UINT32_MAX, 0, 1 },
		{ "s_cmpk_eq_i32 s0, 0xffff", 0xffff, 0xffff, 1, 0 },
		{ "s_cmpk_lg_i32 s0, 0x8000", 0x8000, 0x8000, 0, 1 },
		{ "s_cmpk_lg_i32 s0, 0x8000", 0xffff8000, 0xffff8000, 1, 0 },
		{ "s_cmpk_gt_i32 s0, 0xffff", 0, 0, 0, 1 },
		{ "s_cmpk_gt_i32 s0, 0", 0x80000000, 0x80000000, 1, 0 },
		{ "s_cmpk_ge_i32 s0, 0", 0, 0, 0, 1 },
		{ "s_cmpk_ge_i32 s0, 0", UINT32_MAX, UINT32_MAX, 1, 0 },
		{ "s_cmpk_lt_i32 s0, 0", 0x80000000, 0x80000000, 0, 1 },
		{ "s_cmpk_lt_i32 s0, 0xffff", UINT32_MAX, UINT32_MAX, 1, 0 },
		{ "s_cmpk_le_i32 s0, 0xffff", UINT32_MAX, UINT32_MAX, 0, 1 },
		{ "s_cmpk_le_i32 s0, 0xffff", 0, 0, 1, 0 },
		{ "s_cmpk_eq_u32 s0, 0xffff", 0xffff, 0xffff, 0, 1 },
		{ "s_cmpk_eq_u32 s0, 0xffff", UINT32_MAX, UINT32_MAX, 1, 0 },
		{ "s_cmpk_lg_u32 s0, 0xffff", UINT32_MAX, UINT32_MAX, 0, 1 },
		{ "s_cmpk_gt_u32 s0, 0xffff", 0x10000, 0x10000, 0, 1 },
		{ "s_cmpk_gt_u32 s0, 0xffff", 0xffff, 0xffff, 1, 0 },
		{ "s_cmpk_ge_u32 s0, 0xffff", 0xffff, 0xffff, 0, 1 },
		{ "s_cmpk_ge_u32 s0, 0x8000", 0x7fff, 0x7fff, 1, 0 },
		{ "s_cmpk_lt_u32 s0, 0x8000", 0x7fff, 0x7fff, 0, 1 },
		{ "s_cmpk_lt_u32 s0, 0xffff", UINT32_MAX, UINT32_MAX, 1, 0 },
		{ "s_cmpk_le_u32 s0, 0x8000", 0x8000, 0x8000, 0, 1 },
		{ "s_cmpk_le_u32 s0, 0x8000", 0x80000000, 0x80000000, 1, 0 },
		{ "s_addk_i32 s0, 1", 0x7fffffff, 0x80000000, 0, 1 },
		{ "s_addk_i32 s0, 0xffff", 0x80000000, 0x7fffffff, 0, 1 },
		{ "s_addk_i32 s0, 0xffff", 0, UINT32_MAX, 1, 0 },
		{ "s_addk_i32 s0, 1", UINT32_MAX, 0, 1, 0 },
		{ "s_mulk_i32 s0, 0xffff", 0x80000000, 0x80000000, 0, 0 },
		{ "s_mulk_i32 s0, 0x8000", 3, 0xfffe8000, 1, 1 },
	};
	static struct isa_words words[ARRAY_SIZE(rows)];
	const char *lines[ARRAY_SIZE(rows)];
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		lines[i] = rows[i].text;
	assert_int_equal(isa_assemble(lines, i, words), i);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct constant *r = &rows[i];

		stage_load(&f->stage, &words[i], 0xf0);
		f->stage.w->sgpr[0] = r->before;
		f->stage.w->scc = r->scc_before;
		/* They do not look at EXEC. */
		set_sgpr64(f->stage.w, SGPR_EXEC, 0);
		stage_step(&f->stage, r->text);
		if (f->stage.w->sgpr[0] != r->after || f->stage.w->scc != r->scc)
			fail_msg("%s: %x becomes %x, SCC %u", r->text, r->before,
				 f->stage.w->sgpr[0], f->stage.w->scc);
	}
}

/* Where a branch goes: two instructions on if it is taken. */
struct branch {
	const char *text;
	u32 scc;
	u64 vcc, exec;
	bool taken;
};

static void branches(void **state)
{
	static const struct branch rows[] = {
		{ "s_branch 2", 0, 0, 0, true },
		{ "s_cbranch_scc0 2", 0, ~0ULL, ~0ULL, true },
		{ "s_cbranch_scc0 2", 1, 0, 0, false },
		{ "s_cbranch_scc1 2", 1, 0, 0, true },
		{ "s_cbranch_scc1 2", 0, ~0ULL, ~0ULL, false },
		{ "s_cbranch_vccz 2", 1, 0, ~0ULL, true },
		{ "s_cbranch_vccz 2", 0, 1ULL << 63, 0, false },
		{ "s_cbranch_vccz 2", 0, 1, 0, false },
		{ "s_cbranch_vccnz 2", 0, 1ULL << 63, 0, true },
		{ "s_cbranch_vccnz 2", 1, 0, ~0ULL, false },
		{ "s_cbranch_execz 2", 1, ~0ULL, 0, true },
		{ "s_cbranch_execz 2", 0, 0, 1ULL << 32, false },
		{ "s_cbranch_execnz 2", 0, 0, 1ULL << 63, true },
		{ "s_cbranch_execnz 2", 1, ~0ULL, 0, false },
		{ "s_cbranch_cdbgsys 2", 1, ~0ULL, ~0ULL, false },
		{ "s_cbranch_cdbguser 2", 1, ~0ULL, ~0ULL, false },
		{ "s_cbranch_cdbgsys_or_user 2", 1, ~0ULL, ~0ULL, false },
		{ "s_cbranch_cdbgsys_and_user 2", 1, ~0ULL, ~0ULL, false },
	};
	static struct isa_words words[ARRAY_SIZE(rows)];
	const char *lines[ARRAY_SIZE(rows)];
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		lines[i] = rows[i].text;
	assert_int_equal(isa_assemble(lines, i, words), i);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct branch *r = &rows[i];

		stage_load(&f->stage, &words[i], 0xf0);
		f->stage.w->scc = r->scc;
		set_sgpr64(f->stage.w, SGPR_VCC, r->vcc);
		set_sgpr64(f->stage.w, SGPR_EXEC, r->exec);
		stage_step(&f->stage, r->text);
		if (f->stage.w->pc != CODE + (r->taken ? 12 : 4))
			fail_msg("%s goes to %llx", r->text, (unsigned long long)f->stage.w->pc);
		assert_int_equal(f->stage.w->scc, r->scc);
	}
}

/* What stops the wave and how, or does nothing at all. */
struct stop {
	const char *text;
	enum wave_status status;
	u32 message;
};

static void stops(void **state)
{
	static const struct stop rows[] = {
		{ "s_nop 7", WAVE_RUNNING, 0 }, { "s_waitcnt 0", WAVE_RUNNING, 0 },
		{ "s_setprio 3", WAVE_RUNNING, 0 }, { "s_icache_inv", WAVE_RUNNING, 0 },
		{ "s_incperflevel 5", WAVE_RUNNING, 0 }, { "s_decperflevel 5", WAVE_RUNNING, 0 },
		{ "s_ttracedata", WAVE_RUNNING, 0 }, { "s_wakeup", WAVE_RUNNING, 0 },
		{ "s_sethalt 0", WAVE_RUNNING, 0 }, { "s_sethalt 1", WAVE_HALT, 1 },
		{ "s_sleep 5", WAVE_SLEEP, 5 }, { "s_barrier", WAVE_BARRIER, 0 },
		{ "s_trap 2", WAVE_TRAP, 2 }, { "s_endpgm", WAVE_END, 0 },
		{ "s_endpgm_saved", WAVE_END, 0 },
		{ "s_sendmsg sendmsg(MSG_INTERRUPT)", WAVE_MESSAGE, 1 },
		{ "s_sendmsghalt sendmsg(MSG_INTERRUPT)", WAVE_MESSAGE, 1 },
	};
	static struct isa_words words[ARRAY_SIZE(rows)];
	const char *lines[ARRAY_SIZE(rows)];
	struct fixture *f = *state;
	struct wave *w = f->stage.w;
	u32 sgpr[SGPR_COUNT], vgpr[8 * WAVE_LANES];
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		lines[i] = rows[i].text;
	assert_int_equal(isa_assemble(lines, i, words), i);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		stage_load(&f->stage, &words[i], 0x2f5);
		w->scc = i & 1;
		for (k = 0; k < SGPR_COUNT; k++)
			w->sgpr[k] = 0x1000 + k;
		for (k = 0; k < ARRAY_SIZE(vgpr); k++)
			w->vgpr[k / WAVE_LANES][k % WAVE_LANES] = 0x2000 + k;
		memcpy(sgpr, w->sgpr, sizeof(sgpr));
		memcpy(vgpr, w->vgpr, sizeof(vgpr));
		if (wave_run(w, 1) != rows[i].status || w->message != rows[i].message)
			fail_msg("%s: status %d, message %u", rows[i].text, w->status, w->message);
		assert_true(w->pc == CODE + 4);
		assert_int_equal(w->scc, i & 1);
		assert_int_equal(w->mode, 0x2f5);
		assert_memory_equal(sgpr, w->sgpr, sizeof(sgpr));
		assert_memory_equal(vgpr, w->vgpr, sizeof(vgpr));
	}
}

/* Instructions, one after the other, and s_endpgm. */
static void load_program(struct fixture *f, const char *const *lines, unsigned int n, u32 mode)
{
	static struct isa_words words[40];
	unsigned int i, used = 0;

	assert_int_equal(isa_assemble(lines, n, words), n);
	stage_load(&f->stage, &words[0], mode);
	for (i = 0; i < n; i++) {
		memcpy(f->stage.code + used, words[i].word, words[i].bytes);
		used += words[i].bytes / 4;
	}
	f->stage.code[used] = 0xbf810000;
}

#define TARGET	(CODE + 48)

/*
 * Of which lanes are on, those that pass go to TARGET.  What is to be on afterwards; which
 * wait, and where; none does if there are none.
 */
struct fork {
	u64 exec, condition;
	u64 on, waiting;
	bool at_target, waits_at_target;
};

static void forks(void **state)
{
	static const struct fork rows[] = {
		{ ~0ULL, 0xf, 0xf, ~0xfULL, true, false },
		{ ~0ULL, ~0xfULL, 0xf, ~0xfULL, false, true },
		/* As many: those that pass. */
		{ 0xff, 0xf0f0f0f0f0f0f0f0, 0xf0, 0xf, true, false },
		{ 1ULL << 63 | 1, 1, 1, 1ULL << 63, true, false },
		{ 0xff, ~0ULL, 0xff, 0, true, false },
		{ 0xff, 0xff00, 0xff, 0, false, false },
		{ 0, 0xff, 0, 0, true, false },
	};
	static const char *const lines[] = {
		"s_cbranch_g_fork s[40:41], s[42:43]", "s_cbranch_i_fork s[40:41], 11",
	};
	struct isa_words words[ARRAY_SIZE(lines)];
	struct fixture *f = *state;
	struct wave *w = f->stage.w;
	unsigned int i, entries;

	assert_int_equal(isa_assemble(lines, ARRAY_SIZE(lines), words), ARRAY_SIZE(lines));
	for (i = 0; i < 2 * 7 * ARRAY_SIZE(rows); i++) {
		const struct fork *r = &rows[i / 14];

		entries = i / 2 % 7;
		stage_load(&f->stage, &words[i % 2], 0xf0 | entries << 29);
		set_sgpr64(w, SGPR_EXEC, r->exec);
		set_sgpr64(w, 40, r->condition);
		set_sgpr64(w, 42, TARGET);
		stage_step(&f->stage, lines[i % 2]);
		assert_true(wave_exec(w) == r->on);
		assert_true(w->pc == (r->at_target ? TARGET : CODE + 4));
		assert_int_equal(w->mode, 0xf0 | (entries + !!r->waiting) << 29);
		assert_true(sgpr64(w, 4 * entries) == r->waiting);
		assert_true(sgpr64(w, 4 * entries + 2) ==
			    (!r->waiting ? 0 : r->waits_at_target ? TARGET : CODE + 4));
	}
	stage_load(&f->stage, &words[0], 0xf0 | 7u << 29);
	w->sgpr[40] = 1;
	assert_int_equal(wave_run(w, 1), WAVE_ILLEGAL);
	assert_string_equal(w->why, "s_cbranch_g_fork: branch stack is full");
}

/* Each lane goes one way of four, by two bits of its number. */
static void forks_and_joins(void **state)
{
	static const char *const lines[] = {
		"s_cbranch_i_fork s[40:41], 5",
		"s_cbranch_i_fork s[42:43], 2",
		"v_add_u32 v1, 1, v1",
		"s_branch 1",
		"v_add_u32 v1, 2, v1",
		"s_branch 4",
		"s_cbranch_i_fork s[42:43], 2",
		"v_add_u32 v1, 3, v1",
		"s_branch 1",
		"v_add_u32 v1, 4, v1",
		"s_cbranch_join s44",
		"v_mov_b32 v2, 1",
	};
	static const u64 bits[] = { 0xcccccccccccccccc, 0xaaaaaaaaaaaaaaaa };
	struct fixture *f = *state;
	struct wave *w = f->stage.w;
	unsigned int l;

	load_program(f, lines, ARRAY_SIZE(lines), 0xf0);
	set_sgpr64(w, 40, bits[0]);
	set_sgpr64(w, 42, bits[1]);
	assert_int_equal(wave_run(w, 100), WAVE_END);
	for (l = 0; l < WAVE_LANES; l++)
		assert_int_equal(w->vgpr[1][l], 1 + l % 4);
	assert_int_equal(w->mode, 0xf0);
	/* The last ones went through. */
	assert_int_equal(__builtin_popcountll(wave_exec(w)), 16);
	load_program(f, lines + 10, 1, 0xf0);
	w->sgpr[44] = 1;
	assert_int_equal(wave_run(w, 1), WAVE_ILLEGAL);
	assert_string_equal(w->why, "s_cbranch_join: branch stack is empty");
}

/* No vector instruction does anything, not even one that could not be. */
static void skipped_vectors(void **state)
{
	static const char *const lines[] = {
		"s_setvskip s20, 53",
		"v_mov_b32 v1, 7",
		"v_mov_b32 v200, 7",
		"v_cmp_eq_u32 vcc, v0, v0",
		"v_readlane_b32 s21, v0, 0",
		"global_load_dword v1, v[2:3], off",
		"buffer_load_dword v1, off, s[4:7], 0",
		"ds_read_b32 v1, v0",
		"s_mov_b32 s22, 1",
		"s_setvskip s20, 5",
		"v_mov_b32 v2, 7",
	};
	struct fixture *f = *state;
	struct wave *w = f->stage.w;

	load_program(f, lines, ARRAY_SIZE(lines), 0xf0);
	w->sgpr[20] = 1 << 21;
	w->sgpr[21] = 9;
	assert_int_equal(wave_run(w, 1), WAVE_RUNNING);
	assert_int_equal(w->mode, 0xf0 | 1 << 28);
	assert_int_equal(wave_run(w, 100), WAVE_END);
	assert_int_equal(w->mode, 0xf0);
	assert_int_equal(w->vgpr[1][0], 0);
	assert_int_equal(w->vgpr[2][0], 7);
	assert_int_equal(w->sgpr[21], 9);
	assert_int_equal(w->sgpr[22], 1);
	assert_true(wave_vcc(w) == 0);
}

static void returns_from_handlers(void **state)
{
	static const char *const lines[] = {
		"s_rfe_b64 s[20:21]", "s_rfe_restore_b64 s[20:21], s22",
	};
	struct isa_words words[ARRAY_SIZE(lines)];
	struct fixture *f = *state;
	struct wave *w = f->stage.w;
	unsigned int i;

	assert_int_equal(isa_assemble(lines, ARRAY_SIZE(lines), words), ARRAY_SIZE(lines));
	for (i = 0; i < 2 * ARRAY_SIZE(lines); i++) {
		stage_load(&f->stage, &words[i / 2], 0xf0);
		set_sgpr64(w, 20, TARGET | 0xabcd000000000000);
		w->sgpr[22] = 2;
		w->privileged = true;
		w->halted = i % 2;
		assert_int_equal(wave_run(w, 1), i % 2 ? WAVE_HALT : WAVE_RUNNING);
		assert_true(w->pc == TARGET);
		assert_false(w->privileged);
		stage_load(&f->stage, &words[i / 2], 0xf0);
		assert_int_equal(wave_run(w, 1), WAVE_ILLEGAL);
	}
	stage_load(&f->stage, &words[1], 0xf0);
	w->privileged = true;
	w->sgpr[22] = 1;
	assert_int_equal(wave_run(w, 1), WAVE_ILLEGAL);
	assert_string_equal(w->why, "s_rfe_restore_b64: atc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalar_atomics),
		cmocka_unit_test(atomics_end_with_their_buffer),
		cmocka_unit_test(scalar_stores),
		cmocka_unit_test(scalar_scratch_loads),
		cmocka_unit_test(constants_of_16_bits),
		cmocka_unit_test(branches),
		cmocka_unit_test(stops),
		cmocka_unit_test(forks),
		cmocka_unit_test(forks_and_joins),
		cmocka_unit_test(skipped_vectors),
		cmocka_unit_test(returns_from_handlers),
	};

	if (!isa_assembler()) {
		printf("1..1\nok 1 - scalar # SKIP no llvm-mc\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
