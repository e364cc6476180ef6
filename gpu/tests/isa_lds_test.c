// SPDX-License-Identifier: MIT
/*
 * The local data share: exchanges at two places, the places of lanes, counters, transfers
 * from and to memory.  Loads, stores and atomics at one place are in isa_memory_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa_stage.h"

#define DWORDS		2048U
#define EVEN_LANES	0x5555555555555555ULL

struct fixture {
	struct stage stage;
	u32 lds[DWORDS];
	u8 data[4096];
};

static const struct wave_memory memory = {
	.fetch = stage_fetch, .read = stage_read, .write = stage_write,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stage_open(&f->stage, &memory, 32);
	f->stage.data = f->data;
	f->stage.data_size = sizeof(f->data);
	f->stage.w->lds = (u8 *)f->lds;
	f->stage.w->lds_size = sizeof(f->lds);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* Data is in v4 and v5 (or v[4:7]), each lane with numbers of its own. */
static void prepare(struct fixture *f, const char *text)
{
	struct isa_words words;
	unsigned int i, l;

	assert_int_equal(isa_assemble(&text, 1, &words), 1);
	stage_load(&f->stage, &words, 0xf0);
	for (l = 0; l < WAVE_LANES; l++) {
		for (i = 0; i < 8; i++)
			f->stage.w->vgpr[i][l] = 1000 * i + l;
	}
	for (i = 0; i < DWORDS; i++)
		f->lds[i] = 0x10000 + i;
}

/* The data of two places, @first and @second dwords behind the lane's. */
struct exchange {
	const char *text;
	unsigned int dwords, first, second;
};

static void two_places(void **state)
{
	static const struct exchange rows[] = {
		{ "ds_wrxchg2_rtn_b32 v[8:9], v0, v4, v6 offset0:3 offset1:130", 1, 3, 130 },
		{ "ds_wrxchg2st64_rtn_b32 v[8:9], v0, v4, v6 offset0:1 offset1:4", 1, 64, 256 },
		{ "ds_wrxchg2_rtn_b64 v[8:11], v0, v[4:5], v[6:7] offset1:129", 2, 0, 258 },
		{ "ds_wrxchg2st64_rtn_b64 v[8:11], v0, v[4:5], v[6:7] offset1:2", 2, 0, 256 },
	};
	static u32 want[DWORDS];
	struct fixture *f = *state;
	unsigned int i, k, l;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct exchange *r = &rows[i];
		unsigned int n = r->dwords;

		prepare(f, r->text);
		set_sgpr64(f->stage.w, SGPR_EXEC, EVEN_LANES);
		memcpy(want, f->lds, sizeof(want));
		for (l = 0; l < WAVE_LANES; l++)
			f->stage.w->vgpr[0][l] = 4 * n * l;
		stage_step(&f->stage, r->text);
		for (l = 0; l < WAVE_LANES; l++) {
			for (k = 0; k < n; k++) {
				u32 a = r->first + n * l + k, b = r->second + n * l + k;
				bool on = l % 2 == 0;

				assert_int_equal(f->stage.w->vgpr[8 + k][l], on ? 0x10000 + a : 0);
				assert_int_equal(f->stage.w->vgpr[8 + n + k][l],
						 on ? 0x10000 + b : 0);
				want[a] = on ? 4000 + 1000 * k + l : want[a];
				want[b] = on ? 6000 + 1000 * k + l : want[b];
			}
		}
		assert_memory_equal(f->lds, want, sizeof(want));
	}
}

/* Bit 31 of the data says whether its other bits are stored. */
static void exchange_on_condition(void **state)
{
	static const char text[] = "ds_condxchg32_rtn_b64 v[8:9], v0, v[4:5] offset:64";
	struct fixture *f = *state;
	unsigned int l;

	prepare(f, text);
	for (l = 0; l < WAVE_LANES; l++) {
		/* The address is that of a multiple of 8. */
		f->stage.w->vgpr[0][l] = 8 * l + 5;
		f->stage.w->vgpr[4][l] |= l & 1 ? 0x80000000 : 0;
		f->stage.w->vgpr[5][l] |= l & 2 ? 0x80000000 : 0;
	}
	stage_step(&f->stage, text);
	for (l = 0; l < WAVE_LANES; l++) {
		assert_int_equal(f->stage.w->vgpr[8][l], 0x10010 + 2 * l);
		assert_int_equal(f->stage.w->vgpr[9][l], 0x10011 + 2 * l);
		assert_int_equal(f->lds[16 + 2 * l], l & 1 ? 4000 + l : 0x10010 + 2 * l);
		assert_int_equal(f->lds[17 + 2 * l], l & 2 ? 5000 + l : 0x10011 + 2 * l);
	}
}

