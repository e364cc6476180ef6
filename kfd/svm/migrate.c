// SPDX-License-Identifier: GPL-2.0
/*
 * Migration.  An interval is cut into pieces of at most 8 MiB inside one vma.
 * For each piece: look where its pages are (a snapshot of the CPU page table),
 * then run one pass of migrate_vma for each kind of source that is in it.
 */
#include <linux/hmm.h>
#include <linux/hugetlb.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../devmem/devmem.h"
#include "../trace.h"
#include "count.h"
#include "exclusive.h"
#include "gpu.h"
#include "migrate.h"
#include "notifier.h"

/*
 * Each migrate_vma_setup() may drain the LRU caches of all CPUs once, so
 * pieces are large; page locks are held over the copy, so not too large.
 */
#define PIECE		2048

/* A page that is locked or referenced for a moment gets another chance. */
#define TRIES		3

/* Lost races for a snapshot go on for so long at most. */
#define RETRY_MS	1000

/* Where a page of the piece is, or why it does not move. */
enum page_state {
	PAGE_DONE = SVM_SKIP_COUNT,	/* at its target, or nothing to do */
	PAGE_SYSTEM,			/* to be moved from system memory */
	PAGE_DEVICE0,			/* + i: to be moved from device i */
	PAGE_DEVICE_LAST = PAGE_DEVICE0 + HW_MAX_DEVICES - 1,
	PAGE_STATES
};

/**
 * struct svm_migration - one call of svm_migrate(); svm->lock
 * @svm: the process
 * @attrs: of the range, for events
 * @end: one past the last byte of the call
 * @to: target
 * @trigger: for traces and events
 * @event: the migration that was announced last; no pages: none is open
 * @since: devmem stamp at the start: younger chunks are not evicted
 * @start: first byte of the piece
 * @npages: its length
 * @first: first page that the current pass covers
 * @n: how many pages it covers
 * @from: which state the current pass moves
 * @state: enum page_state or enum svm_skip, per page
 * @tally: how many pages of the piece are in each state, see tally()
 * @pfns: the snapshot
 * @src: for migrate_vma
 * @dst: for migrate_vma
 * @pages: pages on their way into @dst
 * @copies: copy list
 * @copy_page: which page of the pass each element of @copies belongs to
 * @clears: device pages that have no source
 * @ns: where the time went
 * @to_vram: pages moved, system memory to VRAM
 * @to_ram: pages moved, VRAM to system memory
 * @peer: pages moved, VRAM to VRAM
 */
struct svm_migration {
	struct svm *svm;
	const struct svm_attrs *attrs;
	u64 end;
	u32 to;
	enum svm_trigger trigger;
	struct svm_event event;
	unsigned long since;

	u64 start;
	unsigned int npages;
	unsigned int first;
	unsigned int n;
	u8 from;

	u8 state[PIECE];
	unsigned int tally[PAGE_STATES];
	unsigned long pfns[PIECE];
	unsigned long src[PIECE];
	unsigned long dst[PIECE];
	struct page *pages[PIECE];
	struct hw_copy copies[PIECE];
	u16 copy_page[PIECE];
	struct hw_run clears[PIECE];
	struct kfd_migrate_phases ns;

	unsigned long to_vram;
	unsigned long to_ram;
	unsigned long peer;
};

static struct svm_gpu *target_gpu(struct svm_migration *m)
{
	return m->to == SVM_LOC_SYSTEM ? NULL : &m->svm->gpus[m->to];
}

/* Which of the process's devices has this page, or -1. */
static int page_device(struct svm *svm, struct page *page)
{
	struct devmem *dm = devmem_from_page(page);
	int i;

	for (i = 0; dm && i < HW_MAX_DEVICES; i++) {
		if (svm->gpus[i].dm == dm)
			return i;
	}
	return -1;
}

