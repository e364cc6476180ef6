/* SPDX-License-Identifier: MIT */
/* A wave and one instruction for it, for tests; included after cmocka.h. */
#ifndef TESTS_ISA_STAGE_H
#define TESTS_ISA_STAGE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../isa/wave.h"
#include "isa_text.h"

/* Where the instruction is, and what it reads and writes. */
#define CODE	0x10000ULL
#define STAGE_DATA	0x20000ULL

/**
 * struct stage - first member of a fixture, which is the context of @w's memory
 * @w: the wave
 * @code: one instruction
 * @data: what is at STAGE_DATA, for stage_read() and stage_write()
 * @data_size: of @data
 */
struct stage {
	struct wave *w;
	u32 code[64];
	void *data;
	size_t data_size;
};

/** stage_fetch() - wave_memory.fetch */
static inline int stage_fetch(void *ctx, u64 va, void *buf, size_t len)
{
	struct stage *s = ctx;

	if (va < CODE || va + len > CODE + sizeof(s->code))
		return -EFAULT;
	memcpy(buf, (u8 *)s->code + (va - CODE), len);
	return 0;
}

/** stage_at() - the data at an address of the wave, or NULL */
static inline void *stage_at(struct stage *s, u64 va, size_t len)
{
	return va >= STAGE_DATA && va + len <= STAGE_DATA + s->data_size ?
	       (u8 *)s->data + (va - STAGE_DATA) : NULL;
}

/** stage_read() - wave_memory.read */
static inline int stage_read(void *ctx, u64 va, void *buf, size_t len)
{
	void *p = stage_at(ctx, va, len);

	if (p)
		memcpy(buf, p, len);
	return p ? 0 : -EINVAL;
}

/** stage_write() - wave_memory.write */
static inline int stage_write(void *ctx, u64 va, const void *buf, size_t len)
{
	void *p = stage_at(ctx, va, len);

	if (p)
		memcpy(p, buf, len);
	return p ? 0 : -EINVAL;
}

/** stage_open() - a new wave with @vgprs registers */
static inline void stage_open(struct stage *s, const struct wave_memory *memory,
			      unsigned int vgprs)
{
	s->w = wave_new();
	s->w->memory = memory;
	s->w->ctx = s;
	s->w->code = code_new();
	s->w->vgprs = vgprs;
}

/** stage_close() - frees the wave and the fixture that @s is the first member of */
static inline void stage_close(struct stage *s)
{
	code_free(s->w->code);
	free(s->w);
	free(s);
}

/** stage_load() - the wave shall begin anew with this instruction */
static inline void stage_load(struct stage *s, const struct isa_words *words, u32 mode)
{
	memset(s->code, 0, sizeof(s->code));
	memcpy(s->code, words->word, words->bytes);
	code_flush(s->w->code);
	wave_reset(s->w, CODE, mode);
}

/** stage_step() - execute it, or the test has failed */
static inline void stage_step(struct stage *s, const char *text)
{
	if (wave_run(s->w, 1) != WAVE_RUNNING)
		fail_msg("%s: status %d: %s", text, s->w->status, s->w->why);
}

#endif