static void places_of_lanes(void **state)
{
	static const char read[] = "ds_read_addtid_b32 v8 offset:16";
	static const char write[] = "ds_write_addtid_b32 v4 offset:16";
	struct fixture *f = *state;
	unsigned int l;

	prepare(f, read);
	f->stage.w->sgpr[SGPR_M0] = 0xabcd1040;
	set_sgpr64(f->stage.w, SGPR_EXEC, EVEN_LANES);
	stage_step(&f->stage, read);
	for (l = 0; l < WAVE_LANES; l++)
		assert_int_equal(f->stage.w->vgpr[8][l], l % 2 ? 0 : 0x10000 + 1044 + l);
	prepare(f, write);
	f->stage.w->sgpr[SGPR_M0] = 0xabcd1040;
	set_sgpr64(f->stage.w, SGPR_EXEC, EVEN_LANES);
	stage_step(&f->stage, write);
	for (l = 0; l < WAVE_LANES; l++)
		assert_int_equal(f->lds[1044 + l], l % 2 ? 0x10000 + 1044 + l : 4000 + l);
	assert_int_equal(f->lds[1043], 0x10413);
	assert_int_equal(f->lds[1108], 0x10454);
}

/* Each lane that is on counts, and gets the number before. */
static void counters(void **state)
{
	static const char * const text[] = { "ds_append v8 offset:8", "ds_consume v8 offset:8" };
	static const u64 masks[] = { ~0ULL, EVEN_LANES, 1ULL << 63, 0 };
	static const int lanes[] = { 64, 32, 1, 0 };
	struct fixture *f = *state;
	unsigned int i, l;

	for (i = 0; i < 2 * ARRAY_SIZE(masks); i++) {
		u64 mask = masks[i / 2];

		prepare(f, text[i % 2]);
		f->lds[2] = 10;
		set_sgpr64(f->stage.w, SGPR_EXEC, mask);
		stage_step(&f->stage, text[i % 2]);
		assert_int_equal(f->lds[2], (u32)(i % 2 ? 10 - lanes[i / 2] : 10 + lanes[i / 2]));
		for (l = 0; l < WAVE_LANES; l++)
			assert_int_equal(f->stage.w->vgpr[8][l], mask >> l & 1 ? 10 : 0);
	}
	prepare(f, text[0]);
	f->stage.w->sgpr[SGPR_M0] = 16;
	assert_int_equal(wave_run(f->stage.w, 1), WAVE_ILLEGAL);
	assert_string_equal(f->stage.w->why, "ds_append: m0 is not 0");
}

/* Bit of an instruction that says: from or to LDS.  Not all assemblers have a word. */
#define BUFFER_LDS	0x10000u
#define FLAT_LDS	0x2000u

static void prepare_transfer(struct fixture *f, const char *text, u32 bit, u32 m0)
{
	struct isa_words words;
	unsigned int i, l;

	prepare(f, text);
	assert_int_equal(isa_assemble(&text, 1, &words), 1);
	words.word[0] |= bit;
	stage_load(&f->stage, &words, 0xf0);
	for (i = 0; i < sizeof(f->data); i++)
		f->data[i] = 0x80 ^ i * 37;
	for (l = 0; l < WAVE_LANES; l++)
		f->stage.w->vgpr[0][l] = 60 * (63 - l);
	f->stage.w->sgpr[SGPR_M0] = m0;
	set_sgpr64(f->stage.w, 2, STAGE_DATA);
	set_sgpr64(f->stage.w, 4, STAGE_DATA);
	f->stage.w->sgpr[6] = 3600;
	f->stage.w->sgpr[7] = 4 << 15 | 4 << 12 | 4;
	set_sgpr64(f->stage.w, SGPR_FLAT_SCRATCH, STAGE_DATA);
}

/* What the lanes load: its size, its sign; of buffers, 0 behind byte 3600. */
struct transfer {
	const char *text;
	u32 bit;
	unsigned int bytes;
	bool sign;
};

static u32 transferred(struct fixture *f, const struct transfer *t, unsigned int lane)
{
	unsigned int offset = 60 * (63 - lane) + 8, i;
	u32 v = 0;

	if (t->bit == BUFFER_LDS && offset + t->bytes > 3600)
		return 0;
	for (i = 0; i < t->bytes; i++)
		v |= (u32)f->data[offset + i] << 8 * i;
	if (t->sign && v >> (8 * t->bytes - 1))
		v |= ~0u << 8 * t->bytes;
	return v;
}

