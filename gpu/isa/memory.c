// SPDX-License-Identifier: MIT
/*
 * Memory as lanes see it.
 */
#include "memory.h"
#include "real.h"

/* Dword by dword, and by bytes where a dword's border is crossed. */
static bool private_access(struct wave *w, const struct lanes *a, int l, u8 *buf,
			   u32 bytes, bool write)
{
	u32 offset = a->addr[l], n;
	u64 va;
	int err;

	while (bytes) {
		n = 4 - offset % 4;
		if (n > bytes)
			n = bytes;
		va = a->private_base + (u64)(offset / 4) * 256 + l * 4 + offset % 4;
		if (write)
			err = w->memory->write(w->ctx, va, buf, n);
		else
			err = w->memory->read(w->ctx, va, buf, n);
		if (!wave_access(w, err, write ? "write" : "read", va))
			return false;
		offset += n;
		buf += n;
		bytes -= n;
	}
	return true;
}

/* Outside of LDS, reads are 0 and writes are dropped. */
static void lds_access(struct wave *w, u64 offset, u8 *buf, u32 bytes, bool write)
{
	if (offset + bytes > w->lds_size) {
		if (!write)
			memset(buf, 0, bytes);
	} else if (write) {
		memcpy(w->lds + offset, buf, bytes);
	} else {
		memcpy(buf, w->lds + offset, bytes);
	}
}

static enum space space_of(const struct lanes *a, int l)
{
	return a->all == SPACE_MIXED ? a->space[l] : a->all;
}

/* Number of lanes from l on whose addresses follow each other. */
static int run_of(const struct lanes *a, u64 mask, int l, u32 bytes)
{
	int n = 1;

	while (l + n < WAVE_LANES && mask >> (l + n) & 1 &&
	       space_of(a, l + n) == SPACE_GLOBAL &&
	       a->addr[l + n] == a->addr[l] + (u64)n * bytes)
		n++;
	return n;
}

/* All lanes have addresses that are @step apart. */
FOR_LANES static bool regular(const struct lanes *a, u64 step)
{
	u64 differ = 0, first = a->addr[0];
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		differ |= a->addr[l] ^ (first + step * l);
	return !differ;
}

/*
 * Bytes that are read at once for lanes whose addresses are close together.  That is
 * less than a page, and lanes access its first and its last byte: what faults is a page
 * that one of them wants.
 */
#define WINDOW		1024

/* From the first to behind the last byte that lanes of @mask access. */
FOR_LANES static void window_of(const struct lanes *a, u64 mask, u32 bytes, u64 *start,
				u64 *end)
{
	u64 low = ~0ULL, high = 0, v;
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		v = a->addr[l];
		low = mask >> l & 1 && v < low ? v : low;
		high = mask >> l & 1 && v > high ? v : high;
	}
	*start = low;
	*end = high + bytes;
}

static bool global_access(struct wave *w, u64 va, u8 *buf, u32 bytes, bool write)
{
	int err = write ? w->memory->write(w->ctx, va, buf, bytes) :
			  w->memory->read(w->ctx, va, buf, bytes);

	return wave_access(w, err, write ? "write" : "read", va);
}

static u64 lanes_bits(int l, int n)
{
	return (n == WAVE_LANES ? ~0ULL : (1ULL << n) - 1) << l;
}

/* Lanes from l on that can be accessed at once; their number, or 0: a fault. */
static int access_some(struct wave *w, const struct lanes *a, u64 mask, int l,
		       u8 *p, u32 bytes, bool write)
{
	int n = 1;

	if (space_of(a, l) == SPACE_LDS) {
		lds_access(w, a->addr[l], p, bytes, write);
	} else if (space_of(a, l) == SPACE_PRIVATE) {
		if (!private_access(w, a, l, p, bytes, write))
			return 0;
	} else {
		n = run_of(a, mask, l, bytes);
		if (!global_access(w, a->addr[l], p, n * bytes, write))
			return 0;
		if (write)
			w->done |= lanes_bits(l, n);
	}
	return n;
}

