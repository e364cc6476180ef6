// SPDX-License-Identifier: GPL-2.0
/* Process objects: one for each address space that has /dev/kfd open. */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "device.h"
#include "devmem/devmem.h"
#include "hw/hw.h"
#include "process.h"
#include "queue.h"
#include "render.h"
#include "svm/svm.h"

/*
 * Outermost lock of the front: kfd_process_open() takes mmap_lock below it (in
 * svm_create()), kfd_process_for_each() takes p->lock below it.
 */
static DEFINE_MUTEX(processes_lock);
static LIST_HEAD(processes);	/* processes_lock */

/*
 * The address space ends, or the last file is closed: nobody can ring a doorbell
 * any more.  Queues stop before what they use goes away.
 */
static void process_mm_release(struct mmu_notifier *notifier,
			       struct mm_struct *mm)
{
	struct kfd_process *p = container_of(notifier, struct kfd_process,
					     notifier);

	kfd_queues_destroy(p);
	kfd_memory_close(p);
}

static const struct mmu_notifier_ops process_notifier_ops = {
	.release = process_mm_release,
};

static void process_init(struct kfd_process *p, struct mm_struct *mm)
{
	unsigned int i;

	kref_init(&p->ref);
	mutex_init(&p->lock);
	idr_init(&p->queues);
	kfd_memory_init(&p->memory);
	kfd_events_init(&p->events);
	for (i = 0; i < HW_MAX_DEVICES; i++) {
		p->devs[i].process = p;
		p->devs[i].dev = kfd_device_at(i);
		kfd_doorbells_init(&p->devs[i], p->doorbells_id);
	}
	mmgrab(mm);
	p->mm = mm;
	p->tgid = get_pid(task_tgid(current));
}

static struct kfd_process *process_create(struct mm_struct *mm)
{
	struct kfd_process *p;
	int ret;

	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->doorbells_id = kfd_doorbells_id();
	if (p->doorbells_id < 0) {
		ret = p->doorbells_id;
		goto free_process;
	}
	p->svm = svm_create(mm, task_tgid_nr(current));
	if (IS_ERR(p->svm)) {
		ret = PTR_ERR(p->svm);
		goto free_id;
	}
	p->notifier.ops = &process_notifier_ops;
	ret = mmu_notifier_register(&p->notifier, mm);
	/* A signal came between: open() starts over after its handler. */
	if (ret == -EINTR)
		ret = -ERESTARTNOINTR;
	if (ret)
		goto destroy_svm;
	process_init(p, mm);
	return p;

destroy_svm:
	svm_destroy(p->svm);
free_id:
	kfd_doorbells_id_free(p->doorbells_id);
free_process:
	kfree(p);
	return ERR_PTR(ret);
}

static void process_device_release(struct kfd_process_device *pdd)
{
	devmem_account_close(pdd->account);
	if (pdd->vm)
		pdd->dev->hw->ops->vm_destroy(pdd->vm);
	if (pdd->drm_file) {
		kfd_render_unbind(pdd->drm_file);
		fput(pdd->drm_file);
	}
	if (pdd->mmio_page)
		put_page(pdd->mmio_page);
}

/* Nobody can find or use the process any more, but for upcalls of devices. */
static void process_destroy(struct kfd_process *p)
{
	unsigned int i;

	/* Calls process_mm_release() if the mm has not. */
	mmu_notifier_unregister(&p->notifier, p->mm);

	/*
	 * The order is the interfaces': buffer objects use SVM, both use VMs and
	 * accounts, and events are set by upcalls until the VMs are gone.
	 */
	kfd_memory_fini(&p->memory);
	svm_destroy(p->svm);
	for (i = 0; i < HW_MAX_DEVICES; i++)
		process_device_release(&p->devs[i]);
	kfd_events_fini(&p->events);
	idr_destroy(&p->queues);
	kfd_doorbells_id_free(p->doorbells_id);
	mutex_destroy(&p->lock);
	put_pid(p->tgid);
	mmdrop(p->mm);
	kfree(p);
}

static struct kfd_process *process_find(const struct mm_struct *mm)
{
	struct kfd_process *p;

	lockdep_assert_held(&processes_lock);
	list_for_each_entry(p, &processes, link)
		if (p->mm == mm)
			return p;
	return NULL;
}

struct kfd_process *kfd_process_open(void)
{
	struct kfd_process *p;

	if (!current->mm)
		return ERR_PTR(-EPERM);

	mutex_lock(&processes_lock);
	p = process_find(current->mm);
	if (!p) {
		p = process_create(current->mm);
		if (!IS_ERR(p))
			list_add_tail(&p->link, &processes);
	} else if (p->tgid != task_tgid(current)) {
		p = ERR_PTR(-EBUSY);
	} else {
		kref_get(&p->ref);
	}
	mutex_unlock(&processes_lock);
	return p;
}

