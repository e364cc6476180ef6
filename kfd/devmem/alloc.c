// SPDX-License-Identifier: GPL-2.0
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "alloc.h"

/* How many partly used chunks are looked at for a run in its wished place. */
#define VRAM_SEARCH	8

int vram_alloc_init(struct vram_alloc *va, unsigned long nchunks)
{
	unsigned long i;

	va->chunks = kvcalloc(nchunks, sizeof(*va->chunks), GFP_KERNEL);
	if (!va->chunks)
		return -ENOMEM;

	spin_lock_init(&va->lock);
	INIT_LIST_HEAD(&va->whole);
	INIT_LIST_HEAD(&va->part);
	INIT_LIST_HEAD(&va->full);
	va->nchunks = nchunks;
	va->nfree = nchunks * VRAM_CHUNK_PAGES;
	va->nused = 0;
	va->nbad = 0;
	va->stamp = 1;

	for (i = 0; i < nchunks; i++) {
		va->chunks[i].nfree = VRAM_CHUNK_PAGES;
		list_add_tail(&va->chunks[i].link, &va->whole);
	}
	return 0;
}

void vram_alloc_fini(struct vram_alloc *va)
{
	kvfree(va->chunks);
	va->chunks = NULL;
}

static bool chunk_page_free(const struct vram_chunk *c, unsigned int bit)
{
	return !test_bit(bit, c->used) && !test_bit(bit, c->bad);
}

static bool chunk_run_free(const struct vram_chunk *c, unsigned int bit,
			   unsigned int n)
{
	return find_next_bit(c->used, bit + n, bit) >= bit + n &&
	       find_next_bit(c->bad, bit + n, bit) >= bit + n;
}

/* Put the chunk on the list that its counts ask for. */
static void chunk_file(struct vram_alloc *va, struct vram_chunk *c)
{
	if (c->nfree == VRAM_CHUNK_PAGES)
		list_move(&c->link, &va->whole);
	else if (c->nfree)
		list_move(&c->link, &va->part);
	else
		list_move(&c->link, &va->full);
}

static void chunk_take(struct vram_alloc *va, struct vram_chunk *c,
		       unsigned int bit, unsigned int n, unsigned long *index)
{
	unsigned long base = (c - va->chunks) * VRAM_CHUNK_PAGES + bit;
	unsigned int i;

	bitmap_set(c->used, bit, n);
	c->nfree -= n;
	c->nused += n;
	va->nfree -= n;
	va->nused += n;
	c->stamp = va->stamp++;
	for (i = 0; i < n; i++)
		index[i] = base + i;
	chunk_file(va, c);
}

/*
 * A chunk where [bit, bit + n) is free.  Whole chunks are kept for requests
 * that need all of one, unless nothing else has the room.
 */
static struct vram_chunk *chunk_find_run(struct vram_alloc *va,
					 unsigned int bit, unsigned int n)
{
	struct vram_chunk *c;
	int looked = 0;

	if (n < VRAM_CHUNK_PAGES) {
		list_for_each_entry(c, &va->part, link) {
			if (c->nfree >= n && chunk_run_free(c, bit, n))
				return c;
			if (++looked == VRAM_SEARCH)
				break;
		}
	}
	return list_first_entry_or_null(&va->whole, struct vram_chunk, link);
}

/* Any free pages of a partly used chunk: fragments are better than nothing. */
static unsigned int chunk_take_any(struct vram_alloc *va, struct vram_chunk *c,
				   unsigned long *index, unsigned int n)
{
	unsigned int bit, got = 0;

	n = min_t(unsigned int, n, c->nfree);
	for (bit = 0; got < n; bit++) {
		if (!chunk_page_free(c, bit))
			continue;
		chunk_take(va, c, bit, 1, &index[got]);
		got++;
	}
	return got;
}

unsigned int vram_alloc_take(struct vram_alloc *va, unsigned long hint,
			     unsigned long *index, unsigned int n)
{
	unsigned long flags;
	unsigned int got = 0;

	spin_lock_irqsave(&va->lock, flags);
	while (got < n) {
		unsigned int bit = (hint + got) % VRAM_CHUNK_PAGES;
		unsigned int run = min_t(unsigned int, n - got,
					 VRAM_CHUNK_PAGES - bit);
		struct vram_chunk *c = chunk_find_run(va, bit, run);

		if (c) {
			chunk_take(va, c, bit, run, &index[got]);
			got += run;
			continue;
		}

		c = list_first_entry_or_null(&va->part, struct vram_chunk,
					     link);
		if (!c)
			break;
		got += chunk_take_any(va, c, &index[got], run);
	}
	spin_unlock_irqrestore(&va->lock, flags);
	return got;
}

void vram_alloc_give(struct vram_alloc *va, unsigned long index)
{
	struct vram_chunk *c = &va->chunks[index / VRAM_CHUNK_PAGES];
	unsigned int bit = index % VRAM_CHUNK_PAGES;
	unsigned long flags;

	spin_lock_irqsave(&va->lock, flags);
	if (!WARN_ON_ONCE(!__test_and_clear_bit(bit, c->used))) {
		c->nused--;
		va->nused--;
		if (!test_bit(bit, c->bad)) {
			c->nfree++;
			va->nfree++;
			if (c->nfree == 1 || c->nfree == VRAM_CHUNK_PAGES)
				chunk_file(va, c);
		}
	}
	spin_unlock_irqrestore(&va->lock, flags);
}

bool vram_alloc_poison(struct vram_alloc *va, unsigned long index)
{
	struct vram_chunk *c = &va->chunks[index / VRAM_CHUNK_PAGES];
	unsigned int bit = index % VRAM_CHUNK_PAGES;
	unsigned long flags;
	bool used;

	spin_lock_irqsave(&va->lock, flags);
	used = test_bit(bit, c->used);
	if (!__test_and_set_bit(bit, c->bad)) {
		va->nbad++;
		if (!used) {
			c->nfree--;
			va->nfree--;
			chunk_file(va, c);
		}
	}
	spin_unlock_irqrestore(&va->lock, flags);
	return used;
}

long vram_alloc_victim(struct vram_alloc *va, unsigned long since)
{
	unsigned long flags, i, oldest = since;
	long victim = -ENOENT;

	spin_lock_irqsave(&va->lock, flags);
	for (i = 0; i < va->nchunks; i++) {
		struct vram_chunk *c = &va->chunks[i];

		if (c->nused && c->stamp < oldest) {
			oldest = c->stamp;
			victim = i;
		}
	}
	if (victim >= 0)
		va->chunks[victim].stamp = va->stamp++;
	spin_unlock_irqrestore(&va->lock, flags);
	return victim;
}

void vram_alloc_used(struct vram_alloc *va, unsigned long chunk,
		     unsigned long *map)
{
	unsigned long flags;

	spin_lock_irqsave(&va->lock, flags);
	bitmap_copy(map, va->chunks[chunk].used, VRAM_CHUNK_PAGES);
	spin_unlock_irqrestore(&va->lock, flags);
}