FOR_LANES static void spread_dwords(const struct lanes *a, u8 *buf,
				    const u8 *window, u64 start)
{
	u32 v;
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		memcpy(&v, window + (a->addr[l] - start), 4);
		memcpy(buf + l * 4, &v, 4);
	}
}

static bool read_window(struct wave *w, const struct lanes *a, u64 mask, u8 *buf,
			u32 bytes, u64 start, u64 end)
{
	u8 window[WINDOW];
	int l;

	if (!global_access(w, start, window, end - start, false))
		return false;
	if (mask == ~0ULL && bytes == 4) {
		spread_dwords(a, buf, window, start);
		return true;
	}
	for (l = 0; l < WAVE_LANES; l++) {
		if (mask >> l & 1)
			memcpy(buf + l * bytes, window + (a->addr[l] - start), bytes);
	}
	return true;
}

/* Stores that were done before a fault are not done again. */
static bool lanes_access(struct wave *w, const struct lanes *a, u8 *buf,
			 u32 bytes, bool write)
{
	u64 mask = a->mask & ~w->done, start, end;
	int l, n;

	if (mask == ~0ULL && a->all == SPACE_GLOBAL && regular(a, bytes))
		return global_access(w, a->addr[0], buf, WAVE_LANES * bytes, write);
	if (mask && a->all == SPACE_GLOBAL && !write) {
		window_of(a, mask, bytes, &start, &end);
		if (end > start && end - start <= WINDOW)
			return read_window(w, a, mask, buf, bytes, start, end);
	}
	for (l = 0; l < WAVE_LANES; l += n) {
		n = 1;
		if (!(mask >> l & 1))
			continue;
		n = access_some(w, a, mask, l, buf + l * bytes, bytes, write);
		if (!n)
			return false;
	}
	return true;
}

/* Whole dwords of all lanes at the same place: a row of 256 bytes each. */
static bool private_rows(const struct lanes *a, u32 bytes)
{
	return a->all == SPACE_PRIVATE && a->mask == ~0ULL && !(bytes % 4) &&
	       !(a->addr[0] % 4) && regular(a, 0);
}

static bool access_rows(struct wave *w, const struct lanes *a, unsigned int reg,
			u32 bytes, bool write)
{
	u32 rows[4][WAVE_LANES];
	u64 va = a->private_base + (u64)(u32)a->addr[0] * WAVE_LANES;
	unsigned int i, n = bytes / 4;

	for (i = 0; i < n && write; i++)
		memcpy(rows[i], reg32(w, reg + i), sizeof(rows[i]));
	if (!global_access(w, va, (u8 *)rows, n * sizeof(rows[0]), write))
		return false;
	for (i = 0; i < n && !write; i++)
		memcpy(reg32(w, reg + i), rows[i], sizeof(rows[i]));
	return true;
}

bool lanes_read(struct wave *w, const struct lanes *a, u8 *buf, u32 bytes)
{
	return lanes_access(w, a, buf, bytes, false);
}

bool lanes_write(struct wave *w, const struct lanes *a, const u8 *buf, u32 bytes)
{
	return lanes_access(w, a, (u8 *)buf, bytes, true);
}

static u32 pk_add_f16(u32 a, u32 b)
{
	u32 lo = half_from(half_to_float(a) + half_to_float(b));
	u32 hi = half_from(half_to_float(a >> 16) + half_to_float(b >> 16));

	return lo | hi << 16;
}

static u32 exchange_if(u32 old, u32 src)
{
	return src >> 31 ? src & 0x7fffffff : old;
}

