// SPDX-License-Identifier: MIT
/*
 * The local data share: exchanges at two places, the places of lanes, counters.  Loads,
 * stores and atomics at one place are in isa_memory_test.c.
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
};

static const struct wave_memory memory = { .fetch = stage_fetch };

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stage_open(&f->stage, &memory, 32);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_places),
		cmocka_unit_test(exchange_on_condition),
		cmocka_unit_test(places_of_lanes),
		cmocka_unit_test(counters),
	};

	if (!isa_assembler()) {
		printf("1..1\nok 1 - lds # SKIP no llvm-mc\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
