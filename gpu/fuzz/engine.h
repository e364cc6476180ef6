/* SPDX-License-Identifier: MIT */
/*
 * The fuzzers of the packet engines: a queue whose client puts packets, moves
 * indices, changes memory, and whose driver maps, unmaps and answers faults.
 */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include "../tests/engine.h"
#include "fuzz.h"

/* Longest packet in a list of packets to begin with. */
#define FUZZ_PACKET	16

/**
 * struct fuzz_packet - a good packet, which inputs change
 * @count: dwords of it
 */
struct fuzz_packet {
	u32 count;
	u32 dwords[FUZZ_PACKET];
};

/**
 * struct fuzz_engine - what one engine's fuzzer begins with
 * @prepare: fill memory that its packets need; may be NULL
 */
struct fuzz_engine {
	enum simgpu_queue_type type;
	const struct fuzz_packet *packets;
	size_t count;
	void (*prepare)(struct engine_fixture *f);
};

/* Several dwords. */
#define LIST(...)	__VA_ARGS__

/* An address of data or of indirect buffers in two halves. */
#define AT(offset) \
	LIST((u32)(ENGINE_DATA_VA + (offset)), (u32)(ENGINE_DATA_VA >> 32))
#define AT_IB(offset) \
	LIST((u32)(ENGINE_IB_VA + (offset)), (u32)(ENGINE_IB_VA >> 32))

#define PACKET(...) \
	{ .count = sizeof((const u32[]){ __VA_ARGS__ }) / 4, \
	  .dwords = { __VA_ARGS__ } }

/** fuzz_engine() - run one input */
void fuzz_engine(const struct fuzz_engine *e, const u8 *data, size_t size);

#endif