static u64 combine_real(int op, u64 old, u64 src, u64 cmp)
{
	float f = as_float(old), g = as_float(src);
	double d = as_double(old), e = as_double(src);

	switch (op) {
	case ATOMIC_ADD_F32:
		return float_bits(f + g);
	case ATOMIC_MIN_F32:
		return float_bits(min_f(f, g));
	case ATOMIC_MAX_F32:
		return float_bits(max_f(f, g));
	case ATOMIC_ADD_F64:
		return double_bits(d + e);
	case ATOMIC_MIN_F64:
		return double_bits(min_d(d, e));
	case ATOMIC_MAX_F64:
		return double_bits(max_d(d, e));
	case ATOMIC_CMPST_F32:
		return f == as_float(cmp) ? src : old;
	case ATOMIC_CMPST_F64:
		return d == as_double(cmp) ? src : old;
	default:
		return pk_add_f16(old, src);
	}
}

/* @old and @src are zero-extended; signed comparisons look at bit size * 8 - 1. */
static u64 combine(int op, u32 size, u64 old, u64 src, u64 cmp)
{
	unsigned int shift = 64 - size * 8;
	s64 so = (s64)(old << shift), ss = (s64)(src << shift);

	switch (op) {
	case WAVE_SWAP:
		return src;
	case WAVE_CMPSWAP:
		return old == cmp ? src : old;
	case WAVE_ADD:
		return old + src;
	case WAVE_SUB:
		return old - src;
	case ATOMIC_RSUB:
		return src - old;
	case WAVE_SMIN:
		return so < ss ? old : src;
	case WAVE_SMAX:
		return so > ss ? old : src;
	case WAVE_UMIN:
		return old < src ? old : src;
	case WAVE_UMAX:
		return old > src ? old : src;
	case WAVE_AND:
		return old & src;
	case WAVE_OR:
		return old | src;
	case WAVE_XOR:
		return old ^ src;
	case WAVE_INC:
		return old >= src ? 0 : old + 1;
	case WAVE_DEC:
		return old == 0 || old > src ? src : old - 1;
	case ATOMIC_MSKOR:
		return (old & ~src) | cmp;
	case ATOMIC_CONDXCHG:
		return exchange_if(old, src) | (u64)exchange_if(old >> 32, src >> 32) << 32;
	case ATOMIC_WRAP:
		return old >= src ? old - src : old + cmp;
	default:
		return combine_real(op, old, src, cmp);
	}
}

static bool global_atomic(struct wave *w, u64 va, enum wave_atomic op, u32 size,
			  u64 src, u64 cmp, u64 *old)
{
	return wave_access(w, w->memory->atomic(w->ctx, va, op, size, src, cmp, old),
			   "atomic", va);
}

/* Read, compute, and write if nobody else has written in between. */
static bool global_loop(struct wave *w, u64 va, int op, u32 size, u64 src,
			u64 cmp, u64 *old)
{
	u64 seen = 0, got;

	if (!wave_access(w, w->memory->read(w->ctx, va, &seen, size), "read", va))
		return false;
	for (;;) {
		if (!global_atomic(w, va, WAVE_CMPSWAP, size,
				   combine(op, size, seen, src, cmp), seen, &got))
			return false;
		if (got == seen)
			break;
		seen = got;
	}
	*old = seen;
	return true;
}

/* Only this thread sees LDS and private memory. */
static bool own_atomic(struct wave *w, const struct lanes *a, int l, int op,
		       u32 size, u64 src, u64 cmp, u64 *old)
{
	u64 v = 0;

	if (space_of(a, l) == SPACE_LDS)
		lds_access(w, a->addr[l], (u8 *)&v, size, false);
	else if (!private_access(w, a, l, (u8 *)&v, size, false))
		return false;
	*old = v;
	v = combine(op, size, v, src, cmp);
	if (space_of(a, l) == SPACE_LDS) {
		lds_access(w, a->addr[l], (u8 *)&v, size, true);
		return true;
	}
	return private_access(w, a, l, (u8 *)&v, size, true);
}

