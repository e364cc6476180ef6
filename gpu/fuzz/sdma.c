// SPDX-License-Identifier: MIT
#include "abi/sdma_packets.h"
#include "engine.h"

#define POLL(func)	(SDMA_OP_POLL_REGMEM | SDMA_POLL_MEM | (func) << 28)

static const struct fuzz_packet packets[] = {
	PACKET(SDMA_OP_NOP),
	PACKET(SDMA_OP_NOP | 2 << 16, 1, 2),
	PACKET(SDMA_OP_COPY, 0xfff, 0, AT(0), AT(0x8001)),
	PACKET(SDMA_OP_COPY, 0x3fff, 0, AT(0x1003), AT(0x8000)),
	PACKET(SDMA_OP_COPY | SDMA_COPY_BROADCAST, 0x1ff, 0, AT(0), AT(0x3ff0), AT(0x5ff0)),
	PACKET(SDMA_OP_COPY | 4 << 8 | 2U << 29, AT(0), 0x10001, 31 << 13, 0x3ff,
	       AT(0x4000), 0, 63 << 13, 0x7ff, 0x70010, 1),
	PACKET(SDMA_OP_WRITE, AT(0x100), 3, 1, 2, 3, 4),
	PACKET(SDMA_OP_INDIRECT, AT_IB(0), 16, 0, 0),
	PACKET(SDMA_OP_FENCE, AT(0x200), 0x1234),
	PACKET(SDMA_OP_TRAP, 5),
	PACKET(SDMA_OP_DUMMY_TRAP, 5),
	PACKET(SDMA_OP_POLL_REGMEM, 0, 0x80000000, 0, 0, 0),
	PACKET(POLL(3U), AT(0x200), 0, ~0U, 0x0fff0004),
	PACKET(POLL(4U), AT(0x208), 0, 0xff, 0x00020000),
	PACKET(SDMA_OP_COND_EXE, AT(0x300), 0, 4),
	PACKET(SDMA_OP_ATOMIC | 47U << 25, AT(0x400), 1, 0, 0, 0, 0),
	PACKET(SDMA_OP_ATOMIC | 8U << 25 | SDMA_ATOMIC_LOOP, AT(0x400), 1, 0, 0, 0, 4),
	PACKET(SDMA_OP_CONST_FILL | 2U << 30, AT(0x1000), 0x55aa55aa, 0x1ffc),
	PACKET(SDMA_OP_CONST_FILL, AT(0x1001), 0x5a, 0x123),
	PACKET(SDMA_OP_TIMESTAMP, 1, 2),
	PACKET(SDMA_OP_TIMESTAMP | 1 << 8, AT(0x500)),
	PACKET(SDMA_OP_TIMESTAMP | 2 << 8, AT(0x508)),
	PACKET(SDMA_OP_SRBM_WRITE | 0xf0000000, 0x100, 1),
	PACKET(SDMA_OP_PRE_EXE | 2 << 16, 3),
};

static const struct fuzz_engine sdma = {
	.type = SIMGPU_QUEUE_SDMA, .packets = packets, .count = ARRAY_SIZE(packets),
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_engine(&sdma, data, size);
	return 0;
}
