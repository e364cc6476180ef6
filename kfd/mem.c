// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of buffer objects: its pages, where devices see them, and how they come
 * and go.  mem_cpu.c is how the CPU sees them.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "device.h"
#include "devmem/block.h"
#include "devmem/devmem.h"
#include "hw/hw.h"
#include "mem.h"
#include "mem_cpu.h"
#include "render.h"

/* Pages that move or are served in one go: 2 MiB. */
#define WINDOW			512

/* Mappings that go to the back end in one call */
#define MAPS_MAX		24

/* How often a BO asks for room before it gives up. */
#define EVICT_TRIES		4

/* Runs */

/* Can @run grow by the page that @next is? */
static bool run_extends(const struct hw_run *run, const struct hw_run *next)
{
	return run->place == next->place &&
	       run->addr + ((u64)run->npages << PAGE_SHIFT) == next->addr;
}

/* The longest run for @hw from page @first on, at most @n pages. */
static void mem_run(const struct kfd_mem *mem, struct hw_device *hw,
		    unsigned long first, unsigned long n, struct hw_run *run)
{
	struct hw_run next;

	devmem_run(hw, mem->pages[first], run);
	while (run->npages < n) {
		devmem_run(hw, mem->pages[first + run->npages], &next);
		if (!run_extends(run, &next))
			return;
		run->npages++;
	}
}

/* Devices */

static void map_pages(const struct kfd_mem_map *map, struct hw_vm *vm,
		      unsigned long first, unsigned long n)
{
	const struct hw_ops *ops = vm->hw->ops;
	struct hw_mapping maps[MAPS_MAX];
	unsigned int used = 0;

	lockdep_assert_held(&map->mem->lock);
	while (n) {
		maps[used].va = map->va + ((u64)first << PAGE_SHIFT);
		maps[used].access = map->access;
		mem_run(map->mem, vm->hw, first, n, &maps[used].run);
		first += maps[used].run.npages;
		n -= maps[used].run.npages;
		if (++used == MAPS_MAX || !n) {
			ops->map_commit(vm, maps, used);
			used = 0;
		}
	}
}

static void unmap_pages(const struct kfd_mem_map *map, struct hw_vm *vm,
			unsigned long first, unsigned long n,
			enum hw_absent absent)
{
	u64 start = map->va + ((u64)first << PAGE_SHIFT);

	vm->hw->ops->unmap(vm, start, start + ((u64)n << PAGE_SHIFT), absent);
}

/* Nobody, neither a device nor a CPU, reaches the pages when this returns. */
static void hide_pages(struct kfd_mem *mem, unsigned long first,
		       unsigned long n)
{
	struct kfd_mem_map *map;
	unsigned int i;

	lockdep_assert_held(&mem->lock);
	list_for_each_entry(map, &mem->maps, link)
		for (i = 0; i < HW_MAX_DEVICES; i++)
			if (map->devices & BIT(i))
				unmap_pages(map, map->vms[i], first, n,
					    HW_ABSENT_WAIT);
	mem_cpu_zap(mem, first, n);
}

void kfd_mem_map_init(struct kfd_mem_map *map, struct kfd_mem *mem, u64 va,
		      u32 access)
{
	kfd_mem_get(mem);
	map->mem = mem;
	map->va = va;
	map->access = access;
	map->devices = 0;
	mutex_lock(&mem->lock);
	list_add_tail(&map->link, &mem->maps);
	mutex_unlock(&mem->lock);
}

void kfd_mem_map_fini(struct kfd_mem_map *map)
{
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++)
		if (map->devices & BIT(i))
			kfd_mem_unmap(map, map->vms[i]);
	mutex_lock(&map->mem->lock);
	list_del(&map->link);
	mutex_unlock(&map->mem->lock);
	kfd_mem_put(map->mem);
}