/* The state of a page that is mapped now. */
static u8 classify_mapped(struct svm_migration *m, struct page *page)
{
	bool to_system = m->to == SVM_LOC_SYSTEM;
	int device;

	if (is_zone_device_page(page)) {
		device = page_device(m->svm, page);
		if (device < 0)
			return SVM_SKIP_DEVICE;
		return device == m->to ? PAGE_DONE : PAGE_DEVICE0 + device;
	}
	if (to_system)
		return PAGE_DONE;
	if (is_zero_pfn(page_to_pfn(page)))
		return PAGE_SYSTEM;
	if (PageKsm(page))
		return SVM_SKIP_MERGED;
	return PageAnon(page) ? PAGE_SYSTEM : SVM_SKIP_FILE;
}

static u8 classify(struct svm_migration *m, struct vm_area_struct *vma,
		   unsigned long pfn)
{
	if (pfn & HMM_PFN_VALID)
		return classify_mapped(m, hmm_pfn_to_page(pfn));
	if (pfn & HMM_PFN_ERROR)
		return SVM_SKIP_OTHER;
	if (m->to == SVM_LOC_SYSTEM)
		return PAGE_DONE;
	/* Never touched, or swapped out: the pass finds out which. */
	return vma_is_anonymous(vma) ? PAGE_SYSTEM : SVM_SKIP_HOLE;
}

/* A memory area that migrate_vma does not work on, and the reason to count. */
static bool vma_refused(struct vm_area_struct *vma, u8 *reason)
{
	if (is_vm_hugetlb_page(vma))
		*reason = SVM_SKIP_LARGE;
	else if ((vma->vm_flags & VM_SPECIAL) || vma_is_dax(vma))
		*reason = SVM_SKIP_OTHER;
	else
		return false;
	return true;
}

static int snapshot(struct svm_migration *m, struct vm_area_struct *vma,
		    struct svm_area *area)
{
	struct hmm_range range = {
		.notifier = &area->mni,
		.start = m->start,
		.end = m->start + ((u64)m->npages << PAGE_SHIFT),
		.hmm_pfns = m->pfns,
	};
	unsigned long deadline = jiffies + msecs_to_jiffies(RETRY_MS);
	unsigned int i;
	int err;

	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		range.notifier_seq = mmu_interval_read_begin(&area->mni);
		err = hmm_range_fault(&range);
	} while (err == -EBUSY && time_before(jiffies, deadline));

	for (i = 0; i < m->npages; i++) {
		if (err)
			m->state[i] = err == -EBUSY ? SVM_SKIP_CHANGED :
						      SVM_SKIP_OTHER;
		else
			m->state[i] = classify(m, vma, m->pfns[i]);
	}
	return 0;
}

static void tally(struct svm_migration *m)
{
	unsigned int i;

	memset(m->tally, 0, sizeof(m->tally));
	for (i = 0; i < m->npages; i++)
		m->tally[m->state[i]]++;
}

/*
 * Narrow the pass to pages that it is for, and what is among them.  It ends at a
 * merged page: KSM may forget where such a page is mapped, and then nobody would
 * find the migration entry that migrate_vma_setup() leaves there.
 * Return: is there any page left?
 */
static bool pass_select(struct svm_migration *m, u8 from)
{
	unsigned int first = 0, last, i;

	while (first < m->npages && m->state[first] != from)
		first++;
	if (first == m->npages)
		return false;
	last = first;
	for (i = first; i < m->npages && m->state[i] != SVM_SKIP_MERGED; i++) {
		if (m->state[i] == from)
			last = i;
	}
	m->first = first;
	m->n = last - first + 1;
	m->from = from;
	return true;
}

/*
 * Why did the mm not give us this page?  The answer is for the counters: the
 * page is not ours, so it may change while we look.
 */
