/* SPDX-License-Identifier: MIT */
/* Formats of buffers: what elements look like in memory and what registers get. */
#ifndef GPU_ISA_FORMAT_H
#define GPU_ISA_FORMAT_H

#include "wave.h"

/* Numeric formats, NFMT. */
enum numbers {
	NUMBERS_UNORM, NUMBERS_SNORM, NUMBERS_USCALED, NUMBERS_SSCALED,
	NUMBERS_UINT, NUMBERS_SINT, NUMBERS_FLOAT = 7,
};

struct format {
	enum numbers numbers;
	u8 bytes;		/* of an element in memory */
	u8 parts;		/* components: x, y, z, w */
	u8 bits[4];		/* of each, from the low end */
};

/**
 * format_find() - a format by its numbers
 * @f: result
 * @dfmt: data format, 4 bits
 * @nfmt: numeric format, 3 bits
 *
 * Return: false if there is no such format.
 */
bool format_find(struct format *f, unsigned int dfmt, unsigned int nfmt);

/** format_integer() - registers have integers, not real numbers */
bool format_integer(const struct format *f);

/** format_load() - component @part of the element at @p as 32 bits of a register */
u32 format_load(const struct format *f, const u8 *p, unsigned int part);

/** format_load_half() - the same as 16 bits; integers have 16 bits at most */
u16 format_load_half(const struct format *f, const u8 *p, unsigned int part);

/** format_stores() - there is a rule for stores, too */
bool format_stores(const struct format *f);

/** format_store() - put a register into component @part of the element at @p */
void format_store(const struct format *f, u8 *p, unsigned int part, u32 v);

/** format_widen() - 16 bits of a register as the 32 that format_store() takes */
u32 format_widen(const struct format *f, u16 h);

#endif
