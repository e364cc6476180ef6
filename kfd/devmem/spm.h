/* SPDX-License-Identifier: GPL-2.0 */
/* Special-purpose memory: find what firmware advertises and claim it. */
#ifndef DEVMEM_SPM_H
#define DEVMEM_SPM_H

#include <linux/types.h>

struct device;
struct resource;

/**
 * spm_claim() - find the soft-reserved resource at @base and claim part of it
 * @dev: for messages
 * @base: first byte, must be aligned to 2 MiB
 * @size: bytes wanted, a multiple of 2 MiB; in: 0 for the whole resource
 *
 * The resource is looked up with lookup_resource() where the kernel exports it
 * and by walking the soft-reserved resources otherwise; both want a resource
 * that starts at @base.
 *
 * Context: process context.
 * Return: the claimed region, to be given back with spm_release(), or an
 * ERR_PTR, each with its message: -ENOENT, -EINVAL, -EBUSY.
 */
struct resource *spm_claim(struct device *dev, u64 base, u64 size);

/** spm_release() - give the claim back */
void spm_release(struct resource *claim);

#endif