static u8 refusal(struct svm_migration *m, unsigned int i)
{
	unsigned long pfn = m->pfns[m->first + i];
	struct page *page;

	if (!(pfn & HMM_PFN_VALID))
		return SVM_SKIP_OTHER;
	page = hmm_pfn_to_page(pfn);
	if (PageCompound(page))
		return SVM_SKIP_LARGE;
	if (!PageAnon(page) || PageSwapCache(page))
		return SVM_SKIP_FILE;
	if (PageLocked(page))
		return SVM_SKIP_LOCKED;
	if (page_count(page) > page_mapcount(page))
		return SVM_SKIP_PINNED;
	return SVM_SKIP_CHANGED;
}

/* Does the pass want to move page @i, and may it? */
static bool pass_wants(const struct svm_migration *m, unsigned int i)
{
	return m->state[m->first + i] == m->from &&
	       (m->src[i] & MIGRATE_PFN_MIGRATE);
}

static void pass_fail(struct svm_migration *m, unsigned int i, u8 reason)
{
	m->state[m->first + i] = reason;
}

/* Sort out what setup did not give us and what pages() would refuse anyway. */
static void pass_filter(struct svm_migration *m)
{
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		struct page *page = migrate_pfn_to_page(m->src[i]);

		if (m->state[m->first + i] != m->from)
			continue;
		if (!(m->src[i] & MIGRATE_PFN_MIGRATE))
			pass_fail(m, i, refusal(m, i));
		else if (page && (!PageAnon(page) || PageSwapCache(page)))
			pass_fail(m, i, SVM_SKIP_FILE);
		else if (page && PageKsm(page))
			pass_fail(m, i, SVM_SKIP_MERGED);
		else if (!page && m->from != PAGE_SYSTEM)
			pass_fail(m, i, SVM_SKIP_CHANGED);
	}
}

/* Device pages for each run of wanted pages. */
static void alloc_vram(struct svm_migration *m)
{
	unsigned long base = (m->start >> PAGE_SHIFT) + m->first;
	struct svm_gpu *gpu = target_gpu(m);
	unsigned int i = 0, j, run, got;

	while (i < m->n) {
		if (!pass_wants(m, i)) {
			i++;
			continue;
		}
		for (run = 1; i + run < m->n && pass_wants(m, i + run); run++)
			;
		got = devmem_alloc(gpu->account, base + i, m->pages, run);
		for (j = 0; j < got; j++)
			m->dst[i + j] = migrate_pfn(page_to_pfn(m->pages[j]));
		for (; j < run; j++)
			pass_fail(m, i + j, SVM_SKIP_NOVRAM);
		i += run;
	}
}

/* Does nobody ask for memory of particular nodes? */
static bool is_local(struct vm_area_struct *vma)
{
#ifdef CONFIG_NUMA
	return !vma->vm_policy && !current->mempolicy &&
	       !(vma->vm_ops && vma->vm_ops->get_policy);
#else
	return true;
#endif
}

/*
 * System pages, placed by the memory policy of the vma.  Without one they come
 * many at a time, which costs less than half.
 */
static unsigned int alloc_ram_many(struct svm_migration *m,
				   struct vm_area_struct *vma)
{
	unsigned int i, n = 0;

	if (!is_local(vma))
		return 0;
	for (i = 0; i < m->n; i++) {
		if (pass_wants(m, i))
			m->pages[n++] = NULL;
	}
	return alloc_pages_bulk_array_node(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN,
					   numa_node_id(), n, m->pages);
}

static void alloc_ram(struct svm_migration *m, struct vm_area_struct *vma)
{
	u64 addr = m->start + ((u64)m->first << PAGE_SHIFT);
	unsigned int i, n = alloc_ram_many(m, vma), used = 0;

	for (i = 0; i < m->n; i++, addr += PAGE_SIZE) {
		struct page *page;

		if (!pass_wants(m, i))
			continue;
		page = used < n ? m->pages[used++] :
		       alloc_page_vma(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, vma,
				      addr);
		if (!page) {
			pass_fail(m, i, SVM_SKIP_NOMEM);
			continue;
		}
		lock_page(page);
		m->dst[i] = migrate_pfn(page_to_pfn(page));
	}
}