static void from_memory(void **state)
{
	static const struct transfer rows[] = {
		{ "global_load_ubyte v1, v0, s[2:3] offset:8", FLAT_LDS, 1, false },
		{ "global_load_sbyte v1, v0, s[2:3] offset:8", FLAT_LDS, 1, true },
		{ "global_load_ushort v1, v0, s[2:3] offset:8", FLAT_LDS, 2, false },
		{ "global_load_sshort v1, v0, s[2:3] offset:8", FLAT_LDS, 2, true },
		{ "global_load_dword v1, v0, s[2:3] offset:8", FLAT_LDS, 4, false },
		{ "buffer_load_ubyte v1, v0, s[4:7], 0 offen offset:8", BUFFER_LDS, 1, false },
		{ "buffer_load_sbyte v1, v0, s[4:7], 0 offen offset:8", BUFFER_LDS, 1, true },
		{ "buffer_load_ushort v1, v0, s[4:7], 0 offen offset:8", BUFFER_LDS, 2, false },
		{ "buffer_load_sshort v1, v0, s[4:7], 0 offen offset:8", BUFFER_LDS, 2, true },
		{ "buffer_load_dword v1, v0, s[4:7], 0 offen offset:8", BUFFER_LDS, 4, false },
		{ "buffer_load_format_x v1, v0, s[4:7], 0 offen offset:8", BUFFER_LDS, 4, false },
	};
	struct fixture *f = *state;
	unsigned int i, l;
	u32 v1[WAVE_LANES];

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		prepare_transfer(f, rows[i].text, rows[i].bit, 0xabcd0100);
		memcpy(v1, f->stage.w->vgpr[1], sizeof(v1));
		set_sgpr64(f->stage.w, SGPR_EXEC, EVEN_LANES);
		stage_step(&f->stage, rows[i].text);
		for (l = 0; l < WAVE_LANES; l++) {
			u32 was = 0x10000 + 66 + l;
			u32 want = l % 2 ? was : transferred(f, &rows[i], l);

			if (f->lds[66 + l] != want)
				fail_msg("%s: lane %u: %08x, not %08x", rows[i].text, l,
					 f->lds[66 + l], want);
		}
		assert_int_equal(f->lds[65], 0x10000 + 65);
		assert_int_equal(f->lds[130], 0x10000 + 130);
		assert_memory_equal(v1, f->stage.w->vgpr[1], sizeof(v1));
	}
}

/* Lanes whose place is outside of LDS do not access memory, either. */
static void from_memory_to_the_end(void **state)
{
	static const struct transfer rows[] = {
		{ "global_load_dword v1, v0, s[2:3] offset:8", FLAT_LDS, 4, false },
		{ "global_load_ubyte v1, v0, s[2:3] offset:8", FLAT_LDS, 1, false },
		{ "buffer_load_format_x v1, v0, s[4:7], 0 offen offset:8", BUFFER_LDS, 4, false },
	};
	struct fixture *f = *state;
	unsigned int i, l;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		prepare_transfer(f, rows[i].text, rows[i].bit, sizeof(f->lds) - 8 - 40);
		f->stage.w->sgpr[6] = UINT32_MAX;
		for (l = 10; l < WAVE_LANES; l++)
			f->stage.w->vgpr[0][l] = 0x10000000;
		stage_step(&f->stage, rows[i].text);
		for (l = 0; l < 10; l++) {
			u32 v;

			memcpy(&v, f->data + 60 * (63 - l) + 8, 4);
			assert_int_equal(f->lds[DWORDS - 10 + l], rows[i].bytes == 4 ? v : (u8)v);
		}
		assert_int_equal(f->lds[DWORDS - 11], 0x10000 + DWORDS - 11);
	}
	/* The offset is signed, and no place is in front of LDS. */
	prepare_transfer(f, "global_load_dword v1, v0, s[2:3] offset:-8", FLAT_LDS, 0);
	f->stage.w->vgpr[0][63] = 8;
	f->stage.w->vgpr[0][0] = 0x10000000;
	f->stage.w->vgpr[0][1] = 0x10000000;
	stage_step(&f->stage, "offset:-8");
	for (l = 2; l < WAVE_LANES; l++) {
		u32 v;

		memcpy(&v, f->data + f->stage.w->vgpr[0][l] - 8, 4);
		assert_int_equal(f->lds[l - 2], v);
	}
	assert_int_equal(f->lds[62], 0x10000 + 62);
}

