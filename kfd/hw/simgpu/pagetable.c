// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables in kernel memory, in the form that the device walks.
 *
 * A table of level 0 belongs to its 2 MiB of addresses from simgpu_pt_prepare()
 * until the VM ends, also while the device does not see it: the entry of level 1
 * then is a leaf, or nothing is mapped in the whole 2 MiB.  So a leaf can be
 * split, and a page mapped, without an allocation; and a walk of the device
 * that comes late reads entries of the same addresses at worst.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../../../abi/simgpu_pte.h"
#include "device.h"

#define PT_ENTRIES	SIMGPU_PT_ENTRIES
#define TOP		(SIMGPU_PT_LEVELS - 1)
#define VA_END		BIT_ULL(48)
/* Pages that one entry with FRAGMENT stands for. */
#define FRAGMENT_ORDER	4
#define FRAGMENT_PAGES	BIT(FRAGMENT_ORDER)
#define FRAGMENT	((u64)FRAGMENT_ORDER << SIMGPU_PTE_FRAGMENT_SHIFT)

/**
 * struct simgpu_table - a table of level 3, 2 or 1
 * @entries: what the device reads; a page of its own
 * @dirs: of level 3 and 2: the tables below
 * @ptes: of level 1: the tables of level 0
 */
struct simgpu_table {
	__le64 entries[PT_ENTRIES];
	union {
		struct simgpu_table *dirs[PT_ENTRIES];
		__le64 *ptes[PT_ENTRIES];
	};
};

static unsigned int level_index(u64 va, unsigned int level)
{
	return va >> (PAGE_SHIFT + 9 * level) & (PT_ENTRIES - 1);
}

/* The end of what one entry of @level covers at @va. */
static u64 level_end(u64 va, unsigned int level)
{
	u64 size = 1ULL << (PAGE_SHIFT + 9 * level);

	return ALIGN_DOWN(va, size) + size;
}

static u64 entry_get(const __le64 *entry)
{
	return le64_to_cpu(READ_ONCE(*entry));
}

static void entry_set(__le64 *entry, u64 value)
{
	/* What the entry points to is there for whoever sees the entry. */
	smp_store_release(entry, cpu_to_le64(value));
}

static u64 table_entry(void *table)
{
	return virt_to_phys(table) | SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM;
}

static bool is_table(u64 entry)
{
	return (entry & SIMGPU_PTE_VALID) && !(entry & SIMGPU_PTE_LEAF);
}

static void span_add(struct simgpu_span *span, u64 start, u64 end)
{
	if (span->start == span->end) {
		span->start = start;
		span->end = end;
		return;
	}
	span->start = min(span->start, start);
	span->end = max(span->end, end);
}

/* Making and freeing */

static struct simgpu_table *table_alloc(atomic64_t *pages)
{
	struct simgpu_table *table;

	BUILD_BUG_ON(sizeof(*table) != 2 * PAGE_SIZE);
	table = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, 1);
	if (table)
		atomic64_add(2, pages);
	return table;
}

static void table_free(struct simgpu_table *table, atomic64_t *pages)
{
	free_pages((unsigned long)table, 1);
	atomic64_sub(2, pages);
}

struct simgpu_table *simgpu_pt_create(atomic64_t *pages)
{
	return table_alloc(pages);
}

u64 simgpu_pt_root(struct simgpu_table *root)
{
	return virt_to_phys(root->entries);
}

static void ptes_destroy(struct simgpu_table *table, atomic64_t *pages)
{
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++) {
		if (!table->ptes[i])
			continue;
		free_page((unsigned long)table->ptes[i]);
		atomic64_dec(pages);
	}
}

static void table_destroy(struct simgpu_table *table, unsigned int level,
			  atomic64_t *pages)
{
	unsigned int i;

	if (level == 1) {
		ptes_destroy(table, pages);
	} else {
		for (i = 0; i < PT_ENTRIES; i++)
			if (table->dirs[i])
				table_destroy(table->dirs[i], level - 1, pages);
	}
	table_free(table, pages);
}

void simgpu_pt_destroy(struct simgpu_table *root, atomic64_t *pages)
{
	table_destroy(root, TOP, pages);
}

/* The table below entry @i, made if there is none; NULL: no memory. */
static struct simgpu_table *dir_make(struct simgpu_table *dir, unsigned int i,
				     struct mutex *lock, atomic64_t *pages)
{
	struct simgpu_table *table = READ_ONCE(dir->dirs[i]);

