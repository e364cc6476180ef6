/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VRAM page allocator: pure bookkeeping over page indices, no struct page.
 *
 * VRAM is cut into chunks of 2 MiB.  A request is laid out so that it starts at
 * the offset in its chunk that the caller wishes, which is what lets the GPU
 * map big, naturally aligned runs.
 */
#ifndef DEVMEM_ALLOC_H
#define DEVMEM_ALLOC_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define VRAM_CHUNK_PAGES	512

/**
 * struct vram_chunk - 2 MiB of VRAM
 * @link: on one of the lists of struct vram_alloc
 * @used: a set bit is a page that was handed out
 * @bad: a set bit is a page that must not be handed out again
 * @nfree: pages that are neither used nor bad
 * @nused: pages that are used
 * @stamp: when a page was last taken from here
 */
struct vram_chunk {
	struct list_head link;
	DECLARE_BITMAP(used, VRAM_CHUNK_PAGES);
	DECLARE_BITMAP(bad, VRAM_CHUNK_PAGES);
	u16 nfree;
	u16 nused;
	unsigned long stamp;
};

/**
 * struct vram_alloc - all of one device's VRAM; every field under @lock
 * @lock: taken from page_free(), that is from any context: always irqsave
 * @whole: chunks of which no page is used or bad
 * @part: other chunks with a free page, the most recently used first
 * @full: chunks without a free page
 */
struct vram_alloc {
	spinlock_t lock; /* irqsave: page_free() takes it */
	struct vram_chunk *chunks;
	unsigned long nchunks;
	struct list_head whole;
	struct list_head part;
	struct list_head full;
	unsigned long nfree;
	unsigned long nused;
	unsigned long nbad;
	unsigned long stamp;
};

/**
 * vram_alloc_init() - all pages free
 * @va: to be initialised
 * @nchunks: size in chunks of 2 MiB, at least 1
 * Return: 0 or -ENOMEM.
 */
int vram_alloc_init(struct vram_alloc *va, unsigned long nchunks);

/** vram_alloc_fini() - free the bookkeeping */
void vram_alloc_fini(struct vram_alloc *va);

/**
 * vram_alloc_take() - take pages
 * @va: the allocator
 * @hint: wished offset of the first page, modulo VRAM_CHUNK_PAGES
 * @index: out: page indices
 * @n: how many
 *
 * A run that fits into one chunk comes from one chunk when one has the room:
 * at its wished place if possible.  What is left over is filled from anywhere.
 *
 * Context: any; takes the irqsave lock.
 * Return: how many were taken, less than @n only when VRAM is full.
 */
unsigned int vram_alloc_take(struct vram_alloc *va, unsigned long hint,
			     unsigned long *index, unsigned int n);

/** vram_alloc_give() - give one page back; a bad one stays out of use */
void vram_alloc_give(struct vram_alloc *va, unsigned long index);

/**
 * vram_alloc_poison() - never hand out this page again
 * Return: true if the page is in use now.
 */
bool vram_alloc_poison(struct vram_alloc *va, unsigned long index);

/**
 * vram_alloc_victim() - the chunk in use that was filled the longest time ago
 * @va: the allocator
 * @since: only chunks with an older stamp
 *
 * The chunk is stamped anew, so that the next call finds another one.
 * Return: the chunk's number or -ENOENT.
 */
long vram_alloc_victim(struct vram_alloc *va, unsigned long since);

/** vram_alloc_used() - copy of one chunk's map of used pages */
void vram_alloc_used(struct vram_alloc *va, unsigned long chunk,
		     unsigned long *map);

#endif