/* Does @next continue @run? */
static bool run_joins(const struct hw_run *run, const struct hw_run *next)
{
	return run->place == next->place &&
	       run->addr + ((u64)run->npages << PAGE_SHIFT) == next->addr;
}

static bool copy_joins(const struct hw_copy *copy, const struct hw_run *dst,
		       const struct hw_run *src)
{
	return run_joins(&copy->dst, dst) && run_joins(&copy->src, src);
}

/* Take back the destinations of @n pages from @i on: they stay where they are */
static void copy_failed(struct svm_migration *m, unsigned int i, unsigned int n)
{
	for (; n; i++) {
		struct page *page = migrate_pfn_to_page(m->dst[i]);

		if (!page)
			continue;
		devmem_put(page);
		m->dst[i] = 0;
		pass_fail(m, i, SVM_SKIP_COPY);
		n--;
	}
}

/*
 * Build the lists of what to copy and what to clear, in page order.  Elements
 * join neighbours that are contiguous on both sides; copy_page has the first
 * page of each.  Clears have their pages counted by @nclear.
 */
static unsigned int copy_build(struct svm_migration *m, struct hw_device *hw,
			       unsigned int *nclear)
{
	unsigned int i, ncopy = 0;

	*nclear = 0;
	for (i = 0; i < m->n; i++) {
		struct page *dpage = migrate_pfn_to_page(m->dst[i]);
		struct page *spage = migrate_pfn_to_page(m->src[i]);
		struct hw_run dst, src;

		if (!dpage)
			continue;
		devmem_run(hw, dpage, &dst);
		if (!spage) {
			struct hw_run *last = &m->clears[*nclear - 1];

			if (*nclear && run_joins(last, &dst))
				last->npages++;
			else
				m->clears[(*nclear)++] = dst;
			continue;
		}
		devmem_run(hw, spage, &src);
		if (ncopy && copy_joins(&m->copies[ncopy - 1], &dst, &src) &&
		    m->dst[i - 1] && m->src[i - 1]) {
			m->copies[ncopy - 1].dst.npages++;
			m->copies[ncopy - 1].src.npages++;
			continue;
		}
		m->copies[ncopy].dst = dst;
		m->copies[ncopy].src = src;
		m->copies[ncopy].status = 0;
		m->copy_page[ncopy++] = i;
	}
	return ncopy;
}

/* No clear, no hand-out: drop every destination that has no source. */
static void clear_failed(struct svm_migration *m)
{
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		if (m->dst[i] && !migrate_pfn_to_page(m->src[i]))
			copy_failed(m, i, 1);
	}
}

static void pass_copy(struct svm_migration *m, struct hw_device *hw)
{
	unsigned int i, ncopy, nclear;

	ncopy = copy_build(m, hw, &nclear);
	if (nclear && devmem_clear(hw, m->clears, nclear))
		clear_failed(m);
	if (ncopy && devmem_copy(hw, m->copies, ncopy)) {
		for (i = 0; i < ncopy; i++) {
			if (m->copies[i].status)
				copy_failed(m, m->copy_page[i],
					    m->copies[i].dst.npages);
		}
	}
}

static void event_close(struct svm_migration *m)
{
	if (!m->event.npages)
		return;
	m->event.type = SVM_EVENT_MIGRATE_END;
	svm_event(m->svm, &m->event);
	m->event.npages = 0;
}

/*
 * The pass is part of a migration from one place to another, of as much of the
 * call as lies in one vma: tell about it when it begins.
 */
static void event_open(struct svm_migration *m, struct vm_area_struct *vma)
{
	u32 from = m->from == PAGE_SYSTEM ? SVM_LOC_SYSTEM :
					    m->from - PAGE_DEVICE0;
	unsigned long page = (m->start >> PAGE_SHIFT) + m->first;
	unsigned long end = min_t(u64, m->end, vma->vm_end) >> PAGE_SHIFT;

	if (m->event.npages && m->event.from == from &&
	    page < m->event.page + m->event.npages)
		return;
	event_close(m);
	m->event.type = SVM_EVENT_MIGRATE_START;
	m->event.page = page;
	m->event.npages = end - page;
	m->event.from = from;
	svm_event(m->svm, &m->event);
}

