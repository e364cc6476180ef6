// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bus.h"

/* Is [addr, addr + len) inside [base, base + size)?  No sum can wrap here. */
static bool inside(u64 addr, u64 len, u64 base, u64 size)
{
	return addr >= base && addr - base <= size && len <= size - (addr - base);
}

static bool overlaps(const struct bus *bus, u64 base, u64 size)
{
	unsigned int i;

	for (i = 0; i < bus->count; i++) {
		const struct bus_window *w = &bus->ram[i];

		if (base < w->base + w->size && w->base < base + size)
			return true;
	}
	return false;
}

static int check_window(const struct bus *bus, u64 base, u64 size)
{
	if (!size || !IS_ALIGNED(base | size, PAGE_SIZE) || base + size < base)
		return -EINVAL;
	if (overlaps(bus, base, size))
		return -EINVAL;
	return bus->count < BUS_WINDOWS ? 0 : -ENOSPC;
}

static void add_window(struct bus *bus, u64 base, u64 size, void *host,
		       bool mapped)
{
	bus->ram[bus->count++] = (struct bus_window) {
		.base = base, .size = size, .host = host, .mapped = mapped,
	};
}

int bus_add_memory(struct bus *bus, u64 base, u64 size, void *host)
{
	int err = check_window(bus, base, size);

	if (!err)
		add_window(bus, base, size, host, false);
	return err;
}

/* An access behind the end of a file would be a signal. */
static int check_file(int fd, u64 size, u64 offset)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!IS_ALIGNED(offset, PAGE_SIZE) ||
	    !inside(offset, size, 0, (u64)st.st_size))
		return -EINVAL;
	return 0;
}

int bus_add_ram(struct bus *bus, u64 base, u64 size, int fd, u64 offset)
{
	void *host;
	int err;

	err = check_window(bus, base, size);
	if (!err)
		err = check_file(fd, size, offset);
	if (err)
		return err;
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    (off_t)offset);
	if (host == MAP_FAILED)
		return -errno;
	add_window(bus, base, size, host, true);
	return 0;
}

int bus_set_vram(struct bus *bus, u64 base, u64 size)
{
	u8 *host;

	if (!size || !IS_ALIGNED(base | size, PAGE_SIZE))
		return -EINVAL;
	host = bus_map(bus, base, size);
	if (!host)
		return -EINVAL;
	bus->vram_base = base;
	bus->vram_size = size;
	bus->vram = host;
	return 0;
}

void bus_set_bar(struct bus *bus, u64 base, u64 size, void *host)
{
	bus->bar = (struct bus_window) {
		.base = base, .size = size, .host = host,
	};
}

u8 *bus_map(const struct bus *bus, u64 addr, u64 len)
{
	unsigned int i;

	for (i = 0; i < bus->count; i++) {
		const struct bus_window *w = &bus->ram[i];

		if (inside(addr, len, w->base, w->size))
			return w->host + (addr - w->base);
	}
	if (bus->bar.size && inside(addr, len, bus->bar.base, bus->bar.size))
		return bus->bar.host + (addr - bus->bar.base);
	return NULL;
}

u8 *bus_map_vram(const struct bus *bus, u64 offset, u64 len)
{
	if (!inside(offset, len, 0, bus->vram_size))
		return NULL;
	return bus->vram + offset;
}

void bus_fini(struct bus *bus)
{
	unsigned int i;

	for (i = 0; i < bus->count; i++)
		if (bus->ram[i].mapped)
			munmap(bus->ram[i].host, bus->ram[i].size);
	memset(bus, 0, sizeof(*bus));
}
