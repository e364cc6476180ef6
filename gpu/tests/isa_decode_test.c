// SPDX-License-Identifier: MIT
/*
 * Every row is decoded from words that llvm-mc knows, printed, and assembled to
 * the same words again.  With --table, print what docs/isa.md has of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../isa/inst.h"
#include "isa_slow.h"
#include "isa_text.h"

#define MAX_ROWS	2048

struct golden {
	struct isa_words words[MAX_ROWS];
	unsigned int n;
};

static int setup(void **state)
{
	struct golden *g = calloc(1, sizeof(*g));
	char path[600], line[100];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "%s/isa_rows.golden", TESTS_DIR);
	f = fopen(path, "r");
	if (!g || !f)
		return -1;
	while (fgets(line, sizeof(line), f) && g->n < MAX_ROWS) {
		u32 *w = g->words[g->n].word;

		n = sscanf(line, "%x %x %x", &w[0], &w[1], &w[2]);
		if (n < 1)
			return -1;
		g->words[g->n++].bytes = n * 4;
	}
	fclose(f);
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void every_row_is_decoded(void **state)
{
	const struct golden *g = *state;
	const struct isa_row *seen[MAX_ROWS];
	unsigned int i, j, f, missing = 0;
	struct inst in;

	assert_true(g->n > 1000);
	for (i = 0; i < g->n; i++) {
		assert_int_equal(inst_decode(&in, g->words[i].word),
				 g->words[i].bytes);
		seen[i] = in.row;
	}
	for (f = 0; f < ISA_FORMATS; f++) {
		for (j = 0; j < isa_tables[f].rows; j++) {
			const struct isa_row *row = &isa_tables[f].row[j];

			for (i = 0; row->name && i < g->n && seen[i] != row;)
				i++;
			if (row->name && i == g->n) {
				print_message("%s: no sample\n", row->name);
				missing++;
			}
		}
	}
	assert_int_equal(missing, 0);
}

static void rows_round_trip(void **state)
{
	const struct golden *g = *state;
	static char text[MAX_ROWS][200];
	static const char *lines[MAX_ROWS];
	static struct isa_words out[MAX_ROWS];
	struct inst in;
	unsigned int i;

	if (!isa_assembler()) {
		print_message("no llvm-mc\n");
		skip();
	}
	for (i = 0; i < g->n; i++) {
		assert_true(inst_decode(&in, g->words[i].word) > 0);
		inst_print(&in, text[i], sizeof(text[i]));
		lines[i] = text[i];
	}
	assert_int_equal(isa_assemble(lines, g->n, out), g->n);
	for (i = 0; i < g->n; i++) {
		if (memcmp(&out[i], &g->words[i], sizeof(out[i])))
			fail_msg("%s: %08x %08x, not %08x %08x", text[i],
				 out[i].word[0], out[i].word[1],
				 g->words[i].word[0], g->words[i].word[1]);
	}
}

/* Modifiers: text, assembled, printed, assembled. */
static void modifiers_round_trip(void **state)
{
	static const char *const lines[] = {
		"v_add_f32_e64 v0, -v1, |v2| clamp mul:2",
		"v_fma_f32 v0, -|v1|, s2, 1.0 div:2",
		"v_add_f32_dpp v0, v1, v2 row_shr:1 row_mask:0xf bank_mask:0xf",
		"v_mov_b32_dpp v0, v1 quad_perm:[1,0,3,2] row_mask:0xa bank_mask:0x5 bound_ctrl:0",
		"v_mov_b32_dpp v0, v1 row_bcast:15 row_mask:0xa bank_mask:0xf",
		"v_add_u32_sdwa v0, v1, v2 dst_sel:BYTE_1 dst_unused:UNUSED_PRESERVE src0_sel:WORD_1 src1_sel:BYTE_3",
		"v_mov_b32_sdwa v0, sext(v1) dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:BYTE_0",
		"v_cmp_lt_u32_sdwa vcc, v1, v2 src0_sel:BYTE_0 src1_sel:DWORD",
		"v_mad_u16 v0, v1, v2, v3 op_sel:[1,0,0,1]",
		"v_pk_fma_f16 v0, v1, v2, v3 op_sel:[0,1,0] op_sel_hi:[1,0,1] neg_lo:[1,0,0]",
		"v_pk_add_f32 v[0:1], v[2:3], v[4:5] op_sel_hi:[1,0]",
		"global_load_dword v0, v1, s[2:3] offset:-16 glc slc",
		"global_atomic_add v0, v[2:3], v4, off offset:4095 glc",
		"scratch_store_dword off, v0, s33 offset:4",
		"flat_load_dwordx4 a[0:3], v[2:3] offset:16",
		"buffer_store_dword v0, off, s[0:3], 0 offset:4",
		"buffer_load_dwordx2 v[2:3], v[0:1], s[4:7], s33 idxen offen offset:8",
		"s_load_dwordx2 s[4:5], s[6:7], s8",
		"s_load_dword vcc_lo, s[6:7], -0x4",
		"ds_read2_b64 v[0:3], v4 offset0:1 offset1:255",
		"ds_swizzle_b32 v0, v1 offset:0x8055",
		"s_and_saveexec_b64 s[0:1], vcc",
		"s_mov_b64 exec, -1",
		"s_add_u32 s0, s1, 0xdeadbeef",
		"v_mul_f32 v0, 0x40490fdb, v1",
		"v_rcp_f64_e32 v[0:1], 0.15915494309189532",
		"v_mfma_f32_32x32x1f32 a[0:31], v0, v1, a[0:31] cbsz:1 abid:2 blgp:3",
		"v_fma_mix_f32 v0, -|v1|, v2, -v3 op_sel:[1,0,0] op_sel_hi:[1,1,0] clamp",
		"v_fma_mixlo_f16 v0, |v1|, s2, 1.0",
	};
	static char text[ARRAY_SIZE(lines)][200];
	struct isa_words first[ARRAY_SIZE(lines)], second[ARRAY_SIZE(lines)];
	const char *printed[ARRAY_SIZE(lines)];
	struct inst in;
	unsigned int i;

	if (!isa_assembler()) {
		print_message("no llvm-mc\n");
		skip();
	}
	assert_int_equal(isa_assemble(lines, ARRAY_SIZE(lines), first),
			 ARRAY_SIZE(lines));
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(inst_decode(&in, first[i].word), first[i].bytes);
		inst_print(&in, text[i], sizeof(text[i]));
		printed[i] = text[i];
	}
	assert_int_equal(isa_assemble(printed, ARRAY_SIZE(lines), second),
			 ARRAY_SIZE(lines));
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		if (memcmp(&first[i], &second[i], sizeof(first[i])))
			fail_msg("%s became %s", lines[i], text[i]);
	}
}