/* Lanes that were done before a fault are not done again. */
bool lanes_atomic(struct wave *w, const struct lanes *a, int op, u32 size,
		  const u64 *src, const u64 *cmp)
{
	u64 *old;
	bool ok;
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		old = &w->result[l];
		if (!(a->mask & ~w->done) || !((a->mask & ~w->done) >> l & 1))
			continue;
		if (space_of(a, l) != SPACE_GLOBAL)
			ok = own_atomic(w, a, l, op, size, src[l], cmp[l], old);
		else if (op >= ATOMIC_ADD_F32)
			ok = global_loop(w, a->addr[l], op, size, src[l], cmp[l], old);
		else
			ok = global_atomic(w, a->addr[l], op, size, src[l], cmp[l], old);
		if (!ok)
			return false;
		w->done |= 1ULL << l;
	}
	return true;
}

static u32 convert(enum conversion how, const u8 *p, u32 old)
{
	u16 h;

	memcpy(&h, p, how == CONVERT_U8 || how == CONVERT_S8 ||
	       (how >= CONVERT_U8_LO && how <= CONVERT_S8_HI) ? 1 : 2);
	switch (how) {
	case CONVERT_U8:
		return (u8)h;
	case CONVERT_S8:
		return (s32)(s8)h;
	case CONVERT_U16:
		return h;
	case CONVERT_S16:
		return (s32)(s16)h;
	case CONVERT_U8_LO:
		return (old & 0xffff0000) | (u8)h;
	case CONVERT_U8_HI:
		return (old & 0xffff) | (u32)(u8)h << 16;
	case CONVERT_S8_LO:
		return (old & 0xffff0000) | (u16)(s8)h;
	case CONVERT_S8_HI:
		return (old & 0xffff) | (u32)(u16)(s8)h << 16;
	case CONVERT_16_LO:
		return (old & 0xffff0000) | h;
	default:
		return (old & 0xffff) | (u32)h << 16;
	}
}

/* One dword after the other for all lanes: what they read is a register. */
static bool register_row(const struct lanes *a)
{
	return a->mask == ~0ULL && a->all == SPACE_GLOBAL && regular(a, 4);
}

void lanes_load(struct wave *w, const struct lanes *a, unsigned int dst,
		enum conversion how, u32 bytes)
{
	u8 buf[WAVE_LANES * 16];
	unsigned int i;
	u32 *reg;
	int l;

	if (how == CONVERT_DWORDS && bytes == 4 && register_row(a)) {
		global_access(w, a->addr[0], (u8 *)reg32(w, dst), WAVE_LANES * 4, false);
		return;
	}
	if (how == CONVERT_DWORDS && private_rows(a, bytes)) {
		access_rows(w, a, dst, bytes, false);
		return;
	}
	/* Lanes outside of a buffer read 0. */
	memset(buf, 0, WAVE_LANES * bytes);
	if (!lanes_read(w, a, buf, bytes))
		return;
	if (how != CONVERT_DWORDS) {
		reg = reg32(w, dst);
		for (l = 0; l < WAVE_LANES; l++) {
			if (w->mask >> l & 1)
				reg[l] = convert(how, buf + l * bytes, reg[l]);
		}
		return;
	}
	for (i = 0; i < bytes / 4; i++) {
		reg = reg32(w, dst + i);
		for (l = 0; l < WAVE_LANES; l++) {
			if (w->mask >> l & 1)
				memcpy(&reg[l], buf + l * bytes + i * 4, 4);
		}
	}
}

void lanes_store(struct wave *w, const struct lanes *a, unsigned int src,
		 u32 bytes, bool upper_half)
{
	u8 buf[WAVE_LANES * 16];
	unsigned int i;
	u32 v;
	int l;

	if (private_rows(a, bytes)) {
		access_rows(w, a, src, bytes, true);
		return;
	}
	if (bytes == 4) {
		lanes_write(w, a, (u8 *)reg32(w, src), 4);
		return;
	}
	for (i = 0; i < (bytes + 3) / 4; i++) {
		for (l = 0; l < WAVE_LANES; l++) {
			v = reg32(w, src + i)[l] >> (upper_half ? 16 : 0);
			memcpy(buf + l * bytes + i * 4, &v, bytes < 4 ? bytes : 4);
		}
	}
	(void)lanes_write(w, a, buf, bytes);
}

