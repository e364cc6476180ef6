// SPDX-License-Identifier: MIT
/* Kernels on AQL and PM4 queues, without any runtime. */

#include "kselftest_harness.h"
#include "amd_queue.h"
#include "queue.h"

#define SECONDS	300
#define ITEMS	1024

/* Offsets in the memory that holds the code. */
#define DESCRIPTOR	0
#define CODE		256
#define KERNARG		1024

/* memory[work-group * 64 + id]++; kernarg in s[0:1], number of the work-group in s2 */
static const uint32_t count[] = {
	0xc0060100, 0x00000000,		/* s_load_dwordx2 s[4:5], s[0:1], 0x0 */
	0x24020082,			/* v_lshlrev_b32 v1, 2, v0 */
	0x8e068802,			/* s_lshl_b32 s6, s2, 8 */
	0x68020206,			/* v_add_u32 v1, s6, v1 */
	0x7e040281,			/* v_mov_b32 v2, 1 */
	0xbf8cc07f,			/* s_waitcnt lgkmcnt(0) */
	0xdd088000, 0x00040201,		/* global_atomic_add v1, v2, s[4:5] */
	0xbf810000,			/* s_endpgm */
};

static const uint32_t for_ever[] = {
	0xbf82ffff,			/* s_branch to itself */
};

/* The kernel descriptor of the HSA ABI. */
struct descriptor {
	uint32_t sizes[4];
	uint64_t entry;			/* from here on */
	uint32_t reserved[5];
	uint32_t rsrc3;
	uint32_t rsrc1;
	uint32_t rsrc2;
	uint16_t properties;
	uint16_t reserved2[3];
};

_Static_assert(sizeof(struct descriptor) == 64, "descriptor");

#define RSRC1	0		/* 8 vector registers */
#define RSRC2	(2 << 1 | 1 << 7)	/* 2 user SGPRs, work-group x */
#define RSRC3	1		/* all of them are v */
#define KERNARG_PTR	0x8

FIXTURE(dispatch)
{
	struct t_kfd kfd;
	struct t_queue q;
	struct amd_signal *signal;
	uint32_t *memory;
};

FIXTURE_VARIANT(dispatch)
{
	bool vram;
};

FIXTURE_VARIANT_ADD(dispatch, dram)
{
	.vram = false,
};

FIXTURE_VARIANT_ADD(dispatch, vram)
{
	.vram = true,
};

static char *place_code(struct _test_data_dispatch *self, bool vram, const uint32_t *code,
			size_t size)
{
	char *mem = vram ? t_vram_bo(&self->kfd.gpu[0], T_PAGE) : t_host(T_PAGE);
	const struct descriptor d = {
		.entry = CODE - DESCRIPTOR,
		.rsrc1 = RSRC1,
		.rsrc2 = RSRC2,
		.rsrc3 = RSRC3,
		.properties = KERNARG_PTR,
	};

	if (!mem)
		return NULL;
	memset(mem, 0, T_PAGE);
	memcpy(mem + DESCRIPTOR, &d, sizeof(d));
	memcpy(mem + CODE, code, size);
	return mem;
}

FIXTURE_SETUP(dispatch)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_queue_open(&self->q, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE_AQL));
	self->signal = t_host(T_PAGE);
	self->memory = variant->vram ? t_vram_bo(&self->kfd.gpu[0], 2 * T_PAGE) :
				       t_host(2 * T_PAGE);
	ASSERT_NE(NULL, self->signal);
	ASSERT_NE(NULL, self->memory);
	memset(self->memory, 0, 2 * T_PAGE);
}

FIXTURE_TEARDOWN(dispatch)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->signal, T_PAGE));
	EXPECT_EQ(0, t_free(self->memory, 2 * T_PAGE));
	EXPECT_EQ(0, t_close(&self->kfd));
}

