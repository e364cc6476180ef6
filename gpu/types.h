/* SPDX-License-Identifier: MIT */
/*
 * Short names for integers, and the words that two sides share.
 *
 * A word that the guest, user space or another thread can write has one writer
 * at a time.  It is read by load_acquire(), written by store_release(), and
 * copied to a local before it is checked and used.
 */
#ifndef GPU_TYPES_H
#define GPU_TYPES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define __must_check		__attribute__((warn_unused_result))
#define __printf(fmt, args)	__attribute__((format(printf, fmt, args)))

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL

/* What was stored before the word by its writer is seen after this. */
#define load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
/* What was stored before this is seen by who reads the word. */
#define store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
/* A word that orders nothing: counters, hints. */
#define load_relaxed(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define store_relaxed(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define count_add(p, v)		((void)__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
/* Stores before are seen by others before loads after are done. */
#define full_barrier()		__atomic_thread_fence(__ATOMIC_SEQ_CST)

/* Inside a loop that waits for another thread's store. */
static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#endif
}

#endif