void lanes_get(struct wave *w, unsigned int src, u32 size, u64 *v)
{
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		v[l] = reg32(w, src)[l];
		if (size == 8)
			v[l] |= (u64)reg32(w, src + 1)[l] << 32;
	}
}

void lanes_put(struct wave *w, unsigned int dst, u32 size)
{
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		if (!(w->mask >> l & 1))
			continue;
		reg32(w, dst)[l] = w->result[l];
		if (size == 8)
			reg32(w, dst + 1)[l] = w->result[l] >> 32;
	}
}

/* Of CMPSWAP, the data is the new value, then what to compare with. */
void lanes_update(struct wave *w, const struct inst *in, const struct lanes *a,
		  int op, u32 size, bool returns)
{
	u64 src[WAVE_LANES], cmp[WAVE_LANES] = { 0 };

	lanes_get(w, in->src[1], size, src);
	if (op == WAVE_CMPSWAP)
		lanes_get(w, in->src[1] + size / 4, size, cmp);
	if (lanes_atomic(w, a, op, size, src, cmp) && returns)
		lanes_put(w, in->dst, size);
}

/*
 * Lane l's dword of LDS at M0[15:0] + offset + 4 * l; lanes that have none there do not
 * take part.
 */
static void own_places(const struct wave *w, const struct inst *in, struct lanes *own)
{
	s64 place;
	int l;

	own->all = SPACE_LDS;
	own->mask = 0;
	for (l = 0; l < WAVE_LANES; l++) {
		place = (s64)(w->sgpr[SGPR_M0] & 0xffff) + in->offset + 4 * l;
		own->addr[l] = place;
		if (place >= 0 && place + 4 <= w->lds_size)
			own->mask |= w->mask & 1ULL << l;
	}
}

bool lanes_in_registers(struct wave *w, const struct inst *in)
{
	if (in->lds)
		wave_illegal(w, in, "to LDS");
	return !in->lds;
}

bool lanes_load_lds(struct wave *w, const struct inst *in, struct lanes *a,
		    enum conversion how, u32 bytes)
{
	u8 buf[WAVE_LANES * 4] = { 0 };
	u32 v[WAVE_LANES];
	struct lanes own;
	int l;

	if ((how > CONVERT_DWORDS || bytes > 4) && !lanes_in_registers(w, in))
		return false;
	own_places(w, in, &own);
	a->mask &= own.mask;
	if (!lanes_read(w, a, buf, bytes))
		return false;
	for (l = 0; l < WAVE_LANES; l++) {
		if (how == CONVERT_DWORDS)
			memcpy(&v[l], buf + l * 4, 4);
		else
			v[l] = convert(how, buf + l * bytes, 0);
	}
	return lanes_write(w, &own, (u8 *)v, 4);
}

u64 lanes_in_lds(const struct wave *w, const struct inst *in)
{
	struct lanes own;

	own_places(w, in, &own);
	return own.mask;
}

bool lanes_put_lds(struct wave *w, const struct inst *in, const u32 *v)
{
	struct lanes own;

	own_places(w, in, &own);
	return lanes_write(w, &own, (const u8 *)v, 4);
}

bool lanes_store_lds(struct wave *w, const struct inst *in, struct lanes *a)
{
	struct lanes own;
	u32 v[WAVE_LANES];

	own_places(w, in, &own);
	a->mask &= own.mask;
	return lanes_read(w, &own, (u8 *)v, 4) && lanes_write(w, a, (u8 *)v, 4);
}
