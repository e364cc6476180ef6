// SPDX-License-Identifier: MIT
/*
 * Running a wave: code pages, the loop.
 */
#include <errno.h>
#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>

#include "inst.h"

#define CODE_PAGES	256
#define CODE_SLOTS	(PAGE_SIZE / 4)

struct code_page {
	u64 base;
	bool valid;
	struct inst *slot[CODE_SLOTS];
};

struct code {
	struct code_page *page[CODE_PAGES];
};

struct wave *wave_new(void)
{
	struct wave *w = aligned_alloc(64, (sizeof(*w) + 63) & ~63UL);

	if (w)
		memset(w, 0, sizeof(*w));
	return w;
}

struct code *code_new(void)
{
	return calloc(1, sizeof(struct code));
}

static void page_free(struct code_page *page)
{
	unsigned int i;

	for (i = 0; page && i < CODE_SLOTS; i++)
		free(page->slot[i]);
	free(page);
}

void code_flush(struct code *code)
{
	unsigned int i;

	for (i = 0; i < CODE_PAGES; i++) {
		page_free(code->page[i]);
		code->page[i] = NULL;
	}
}

void code_free(struct code *code)
{
	if (code)
		code_flush(code);
	free(code);
}

static struct code_page *page_of(struct code *code, u64 pc)
{
	struct code_page **p = &code->page[pc / PAGE_SIZE % CODE_PAGES];
	u64 base = ALIGN_DOWN(pc, PAGE_SIZE);

	if (*p && (*p)->base != base) {
		page_free(*p);
		*p = NULL;
	}
	if (!*p) {
		*p = calloc(1, sizeof(**p));
		if (*p)
			(*p)->base = base;
	}
	return *p;
}

static void stop(struct wave *w, const char *why)
{
	snprintf(w->why, sizeof(w->why), "%s", why);
	w->status = WAVE_ILLEGAL;
}

void wave_illegal(struct wave *w, const struct inst *in, const char *why)
{
	snprintf(w->why, sizeof(w->why), "%s%s%s", in->row->name,
		 *why ? ": " : "", why);
	memcpy(w->word, in->word, sizeof(w->word));
	w->status = WAVE_ILLEGAL;
}

bool wave_access(struct wave *w, int error, const char *what, u64 va)
{
	if (!error)
		return true;
	w->status = WAVE_FAULT;
	if (error != -EFAULT) {
		snprintf(w->why, sizeof(w->why), "%s at 0x%llx: error %d", what,
			 (unsigned long long)va, -error);
		w->status = WAVE_VIOLATION;
	}
	return false;
}

/*
 * The words at the pc.  What follows them is asked for only when the instruction
 * turns out to be longer: it may lie in a page that is not there.
 */
static unsigned int fetch(struct wave *w, struct inst *in)
{
	u32 words[3] = { 0 };
	unsigned int have, size;

	for (have = 4; have <= 12; have += 4) {
		u64 va = w->pc + have - 4;

		if (!wave_access(w, w->memory->fetch(w->ctx, va, &words[have / 4 - 1], 4),
				 "fetch", va))
			return 0;
		size = inst_decode(in, words);
		if (!size && have < 8)
			continue;
		if (size && size <= have)
			return size;
		if (!size)
			break;
	}
	snprintf(w->why, sizeof(w->why), "no instruction %08x %08x", words[0], words[1]);
	memcpy(w->word, words, sizeof(w->word));
	w->status = WAVE_ILLEGAL;
	return 0;
}

static const struct inst *next(struct wave *w)
{
	struct code_page *page = page_of(w->code, w->pc);
	struct inst **slot, in;

	if (!page || !IS_ALIGNED(w->pc, 4)) {
		stop(w, page ? "pc is not aligned" : "out of memory");
		return NULL;
	}
	slot = &page->slot[w->pc % PAGE_SIZE / 4];
	if (*slot)
		return *slot;
	if (!fetch(w, &in))
		return NULL;
	*slot = malloc(sizeof(in));
	if (!*slot) {
		stop(w, "out of memory");
		return NULL;
	}
	**slot = in;
	return *slot;
}

static int host_rounding(u32 mode)
{
	static const int modes[4] = {
		FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO
	};

	return modes[mode & 3];
}

static void execute_rounded(struct wave *w, const struct inst *in)
{
	u32 mode = in->round == 1 ? w->mode : w->mode >> 2;

	fesetround(host_rounding(mode));
	in->exec(w, in);
	fesetround(FE_TONEAREST);
}