/* Private memory: dword i of lane l is at 256 * i + 4 * l. */
static void from_private_memory(void **state)
{
	static const char text[] = "scratch_load_dword v1, v0, off offset:8";
	struct fixture *f = *state;
	unsigned int l;

	prepare_transfer(f, text, FLAT_LDS, 0);
	for (l = 0; l < WAVE_LANES; l++)
		f->stage.w->vgpr[0][l] = 4 * (l % 4);
	stage_step(&f->stage, text);
	for (l = 0; l < WAVE_LANES; l++) {
		u32 v;

		memcpy(&v, f->data + 256 * (2 + l % 4) + 4 * l, 4);
		assert_int_equal(f->lds[2 + l], v);
	}
}

static void to_memory(void **state)
{
	static const char text[] = "buffer_store_lds_dword s[4:7], s1 offset:4 lds";
	struct fixture *f = *state;
	u8 want[sizeof(f->data)];
	unsigned int l;

	prepare_transfer(f, text, 0, 0x100);
	memcpy(want, f->data, sizeof(want));
	/* Records of 16 bytes, by the number of the lane; 50 of them. */
	f->stage.w->sgpr[1] = 32;
	f->stage.w->sgpr[5] |= 16 << 16;
	f->stage.w->sgpr[6] = 50;
	f->stage.w->sgpr[7] = 1 << 23;
	set_sgpr64(f->stage.w, SGPR_EXEC, EVEN_LANES);
	stage_step(&f->stage, text);
	for (l = 0; l < 50; l += 2)
		memcpy(want + 32 + 4 + 16 * l, &f->lds[65 + l], 4);
	assert_memory_equal(f->data, want, sizeof(want));
	assert_int_equal(f->lds[65], 0x10000 + 65);
}

static void not_to_lds(void **state)
{
	static const struct transfer rows[] = {
		{ "buffer_load_dwordx2 v[2:3], v0, s[4:7], 0 offen", BUFFER_LDS, 0, false },
		{ "buffer_load_short_d16 v1, v0, s[4:7], 0 offen", BUFFER_LDS, 0, false },
		{ "buffer_load_format_xy v[2:3], v0, s[4:7], 0 offen", BUFFER_LDS, 0, false },
		{ "buffer_load_format_d16_x v1, v0, s[4:7], 0 offen", BUFFER_LDS, 0, false },
		{ "buffer_store_dword v1, v0, s[4:7], 0 offen", BUFFER_LDS, 0, false },
		{ "buffer_store_format_x v1, v0, s[4:7], 0 offen", BUFFER_LDS, 0, false },
		{ "buffer_atomic_add v1, v0, s[4:7], 0 offen", BUFFER_LDS, 0, false },
		{ "flat_load_dword v1, v[2:3]", FLAT_LDS, 0, false },
		{ "global_load_dwordx4 v[4:7], v0, s[2:3]", FLAT_LDS, 0, false },
		{ "global_load_ubyte_d16 v1, v0, s[2:3]", FLAT_LDS, 0, false },
		{ "global_store_dword v0, v1, s[2:3]", FLAT_LDS, 0, false },
		{ "global_atomic_add v0, v1, s[2:3]", FLAT_LDS, 0, false },
	};
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		prepare_transfer(f, rows[i].text, rows[i].bit, 0);
		if (wave_run(f->stage.w, 1) != WAVE_ILLEGAL)
			fail_msg("%s: executed", rows[i].text);
		assert_non_null(strstr(f->stage.w->why, "to LDS"));
	}
	prepare_transfer(f, "buffer_store_lds_dword s[4:7], s1 lds", 0, 0);
	f->stage.code[0] &= ~BUFFER_LDS;
	assert_int_equal(wave_run(f->stage.w, 1), WAVE_ILLEGAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_places),
		cmocka_unit_test(exchange_on_condition),
		cmocka_unit_test(places_of_lanes),
		cmocka_unit_test(counters),
		cmocka_unit_test(from_memory),
		cmocka_unit_test(from_memory_to_the_end),
		cmocka_unit_test(from_private_memory),
		cmocka_unit_test(to_memory),
		cmocka_unit_test(not_to_lds),
	};

	if (!isa_assembler()) {
		printf("1..1\nok 1 - lds # SKIP no llvm-mc\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
