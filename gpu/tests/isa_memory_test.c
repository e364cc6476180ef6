// SPDX-License-Identifier: MIT
/*
 * Loads, stores and atomics of all kinds, at random addresses, beside the same
 * done lane by lane and byte by byte; some fault once on their way.
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
#include "random.h"

#define DATA		0x100000000ULL
#define DATA_SIZE	16384
#define SCRATCH		0x200000000ULL
#define SCRATCH_SIZE	16384		/* 64 lanes, 256 bytes each */
#define LDS_SIZE	4096
#define SHARED		0x1000000000000ULL
#define PRIVATE		0x2000000000000ULL
#define CASES		3000
#define REGISTERS	16

/* All that instructions can change. */
struct world {
	u8 data[DATA_SIZE], scratch[SCRATCH_SIZE], lds[LDS_SIZE];
	u32 v[REGISTERS][WAVE_LANES];
};

enum way { BY_SADDR, BY_VADDR, BY_FLAT, BY_DS, BY_SCRATCH, BY_BUFFER, WAYS };

/*
 * z zero- and s sign-extended loads; l, L, h, H the same to the low, the high half;
 * d loads of dwords; w stores, W from the upper half; a atomics.
 */
struct operation {
	const char *name, *ds;
	unsigned int bytes;
	char kind;
};

struct test_case {
	const struct operation *op;
	enum way way;
	int offset;
	bool returns;
	char text[100];
	struct isa_words words;
};

struct fixture {
	struct stage stage;
	struct world fast, slow;
	struct test_case cases[CASES];
	u64 hole, state;
	unsigned int written;
};

static const struct operation operations[] = {
	{ "load_ubyte", "ds_read_u8", 1, 'z' },
	{ "load_sbyte", "ds_read_i8", 1, 's' },
	{ "load_ushort", "ds_read_u16", 2, 'z' },
	{ "load_sshort", "ds_read_i16", 2, 's' },
	{ "load_dword", "ds_read_b32", 4, 'd' },
	{ "load_dwordx2", "ds_read_b64", 8, 'd' },
	{ "load_dwordx3", "ds_read_b96", 12, 'd' },
	{ "load_dwordx4", "ds_read_b128", 16, 'd' },
	{ "load_ubyte_d16", "ds_read_u8_d16", 1, 'l' },
	{ "load_ubyte_d16_hi", "ds_read_u8_d16_hi", 1, 'h' },
	{ "load_sbyte_d16", "ds_read_i8_d16", 1, 'L' },
	{ "load_sbyte_d16_hi", "ds_read_i8_d16_hi", 1, 'H' },
	{ "load_short_d16", "ds_read_u16_d16", 2, 'l' },
	{ "load_short_d16_hi", "ds_read_u16_d16_hi", 2, 'h' },
	{ "store_byte", "ds_write_b8", 1, 'w' },
	{ "store_byte_d16_hi", "ds_write_b8_d16_hi", 1, 'W' },
	{ "store_short", "ds_write_b16", 2, 'w' },
	{ "store_short_d16_hi", "ds_write_b16_d16_hi", 2, 'W' },
	{ "store_dword", "ds_write_b32", 4, 'w' },
	{ "store_dwordx2", "ds_write_b64", 8, 'w' },
	{ "store_dwordx3", "ds_write_b96", 12, 'w' },
	{ "store_dwordx4", "ds_write_b128", 16, 'w' },
	{ "atomic_swap", "ds_wrxchg_rtn_b32", 4, 'a' },
	{ "atomic_add", "ds_add_rtn_u32", 4, 'a' },
	{ "atomic_sub", "ds_sub_rtn_u32", 4, 'a' },
	{ "atomic_smin", "ds_min_rtn_i32", 4, 'a' },
	{ "atomic_umin", "ds_min_rtn_u32", 4, 'a' },
	{ "atomic_smax", "ds_max_rtn_i32", 4, 'a' },
	{ "atomic_umax", "ds_max_rtn_u32", 4, 'a' },
	{ "atomic_and", "ds_and_rtn_b32", 4, 'a' },
	{ "atomic_or", "ds_or_rtn_b32", 4, 'a' },
	{ "atomic_xor", "ds_xor_rtn_b32", 4, 'a' },
	{ "atomic_inc", "ds_inc_rtn_u32", 4, 'a' },
	{ "atomic_dec", "ds_dec_rtn_u32", 4, 'a' },
	{ "atomic_swap_x2", "ds_wrxchg_rtn_b64", 8, 'a' },
	{ "atomic_add_x2", "ds_add_rtn_u64", 8, 'a' },
	{ "atomic_sub_x2", "ds_sub_rtn_u64", 8, 'a' },
	{ "atomic_smin_x2", "ds_min_rtn_i64", 8, 'a' },
	{ "atomic_umin_x2", "ds_min_rtn_u64", 8, 'a' },
	{ "atomic_smax_x2", "ds_max_rtn_i64", 8, 'a' },
	{ "atomic_umax_x2", "ds_max_rtn_u64", 8, 'a' },
	{ "atomic_and_x2", "ds_and_rtn_b64", 8, 'a' },
	{ "atomic_or_x2", "ds_or_rtn_b64", 8, 'a' },
	{ "atomic_xor_x2", "ds_xor_rtn_b64", 8, 'a' },
	{ "atomic_inc_x2", "ds_inc_rtn_u64", 8, 'a' },
	{ "atomic_dec_x2", "ds_dec_rtn_u64", 8, 'a' },
};