/*
 * s_set_gpr_idx: M0[7:0] is added to the numbers of VGPRs, of sources a, b, c if
 * M0[12], [13], [14] are set, of the destination if M0[15] is.  A source outside
 * of the allocation is v0, a destination outside is not written.
 */
static bool index_registers(const struct wave *w, struct inst *in)
{
	u32 m0 = w->sgpr[SGPR_M0], index = m0 & 0xff;
	int i;

	for (i = 0; i < 3; i++) {
		if (!(m0 >> (12 + i) & 1) || in->src[i] < OPERAND_VGPR)
			continue;
		in->src[i] += index;
		if (in->src[i] >= OPERAND_VGPR + w->vgprs)
			in->src[i] = OPERAND_VGPR;
	}
	if (m0 & 0x8000 && in->dst >= OPERAND_VGPR)
		in->dst += index;
	return in->dst < OPERAND_VGPR + w->vgprs && inst_registers(in);
}

static void execute(struct wave *w, const struct inst *in)
{
	if (!in->exec) {
		wave_illegal(w, in, "not implemented");
		return;
	}
	if (in->vgprs > w->vgprs || in->accs > w->accs) {
		wave_illegal(w, in, "register not allocated");
		return;
	}
	if (in->vector)
		w->mask = wave_exec(w);
	if (in->round && w->mode & (MODE_ROUND32 | MODE_ROUND64))
		execute_rounded(w, in);
	else
		in->exec(w, in);
}

static void execute_indexed(struct wave *w, const struct inst *in)
{
	struct inst indexed = *in;

	if (in->accs)
		wave_illegal(w, in, "s_set_gpr_idx_on with accumulators");
	else if (index_registers(w, &indexed))
		execute(w, &indexed);
}

/* A vector instruction where MODE has a say. */
static void execute_vector(struct wave *w, const struct inst *in)
{
	if (w->mode & MODE_VSKIP)
		return;
	if (in->format <= ISA_VOP3P)
		execute_indexed(w, in);
	else
		execute(w, in);
}

/* The instruction at the pc was not done: it is repeated. */
static bool repeats(enum wave_status status)
{
	return status == WAVE_FAULT || status == WAVE_ILLEGAL ||
	       status == WAVE_VIOLATION;
}

enum wave_status wave_run(struct wave *w, unsigned int budget)
{
	const struct inst *in;
	u64 pc;

	w->status = WAVE_RUNNING;
	while (budget-- && w->status == WAVE_RUNNING) {
		in = next(w);
		if (!in)
			break;
		pc = w->pc;
		w->pc += in->size;
		if (w->mode & (MODE_GPR_IDX | MODE_VSKIP) && in->vector)
			execute_vector(w, in);
		else
			execute(w, in);
		if (repeats(w->status))
			w->pc = pc;
		else
			w->done = 0;
	}
	return w->status;
}

void wave_reset(struct wave *w, u64 pc, u32 mode)
{
	memset(w->vgpr, 0, w->vgprs * sizeof(w->vgpr[0]));
	memset(w->vgpr[WAVE_ACC], 0, w->accs * sizeof(w->vgpr[0]));
	memset(w->sgpr, 0, sizeof(w->sgpr));
	w->pc = pc;
	w->mode = mode;
	w->scc = 0;
	w->trapsts = 0;
	w->privileged = false;
	w->halted = false;
	w->message = 0;
	w->done = 0;
	w->status = WAVE_RUNNING;
	set_sgpr64(w, SGPR_EXEC, ~0ULL);
}

void wave_enter_trap(struct wave *w, u64 code, u64 data)
{
	u32 id = 0;
	u64 pc = w->pc;

	switch (w->status) {
	case WAVE_TRAP:
		/* The pc is behind s_trap. */
		pc -= 4;
		id = w->message & 0xff;
		break;
	case WAVE_ILLEGAL:
		w->trapsts |= TRAPSTS_ILLEGAL_INST;
		break;
	default:
		w->trapsts |= TRAPSTS_MEM_VIOL;
		break;
	}
	set_sgpr64(w, SGPR_TTMP, (pc & 0xffffffffffffULL) | (u64)id << 48);
	w->sgpr[SGPR_TTMP + 12] = wave_status_register(w);
	set_sgpr64(w, SGPR_TTMP + 14, data);
	w->privileged = true;
	w->pc = code;
	w->done = 0;
	w->status = WAVE_RUNNING;
}
