// SPDX-License-Identifier: MIT
#include "abi/aql_packets.h"
#include "engine.h"

/* Signals in the data: every second one has a mailbox. */
#define SIGNALS		8
#define SIGNAL(n)	(0x1000ULL + 0x800 * (n))

#define DEP(n)		AT(SIGNAL(n))
#define NONE		LIST(0, 0)

static const struct fuzz_packet packets[] = {
	PACKET(0x1503, 0, NONE, NONE, NONE, NONE, NONE, NONE, DEP(0)),
	PACKET(0x0003, 0, DEP(1), DEP(2), NONE, DEP(3), NONE, NONE, DEP(4)),
	PACKET(0x1505, 0, DEP(1), NONE, DEP(5), NONE, NONE, NONE, NONE),
	PACKET(0x1501, 0, NONE, NONE, NONE, NONE, NONE, NONE, NONE),
	PACKET(0x1502 | 3 << 16, 64 | 1 << 16, 1, 64, 1, 1, 0, 0, 0x1000, 0, NONE, NONE,
	       DEP(0)),
	PACKET(0x1504, 0, NONE, NONE, NONE, NONE, NONE, NONE, DEP(0)),
	PACKET(0x00021500, 0, DEP(1), 1, 0, ~0U, ~0U, 1, 0, NONE, NONE, DEP(2)),
	PACKET(0x00010000, 0xc0023f00, AT_IB(0), 0x00800010, 10, NONE, NONE, NONE, NONE,
	       DEP(6)),
};

static void put(struct engine_fixture *f, u64 va, u64 value)
{
	memcpy(engine_mem(f, va), &value, sizeof(value));
}

/* struct amd_queue as ROCr fills it, and signals. */
static void prepare(struct engine_fixture *f)
{
	const u64 queue = ENGINE_RPTR_VA - offsetof(struct amd_queue, read_dispatch_id);
	u64 n, signal;

	put(f, queue + offsetof(struct amd_queue, read_dispatch_id_offset), 128);
	put(f, queue + offsetof(struct amd_queue, queue_inactive_signal),
	    ENGINE_DATA_VA + SIGNAL(7));
	put(f, queue + offsetof(struct amd_queue, scratch_wave64_lane_byte_size),
	    (u64)AMD_QUEUE_PROFILING << 32);
	for (n = 0; n < SIGNALS; n++) {
		signal = ENGINE_DATA_VA + SIGNAL(n);
		put(f, signal + offsetof(struct amd_signal, value), n & 3 ? 0 : 1);
		put(f, signal + offsetof(struct amd_signal, event_mailbox_ptr),
		    n & 1 ? ENGINE_DATA_VA + 8 * n : 0);
		put(f, signal + offsetof(struct amd_signal, event_id), n);
	}
}

static const struct fuzz_engine aql = {
	.type = SIMGPU_QUEUE_AQL, .packets = packets, .count = ARRAY_SIZE(packets),
	.prepare = prepare,
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_engine(&aql, data, size);
	return 0;
}