static unsigned int below(struct fixture *f, unsigned int n)
{
	return random_below(&f->state, n);
}

/* The part of a name that says what an atomic does. */
static u64 updated(const char *name, unsigned int bytes, u64 old, u64 src)
{
	s64 a = bytes == 4 ? (s32)old : (s64)old, b = bytes == 4 ? (s32)src : (s64)src;

	if (strstr(name, "_swap"))
		return src;
	if (strstr(name, "_add"))
		return old + src;
	if (strstr(name, "_sub"))
		return old - src;
	if (strstr(name, "_smin"))
		return a < b ? old : src;
	if (strstr(name, "_umin"))
		return old < src ? old : src;
	if (strstr(name, "_smax"))
		return a < b ? src : old;
	if (strstr(name, "_umax"))
		return old < src ? src : old;
	if (strstr(name, "_and"))
		return old & src;
	if (strstr(name, "_xor"))
		return old ^ src;
	if (strstr(name, "_or"))
		return old | src;
	if (strstr(name, "_inc"))
		return old >= src ? 0 : old + 1;
	return old == 0 || old > src ? src : old - 1;
}

static u8 *host(struct world *world, u64 va, size_t len)
{
	if (va >= DATA && va + len <= DATA + DATA_SIZE)
		return world->data + (va - DATA);
	if (va >= SCRATCH && va + len <= SCRATCH + SCRATCH_SIZE)
		return world->scratch + (va - SCRATCH);
	return NULL;
}

static u8 *reach(struct fixture *f, u64 va, size_t len)
{
	if (f->hole && va <= f->hole && va + len > f->hole)
		return NULL;
	return host(&f->fast, va, len);
}

static int do_read(void *ctx, u64 va, void *buf, size_t len)
{
	u8 *p = reach(ctx, va, len);

	if (p)
		memcpy(buf, p, len);
	return p ? 0 : -EFAULT;
}

static int do_write(void *ctx, u64 va, const void *buf, size_t len)
{
	struct fixture *f = ctx;
	u8 *p = reach(f, va, len);

	if (!p)
		return -EFAULT;
	memcpy(p, buf, len);
	f->written += len;
	return 0;
}

static int do_atomic(void *ctx, u64 va, enum wave_atomic op, size_t size, u64 src,
		     u64 cmp, u64 *old)
{
	static const char * const names[] = {
		[WAVE_SWAP] = "_swap", [WAVE_ADD] = "_add", [WAVE_SUB] = "_sub",
		[WAVE_SMIN] = "_smin", [WAVE_UMIN] = "_umin", [WAVE_SMAX] = "_smax",
		[WAVE_UMAX] = "_umax", [WAVE_AND] = "_and", [WAVE_OR] = "_or",
		[WAVE_XOR] = "_xor", [WAVE_INC] = "_inc", [WAVE_DEC] = "_dec",
	};
	struct fixture *f = ctx;
	u8 *p = reach(f, va, size);
	u64 v;

	if (!p)
		return -EFAULT;
	*old = 0;
	memcpy(old, p, size);
	v = updated(names[op], size, *old, src);
	memcpy(p, &v, size);
	f->written += size;
	return 0;
}

