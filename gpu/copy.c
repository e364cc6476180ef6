// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "copy.h"
#include "gpu.h"

/* What a thread takes at once: many small runs, or a part of a large one. */
#define PIECE_BYTES	(512U << 10)

/* Waking a helper costs about what copying this much costs. */
#define ALONE_BYTES	(512U << 10)

struct piece {
	unsigned int run;
	u64 offset;
	u64 bytes;	/* over several runs */
};

/* Take the next piece; copier.lock is held. */
static bool take_piece(struct copier *c, struct piece *p)
{
	*p = (struct piece) { .run = c->run, .offset = c->offset };
	while (c->run < c->count && !c->abort && p->bytes < PIECE_BYTES) {
		u64 left = c->runs[c->run].bytes - c->offset;
		u64 room = PIECE_BYTES - p->bytes;

		if (left > room) {
			c->offset += room;
			p->bytes += room;
		} else {
			c->run++;
			c->offset = 0;
			p->bytes += left;
		}
	}
	return p->bytes > 0;
}

static void move_piece(struct copier *c, struct piece *p)
{
	while (p->bytes) {
		const struct copy_run *r = &c->runs[p->run];
		u64 n = r->bytes - p->offset;

		if (n > p->bytes)
			n = p->bytes;
		if (!n)
			;	/* a bad element: nothing to move */
		else if (r->src)
			memcpy(r->dst + p->offset, r->src + p->offset, n);
		else
			memset(r->dst + p->offset, 0, n);
		p->bytes -= n;
		p->offset = 0;
		p->run++;
	}
	count_add(c->progress, 1);
}

/* copier.lock is held, and dropped while bytes move. */
static void work(struct copier *c)
{
	struct piece p;

	c->busy++;
	while (take_piece(c, &p)) {
		pthread_mutex_unlock(&c->lock);
		move_piece(c, &p);
		pthread_mutex_lock(&c->lock);
	}
	c->busy--;
	if (!c->busy)
		pthread_cond_signal(&c->end);
}

static void *helper(void *arg)
{
	struct copier *c = arg;
	u64 seen = 0;

	pthread_mutex_lock(&c->lock);
	while (!c->stopping) {
		if (seen == c->job) {
			pthread_cond_wait(&c->start, &c->lock);
			continue;
		}
		seen = c->job;
		work(c);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int copier_init(struct copier *c, unsigned int threads, u64 *progress)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->progress = progress;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->start, NULL);
	pthread_cond_init(&c->end, NULL);
	while (c->helpers + 1 < threads && c->helpers < COPY_MAX_HELPERS) {
		err = pthread_create(&c->helper[c->helpers], NULL, helper, c);
		if (err) {
			copier_fini(c);
			return -err;
		}
		c->helpers++;
	}
	return 0;
}

void copier_fini(struct copier *c)
{
	unsigned int i;

	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_broadcast(&c->start);
	pthread_mutex_unlock(&c->lock);
	for (i = 0; i < c->helpers; i++)
		pthread_join(c->helper[i], NULL);
	pthread_cond_destroy(&c->end);
	pthread_cond_destroy(&c->start);
	pthread_mutex_destroy(&c->lock);
}

void copier_abort(struct copier *c)
{
	pthread_mutex_lock(&c->lock);
	c->abort = true;
	pthread_mutex_unlock(&c->lock);
}

/* Move c->runs[0 .. count).  Return: 0, or -ECANCELED. */
static int copier_run(struct copier *c, unsigned int count, u64 total)
{
	int err;

	pthread_mutex_lock(&c->lock);
	c->run = 0;
	c->offset = 0;
	c->count = count;
	c->abort = false;
	if (total > ALONE_BYTES) {
		c->job++;
		pthread_cond_broadcast(&c->start);
	}
	work(c);
	while (c->busy)
		pthread_cond_wait(&c->end, &c->lock);
	err = c->abort ? -ECANCELED : 0;
	pthread_mutex_unlock(&c->lock);
	return err;
}

/* Memory of one side; the low bits of the address are flags. */
static u8 *resolve(struct gpu *gpu, u64 addr, u64 bytes)
{
	u64 flags = addr & (PAGE_SIZE - 1);

	addr -= flags;
	if (flags == SIMGPU_COPY_LOCAL)
		return bus_map_vram(&gpu->bus, addr, bytes);
	return flags ? NULL : bus_map(&gpu->bus, addr, bytes);
}

static bool overlap(const u8 *a, const u8 *b, u64 bytes)
{
	return a < b + bytes && b < a + bytes;
}

static struct copy_run check_element(struct gpu *gpu,
				     const struct simgpu_copy *element,
				     bool clear)
{
	u64 dst = le64toh(load_relaxed(&element->dst));
	u64 src = le64toh(load_relaxed(&element->src));
	u32 npages = le32toh(load_relaxed(&element->npages));
	u64 bytes = (u64)npages << PAGE_SHIFT;
	struct copy_run bad = { .status = EINVAL };
	struct copy_run r = { .bytes = bytes };

	if (!npages)
		return bad;
	bad.status = EFAULT;
	r.dst = resolve(gpu, dst, bytes);
	if (!r.dst)
		return bad;
	if (clear)
		return r;
	r.src = resolve(gpu, src, bytes);
	if (!r.src)
		return bad;
	bad.status = EINVAL;
	return overlap(r.dst, r.src, bytes) ? bad : r;
}

static int report(struct simgpu_copy *elements, const struct copy_run *runs,
		  u32 count, int aborted)
{
	int first = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		int status = aborted ? -aborted : runs[i].status;

		store_release(&elements[i].status, htole32((u32)status));
		if (!first)
			first = -status;
	}
	return first;
}

int copy_execute(struct gpu *gpu, u64 list, u32 count, bool clear)
{
	struct copier *c = &gpu->copier;
	struct simgpu_copy *elements;
	u64 total = 0;
	int err;
	u32 i;

	if (!count || count > SIMGPU_COPY_MAX || !IS_ALIGNED(list, 8))
		return -EINVAL;
	elements = (struct simgpu_copy *)bus_map(&gpu->bus, list,
						 count * sizeof(*elements));
	if (!elements)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		c->runs[i] = check_element(gpu, &elements[i], clear);
		total += c->runs[i].bytes;
	}
	err = copier_run(c, count, total);
	if (!err)
		gpu_count(gpu, SIMGPU_COUNT_ENGINE_BYTES, total);
	return report(elements, c->runs, count, err);
}