	if (table)
		return table;
	table = table_alloc(pages);
	if (!table)
		return NULL;
	mutex_lock(lock);
	if (dir->dirs[i]) {
		table_free(table, pages);
	} else {
		dir->dirs[i] = table;
		entry_set(&dir->entries[i], table_entry(table));
	}
	table = dir->dirs[i];
	mutex_unlock(lock);
	return table;
}

/* Put a table of level 0 behind entry @i; the device does not see it yet. */
static int ptes_make(struct simgpu_table *table, unsigned int i,
		     struct mutex *lock, atomic64_t *pages)
{
	__le64 *ptes;

	if (READ_ONCE(table->ptes[i]))
		return 0;
	ptes = (__le64 *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!ptes)
		return -ENOMEM;
	mutex_lock(lock);
	if (!table->ptes[i]) {
		table->ptes[i] = ptes;
		ptes = NULL;
		atomic64_inc(pages);
	}
	mutex_unlock(lock);
	free_page((unsigned long)ptes);
	return 0;
}

int simgpu_pt_prepare(struct simgpu_table *root, struct mutex *lock, u64 start,
		      u64 end, atomic64_t *pages)
{
	struct simgpu_table *table;
	unsigned int level;
	u64 va;

	if (end > VA_END)
		return -EINVAL;
	for (va = start; va < end; va = level_end(va, 1)) {
		table = root;
		for (level = TOP; level > 1; level--) {
			table = dir_make(table, level_index(va, level), lock,
					 pages);
			if (!table)
				return -ENOMEM;
		}
		if (ptes_make(table, level_index(va, 1), lock, pages))
			return -ENOMEM;
	}
	return 0;
}

/* Entries of level 0 */

static void pte_set(__le64 *pte, u64 va, u64 value, struct simgpu_span *changed)
{
	u64 old = entry_get(pte);

	if ((old & SIMGPU_PTE_VALID) &&
	    ((old ^ value) & ~SIMGPU_PTE_FRAGMENT_MASK))
		span_add(changed, va, va + PAGE_SIZE);
	if (old != value)
		entry_set(pte, value);
}

/* An entry of a fragment is about to change: the others speak for themselves. */
static void fragment_break(__le64 *ptes, unsigned int i)
{
	__le64 *pte = ptes + ALIGN_DOWN(i, FRAGMENT_PAGES);
	unsigned int j;

	if (!(entry_get(&ptes[i]) & SIMGPU_PTE_FRAGMENT_MASK))
		return;
	for (j = 0; j < FRAGMENT_PAGES; j++)
		entry_set(&pte[j], entry_get(&pte[j]) &
				   ~SIMGPU_PTE_FRAGMENT_MASK);
}

static bool fragment_fits(unsigned int i, unsigned int end, u64 value)
{
	return IS_ALIGNED(i, FRAGMENT_PAGES) && end - i >= FRAGMENT_PAGES &&
	       IS_ALIGNED(value & SIMGPU_PTE_ADDR_MASK,
			  FRAGMENT_PAGES * PAGE_SIZE);
}

/* Entries [i, end), the first of which gets @value; a page further for each. */
static void ptes_map(__le64 *ptes, unsigned int i, unsigned int end, u64 va,
		     u64 value, struct simgpu_span *changed)
{
	unsigned int fragment_end = 0;

	fragment_break(ptes, i);
	fragment_break(ptes, end - 1);
	for (; i < end; i++) {
		if (fragment_fits(i, end, value))
			fragment_end = i + FRAGMENT_PAGES;
		pte_set(&ptes[i], va,
			i < fragment_end ? value | FRAGMENT : value, changed);
		value += PAGE_SIZE;
		va += PAGE_SIZE;
	}
}

static void ptes_unmap(__le64 *ptes, unsigned int i, unsigned int end, u64 va,
		       u64 absent, struct simgpu_span *changed)
{
	fragment_break(ptes, i);
	fragment_break(ptes, end - 1);
	for (; i < end; i++, va += PAGE_SIZE)
		pte_set(&ptes[i], va, absent, changed);
}

/* Entries of level 1: a table, a leaf, or one value for the whole 2 MiB */

