/* SPDX-License-Identifier: MIT */
/*
 * Packets under every circumstance: as they are, with all memory absent at first,
 * in slices of one section, wrapped at the end of the ring behind each of their
 * dwords, and in an indirect buffer.  The effect must be the same each time.
 */
#ifndef TESTS_PACKETS_H
#define TESTS_PACKETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"

/* The part of the data that is compared after each packet. */
#define DATA_USED	0x40000ULL

/* Several dwords. */
#define LIST(...)	__VA_ARGS__

/* Addresses of data and of indirect buffers, in two halves. */
#define AT(offset) \
	LIST((u32)(ENGINE_DATA_VA + (offset)), (u32)(ENGINE_DATA_VA >> 32))
#define AT_IB(offset) \
	LIST((u32)(ENGINE_IB_VA + (offset)), (u32)(ENGINE_IB_VA >> 32))

/* A value at the place of its mask. */
#define FIELD(mask, value)	((u32)(value) << __builtin_ctz(mask) & (mask))

/**
 * struct packet_case - a packet and what it does
 * @dwords: the packet or packets
 * @count: of them
 * @apply: does the same to a copy of the data
 * @arg: for @apply
 * @interrupts: events of source @source that it raises
 * @context: of the last one
 */
struct packet_case {
	const char *name;
	enum simgpu_queue_type type;
	const u32 *dwords;
	size_t count;
	void (*apply)(u8 *data, const void *arg);
	const void *arg;
	u32 interrupts;
	u32 source;
	u32 context;
};

/** packet_check() - execute the case under every circumstance */
void packet_check(struct engine_fixture *f, const struct packet_case *c);

/** packet_bad() - the packet stops the queue and changes nothing */
void packet_bad(struct engine_fixture *f, const char *name,
		enum simgpu_queue_type type, const u32 *dwords, size_t count,
		u32 code);

/** packet_new() - a queue of that type with the data as it is before each case */
void packet_new(struct engine_fixture *f, enum simgpu_queue_type type);

/** packet_pattern() - what the data is before each case */
void packet_pattern(u8 *data, size_t size);

/** get32(), get64(), put32(), put64() - little-endian words of the data */
u32 get32(const u8 *p);
u64 get64(const u8 *p);
void put32(u8 *p, u32 value);
void put64(u8 *p, u64 value);

/* Setup and teardown of a group that shares one fixture. */
int packets_setup(void **state);
int packets_teardown(void **state);

#endif
