// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "abi/simgpu_pte.h"
#include "access.h"
#include "gpu.h"
#include "mmu.h"

/* A section moves at most this much, so that INVALIDATE waits only shortly. */
#define SECTION_BYTES	(64U << 10)

/* What the smallest access takes from the slice. */
#define ACCESS_COST	64

#define ATOMIC_ACCESS \
	(SIMGPU_FAULT_READ | SIMGPU_FAULT_WRITE | SIMGPU_FAULT_ATOMIC)

static void charge(struct queue *q, u64 bytes)
{
	q->budget -= bytes > ACCESS_COST ? (s64)bytes : ACCESS_COST;
}

/* Longer copies are memcpy()'s. */
#define COPY_PIECES	1024

typedef u64 quad __attribute__((vector_size(32), aligned(1), may_alias));

/*
 * What waves access was written in such pieces a moment ago; a load of more than
 * one of them, as memcpy() does it, waits until they have left the store buffer.
 */
static void copy_bytes(u8 *dst, const u8 *src, size_t len)
{
	size_t i;

	if (len % sizeof(quad) || len > COPY_PIECES) {
		memcpy(dst, src, len);
		return;
	}
	for (i = 0; i < len; i += sizeof(quad))
		*(quad *)(dst + i) = *(const quad *)(src + i);
}

/* One access of the host for what is one word. */
static void load_bytes(void *buf, const u8 *src, size_t len)
{
	if (len == 8 && IS_ALIGNED((uintptr_t)src, 8)) {
		u64 word = load_acquire((const u64 *)src);

		memcpy(buf, &word, sizeof(word));
	} else if (len == 4 && IS_ALIGNED((uintptr_t)src, 4)) {
		u32 word = load_acquire((const u32 *)src);

		memcpy(buf, &word, sizeof(word));
	} else {
		copy_bytes(buf, src, len);
	}
}

static void store_bytes(u8 *dst, const void *buf, size_t len)
{
	if (len == 8 && IS_ALIGNED((uintptr_t)dst, 8)) {
		u64 word;

		memcpy(&word, buf, sizeof(word));
		store_release((u64 *)dst, word);
	} else if (len == 4 && IS_ALIGNED((uintptr_t)dst, 4)) {
		u32 word;

		memcpy(&word, buf, sizeof(word));
		store_release((u32 *)dst, word);
	} else {
		copy_bytes(dst, buf, len);
	}
}

/*
 * At most ACCESS_MAX bytes touch at most two pages: translate both, so that
 * nothing has happened when the second one faults.
 */
struct pieces {
	struct mapping m[2];
	size_t first;		/* bytes in m[0]; the rest is in m[1] */
};

static int translate_pieces(struct queue *q, u64 va, size_t len, u32 access,
			    struct pieces *p)
{
	int err;

	if (len > ACCESS_MAX)
		return -EINVAL;
	err = mmu_translate(q, va, access, &p->m[0]);
	if (err)
		return err;
	p->first = len;
	if (len <= p->m[0].left)
		return 0;
	p->first = p->m[0].left;
	return mmu_translate(q, va + p->first, access, &p->m[1]);
}

static int read_pieces(struct queue *q, u64 va, void *buf, size_t len,
		       u32 access)
{
	struct pieces p;
	int err;

	charge(q, len);
	mmu_enter(q);
	err = translate_pieces(q, va, len, access, &p);
	if (!err) {
		load_bytes(buf, p.m[0].host, p.first);
		if (p.first < len)
			memcpy((u8 *)buf + p.first, p.m[1].host, len - p.first);
	}
	mmu_exit(q);
	return err;
}

int access_read(struct queue *q, u64 va, void *buf, size_t len)
{
	return read_pieces(q, va, buf, len, SIMGPU_FAULT_READ);
}

int access_fetch(struct queue *q, u64 va, void *buf, size_t len)
{
	return read_pieces(q, va, buf, len,
			   SIMGPU_FAULT_READ | SIMGPU_FAULT_EXEC);
}