int kfd_mem_map(struct kfd_mem_map *map, struct hw_vm *vm)
{
	struct kfd_mem *mem = map->mem;
	unsigned int i = vm->hw->index;
	int ret = 0;

	mutex_lock(&mem->lock);
	if (map->devices & BIT(i))
		goto unlock;
	ret = vm->hw->ops->map_prepare(vm, map->va, map->va + mem->gem.size);
	if (ret)
		goto unlock;
	map_pages(map, vm, 0, mem->npages);
	map->vms[i] = vm;
	map->devices |= BIT(i);
unlock:
	mutex_unlock(&mem->lock);
	return ret;
}

void kfd_mem_unmap(struct kfd_mem_map *map, struct hw_vm *vm)
{
	struct kfd_mem *mem = map->mem;
	unsigned int i = vm->hw->index;

	mutex_lock(&mem->lock);
	if (map->devices & BIT(i)) {
		unmap_pages(map, vm, 0, mem->npages, HW_ABSENT_FAULT);
		map->devices &= ~BIT(i);
	}
	mutex_unlock(&mem->lock);
}

/* Moving */

/**
 * struct move - pages on their way
 * @index: which of the memory's pages
 * @to: where they go
 * @copies: in the same order
 */
struct move {
	unsigned int n;
	unsigned long index[WINDOW];
	struct page *to[WINDOW];
	struct hw_copy copies[WINDOW];
};

static void move_hide(struct kfd_mem *mem, const struct move *move)
{
	unsigned int i, n;

	for (i = 0; i < move->n; i += n) {
		for (n = 1; i + n < move->n; n++)
			if (move->index[i + n] != move->index[i] + n)
				break;
		hide_pages(mem, move->index[i], n);
	}
}

/* Return: how many pages have moved; what did not keeps its old place. */
static unsigned int move_pages(struct kfd_mem *mem, struct move *move)
{
	struct hw_device *hw = mem->dev->hw;
	unsigned int i, moved = 0;

	lockdep_assert_held(&mem->lock);
	for (i = 0; i < move->n; i++) {
		devmem_run(hw, mem->pages[move->index[i]],
			   &move->copies[i].src);
		devmem_run(hw, move->to[i], &move->copies[i].dst);
	}
	move_hide(mem, move);
	devmem_copy(hw, move->copies, move->n);

	for (i = 0; i < move->n; i++) {
		struct page *from = mem->pages[move->index[i]];

		if (move->copies[i].status) {
			put_page(move->to[i]);
			continue;
		}
		move->to[i]->index = move->index[i];
		WRITE_ONCE(mem->pages[move->index[i]], move->to[i]);
		put_page(from);
		moved++;
	}
	return moved;
}

/* Called for eviction, see struct devmem_block_ops. */
static unsigned int mem_evict(void *owner, struct page **pages, unsigned int n)
{
	struct kfd_mem *mem = owner;
	unsigned int i, moved = 0;
	struct move *move;

	/* Who holds the lock may be making room itself. */
	if (!mutex_trylock(&mem->lock))
		return 0;
	move = mem->pins ? NULL : kvmalloc(sizeof(*move), GFP_KERNEL);
	if (!move)
		goto unlock;

	move->n = 0;
	for (i = 0; i < n; i++) {
		unsigned long index = READ_ONCE(pages[i]->index);
		struct page *to;

		if (index >= mem->npages || mem->pages[index] != pages[i])
			continue;
		to = alloc_page(GFP_HIGHUSER | __GFP_NOWARN);
		if (!to)
			break;
		move->index[move->n] = index;
		move->to[move->n++] = to;
	}
	moved = move_pages(mem, move);
	mem->away += moved;
	mem->left = devmem_stamp(mem->dev->devmem);
	kvfree(move);
unlock:
	mutex_unlock(&mem->lock);
	return moved;
}

static const struct devmem_block_ops mem_block_ops = {
	.evict = mem_evict,
};

/*
 * Bring pages of [first, first + n) back to VRAM, as far as there is room or
 * something that is older than the memory's own eviction can leave.
 */