static void put_kernel(struct _test_data_dispatch *self, char *code, const void *memory,
		       uint32_t items)
{
	const struct t_aql_dispatch packet = {
		.header = AQL_HEADER(AQL_DISPATCH),
		.setup = 1,
		.workgroup = { 64, 1, 1 },
		.grid = { items, 1, 1 },
		.kernel_object = (uintptr_t)code + DESCRIPTOR,
		.kernarg = (uintptr_t)code + KERNARG,
		.completion = (uintptr_t)self->signal,
	};

	memcpy(code + KERNARG, &memory, sizeof(memory));
	self->signal->kind = AMD_SIGNAL_USER;
	t_set_qword(&self->signal->value, 1);
	t_put(&self->q, (const uint32_t *)&packet, 16);
	t_submit(&self->q);
}

TEST_F_TIMEOUT(dispatch, each_item_runs_once, SECONDS)
{
	char *code = place_code(self, variant->vram, count, sizeof(count));

	ASSERT_NE(NULL, code);
	for (uint32_t items = ITEMS; items > ITEMS - 3; items--) {
		memset(self->memory, 0, 2 * T_PAGE);
		put_kernel(self, code, self->memory, items);
		ASSERT_TRUE(t_wait_qword(&self->signal->value, 0, T_SOON));
		for (uint32_t i = 0; i < ITEMS + 64; i++)
			ASSERT_EQ(i < items, self->memory[i]);
	}
	EXPECT_EQ(0, t_free(code, T_PAGE));
}

TEST_F_TIMEOUT(dispatch, a_kernel_without_end_is_destroyed, SECONDS)
{
	char *code = place_code(self, variant->vram, for_ever, sizeof(for_ever));
	struct t_queue other;
	double start;

	ASSERT_NE(NULL, code);
	ASSERT_EQ(0, t_queue_open(&other, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE_AQL));
	put_kernel(self, code, self->memory, 64 * 100);
	/* Another queue gets on meanwhile. */
	EXPECT_TRUE(t_finish(&other));
	start = t_now();
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_GT(T_SOON, t_now() - start);
	EXPECT_EQ(0, t_queue_close(&other));
	EXPECT_EQ(0, t_free(code, T_PAGE));
	ASSERT_EQ(0, t_queue_open(&self->q, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE_AQL));
}

TEST_F_TIMEOUT(dispatch, registers_of_pm4_start_a_kernel, SECONDS)
{
	char *code = place_code(self, variant->vram, count, sizeof(count));
	const uint64_t pgm = ((uintptr_t)code + CODE) >> 8;
	const uint64_t kernarg = (uintptr_t)code + KERNARG;
	const uint32_t packets[] = {
		/* SET_SH_REG: start, threads; address; resources; user data */
		0xc0067602, 0x204, 0, 0, 0, 64, 1, 1,
		0xc0027602, 0x20c, pgm, pgm >> 32,
		0xc0027602, 0x212, RSRC1, RSRC2,
		0xc0017602, 0x22d, RSRC3,
		0xc0027602, 0x240, kernarg, kernarg >> 32,
		/* DISPATCH_DIRECT of work-items */
		0xc0031502, ITEMS, 1, 1, 0x21,
	};
	struct t_queue pm4;

	ASSERT_NE(NULL, code);
	memcpy(code + KERNARG, &self->memory, sizeof(self->memory));
	ASSERT_EQ(0, t_queue_open(&pm4, &self->kfd.gpu[0], HSA_QUEUE_COMPUTE));
	ASSERT_EQ(0, t_put(&pm4, packets, ARRAY_SIZE(packets)));
	ASSERT_TRUE(t_finish(&pm4));
	for (uint32_t i = 0; i < ITEMS + 64; i++)
		ASSERT_EQ(i < ITEMS, self->memory[i]);
	EXPECT_EQ(0, t_queue_close(&pm4));
	EXPECT_EQ(0, t_free(code, T_PAGE));
}

T_QUEUE_MAIN
