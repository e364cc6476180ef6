// SPDX-License-Identifier: GPL-2.0
/*
 * Copying and clearing by the device.  The lists are made when the device is:
 * a migration that frees memory must not need any.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "device.h"

/* Entries of one command: 64 KiB of them. */
#define LIST_ORDER	4
#define LIST_LENGTH	((PAGE_SIZE << LIST_ORDER) / sizeof(struct simgpu_copy))
/* Pages in one command, so that others wait for milliseconds only: 32 MiB. */
#define COMMAND_PAGES	8192U

/**
 * struct job - one call of copy() or clear()
 * @copies: its elements, when it is a copy
 * @clears: its elements, when it is a clear
 * @n: how many
 * @next: the first element that is not done, and @done: pages of it that are
 * @err: the first error
 */
struct job {
	struct hw_copy *copies;
	const struct hw_run *clears;
	unsigned int n;
	unsigned int next;
	u32 done;
	int err;
};

static int list_init(struct simgpu_list *list)
{
	BUILD_BUG_ON(LIST_LENGTH > SIMGPU_COPY_MAX);
	list->entries = (void *)__get_free_pages(GFP_KERNEL, LIST_ORDER);
	list->elements = kcalloc(LIST_LENGTH, sizeof(*list->elements),
				 GFP_KERNEL);
	return list->entries && list->elements ? 0 : -ENOMEM;
}

int simgpu_copier_init(struct simgpu_copier *copier)
{
	unsigned int i;

	init_waitqueue_head(&copier->freed);
	for (i = 0; i < SIMGPU_COPY_LISTS; i++) {
		if (list_init(&copier->lists[i])) {
			simgpu_copier_exit(copier);
			return -ENOMEM;
		}
	}
	return 0;
}

void simgpu_copier_exit(struct simgpu_copier *copier)
{
	unsigned int i;

	for (i = 0; i < SIMGPU_COPY_LISTS; i++) {
		free_pages((unsigned long)copier->lists[i].entries, LIST_ORDER);
		kfree(copier->lists[i].elements);
	}
}

static struct simgpu_list *list_try(struct simgpu_copier *copier)
{
	unsigned int i;

	for (i = 0; i < SIMGPU_COPY_LISTS; i++)
		if (!test_and_set_bit_lock(i, &copier->busy))
			return &copier->lists[i];
	return NULL;
}

static struct simgpu_list *list_get(struct simgpu_copier *copier)
{
	struct simgpu_list *list;

	/* Those who have one get their answer, or see the device lost. */
	wait_event(copier->freed, (list = list_try(copier)));
	return list;
}

static void list_put(struct simgpu_copier *copier, struct simgpu_list *list)
{
	clear_bit_unlock(list - copier->lists, &copier->busy);
	/* Against list_get(): it joins the queue, then looks at the bits. */
	smp_mb__after_atomic();
	wake_up(&copier->freed);
}

static const struct hw_run *job_dst(const struct job *job, unsigned int i)
{
	return job->copies ? &job->copies[i].dst : &job->clears[i];
}

/* A clear has no source. */
static const struct hw_run *job_src(const struct job *job, unsigned int i)
{
	return job->copies ? &job->copies[i].src : NULL;
}

static void job_fail(struct job *job, unsigned int i, int err)
{
	if (job->copies)
		job->copies[i].status = err;
	if (!job->err)
		job->err = err;
}

static bool run_is_valid(const struct simgpu *sg, const struct hw_run *run,
			 u32 npages)
{
	u64 size = (u64)npages << PAGE_SHIFT;

	if (!IS_ALIGNED(run->addr, PAGE_SIZE) || !npages)
		return false;
	return run->place == HW_SYSTEM ||
	       (size <= sg->hw.local_size &&
		run->addr <= sg->hw.local_size - size);
}

static bool job_is_valid(const struct simgpu *sg, const struct job *job,
			 unsigned int i)
{
	const struct hw_run *dst = job_dst(job, i), *src = job_src(job, i);

	if (!run_is_valid(sg, dst, dst->npages))
		return false;
	return src ? run_is_valid(sg, src, dst->npages) :
		     dst->place == HW_LOCAL;
}

static __le64 run_address(const struct hw_run *run, u32 done)
{
	u64 addr = run->addr + ((u64)done << PAGE_SHIFT);

	if (run->place == HW_LOCAL)
		addr |= SIMGPU_COPY_LOCAL;
	return cpu_to_le64(addr);
}

static void entry_fill(struct simgpu_copy *entry, const struct job *job,
		       u32 npages)
{
	const struct hw_run *src = job_src(job, job->next);

	entry->dst = run_address(job_dst(job, job->next), job->done);
	entry->src = src ? run_address(src, job->done) : 0;
	entry->npages = cpu_to_le32(npages);
	entry->status = 0;
}

/* Move on; the list is what one command does.  Returns its length. */
static unsigned int list_fill(struct simgpu *sg, struct simgpu_list *list,
			      struct job *job)
{
	u32 room = COMMAND_PAGES, left, npages;
	unsigned int count = 0;

	while (job->next < job->n && room && count < LIST_LENGTH) {
		if (!job_is_valid(sg, job, job->next)) {
			job_fail(job, job->next++, -EINVAL);
			continue;
		}
		left = job_dst(job, job->next)->npages - job->done;
		npages = min(left, room);
		list->elements[count] = job->next;
		entry_fill(&list->entries[count++], job, npages);
		room -= npages;
		job->done += npages;
		if (npages == left) {
			job->next++;
			job->done = 0;
		}
	}
	return count;
}

/* What the device says about each entry, unless the command failed as such. */
static void list_settle(const struct simgpu_list *list, unsigned int count,
			struct job *job, int err)
{
	unsigned int i;
	u32 status;

	for (i = 0; i < count; i++) {
		status = le32_to_cpu(READ_ONCE(list->entries[i].status));
		if (status)
			job_fail(job, list->elements[i],
				 -(int)min_t(u32, status, MAX_ERRNO));
		else if (err == -ENODEV)
			job_fail(job, list->elements[i], err);
	}
	if (err && !job->err)
		job->err = err;
}

static int list_run(struct simgpu *sg, struct simgpu_list *list,
		    unsigned int count, u32 opcode)
{
	struct simgpu_cmd cmd = {
		.opcode = cpu_to_le32(opcode),
		.copy.list = cpu_to_le64(virt_to_phys(list->entries)),
		.copy.count = cpu_to_le32(count),
	};

	return simgpu_call(sg, &cmd, NULL);
}

static int job_run(struct simgpu *sg, struct job *job, u32 opcode)
{
	struct simgpu_list *list = list_get(&sg->copier);
	unsigned int count;
	int err;

	while (job->next < job->n) {
		count = list_fill(sg, list, job);
		if (!count)
			break;
		err = list_run(sg, list, count, opcode);
		list_settle(list, count, job, err);
	}
	list_put(&sg->copier, list);
	return job->err;
}

int simgpu_copy(struct hw_device *hw, struct hw_copy *list, unsigned int n)
{
	struct job job = { .copies = list, .n = n };
	unsigned int i;

	for (i = 0; i < n; i++)
		list[i].status = 0;
	return job_run(to_simgpu(hw), &job, SIMGPU_CMD_COPY);
}

int simgpu_clear(struct hw_device *hw, const struct hw_run *runs,
		 unsigned int n)
{
	struct job job = { .clears = runs, .n = n };

	return job_run(to_simgpu(hw), &job, SIMGPU_CMD_CLEAR);
}