/*
 * The 2 MiB of a leaf as entries of level 0.  A walk may be late: it has read a
 * pointer to this table before the pages were joined to the leaf.  So each entry
 * gets its value at once, and never stands for something else in between.
 */
static void ptes_from_leaf(__le64 *ptes, u64 leaf)
{
	u64 value = (leaf & ~SIMGPU_PTE_LEAF) | FRAGMENT;
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++)
		entry_set(&ptes[i], value + i * PAGE_SIZE);
}

/* Let the device see entry @i as a table that says what the entry said. */
static __le64 *slot_split(struct simgpu_table *table, unsigned int i)
{
	u64 entry = entry_get(&table->entries[i]);
	__le64 *ptes = table->ptes[i];

	if (is_table(entry))
		return ptes;
	/* What the table says now is old. */
	if (entry & SIMGPU_PTE_VALID)
		ptes_from_leaf(ptes, entry);
	else
		memset64((u64 *)ptes, (__force u64)cpu_to_le64(entry),
			 PT_ENTRIES);
	entry_set(&table->entries[i], table_entry(ptes));
	return ptes;
}

/* If the table of entry @i maps 2 MiB in one piece, make it a leaf. */
static void slot_join(struct simgpu_table *table, unsigned int i)
{
	const __le64 *ptes = table->ptes[i];
	u64 first = entry_get(&ptes[0]) & ~SIMGPU_PTE_FRAGMENT_MASK;
	unsigned int j;

	if (!(first & SIMGPU_PTE_VALID) ||
	    !IS_ALIGNED(first & SIMGPU_PTE_ADDR_MASK, SZ_2M))
		return;
	/* From the end: what is not whole mostly lacks that. */
	for (j = PT_ENTRIES - 1; j; j--)
		if ((entry_get(&ptes[j]) & ~SIMGPU_PTE_FRAGMENT_MASK) !=
		    first + j * PAGE_SIZE)
			return;
	entry_set(&table->entries[i], first | SIMGPU_PTE_LEAF);
}

/* Add what of the 2 MiB at @va is valid and not as the leaf @value says. */
static void slot_compare(const struct simgpu_table *table, unsigned int i,
			 u64 va, u64 value, struct simgpu_span *changed)
{
	u64 old = entry_get(&table->entries[i]), pte;
	unsigned int j;

	if (!(old & SIMGPU_PTE_VALID) || old == value)
		return;
	if (old & SIMGPU_PTE_LEAF) {
		span_add(changed, va, va + SZ_2M);
		return;
	}
	for (j = 0; j < PT_ENTRIES; j++, va += PAGE_SIZE) {
		pte = entry_get(&table->ptes[i][j]);
		if (!(pte & SIMGPU_PTE_VALID))
			continue;
		if ((value & SIMGPU_PTE_LEAF) &&
		    (pte & ~SIMGPU_PTE_FRAGMENT_MASK) ==
		    (value & ~SIMGPU_PTE_LEAF) + j * PAGE_SIZE)
			continue;
		span_add(changed, va, va + PAGE_SIZE);
	}
}

/* The whole 2 MiB at @va gets one value: a leaf, or nothing. */
static void slot_set(struct simgpu_table *table, unsigned int i, u64 va,
		     u64 value, struct simgpu_span *changed)
{
	slot_compare(table, i, va, value, changed);
	entry_set(&table->entries[i], value);
}

/*
 * The table of level 1 for @va, or NULL; then @next is where the addresses
 * that lack one end.
 */
static struct simgpu_table *slot_find(struct simgpu_table *table, u64 va,
				      u64 *next)
{
	unsigned int level;

	for (level = TOP; level > 1; level--) {
		table = table->dirs[level_index(va, level)];
		if (!table) {
			*next = level_end(va, level);
			return NULL;
		}
	}
	*next = level_end(va, 1);
	return table;
}

static u64 mapping_pte(const struct hw_mapping *map)
{
	u64 pte = map->run.addr | SIMGPU_PTE_VALID;

	if (map->run.place == HW_SYSTEM)
		pte |= SIMGPU_PTE_SYSTEM;
	if (map->access & HW_READ)
		pte |= SIMGPU_PTE_READ;
	if (map->access & HW_WRITE)
		pte |= SIMGPU_PTE_WRITE;
	if (map->access & HW_EXEC)
		pte |= SIMGPU_PTE_EXEC;
	if (map->access & HW_ATOMIC)
		pte |= SIMGPU_PTE_ATOMIC;
	return pte;
}