static const struct wave_memory memory = {
	.fetch = stage_fetch, .read = do_read, .write = do_write, .atomic = do_atomic,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->state = random_start(random_seed());
	stage_open(&f->stage, &memory, REGISTERS);
	f->stage.w->lds = f->fast.lds;
	f->stage.w->lds_size = LDS_SIZE;
	f->stage.w->shared_base = SHARED;
	f->stage.w->private_base = PRIVATE;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

static void add_range(char *text, const char *file, unsigned int first,
		      unsigned int bytes)
{
	unsigned int n = (bytes + 3) / 4;

	if (n > 1)
		sprintf(text + strlen(text), "%s[%u:%u]", file, first, first + n - 1);
	else
		sprintf(text + strlen(text), "%s%u", file, first);
}

/* Data is v4 and on, what comes back v8 and on; addresses are v0 or v[0:1]. */
static void add_text(struct test_case *c, const char *prefix, const char *address,
		     const char *tail)
{
	bool atomic = c->op->kind == 'a', store = strchr("wW", c->op->kind);
	char *t = c->text;

	sprintf(t, "%s%s ", prefix, c->way == BY_DS ? c->op->ds : c->op->name);
	if (atomic ? c->returns && c->way != BY_BUFFER : !store)
		add_range(t, "v", 8, c->op->bytes);
	if (atomic && c->returns && c->way != BY_BUFFER)
		strcat(t, ", ");
	if (c->way == BY_BUFFER && (atomic || store))
		add_range(t, "v", 4, c->op->bytes);
	if (strcmp(address, "") && (!atomic || c->returns || c->way == BY_BUFFER) &&
	    (!store || c->way == BY_BUFFER) && !(atomic && c->way != BY_BUFFER))
		strcat(t, ", ");
	strcat(t, address);
	if (c->way != BY_BUFFER && (atomic || store)) {
		strcat(t, ", ");
		add_range(t, "v", 4, c->op->bytes);
	}
	sprintf(t + strlen(t), "%s offset:%d%s", tail, c->offset,
		atomic && c->returns && c->way != BY_DS ? " glc" : "");
}

static void make_case(struct fixture *f, struct test_case *c)
{
	memset(c, 0, sizeof(*c));
	c->op = &operations[below(f, ARRAY_SIZE(operations))];
	c->way = below(f, WAYS);
	if (c->op->kind == 'a' && c->way == BY_SCRATCH)
		c->way = BY_FLAT;
	c->returns = c->way == BY_DS || below(f, 2);
	c->offset = 8 * below(f, 8);
	switch (c->way) {
	case BY_SADDR:
		add_text(c, "global_", "v0", ", s[2:3]");
		break;
	case BY_VADDR:
		add_text(c, "global_", "v[0:1]", ", off");
		break;
	case BY_FLAT:
		add_text(c, "flat_", "v[0:1]", "");
		break;
	case BY_DS:
		add_text(c, "", "v0", "");
		break;
	case BY_SCRATCH:
		add_text(c, "scratch_", "v0", ", off");
		break;
	default:
		add_text(c, "buffer_", "v0", ", s[4:7], 0 offen");
		break;
	}
}

/*
 * Lanes in a row, all at one place, anywhere, or close together, also at the border of
 * two pages; atomics are aligned.
 */
static u32 lane_offset(struct fixture *f, const struct test_case *c, int pattern,
		       int lane)
{
	unsigned int size = c->op->bytes, limit = 176;

	if (c->way == BY_SADDR || c->way == BY_VADDR)
		limit = 2 * PAGE_SIZE;
	if (c->way == BY_DS)
		limit = LDS_SIZE - 128;
	if (pattern >= 4)
		return (PAGE_SIZE - 128 * (pattern - 3) + below(f, 16) * 16) % limit;
	if (pattern == 0)
		return lane * size % limit / size * size;
	if (pattern == 1)
		return 16;
	if (pattern == 2 || c->op->kind == 'a')
		return below(f, limit / 16) * 16;
	return below(f, limit);
}

static u64 lane_address(struct fixture *f, const struct test_case *c, u32 offset)
{
	static const u64 spaces[] = { DATA + 1024, SHARED, PRIVATE };

	switch (c->way) {
	case BY_VADDR:
		return DATA + offset;
	case BY_FLAT:
		return spaces[below(f, 3)] + offset;
	default:
		return offset;
	}
}

static void fill(struct fixture *f, const struct test_case *c, u64 exec)
{
	struct wave *w = f->stage.w;
	int i, l, pattern = below(f, 7);
	u64 address;

	stage_load(&f->stage, &c->words, 0x3f0);
	set_sgpr64(w, SGPR_EXEC, exec);
	set_sgpr64(w, 2, DATA);
	set_sgpr64(w, SGPR_FLAT_SCRATCH, SCRATCH);
	w->sgpr[4] = (u32)SCRATCH;
	w->sgpr[5] = (u32)(SCRATCH >> 32) | 0x80000000;
	w->sgpr[6] = 0xffffffff;
	w->sgpr[7] = 0x00e80000 | 3 << 21 | 1 << 23;
	for (i = 0; i < REGISTERS; i++) {
		for (l = 0; l < WAVE_LANES; l++)
			w->vgpr[i][l] = random_bits(&f->state);
	}
	for (l = 0; l < WAVE_LANES; l++) {
		address = lane_address(f, c, lane_offset(f, c, pattern, l));
		w->vgpr[0][l] = address;
		w->vgpr[1][l] = address >> 32;
	}
	memcpy(f->slow.v, w->vgpr, sizeof(f->slow.v));
}

/* Byte @i of the access of a lane. */
static u8 *byte_of(struct fixture *f, const struct test_case *c, int lane, u32 i)
{
	u64 va = f->slow.v[0][lane];
	u64 at = va + c->offset + i;

	if (c->way == BY_SADDR)
		return host(&f->slow, DATA + at, 1);
	if (c->way == BY_DS)
		return f->slow.lds + at;
	if (c->way == BY_VADDR || c->way == BY_FLAT)
		at |= (u64)f->slow.v[1][lane] << 32;
	if (c->way == BY_VADDR || (c->way == BY_FLAT && at < SHARED))
		return host(&f->slow, at, 1);
	if (c->way == BY_FLAT && at < PRIVATE)
		return f->slow.lds + (u32)at;
	at = (u32)at;
	return f->slow.scratch + at / 4 * 256 + lane * 4 + at % 4;
}

static void load(u32 *reg, u64 v, const struct operation *op)
{
	bool sign = v >> (8 * op->bytes - 1) & 1;

	if (strchr("sLH", op->kind) && sign)
		v |= ~0ULL << 8 * op->bytes;
	if (strchr("lL", op->kind))
		v = (v & 0xffff) | (*reg & 0xffff0000);
	if (strchr("hH", op->kind))
		v = (v & 0xffff) << 16 | (*reg & 0xffff);
	*reg = v;
}

static u64 gather(struct fixture *f, const struct test_case *c, int lane, u32 first,
		  u32 bytes)
{
	u64 v = 0;
	u32 i;

	for (i = 0; i < bytes; i++)
		v |= (u64)*byte_of(f, c, lane, first + i) << 8 * i;
	return v;
}

static void atomic_lane(struct fixture *f, const struct test_case *c, int lane)
{
	unsigned int size = c->op->bytes, i, dst = c->way == BY_BUFFER ? 4 : 8;
	u64 old = gather(f, c, lane, 0, size), src = f->slow.v[4][lane], v;

	if (size == 8)
		src |= (u64)f->slow.v[5][lane] << 32;
	v = updated(c->op->name, size, old, src);
	for (i = 0; i < size; i++)
		*byte_of(f, c, lane, i) = v >> 8 * i;
	for (i = 0; i < size / 4 && c->returns; i++)
		f->slow.v[dst + i][lane] = old >> 32 * i;
}

static void slow_lane(struct fixture *f, const struct test_case *c, int lane)
{
	unsigned int i, size = c->op->bytes;
	u32 dst[4];

	switch (c->op->kind) {
	case 'a':
		atomic_lane(f, c, lane);
		return;
	case 'w':
	case 'W':
		for (i = 0; i < size; i++)
			*byte_of(f, c, lane, i) = f->slow.v[4 + i / 4][lane] >>
				8 * (i % 4 + (c->op->kind == 'W' ? 2 : 0));
		return;
	default:
		for (i = 0; i < (size + 3) / 4; i++) {
			dst[i] = f->slow.v[8 + i][lane];
			load(&dst[i], gather(f, c, lane, 4 * i, size < 4 ? size : 4),
			     size < 4 ? c->op : &operations[4]);
			f->slow.v[8 + i][lane] = dst[i];
		}
	}
}

/* Global bytes that the lanes that are on write: none twice. */
static unsigned int to_be_written(struct fixture *f, const struct test_case *c, u64 exec)
{
	unsigned int n = 0;
	int l;

	for (l = 0; l < WAVE_LANES && c->way <= BY_VADDR; l++)
		n += exec >> l & 1 ? c->op->bytes : 0;
	return strchr("awW", c->op->kind) ? n : 0;
}

/* A lane that is on accesses something in the page of the hole. */
static bool needs_page(struct fixture *f, const struct test_case *c, u64 exec, u64 hole)
{
	u8 *page = host(&f->slow, ALIGN_DOWN(hole, PAGE_SIZE), 1), *first, *last;
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		first = byte_of(f, c, l, 0);
		last = byte_of(f, c, l, c->op->bytes - 1);
		if (exec >> l & 1 && last >= page && first < page + PAGE_SIZE)
			return true;
	}
	return false;
}