/* What goes to LDS has no register; not all assemblers know these. */
static void transfers_to_lds_are_printed(void **state)
{
	static const struct {
		u32 word[3];
		const char *text;
	} rows[] = {
		{ { 0xe0510000, 0x01010000 }, "buffer_load_dword off, s[4:7], s1 lds" },
		{ { 0xe0511000, 0x01010000 }, "buffer_load_dword v0, s[4:7], s1 offen lds" },
		{ { 0xdc50bffc, 0x00020000 }, "global_load_dword v0, s[2:3] offset:-4 lds" },
		{ { 0xdc506000, 0x007f0000 }, "scratch_load_dword v0, off lds" },
		{ { 0xe0f50004, 0x01010000 }, "buffer_store_lds_dword s[4:7], s1 offset:4 lds" },
	};
	struct inst in;
	char text[80];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(inst_decode(&in, rows[i].word), 8);
		inst_print(&in, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

static void words_that_are_nothing_are_refused(void **state)
{
	static const u32 bad[][3] = {
		{ 0xffffffff, 0xffffffff, 0 },	/* no such encoding */
		{ 0xbf900000 | 0x7f << 16, 0, 0 },	/* SOPP 127 */
		{ 0xd1ff0000 | 0x3ff << 16, 0, 0 },	/* VOP3 1023 */
		{ 0xdc00c000, 0, 0 },		/* FLAT, segment 3 */
		{ 0xd0c10080, 0x00020501, 0 },	/* v_cmp_lt_i32 to 128 */
		{ 0xd0c1007f, 0x00020501, 0 },	/* v_cmp_lt_i32 to s[127:128] */
		{ 0xbeff0100, 0, 0 },		/* s_mov_b64 to s[127:128] */
	};
	struct inst in;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(inst_decode(&in, bad[i]), 0);
}

static bool has_rule(const char *name)
{
	const struct slow_rule *rule;

	for (rule = slow_rules; rule; rule = rule->next) {
		if (!strcmp(rule->name, name))
			return true;
	}
	return false;
}

/* What is executed, as docs/isa.md has it. */
static void write_table(FILE *out)
{
	const struct isa_row *row;
	unsigned int f, i;

	fprintf(out, "| encoding | rows | executed | with a rule in the slow evaluator |\n"
		"|---|---|---|---|\n");
	for (f = 0; f < ISA_FORMATS; f++) {
		unsigned int rows = 0, done = 0, ruled = 0;

		for (i = 0; i < isa_tables[f].rows; i++) {
			row = &isa_tables[f].row[i];
			rows += !!row->name;
			done += row->name && row->exec;
			ruled += row->name && row->exec && has_rule(row->name);
		}
		fprintf(out, "| %s | %u | %u | %u |\n", isa_tables[f].name, rows, done,
			ruled);
	}
	for (f = 0; f < ISA_FORMATS; f++) {
		unsigned int n = 0;

		for (i = 0; i < isa_tables[f].rows; i++) {
			row = &isa_tables[f].row[i];
			if (!row->name || row->exec)
				continue;
			if (!n++)
				fprintf(out, "\nNot executed, %s:\n\n", isa_tables[f].name);
			fprintf(out, "- %s\n", row->name);
		}
	}
}

static char *whole_file(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *f = fopen(path, "r");

	if (f && text && fread(text, 1, (1 << 20) - 1, f) == 0)
		text[0] = 0;
	if (f)
		fclose(f);
	return text;
}

static void the_manual_has_the_table(void **state)
{
	char *page = whole_file(TESTS_DIR "/../../docs/isa.md"), *table = NULL;
	size_t len;
	FILE *f = open_memstream(&table, &len);

	write_table(f);
	fclose(f);
	if (!strstr(page, table))
		fail_msg("docs/isa.md: put the output of isa_decode_test --table into it");
	free(table);
	free(page);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_has_the_table),
		cmocka_unit_test(every_row_is_decoded),
		cmocka_unit_test(rows_round_trip),
		cmocka_unit_test(modifiers_round_trip),
		cmocka_unit_test(transfers_to_lds_are_printed),
		cmocka_unit_test(words_that_are_nothing_are_refused),
	};

	if (argc > 1 && !strcmp(argv[1], "--table")) {
		write_table(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