static void slot_map(struct simgpu_table *table, u64 va, u64 end, u64 pte,
		     struct simgpu_span *changed)
{
	unsigned int i = level_index(va, 1), first = level_index(va, 0);
	__le64 *ptes;

	if (end - va == SZ_2M &&
	    IS_ALIGNED(pte & SIMGPU_PTE_ADDR_MASK, SZ_2M)) {
		slot_set(table, i, va, pte | SIMGPU_PTE_LEAF, changed);
		return;
	}
	ptes = slot_split(table, i);
	ptes_map(ptes, first, first + PHYS_PFN(end - va), va, pte, changed);
	slot_join(table, i);
}

void simgpu_pt_map(struct simgpu_table *root, const struct hw_mapping *map,
		   struct simgpu_span *changed)
{
	u64 va = map->va, end = va + ((u64)map->run.npages << PAGE_SHIFT);
	u64 pte = mapping_pte(map), next, step;
	struct simgpu_table *table;

	for (; va < end; va = step) {
		table = slot_find(root, va, &next);
		step = min(next, end);
		/* Not prepared: the caller broke the contract. */
		if (WARN_ON_ONCE(!table || !table->ptes[level_index(va, 1)]))
			return;
		slot_map(table, va, step, pte, changed);
		pte += step - va;
	}
}

static void slot_unmap(struct simgpu_table *table, u64 va, u64 end, u64 absent,
		       struct simgpu_span *changed)
{
	unsigned int i = level_index(va, 1), first = level_index(va, 0);

	/* Not prepared, or nothing to do. */
	if (!table->ptes[i] || entry_get(&table->entries[i]) == absent)
		return;
	if (end - va == SZ_2M)
		slot_set(table, i, va, absent, changed);
	else
		ptes_unmap(slot_split(table, i), first,
			   first + PHYS_PFN(end - va), va, absent, changed);
}

void simgpu_pt_unmap(struct simgpu_table *root, u64 start, u64 end, bool wait,
		     struct simgpu_span *changed)
{
	u64 absent = wait ? SIMGPU_PTE_WAIT : 0, va, next;
	struct simgpu_table *table;

	end = min(end, VA_END);
	for (va = start; va < end; va = next) {
		table = slot_find(root, va, &next);
		if (table)
			slot_unmap(table, va, min(next, end), absent, changed);
	}
}

/* Reading */

static u32 pte_access(u64 pte)
{
	return (pte & SIMGPU_PTE_READ ? HW_READ : 0) |
	       (pte & SIMGPU_PTE_WRITE ? HW_WRITE : 0) |
	       (pte & SIMGPU_PTE_EXEC ? HW_EXEC : 0) |
	       (pte & SIMGPU_PTE_ATOMIC ? HW_ATOMIC : 0);
}

static u32 pte_pages(u64 pte)
{
	if (pte & SIMGPU_PTE_LEAF)
		return PT_ENTRIES;
	return pte & SIMGPU_PTE_FRAGMENT_MASK ? FRAGMENT_PAGES : 1;
}

int simgpu_pt_walk(const struct simgpu_table *root, u64 va,
		   struct simgpu_translation *t)
{
	const __le64 *entries = root->entries;
	unsigned int level = TOP;
	u64 entry, offset = 0;

	t->wait = false;
	if (va >= VA_END)
		return -EFAULT;
	for (;;) {
		entry = entry_get(&entries[level_index(va, level)]);
		if (!(entry & SIMGPU_PTE_VALID)) {
			t->wait = entry & SIMGPU_PTE_WAIT;
			return -EFAULT;
		}
		if (!level || (entry & SIMGPU_PTE_LEAF))
			break;
		entries = phys_to_virt(entry & SIMGPU_PTE_ADDR_MASK);
		level--;
	}
	if (level)
		offset = va & (SZ_2M - 1) & PAGE_MASK;
	t->map.va = ALIGN_DOWN(va, PAGE_SIZE);
	t->map.access = pte_access(entry);
	t->map.run.addr = (entry & SIMGPU_PTE_ADDR_MASK) + offset;
	t->map.run.place = entry & SIMGPU_PTE_SYSTEM ? HW_SYSTEM : HW_LOCAL;
	t->map.run.npages = 1;
	t->pages = pte_pages(entry);
	return 0;
}