static u64 some_mask(struct fixture *f)
{
	unsigned int n = below(f, 4);

	return n == 0 ? random_bits(&f->state) : n == 1 ? 1ULL << below(f, 64) : ~0ULL;
}

static void run_case(struct fixture *f, const struct test_case *c)
{
	u64 exec = some_mask(f);
	enum wave_status status;
	int l;

	fill(f, c, exec);
	f->written = 0;
	f->hole = below(f, 2) ? 0 : DATA + below(f, 2 * PAGE_SIZE);
	status = wave_run(f->stage.w, 1);
	if (status == WAVE_FAULT && f->hole) {
		assert_true(needs_page(f, c, exec, f->hole));
		assert_int_equal(f->stage.w->pc, CODE);
		f->hole = 0;
		status = wave_run(f->stage.w, 1);
	}
	if (status != WAVE_RUNNING)
		fail_msg("%s: status %d: %s", c->text, status, f->stage.w->why);
	for (l = 0; l < WAVE_LANES; l++) {
		if (exec >> l & 1)
			slow_lane(f, c, l);
	}
	memcpy(f->fast.v, f->stage.w->vgpr, sizeof(f->fast.v));
	for (l = 0; l < WAVE_LANES * REGISTERS; l++) {
		if (f->fast.v[l / WAVE_LANES][l % WAVE_LANES] !=
		    f->slow.v[l / WAVE_LANES][l % WAVE_LANES])
			fail_msg("%s: v%d lane %d", c->text, l / WAVE_LANES,
				 l % WAVE_LANES);
	}
	if (memcmp(&f->fast, &f->slow, sizeof(f->fast)))
		fail_msg("%s: memory differs", c->text);
	if (c->way <= BY_VADDR && f->written != to_be_written(f, c, exec))
		fail_msg("%s: %u bytes written", c->text, f->written);
}