/* Called with processes_lock held, returns without it. */
static void process_last_put(struct kref *ref)
{
	struct kfd_process *p = container_of(ref, struct kfd_process, ref);

	list_del(&p->link);
	mutex_unlock(&processes_lock);
	process_destroy(p);
}

void kfd_process_put(struct kfd_process *p)
{
	kref_put_mutex(&p->ref, process_last_put, &processes_lock);
}

bool kfd_process_is_current(const struct kfd_process *p)
{
	/* mm tells an exec, tgid a CLONE_VM child; both are referenced. */
	return p->mm == current->mm && p->tgid == task_tgid(current);
}

struct kfd_process_device *kfd_process_device(struct kfd_process *p, u32 gpu_id)
{
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++)
		if (p->devs[i].dev && p->devs[i].dev->gpu_id == gpu_id)
			return &p->devs[i];
	return NULL;
}

struct hw_vm *kfd_process_vm(const struct kfd_process_device *pdd)
{
	/* Pairs with the release in kfd_process_acquire_vm(). */
	return smp_load_acquire(&pdd->vm);
}

bool kfd_process_attached(const struct kfd_process *p)
{
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++)
		if (kfd_process_vm(&p->devs[i]))
			return true;
	return false;
}

static int process_attach(struct kfd_process *p, struct kfd_process_device *pdd)
{
	struct kfd_device *dev = pdd->dev;
	struct hw_device *hw = dev->hw;
	struct devmem_account *account;
	struct hw_vm *vm;
	int ret;

	vm = hw->ops->vm_create(hw);
	if (IS_ERR(vm))
		return PTR_ERR(vm);

	account = devmem_account_open(dev->devmem, pid_nr(p->tgid));
	if (!account) {
		ret = -ENOMEM;
		goto destroy_vm;
	}

	ret = svm_attach(p->svm, hw->index, vm, dev->devmem, account);
	if (ret)
		goto close_account;

	pdd->account = account;
	vm->owner = pdd;
	/* Pairs with the acquire in kfd_process_vm(). */
	smp_store_release(&pdd->vm, vm);
	return 0;

close_account:
	devmem_account_close(account);
destroy_vm:
	hw->ops->vm_destroy(vm);
	return ret;
}

int kfd_process_acquire_vm(struct kfd_process *p,
			   struct kfd_process_device *pdd, struct file *file)
{
	int ret;

	mutex_lock(&p->lock);
	if (pdd->drm_file) {
		ret = pdd->drm_file == file ? 0 : -EBUSY;
		goto unlock;
	}
	ret = kfd_render_bind(pdd->dev->render, file, p);
	if (ret)
		goto unlock;
	ret = process_attach(p, pdd);
	if (ret)
		kfd_render_unbind(file);
	else
		pdd->drm_file = get_file(file);
unlock:
	mutex_unlock(&p->lock);
	/*
	 * acquire			lost
	 *   publish pdd->vm		  set dev->lost
	 *   look at dev->lost		  look at pdd->vm
	 *
	 * At least one of them sees the other.
	 */
	smp_mb();
	if (!ret && kfd_device_lost(pdd->dev))
		kfd_process_lost(p, pdd->dev);
	return ret;
}

void kfd_process_lost(struct kfd_process *p, struct kfd_device *dev)
{
	const struct kfd_hsa_memory_exception_data memory = {
		.failure.imprecise = 1,
		.gpu_id = dev->gpu_id,
		.ErrorType = KFD_ERROR_TYPE_HANG,
	};
	/* VRAM is memory: what was in it is still there. */
	const struct kfd_hsa_hw_exception_data hw = {
		.reset_type = KFD_HW_EXCEPTION_WHOLE_GPU_RESET,
		.reset_cause = KFD_HW_EXCEPTION_GPU_HANG,
		.memory_lost = 0,
		.gpu_id = dev->gpu_id,
	};

	if (!kfd_process_vm(&p->devs[dev->hw->index]))
		return;
	svm_lost(p->svm, dev->hw->index);
	kfd_events_hw_exception(&p->events, &hw);
	kfd_events_memory(&p->events, &memory);
	kfd_events_lost(&p->events);
}

void kfd_process_for_each(void (*fn)(struct kfd_process *p, void *arg),
			  void *arg)
{
	struct kfd_process *p;

	mutex_lock(&processes_lock);
	list_for_each_entry(p, &processes, link)
		fn(p, arg);
	mutex_unlock(&processes_lock);
}
