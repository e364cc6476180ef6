// SPDX-License-Identifier: GPL-2.0
/* The caches of the CPU by CPUID. */
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/kfd_sysfs.h>

#include "cpu_caches.h"

/* Deterministic cache parameters: the same layout on two leaves. */
#define CPUID_CACHES_INTEL	4
#define CPUID_CACHES_AMD	0x8000001d
#define CACHE_EAX_TYPE		GENMASK(4, 0)
#define CACHE_EAX_LEVEL		GENMASK(7, 5)
#define CACHE_EAX_SHARING	GENMASK(25, 14)
#define CACHE_EBX_LINE		GENMASK(11, 0)
#define CACHE_EBX_PARTITIONS	GENMASK(21, 12)
#define CACHE_EBX_WAYS		GENMASK(31, 22)

/* AMD's older leaves for L1 and L2 */
#define CPUID_L1_AMD		0x80000005
#define CPUID_L2_AMD		0x80000006
#define L1_SIZE_KB		GENMASK(31, 24)
#define L1_WAYS			GENMASK(23, 16)
#define L1_LINE			GENMASK(7, 0)
#define L2_SIZE_KB		GENMASK(31, 16)
#define L2_LINE			GENMASK(7, 0)

static u32 cache_type(u32 code)
{
	switch (code) {
	case 1:
		return HSA_CACHE_TYPE_DATA;
	case 2:
		return HSA_CACHE_TYPE_INSTRUCTION;
	default:
		return HSA_CACHE_TYPE_DATA | HSA_CACHE_TYPE_INSTRUCTION;
	}
}

static unsigned int from_parameters(u32 leaf, struct cpu_cache *caches)
{
	u32 eax, ebx, sets, edx, line, partitions, ways;
	unsigned int n;

	for (n = 0; n < CPU_CACHES_MAX; n++) {
		cpuid_count(leaf, n, &eax, &ebx, &sets, &edx);
		if (!FIELD_GET(CACHE_EAX_TYPE, eax))
			break;
		line = FIELD_GET(CACHE_EBX_LINE, ebx) + 1;
		partitions = FIELD_GET(CACHE_EBX_PARTITIONS, ebx) + 1;
		ways = FIELD_GET(CACHE_EBX_WAYS, ebx) + 1;
		caches[n] = (struct cpu_cache) {
			.level = FIELD_GET(CACHE_EAX_LEVEL, eax),
			.type = cache_type(FIELD_GET(CACHE_EAX_TYPE, eax)),
			.size_kb = ((u64)sets + 1) * ways * partitions * line /
				   1024,
			.line_size = line,
			.lines_per_tag = partitions,
			.ways = ways,
			.shared_by = FIELD_GET(CACHE_EAX_SHARING, eax) + 1,
		};
	}
	return n;
}

static struct cpu_cache l1_cache(u32 reg, u32 type)
{
	return (struct cpu_cache) {
		.level = 1,
		.type = type,
		.size_kb = FIELD_GET(L1_SIZE_KB, reg),
		.line_size = FIELD_GET(L1_LINE, reg),
		.lines_per_tag = 1,
		.ways = FIELD_GET(L1_WAYS, reg),
		.shared_by = 1,
	};
}

static unsigned int from_amd_leaves(struct cpu_cache *caches)
{
	u32 eax, ebx, ecx, edx;
	unsigned int n = 0;

	cpuid(CPUID_L1_AMD, &eax, &ebx, &ecx, &edx);
	caches[n++] = l1_cache(ecx, HSA_CACHE_TYPE_DATA);
	caches[n++] = l1_cache(edx, HSA_CACHE_TYPE_INSTRUCTION);

	cpuid(CPUID_L2_AMD, &eax, &ebx, &ecx, &edx);
	if (FIELD_GET(L2_SIZE_KB, ecx))
		caches[n++] = (struct cpu_cache) {
			.level = 2,
			.type = HSA_CACHE_TYPE_DATA |
				HSA_CACHE_TYPE_INSTRUCTION,
			.size_kb = FIELD_GET(L2_SIZE_KB, ecx),
			.line_size = FIELD_GET(L2_LINE, ecx),
			.lines_per_tag = 1,
			.shared_by = 1,
		};
	return caches[0].size_kb ? n : 0;
}

unsigned int cpu_caches_get(struct cpu_cache caches[CPU_CACHES_MAX])
{
	unsigned int n = 0;

	if (boot_cpu_has(X86_FEATURE_TOPOEXT))
		n = from_parameters(CPUID_CACHES_AMD, caches);
	if (!n && boot_cpu_data.cpuid_level >= CPUID_CACHES_INTEL)
		n = from_parameters(CPUID_CACHES_INTEL, caches);
	if (!n && boot_cpu_data.extended_cpuid_level >= CPUID_L2_AMD)
		n = from_amd_leaves(caches);
	if (!n)
		caches[n++] = (struct cpu_cache) {
			.level = 1,
			.type = HSA_CACHE_TYPE_DATA,
			.line_size = boot_cpu_data.x86_clflush_size,
			.lines_per_tag = 1,
			.shared_by = 1,
		};
	return n;
}
