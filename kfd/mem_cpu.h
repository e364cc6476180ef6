/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by mem.c and mem_cpu.c. */
#ifndef KFD_MEM_CPU_H
#define KFD_MEM_CPU_H

#include <linux/types.h>

struct drm_gem_object;
struct kfd_mem;

/** mem_cpu_init() - initialise mem->gem */
void mem_cpu_init(struct kfd_mem *mem, u64 size);

/** mem_cpu_zap() - take pages out of all CPU page tables; mem->lock held */
void mem_cpu_zap(struct kfd_mem *mem, unsigned long first, unsigned long n);

/** mem_free() - the last reference is gone */
void mem_free(struct drm_gem_object *gem);

#endif
