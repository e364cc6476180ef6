/* SPDX-License-Identifier: MIT */
/* The kernel's short names for user space. */
#ifndef CONODE_STD_H
#define CONODE_STD_H

#include <linux/types.h>

typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define __printf(text, first) __attribute((format(printf, text, first)))

#endif
