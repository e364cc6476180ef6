// SPDX-License-Identifier: MIT
/*
 * Formats of buffers.  Names of data formats have the highest bits first: x is in the
 * low 11 bits of 10_11_11.
 */
#include <math.h>

#include "format.h"
#include "half.h"
#include "operand.h"

/* Which numeric formats there are of a data format: a bit each. */
#define SMALL_INTEGERS	0x3f	/* unorm, snorm, uscaled, sscaled, uint, sint */
#define SMALL_NUMBERS	0xbf	/* the same and float */
#define DWORDS		0xb0	/* uint, sint, float */

struct layout {
	u8 numbers;
	u8 parts;
	u8 bits[4];
};

static const struct layout layouts[16] = {
	[1] = { SMALL_INTEGERS, 1, { 8 } },
	[2] = { SMALL_NUMBERS, 1, { 16 } },
	[3] = { SMALL_INTEGERS, 2, { 8, 8 } },
	[4] = { DWORDS, 1, { 32 } },
	[5] = { SMALL_NUMBERS, 2, { 16, 16 } },
	[6] = { SMALL_NUMBERS, 3, { 11, 11, 10 } },
	[7] = { SMALL_NUMBERS, 3, { 10, 11, 11 } },
	[8] = { SMALL_INTEGERS, 4, { 2, 10, 10, 10 } },
	[9] = { SMALL_INTEGERS, 4, { 10, 10, 10, 2 } },
	[10] = { SMALL_INTEGERS, 4, { 8, 8, 8, 8 } },
	[11] = { DWORDS, 2, { 32, 32 } },
	[12] = { SMALL_NUMBERS, 4, { 16, 16, 16, 16 } },
	[13] = { DWORDS, 3, { 32, 32, 32 } },
	[14] = { DWORDS, 4, { 32, 32, 32, 32 } },
};

bool format_find(struct format *f, unsigned int dfmt, unsigned int nfmt)
{
	const struct layout *l = &layouts[dfmt & 15];
	unsigned int i, bits = 0;

	if (!(l->numbers >> (nfmt & 7) & 1))
		return false;
	f->numbers = nfmt & 7;
	f->parts = l->parts;
	for (i = 0; i < 4; i++) {
		f->bits[i] = l->bits[i];
		bits += l->bits[i];
	}
	f->bytes = bits / 8;
	return true;
}

bool format_integer(const struct format *f)
{
	return f->numbers == NUMBERS_UINT || f->numbers == NUMBERS_SINT;
}

static unsigned int first_bit(const struct format *f, unsigned int part)
{
	unsigned int i, n = 0;

	for (i = 0; i < part; i++)
		n += f->bits[i];
	return n;
}

static u32 mask_of(unsigned int bits)
{
	return bits == 32 ? ~0u : (1u << bits) - 1;
}

/* Components do not cross a dword's border. */
static u32 field(const struct format *f, const u8 *p, unsigned int part)
{
	unsigned int first = first_bit(f, part), bytes = f->bytes - first / 32 * 4;
	u32 v = 0;

	memcpy(&v, p + first / 32 * 4, bytes < 4 ? bytes : 4);
	return v >> first % 32 & mask_of(f->bits[part]);
}

static s32 extend(u32 v, unsigned int bits)
{
	return (s32)(v << (32 - bits)) >> (32 - bits);
}

/* Real numbers of 10 and 11 bits are f16 without a sign and the lowest bits. */
static float small_float(u32 v, unsigned int bits)
{
	if (bits == 32)
		return as_float(v);
	return half_to_float(bits == 16 ? v : v << (15 - bits));
}

/* The number that a component stands for. */
static double number(const struct format *f, u32 v, unsigned int bits)
{
	double least;

	switch (f->numbers) {
	case NUMBERS_UNORM:
		return v / (double)mask_of(bits);
	case NUMBERS_SNORM:
		least = extend(v, bits) / (double)mask_of(bits - 1);
		return least < -1 ? -1 : least;
	case NUMBERS_USCALED:
		return v;
	case NUMBERS_SSCALED:
		return extend(v, bits);
	default:
		return small_float(v, bits);
	}
}

u32 format_load(const struct format *f, const u8 *p, unsigned int part)
{
	unsigned int bits = f->bits[part];
	u32 v = field(f, p, part);

	if (f->numbers == NUMBERS_UINT || bits == 32)
		return v;
	if (f->numbers == NUMBERS_SINT)
		return extend(v, bits);
	return float_bits((float)number(f, v, bits));
}

u16 format_load_half(const struct format *f, const u8 *p, unsigned int part)
{
	u32 v = field(f, p, part);

	if (format_integer(f))
		return format_load(f, p, part);
	if (f->numbers == NUMBERS_FLOAT && f->bits[part] == 16)
		return v;
	return half_from(number(f, v, f->bits[part]));
}

/* How scaled and small real numbers are rounded is not known. */
bool format_stores(const struct format *f)
{
	if (f->numbers == NUMBERS_FLOAT)
		return f->bits[0] == 16 || f->bits[0] == 32;
	return f->numbers != NUMBERS_USCALED && f->numbers != NUMBERS_SSCALED;
}

static double limited(double v, double low, double high)
{
	return isnan(v) ? 0 : v < low ? low : v > high ? high : v;
}

/* Integers that do not fit become the nearest one that does. */
static u32 narrow(const struct format *f, u32 v, unsigned int bits)
{
	s32 high = mask_of(bits - 1), low = -high - 1, s = (s32)v;

	if (f->numbers == NUMBERS_UINT)
		return v > mask_of(bits) ? mask_of(bits) : v;
	return s < low ? low : s > high ? high : s;
}

static u32 encode(const struct format *f, u32 v, unsigned int bits)
{
	switch (f->numbers) {
	case NUMBERS_UNORM:
		return nearbyint(limited(as_float(v), 0, 1) * mask_of(bits));
	case NUMBERS_SNORM:
		return (s32)nearbyint(limited(as_float(v), -1, 1) * mask_of(bits - 1));
	case NUMBERS_UINT:
	case NUMBERS_SINT:
		return narrow(f, v, bits);
	default:
		return half_from(as_float(v));
	}
}

void format_store(const struct format *f, u8 *p, unsigned int part, u32 v)
{
	unsigned int first = first_bit(f, part), bits = f->bits[part];
	unsigned int bytes = f->bytes - first / 32 * 4;
	u32 word = 0, mask = mask_of(bits) << first % 32;

	if (bits < 32)
		v = encode(f, v, bits);
	if (bytes > 4)
		bytes = 4;
	memcpy(&word, p + first / 32 * 4, bytes);
	word = (word & ~mask) | (v << first % 32 & mask);
	memcpy(p + first / 32 * 4, &word, bytes);
}

u32 format_widen(const struct format *f, u16 h)
{
	if (f->numbers == NUMBERS_UINT)
		return h;
	if (f->numbers == NUMBERS_SINT)
		return (s32)(s16)h;
	return float_bits(half_to_float(h));
}
