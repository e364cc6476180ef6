/* SPDX-License-Identifier: GPL-2.0 */
/* The caches of the CPU, for the topology. */
#ifndef KFD_CPU_CACHES_H
#define KFD_CPU_CACHES_H

#include <linux/types.h>

/**
 * struct cpu_cache - one kind of cache of the CPU
 * @level: 1..
 * @type: HSA_CACHE_TYPE_DATA, _INSTRUCTION or both
 * @size_kb: size of one
 * @line_size: bytes
 * @lines_per_tag: 1 where it is unknown
 * @ways: associativity
 * @shared_by: how many logical CPUs use one
 */
struct cpu_cache {
	u32 level;
	u32 type;
	u32 size_kb;
	u32 line_size;
	u32 lines_per_tag;
	u32 ways;
	u32 shared_by;
};

#define CPU_CACHES_MAX	8

/**
 * cpu_caches_get() - ask the processor
 * @caches: out
 *
 * The kernel's own table (cacheinfo) is not exported to modules.  A virtual
 * CPU may hide its caches; user space takes an empty list for a broken
 * machine, so at least one is returned then, with the size 0 for "unknown".
 *
 * Return: how many, at least 1.
 */
unsigned int cpu_caches_get(struct cpu_cache caches[CPU_CACHES_MAX]);

#endif