int access_write(struct queue *q, u64 va, const void *buf, size_t len)
{
	struct pieces p;
	bool bar = false;
	int err;

	charge(q, len);
	mmu_enter(q);
	err = translate_pieces(q, va, len, SIMGPU_FAULT_WRITE, &p);
	if (!err) {
		bar = p.m[0].bar;
		store_bytes(p.m[0].host, buf, p.first);
		if (p.first < len)
			memcpy(p.m[1].host, (const u8 *)buf + p.first,
			       len - p.first);
	}
	mmu_exit(q);
	if (bar)
		doorbell_written(q->gpu);
	return err;
}

/* May a long access go on after a section? */
static int slice_left(struct queue *q, u64 done, u64 len)
{
	if (done == len)
		return 0;
	if (done > len)
		return -EINVAL;
	return q->budget <= 0 || load_relaxed(&q->stop) ? -EAGAIN : 1;
}

static u64 smaller(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* 8 bytes in which the pattern repeats, from its first byte on. */
static u64 repeat(u64 pattern, size_t unit)
{
	switch (unit) {
	case 1:
		return (pattern & 0xff) * 0x0101010101010101ULL;
	case 2:
		return (pattern & 0xffff) * 0x0001000100010001ULL;
	case 4:
		return (pattern & 0xffffffff) * 0x0000000100000001ULL;
	default:
		return pattern;
	}
}

static void fill_bytes(u8 *dst, u64 pattern, size_t unit, u64 len)
{
	u64 wide = repeat(pattern, unit);

	/* Up to the first word, which begins with a unit of its own. */
	for (; len && !IS_ALIGNED((uintptr_t)dst, 8); dst += unit, len -= unit)
		store_bytes(dst, &pattern, unit);
	for (; len >= 8; dst += 8, len -= 8)
		store_relaxed((u64 *)dst, wide);
	for (; len; dst += unit, len -= unit)
		store_bytes(dst, &pattern, unit);
}

static int fill_section(struct queue *q, u64 va, u64 pattern, size_t unit,
			u64 len, u64 *done)
{
	u64 end = *done + smaller(len - *done, SECTION_BYTES);
	bool bar = false;
	struct mapping m;
	int err = 0;

	mmu_enter(q);
	while (*done < end) {
		u64 n;

		err = mmu_translate(q, va + *done, SIMGPU_FAULT_WRITE, &m);
		if (err)
			break;
		n = smaller(m.left, end - *done);
		fill_bytes(m.host, pattern, unit, n);
		bar |= m.bar;
		*done += n;
	}
	mmu_exit(q);
	if (bar)
		doorbell_written(q->gpu);
	return err;
}

int access_fill(struct queue *q, u64 va, u64 pattern, size_t unit, u64 len,
		u64 *done)
{
	int more;

	if ((unit != 1 && unit != 2 && unit != 4 && unit != 8) ||
	    !IS_ALIGNED(va | len | *done, unit))
		return -EINVAL;
	while ((more = slice_left(q, *done, len)) > 0) {
		u64 before = *done;
		int err = fill_section(q, va, pattern, unit, len, done);

		charge(q, *done - before);
		q->bytes += *done - before;
		if (err)
			return err;
	}
	return more;
}

static int copy_section(struct queue *q, u64 dst, u64 src, u64 len, u64 *done)
{
	u64 end = *done + smaller(len - *done, SECTION_BYTES);
	struct mapping to, from;
	bool bar = false;
	int err = 0;

	mmu_enter(q);
	while (*done < end) {
		u64 n = end - *done;

		err = mmu_translate(q, src + *done, SIMGPU_FAULT_READ, &from);
		if (!err)
			err = mmu_translate(q, dst + *done, SIMGPU_FAULT_WRITE,
					    &to);
		if (err)
			break;
		n = smaller(n, smaller(from.left, to.left));
		/* What the client copies onto itself must not surprise us. */
		memmove(to.host, from.host, n);
		bar |= to.bar;
		*done += n;
	}
	mmu_exit(q);
	if (bar)
		doorbell_written(q->gpu);
	return err;
}

int access_copy(struct queue *q, u64 dst, u64 src, u64 len, u64 *done)
{
	int more;

	while ((more = slice_left(q, *done, len)) > 0) {
		u64 before = *done;
		int err = copy_section(q, dst, src, len, done);

		charge(q, *done - before);
		q->bytes += *done - before;
		if (err)
			return err;
	}
	return more;
}

/* The low @size bytes as a signed number. */
static s64 extend(u64 value, size_t size)
{
	return size == 4 ? (s64)(s32)value : (s64)value;
}

static u64 new_value(enum atomic_op op, size_t size, u64 old, u64 src, u64 cmp)
{
	switch (op) {
	case ATOMIC_SWAP:
		return src;
	case ATOMIC_CMPSWAP:
		return old == cmp ? src : old;
	case ATOMIC_ADD:
		return old + src;
	case ATOMIC_SUB:
		return old - src;
	case ATOMIC_SMIN:
		return extend(src, size) < extend(old, size) ? src : old;
	case ATOMIC_UMIN:
		return src < old ? src : old;
	case ATOMIC_SMAX:
		return extend(src, size) > extend(old, size) ? src : old;
	case ATOMIC_UMAX:
		return src > old ? src : old;
	case ATOMIC_AND:
		return old & src;
	case ATOMIC_OR:
		return old | src;
	case ATOMIC_XOR:
		return old ^ src;
	case ATOMIC_INC:
		return old >= src ? 0 : old + 1;
	case ATOMIC_DEC:
		return old == 0 || old > src ? src : old - 1;
	default:
		return old;
	}
}

static u64 host_atomic32(u32 *p, enum atomic_op op, u32 src, u32 cmp)
{
	u32 old = load_relaxed(p);
	u32 next;

	do {
		next = (u32)new_value(op, 4, old, src, cmp);
	} while (!__atomic_compare_exchange_n(p, &old, next, true,
					      __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return old;
}

static u64 host_atomic64(u64 *p, enum atomic_op op, u64 src, u64 cmp)
{
	u64 old = load_relaxed(p);
	u64 next;

	do {
		next = new_value(op, 8, old, src, cmp);
	} while (!__atomic_compare_exchange_n(p, &old, next, true,
					      __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return old;
}

static u64 host_atomic(u8 *host, enum atomic_op op, size_t size, u64 src,
		       u64 cmp)
{
	if (size == 4)
		return host_atomic32((u32 *)host, op, (u32)src, (u32)cmp);
	return host_atomic64((u64 *)host, op, src, cmp);
}

/* A bus without atomics: what the CPU stores in between is lost. */
static u64 load_store(u8 *host, enum atomic_op op, size_t size, u64 src,
		      u64 cmp)
{
	u64 old = 0, next;

	load_bytes(&old, host, size);
	if (size == 4) {
		src = (u32)src;
		cmp = (u32)cmp;
	}
	next = new_value(op, size, old, src, cmp);
	store_bytes(host, &next, size);
	return old;
}

static int atomic_page(struct queue *q, u64 va, enum atomic_op op, size_t size,
		       u64 src, u64 cmp, const struct mapping *m, u64 *value)
{
	u32 vm_flags = load_relaxed(&q->vm->flags);
	bool free = !(m->flags & SIMGPU_PTE_SYSTEM) ||
		    (m->flags & SIMGPU_PTE_ATOMIC);

	if (!free && (vm_flags & SIMGPU_VM_ATOMIC_FAULT))
		return mmu_fault(q, va, ATOMIC_ACCESS, SIMGPU_FAULT_DENIED);
	if (free || q->gpu->cfg.link_atomics)
		*value = host_atomic(m->host, op, size, src, cmp);
	else
		*value = load_store(m->host, op, size, src, cmp);
	return 0;
}

int access_atomic(struct queue *q, u64 va, enum atomic_op op, size_t size,
		  u64 src, u64 cmp, u64 *old)
{
	struct mapping m;
	u64 value = 0;
	int err;

	if ((size != 4 && size != 8) || !IS_ALIGNED(va, size) ||
	    (unsigned int)op >= ATOMIC_OPS)
		return -EINVAL;
	charge(q, size);
	mmu_enter(q);
	err = mmu_translate(q, va, ATOMIC_ACCESS, &m);
	if (!err)
		err = atomic_page(q, va, op, size, src, cmp, &m, &value);
	mmu_exit(q);
	if (err)
		return err;
	if (m.bar)
		doorbell_written(q->gpu);
	if (old)
		*old = value;
	return 0;
}