/* Count what moved; what did not is pinned, or lost a race. */
static void pass_settle(struct svm_migration *m)
{
	unsigned int i, moved = 0;

	for (i = 0; i < m->n; i++) {
		if (!m->dst[i] || m->state[m->first + i] != m->from)
			continue;
		if (m->src[i] & MIGRATE_PFN_MIGRATE) {
			m->state[m->first + i] = PAGE_DONE;
			moved++;
		} else {
			pass_fail(m, i, m->src[i] & MIGRATE_PFN_VALID ?
				  SVM_SKIP_PINNED : SVM_SKIP_CHANGED);
		}
	}

	if (m->to == SVM_LOC_SYSTEM)
		m->to_ram += moved;
	else if (m->from == PAGE_SYSTEM)
		m->to_vram += moved;
	else
		m->peer += moved;
}

static u64 phase(u64 *sum, u64 since)
{
	u64 now = ktime_get_ns();

	*sum += now - since;
	return now;
}

/* Move the pages that pass_select() has found. */
static void pass(struct svm_migration *m, struct vm_area_struct *vma)
{
	struct svm_gpu *gpu = target_gpu(m);
	struct migrate_vma args = {
		.vma = vma,
		.src = m->src,
		.dst = m->dst,
	};
	struct hw_device *hw;
	u64 t = ktime_get_ns();

	event_open(m, vma);
	args.start = m->start + ((u64)m->first << PAGE_SHIFT);
	args.end = args.start + ((u64)m->n << PAGE_SHIFT);

	if (m->from == PAGE_SYSTEM) {
		args.flags = MIGRATE_VMA_SELECT_SYSTEM;
		hw = devmem_hw(gpu->dm);
	} else {
		struct devmem *dm = m->svm->gpus[m->from - PAGE_DEVICE0].dm;

		args.flags = MIGRATE_VMA_SELECT_DEVICE_COHERENT;
		args.pgmap_owner = devmem_owner(dm);
		hw = devmem_hw(gpu ? gpu->dm : dm);
	}

	if (migrate_vma_setup(&args)) {
		/* The vma changed its kind since vma_refused(). */
		memset(m->src, 0, m->n * sizeof(*m->src));
		pass_filter(m);
		return;
	}
	pass_filter(m);
	t = phase(&m->ns.collect, t);

	if (gpu)
		alloc_vram(m);
	else
		alloc_ram(m, vma);
	t = phase(&m->ns.alloc, t);

	pass_copy(m, hw);
	t = phase(&m->ns.copy, t);

	migrate_vma_pages(&args);
	pass_settle(m);
	migrate_vma_finalize(&args);
	phase(&m->ns.finalize, t);
}

/*
 * One try at one piece: the part of [pos, end) that starts at the first vma.
 * Returns the number of pages, 0 if no vma is left, or an error.
 */
static int piece_try(struct svm_migration *m, u64 pos, u64 end)
{
	struct svm *svm = m->svm;
	struct vm_area_struct *vma;
	struct svm_area *area;
	u8 reason, from;
	int err;

	err = mmap_read_lock_killable(svm->mm);
	if (err)
		return err;
	m->npages = 0;
	vma = find_vma_intersection(svm->mm, pos, end);
	if (!vma)
		goto unlock;

	m->start = max_t(u64, pos, vma->vm_start);
	end = min3(end, (u64)vma->vm_end,
		   ALIGN(m->start + 1, (u64)PIECE << PAGE_SHIFT));
	area = svm_area_find(svm, m->start >> PAGE_SHIFT);
	if (WARN_ON_ONCE(!area))
		goto unlock;
	end = min(end, (u64)(area->it.last + 1) << PAGE_SHIFT);
	m->npages = (end - m->start) >> PAGE_SHIFT;

	if (vma_refused(vma, &reason))
		memset(m->state, reason, m->npages);
	else
		err = snapshot(m, vma, area);
	if (err)
		goto unlock;
	tally(m);
	for (from = PAGE_SYSTEM; from <= PAGE_DEVICE_LAST; from++) {
		while (m->tally[from] && pass_select(m, from))
			pass(m, vma);
	}
	tally(m);
unlock:
	mmap_read_unlock(svm->mm);
	return err ?: m->npages;
}

