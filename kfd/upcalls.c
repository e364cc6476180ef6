// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/pid.h>

#include "bo.h"
#include "device.h"
#include "doorbell.h"
#include "event.h"
#include "hw/hw.h"
#include "process.h"
#include "queue.h"
#include "smi_events.h"
#include "svm/svm.h"
#include "upcalls.h"

static atomic64_t fault_bo_served;
static atomic64_t fault_killed;

void kfd_upcalls_get_counters(struct kfd_upcall_counters *counters)
{
	counters->fault_bo_served = atomic64_read(&fault_bo_served);
	counters->fault_killed = atomic64_read(&fault_killed);
}

/* Faults */

static int fault_mem(struct bo *bo, struct hw_vm *vm,
		     const struct hw_fault *fault, u64 *start, u64 *end)
{
	/*
	 * What is only absent is mapped first: the access faults again, and then
	 * it shows that it is one that the mapping does not allow.
	 */
	if (fault->present && fault->access & ~bo->access)
		return -EPERM;
	return kfd_mem_serve(&bo->map, vm, fault->va, start, end);
}

/* Doorbells and the like are mapped as a whole or not at all. */
static int fault_fixed(struct bo *bo, struct hw_vm *vm,
		       const struct hw_fault *fault, u64 *start, u64 *end)
{
	if (!(bo->mapped & BIT(vm->hw->index)) || fault->access & ~bo->access)
		return -EFAULT;
	*start = bo->start;
	*end = bo->end;
	return 0;
}

static int fault_bo(struct bo *bo, struct hw_vm *vm,
		    const struct hw_fault *fault, u64 *start, u64 *end)
{
	int ret;

	if (bo->kind == &bo_kind_userptr)
		return svm_userptr_fault(bo->userptr, vm->hw->index, fault,
					 start, end);
	if (bo->kind == &bo_kind_mem)
		ret = fault_mem(bo, vm, fault, start, end);
	else
		ret = fault_fixed(bo, vm, fault, start, end);
	if (!ret)
		atomic64_inc(&fault_bo_served);
	return ret;
}

/* Return: 0: the accesses in [start, end) can be tried again; errno: kill. */
static int fault_serve(struct kfd_process *p, struct hw_vm *vm,
		       const struct hw_fault *fault, u64 *start, u64 *end)
{
	struct kfd_memory *m = &p->memory;
	struct bo *bo;
	int ret;

	down_read(&m->lock);
	if (m->closed) {
		ret = -ESRCH;
		goto unlock;
	}
	bo = bo_at(m, fault->va);
	if (bo) {
		ret = fault_bo(bo, vm, fault, start, end);
	} else {
		bo_gap(m, fault->va, start, end);
		ret = svm_fault(p->svm, vm->hw->index, fault, start, end);
	}
unlock:
	up_read(&m->lock);
	return ret;
}

static void upcall_fault(struct hw_vm *vm, const struct hw_fault *faults,
			 unsigned int n)
{
	struct kfd_process_device *pdd = vm->owner;
	u64 start, end, done = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		/* Served together with one before? */
		if (faults[i].va < done)
			continue;
		ret = fault_serve(pdd->process, vm, &faults[i], &start, &end);
		if (ret) {
			start = faults[i].va;
			end = start + PAGE_SIZE;
		}
		vm->hw->ops->fault_done(vm, start, end, ret);
		done = end;
	}
}

/* Errors */

static void report_fault(struct kfd_process_device *pdd,
			 const struct hw_fault *fault)
{
	struct kfd_process *p = pdd->process;
	const struct kfd_hsa_memory_exception_data data = {
		.failure = {
			.NotPresent = !fault->present,
			.ReadOnly = fault->present &&
				    fault->access & HW_WRITE,
			.NoExecute = fault->present &&
				     fault->access & HW_EXEC,
		},
		.va = fault->va,
		.gpu_id = pdd->dev->gpu_id,
		.ErrorType = KFD_ERROR_TYPE_FAULT,
	};

	/* All queues of the process stop before it hears of it. */
	svm_stop(p->svm);
	kfd_smi_vmfault(pdd->dev, p);
	kfd_events_memory(&p->events, &data);
}

static void report_packet(struct kfd_process_device *pdd)
{
	const struct kfd_hsa_hw_exception_data data = {
		.reset_type = KFD_HW_EXCEPTION_PER_ENGINE_RESET,
		.reset_cause = KFD_HW_EXCEPTION_GPU_HANG,
		.gpu_id = pdd->dev->gpu_id,
	};

	kfd_events_hw_exception(&pdd->process->events, &data);
}

static void upcall_error(struct hw_queue *queue, enum hw_error error, u32 code,
			 u64 where, const struct hw_fault *fault)
{
	struct kfd_queue *q = queue->owner;
	struct kfd_process_device *pdd = q->pdd;
	struct device *dev = pdd->dev->hw->dev;
	pid_t pid = pid_nr(pdd->process->tgid);

	/* Its memory goes just before its queues do: there is nobody to tell. */
	if (!atomic_read(&pdd->process->mm->mm_users))
		return;
	if (error == HW_ERROR_FAULT) {
		atomic64_inc(&fault_killed);
		dev_info_ratelimited(dev, "process %d, queue %u: %s of 0x%llx faults\n",
				     pid, q->id,
				     fault->access & HW_WRITE ? "write" : "read",
				     fault->va);
		report_fault(pdd, fault);
	} else {
		dev_info_ratelimited(dev, "process %d, queue %u: error 0x%x at 0x%llx\n",
				     pid, q->id, code, where);
		report_packet(pdd);
	}
}

/* Interrupts and doorbells */

static void upcall_interrupt(struct hw_vm *vm, enum hw_source source,
			     u32 context)
{
	struct kfd_process_device *pdd = vm->owner;

	kfd_events_interrupt(&pdd->process->events, source, context);
}

static void upcall_idle(struct hw_vm *vm)
{
	kfd_doorbell_idle(vm->owner);
}

/* Loss */

static void process_lost(struct kfd_process *p, void *arg)
{
	kfd_process_lost(p, arg);
}

static void upcall_lost(struct hw_device *hw)
{
	struct kfd_device *dev = kfd_device_at(hw->index);

	/* Lost while the module starts: nobody can have opened it. */
	if (!dev)
		return;
	kfd_device_set_lost(dev);
	/* Pairs with the barrier in kfd_process_acquire_vm(). */
	smp_mb();
	kfd_process_for_each(process_lost, dev);
}

const struct hw_upcalls kfd_upcalls = {
	.fault = upcall_fault,
	.error = upcall_error,
	.interrupt = upcall_interrupt,
	.idle = upcall_idle,
	.lost = upcall_lost,
};