static void mem_return(struct kfd_mem *mem, unsigned long first,
		       unsigned long n, u64 va)
{
	struct page *pages[1];
	struct move *move;
	unsigned long i, away = 0;

	lockdep_assert_held(&mem->lock);
	for (i = first; i < first + n; i++)
		away += !devmem_from_page(mem->pages[i]);
	if (!away || mem->pins)
		return;
	move = kvmalloc(sizeof(*move), GFP_KERNEL);
	if (!move)
		return;

	move->n = 0;
	for (i = first; i < first + n; i++) {
		unsigned long hint = (va >> PAGE_SHIFT) + i;

		if (devmem_from_page(mem->pages[i]))
			continue;
		if (!devmem_block_alloc(mem->block, hint, pages, 1)) {
			devmem_evict(mem->dev->devmem, away - move->n,
				     mem->left);
			if (!devmem_block_alloc(mem->block, hint, pages, 1))
				break;
		}
		move->index[move->n] = i;
		move->to[move->n++] = pages[0];
	}
	mem->away -= move_pages(mem, move);
	kvfree(move);
}

int kfd_mem_serve(struct kfd_mem_map *map, struct hw_vm *vm, u64 va, u64 *start,
		  u64 *end)
{
	struct kfd_mem *mem = map->mem;
	u64 last = map->va + mem->gem.size;
	unsigned int i = vm->hw->index;
	unsigned long first, n;
	int ret = -EFAULT;

	/* What a 2 MiB leaf could map, and no more than is there. */
	*start = max(ALIGN_DOWN(va, WINDOW * PAGE_SIZE), map->va);
	*end = min(ALIGN_DOWN(va, WINDOW * PAGE_SIZE) + WINDOW * PAGE_SIZE,
		   last);
	first = (*start - map->va) >> PAGE_SHIFT;
	n = (*end - *start) >> PAGE_SHIFT;

	mutex_lock(&mem->lock);
	if (map->devices & BIT(i)) {
		if (mem->away)
			mem_return(mem, first, n, map->va);
		map_pages(map, vm, first, n);
		ret = 0;
	}
	mutex_unlock(&mem->lock);
	return ret;
}

/* Pages */

static void free_pages_of(struct kfd_mem *mem)
{
	unsigned long i;

	for (i = 0; i < mem->npages; i++) {
		if (!mem->pages[i])
			break;
		put_page(mem->pages[i]);
		if (i % WINDOW == 0)
			cond_resched();
	}
	kvfree(mem->pages);
}

