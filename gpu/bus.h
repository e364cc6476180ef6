/* SPDX-License-Identifier: MIT */
/*
 * The bus: the one door from guest-physical addresses to memory.
 *
 * Windows of guest RAM are added before the device is enabled and stay until
 * bus_fini(); the BAR's window comes and goes with CONTROL.ENABLE, while nothing
 * is in flight.  So lookups take no lock.
 */
#ifndef GPU_BUS_H
#define GPU_BUS_H

#include "types.h"

#define BUS_WINDOWS	32

/**
 * struct bus_window - guest-physical addresses that are memory here
 * @base: guest-physical address
 * @size: bytes
 * @host: where it is mapped
 * @mapped: bus_fini() unmaps it
 */
struct bus_window {
	u64 base;
	u64 size;
	u8 *host;
	bool mapped;
};

struct bus {
	struct bus_window ram[BUS_WINDOWS];
	unsigned int count;
	struct bus_window bar;		/* size 0: not known yet */
	u64 vram_base;
	u64 vram_size;
	u8 *vram;
};

/**
 * bus_add_ram() - map a window of guest RAM
 * @base: guest-physical address, page aligned
 * @size: bytes, page aligned, not 0
 * @fd: file that is the memory; stays the caller's
 * @offset: where in the file, page aligned
 *
 * Return: 0, -EINVAL (alignment, overlap, file too short), -ENOSPC (too many
 * windows), or the errno of mmap().
 */
int bus_add_ram(struct bus *bus, u64 base, u64 size, int fd, u64 offset);

/**
 * bus_add_memory() - as bus_add_ram(), for memory that the caller has
 * @host: stays the caller's, and valid until bus_fini()
 */
int bus_add_memory(struct bus *bus, u64 base, u64 size, void *host);

/**
 * bus_set_vram() - say which part of guest RAM is this device's VRAM
 *
 * Return: 0, or -EINVAL when it is not inside one window.
 */
int bus_set_vram(struct bus *bus, u64 base, u64 size);

/**
 * bus_set_bar() - the guest sees the BAR at @base; @size 0: nowhere
 *
 * Addresses that are RAM stay RAM.
 */
void bus_set_bar(struct bus *bus, u64 base, u64 size, void *host);

/**
 * bus_map() - memory at a guest-physical address
 *
 * Return: a pointer to @len bytes, or NULL when not all of them are memory or
 * they are not in one window.
 */
u8 *bus_map(const struct bus *bus, u64 addr, u64 len);

/**
 * bus_map_vram() - memory at an offset into this device's VRAM
 *
 * Return: as bus_map().
 */
u8 *bus_map_vram(const struct bus *bus, u64 offset, u64 len);

/** bus_fini() - unmap what bus_add_ram() has mapped */
void bus_fini(struct bus *bus);

#endif