/* Is another try at the piece worth it?  Makes room in VRAM if it is short. */
static bool piece_again(struct svm_migration *m)
{
	unsigned int want = m->tally[SVM_SKIP_NOVRAM];
	struct svm_gpu *gpu = target_gpu(m);

	if (want && devmem_evict(gpu->dm, want, m->since))
		return true;
	return m->tally[SVM_SKIP_LOCKED] || m->tally[SVM_SKIP_CHANGED] ||
	       m->tally[SVM_SKIP_NOMEM];
}

static void piece_count_skips(const struct svm_migration *m)
{
	unsigned int i;

	for (i = 0; i < SVM_SKIP_COUNT; i++) {
		if (m->tally[i])
			svm_count_skip(i, m->tally[i]);
	}
}

static int migrate_pieces(struct svm_migration *m, u64 pos, u64 end)
{
	unsigned int try;
	int n;

	while (pos < end) {
		for (try = 1; ; try++) {
			n = piece_try(m, pos, end);
			if (n <= 0)
				return n;
			if (try == TRIES || !piece_again(m))
				break;
		}
		piece_count_skips(m);
		/* VRAM is full of what may not go: do not scan the rest. */
		if (m->tally[SVM_SKIP_NOVRAM])
			return 0;
		pos = m->start + ((u64)m->npages << PAGE_SHIFT);
		cond_resched();
	}
	return 0;
}

static struct svm_migration *migration_get(struct svm *svm)
{
	if (!svm->migration)
		svm->migration = kvmalloc(sizeof(*svm->migration), GFP_KERNEL);
	return svm->migration;
}

static void migration_start(struct svm_migration *m)
{
	m->event = (struct svm_event) {
		.to = m->to,
		.prefetch = m->attrs->prefetch,
		.preferred = m->attrs->preferred,
		.trigger = m->trigger,
	};
	m->to_vram = 0;
	m->to_ram = 0;
	m->peer = 0;
	memset(&m->ns, 0, sizeof(m->ns));
	if (target_gpu(m))
		m->since = devmem_stamp(target_gpu(m)->dm);
}

int svm_migrate(struct svm *svm, const struct svm_attrs *attrs,
		unsigned long start, unsigned long last, u32 to,
		enum svm_trigger trigger, unsigned long *moved)
{
	unsigned long sum, npages = last - start + 1;
	u64 addr = (u64)start << PAGE_SHIFT;
	struct svm_migration *m;
	int err;

	lockdep_assert_held(&svm->lock);

	if (to != SVM_LOC_SYSTEM && !(svm_live(svm) & BIT(to)))
		return -ENODEV;
	m = migration_get(svm);
	if (!m)
		return -ENOMEM;
	m->svm = svm;
	m->attrs = attrs;
	m->end = addr + ((u64)npages << PAGE_SHIFT);
	m->to = to;
	m->trigger = trigger;
	migration_start(m);

	svm_exclusive_revoke(svm, start, last);
	trace_kfd_migrate_start(svm->id, addr, npages, to, trigger);
	err = migrate_pieces(m, addr, m->end);
	event_close(m);
	svm_count_migrate(svm, m->to_vram, m->to_ram, m->peer);
	svm_count_copy(m->ns.copy);
	sum = m->to_vram + m->to_ram + m->peer;
	trace_kfd_migrate_end(svm->id, addr, npages, sum, to, trigger, &m->ns);
	if (moved)
		*moved = sum;
	return err;
}