static int clear_vram(struct kfd_mem *mem, unsigned long first,
		      unsigned long end)
{
	struct hw_device *hw = mem->dev->hw;
	struct hw_run run;
	int ret;

	for (; first < end; first += run.npages) {
		mem_run(mem, hw, first, min(end - first, 16UL * WINDOW), &run);
		ret = devmem_clear(hw, &run, 1);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

static int fill_vram(struct kfd_mem *mem, struct devmem_account *account,
		     unsigned long hint)
{
	struct devmem *dm = mem->dev->devmem;
	unsigned long i, got = 0, since = devmem_stamp(dm);
	unsigned int tries = 0;
	struct devmem_stats stats;

	devmem_get_stats(dm, &stats);
	if (mem->npages > stats.total - stats.poisoned)
		return -ENOMEM;
	mem->block = devmem_block_open(account, &mem_block_ops, mem);
	if (!mem->block)
		return -ENOMEM;

	for (;;) {
		unsigned long now;

		now = devmem_block_alloc(mem->block, hint + got,
					 mem->pages + got, mem->npages - got);
		for (i = got; i < got + now; i++)
			mem->pages[i]->index = i;
		got += now;
		if (got == mem->npages)
			return clear_vram(mem, 0, got);
		if (fatal_signal_pending(current))
			return -EINTR;
		if (tries++ == EVICT_TRIES)
			return -ENOMEM;
		devmem_evict(dm, mem->npages - got, since);
	}
}

/* A big page where the GPU could use one, else small ones. */
static unsigned int system_order(const struct kfd_mem *mem, unsigned long hint,
				 unsigned long i)
{
	if (IS_ALIGNED(hint + i, WINDOW) && mem->npages - i >= WINDOW)
		return ilog2(WINDOW);
	return 0;
}

static struct page *system_alloc(unsigned int *order)
{
	const gfp_t gfp = GFP_HIGHUSER | __GFP_ACCOUNT | __GFP_ZERO |
			  __GFP_NOWARN;
	struct page *page;

	if (*order) {
		page = alloc_pages(gfp | __GFP_NORETRY, *order);
		if (page) {
			split_page(page, *order);
			return page;
		}
		*order = 0;
	}
	/* no OOM killer: the caller can be told that there is no memory */
	return alloc_page(gfp | __GFP_RETRY_MAYFAIL);
}

static int fill_system(struct kfd_mem *mem, unsigned long hint)
{
	unsigned int order, j;
	struct page *page;
	unsigned long i = 0;

	while (i < mem->npages) {
		if (fatal_signal_pending(current))
			return -EINTR;
		order = system_order(mem, hint, i);
		page = system_alloc(&order);
		if (!page)
			return -ENOMEM;
		for (j = 0; j < 1U << order; j++)
			mem->pages[i++] = page + j;
	}
	return 0;
}

void mem_free(struct drm_gem_object *gem)
{
	struct kfd_mem *mem = kfd_mem_from_gem(gem);

	WARN_ON_ONCE(!list_empty(&mem->maps));
	/* From here on eviction passes by. */
	devmem_block_close(mem->block);
	free_pages_of(mem);
	drm_gem_object_release(gem);
	mutex_destroy(&mem->lock);
	kfree(mem);
}

struct kfd_mem *kfd_mem_create(struct kfd_device *dev,
			       struct devmem_account *account, u64 size, u64 va,
			       u32 alloc_flags)
{
	unsigned long npages = size >> PAGE_SHIFT;
	struct kfd_mem *mem;
	int ret;

	if (npages > totalram_pages() + (dev->hw->local_size >> PAGE_SHIFT))
		return ERR_PTR(-ENOMEM);
	if (kfd_device_lost(dev))
		return ERR_PTR(-ENODEV);
	mem = kzalloc(sizeof(*mem), GFP_KERNEL_ACCOUNT);
	if (!mem)
		return ERR_PTR(-ENOMEM);
	mem->pages = kvcalloc(npages, sizeof(*mem->pages), GFP_KERNEL_ACCOUNT);
	if (!mem->pages) {
		kfree(mem);
		return ERR_PTR(-ENOMEM);
	}
	mem->dev = dev;
	mem->alloc_flags = alloc_flags;
	mem->npages = npages;
	mutex_init(&mem->lock);
	INIT_LIST_HEAD(&mem->maps);
	mem_cpu_init(mem, size);

	if (alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM)
		ret = fill_vram(mem, account, va >> PAGE_SHIFT);
	else
		ret = fill_system(mem, va >> PAGE_SHIFT);
	if (!ret)
		ret = drm_gem_create_mmap_offset(&mem->gem);
	if (ret) {
		kfd_mem_put(mem);
		return ERR_PTR(ret);
	}
	return mem;
}

/* Pins */

int kfd_mem_pin(struct kfd_mem *mem)
{
	/* VRAM that cannot leave would starve everybody else. */
	if (mem->alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM)
		return -EINVAL;
	mutex_lock(&mem->lock);
	mem->pins++;
	mutex_unlock(&mem->lock);
	return 0;
}

void kfd_mem_unpin(struct kfd_mem *mem)
{
	mutex_lock(&mem->lock);
	WARN_ON_ONCE(!mem->pins--);
	mutex_unlock(&mem->lock);
}

void *kfd_mem_vmap(struct kfd_mem *mem)
{
	void *addr;

	if (kfd_mem_pin(mem))
		return NULL;
	addr = vmap(mem->pages, mem->npages, VM_MAP, PAGE_KERNEL);
	if (!addr) {
		kfd_mem_unpin(mem);
		return NULL;
	}
	kfd_mem_get(mem);
	return addr;
}

void kfd_mem_vunmap(struct kfd_mem *mem, void *addr)
{
	vunmap(addr);
	kfd_mem_unpin(mem);
	kfd_mem_put(mem);
}
