// SPDX-License-Identifier: MIT
/* The programs for the GPU: d[i] = program(a[i], b[i]) for the 64 items of a wave. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define FUNCTION	static __attribute__((device))
#define TABLE		static __attribute__((device))

#include "programs.h"

#define KERNEL(name)							\
extern "C" __attribute__((global))					\
void k_##name(u64 *d, const u64 *a, const u64 *b)		\
{									\
	u32 i = __builtin_amdgcn_workitem_id_x();		\
									\
	d[i] = name(a[i], b[i]);					\
}

KERNEL(collatz)
KERNEL(gcd)
KERNEL(power)
KERNEL(bits)
KERNEL(crc)
KERNEL(sha256)
KERNEL(sort)
KERNEL(decimal)
KERNEL(bignum)
KERNEL(product)
KERNEL(machine)
KERNEL(queens)
KERNEL(ackermann)
KERNEL(narrow)
KERNEL(fields)
KERNEL(structures)
KERNEL(functions)
KERNEL(matrix)
KERNEL(series)
KERNEL(quotients)
KERNEL(conversions)
KERNEL(bytes)
KERNEL(tree)
