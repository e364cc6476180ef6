/* SPDX-License-Identifier: MIT */
/*
 * Memory as a queue sees it: GPU virtual addresses, translated and checked page
 * by page.  An access of 4 or 8 bytes, aligned to its size, is single-copy
 * atomic, a load with acquire and a store with release order.
 *
 * All return 0 or
 *	-EFAULT	q->fault is filled: return STEP_FAULT; when the driver has
 *		answered, step() is called again and repeats the access.  Pages
 *		in front of the one that faults may have been accessed already.
 * and none sleeps.
 */
#ifndef GPU_ACCESS_H
#define GPU_ACCESS_H

#include "queue.h"

/* Longest read or write at once, bytes. */
#define ACCESS_MAX	4096

/**
 * access_read() - copy from GPU virtual memory
 * @q: the running queue
 * @va: GPU virtual address, any alignment
 * @buf: where to
 * @len: bytes, at most ACCESS_MAX
 */
int __must_check access_read(struct queue *q, u64 va, void *buf, size_t len);

/**
 * access_fetch() - as access_read(), and the pages must allow execution, too
 *
 * For instructions; packets are data.
 */
int __must_check access_fetch(struct queue *q, u64 va, void *buf, size_t len);

/**
 * access_write() - copy to GPU virtual memory
 *
 * A write that crosses into a page that faults writes nothing in front of it.
 */
int __must_check access_write(struct queue *q, u64 va, const void *buf,
			      size_t len);

/**
 * access_fill() - write a pattern again and again
 * @q: the running queue
 * @va: GPU virtual address, a multiple of @unit
 * @pattern: the low @unit bytes of it
 * @unit: 1, 2, 4 or 8 bytes
 * @len: bytes, a multiple of @unit
 * @done: in and out: bytes that are written already; 0 before the first call
 *
 * Return: 0 when all is written; -EFAULT; -EAGAIN: the slice is used up, return
 * STEP_PROGRESS and call again with the same arguments; -EINVAL: bad unit or
 * alignment, or @done behind @len.
 */
int __must_check access_fill(struct queue *q, u64 va, u64 pattern, size_t unit,
			     u64 len, u64 *done);

/**
 * access_copy() - copy inside GPU virtual memory, in ascending order
 * @q: the running queue
 * @dst: GPU virtual address, any alignment
 * @src: GPU virtual address, any alignment
 * @len: bytes
 * @done: in and out: bytes that are copied already; 0 before the first call
 *
 * Return: as access_fill().
 */
int __must_check access_copy(struct queue *q, u64 dst, u64 src, u64 len,
			     u64 *done);

/* The result of an atomic is computed from the old value, @src and @cmp. */
enum atomic_op {
	ATOMIC_SWAP,
	ATOMIC_CMPSWAP,	/* old == cmp ? src : old */
	ATOMIC_ADD,
	ATOMIC_SUB,
	ATOMIC_SMIN,
	ATOMIC_UMIN,
	ATOMIC_SMAX,
	ATOMIC_UMAX,
	ATOMIC_AND,
	ATOMIC_OR,
	ATOMIC_XOR,
	ATOMIC_INC,	/* old >= src ? 0 : old + 1 */
	ATOMIC_DEC,	/* old == 0 || old > src ? src : old - 1 */
	ATOMIC_OPS
};

/**
 * access_atomic() - read, modify, write
 * @q: the running queue
 * @va: GPU virtual address, a multiple of @size
 * @op: what to do
 * @size: 4 or 8 bytes
 * @src: operand
 * @cmp: what ATOMIC_CMPSWAP compares with
 * @old: out: the value before; may be NULL
 *
 * In own VRAM, and with link atomics everywhere, this is one atomic operation
 * of the host.  Where the entry has SIMGPU_PTE_ATOMIC, the atomics and the words
 * that this device writes are serialized.  See also SIMGPU_VM_ATOMIC_FAULT.
 *
 * Return: 0, -EFAULT, or -EINVAL: bad size, alignment or op.
 */
int __must_check access_atomic(struct queue *q, u64 va, enum atomic_op op,
			       size_t size, u64 src, u64 cmp, u64 *old);

#endif