static void accesses_are_those_of_lanes(void **state)
{
	static const char *text[CASES];
	static struct isa_words words[CASES];
	struct fixture *f = *state;
	unsigned int i, done = 0;

	for (i = 0; i < sizeof(f->fast); i++)
		((u8 *)&f->fast)[i] = random_bits(&f->state);
	f->slow = f->fast;
	for (i = 0; i < CASES; i++) {
		make_case(f, &f->cases[i]);
		text[i] = f->cases[i].text;
	}
	isa_assemble_some(text, CASES, words);
	for (i = 0; i < CASES; i++) {
		f->cases[i].words = words[i];
		if (!words[i].bytes)
			continue;
		run_case(f, &f->cases[i]);
		done++;
	}
	if (done < CASES * 9 / 10)
		fail_msg("%u lines of %u assembled", done, CASES);
}

/* Elements of 4 bytes lie apart: a swizzled access is not larger than one. */
static void elements_are_apart(void **state)
{
	static const char *const lines[] = {
		"buffer_load_dword v4, v0, s[4:7], 0 idxen offset:4",
		"buffer_load_dwordx2 v[4:5], v0, s[4:7], 0 idxen offset:4",
		"buffer_load_ushort v4, v0, s[4:7], 0 idxen offset:7",
	};
	struct isa_words words[ARRAY_SIZE(lines)];
	struct fixture *f = *state;
	unsigned int i, l;

	assert_int_equal(isa_assemble(lines, ARRAY_SIZE(lines), words), ARRAY_SIZE(lines));
	for (i = 0; i < sizeof(f->fast.data); i++)
		f->fast.data[i] = i / 4;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		stage_load(&f->stage, &words[i], 0xf0);
		for (l = 0; l < WAVE_LANES; l++)
			f->stage.w->vgpr[0][l] = 63 - l;
		set_sgpr64(f->stage.w, 4, DATA | 8ULL << 48 | 1ULL << 63);
		f->stage.w->sgpr[6] = WAVE_LANES;
		f->stage.w->sgpr[7] = 0x00080000 | 3 << 21;
		if (i) {
			assert_int_equal(wave_run(f->stage.w, 1), WAVE_ILLEGAL);
			assert_non_null(strstr(f->stage.w->why, "element"));
			continue;
		}
		stage_step(&f->stage, lines[i]);
		for (l = 0; l < WAVE_LANES; l++)
			assert_int_equal(f->stage.w->vgpr[4][l], 0x01010101 * (64 + 63 - l));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_are_those_of_lanes),
		cmocka_unit_test(elements_are_apart),
	};

	if (!isa_assembler()) {
		printf("1..1\nok 1 - memory # SKIP no llvm-mc\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
