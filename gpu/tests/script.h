/* SPDX-License-Identifier: MIT */
/*
 * An engine for tests of what lies under the engines: its packets ask for one
 * access each, so a test says exactly which.  Rings count bytes, as SDMA's.
 */
#ifndef GPU_TESTS_SCRIPT_H
#define GPU_TESTS_SCRIPT_H

#include "../access.h"
#include "local.h"

enum script_op {
	SCRIPT_NOP,
	SCRIPT_STORE,		/* 8 bytes of value at va */
	SCRIPT_LOAD,		/* len bytes at src are copied to va, through access_read() */
	SCRIPT_COPY,		/* access_copy() */
	SCRIPT_FILL,		/* access_fill() with value, unit */
	SCRIPT_ATOMIC,		/* access_atomic(): unit = size, value, cmp, old to src */
	SCRIPT_WAIT,		/* until 8 bytes at va are value */
	SCRIPT_FETCH,		/* access_fetch() of 8 bytes at va */
	SCRIPT_INTERRUPT,	/* context = value */
	SCRIPT_FAIL,		/* the packet is bad */
	SCRIPT_SPIN,		/* never ends, always makes progress */
};

struct script {
	u32 op;
	u32 unit;
	u64 va;
	u64 src;
	u64 len;
	u64 value;
	u64 cmp;
	u32 atomic;
	u32 pad;
	u64 reserved;
};

_Static_assert(sizeof(struct script) == 64, "divides every ring");

extern const struct engine engine_script;

/* Let all queues that are created from now on execute scripts. */
void script_install(struct local *l);

/* Put and ring one packet. */
void script_submit(struct local_queue *q, const struct script *s);

/**
 * struct probe - a queue that no thread runs, to call access_*() on directly
 */
struct probe {
	struct queue q;
};

/* Make it for an address space that exists; script_probe_end() frees it. */
void script_probe(struct local *l, struct probe *p, u32 vmid);
void script_probe_end(struct probe *p);

#endif
