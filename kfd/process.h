/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process that has /dev/kfd open: one object for each address space, shared
 * by all its open files and alive until the last of them is released.
 */
#ifndef KFD_PROCESS_H
#define KFD_PROCESS_H

#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "doorbell.h"
#include "event.h"
#include "hw/hw.h"
#include "memory.h"

struct devmem_account;
struct file;
struct kfd_device;
struct mm_struct;
struct page;
struct pid;
struct svm;

/** struct kfd_process_device - what a process has on one GPU */
struct kfd_process_device {
	/** @process: whose it is; constant */
	struct kfd_process *process;
	/** @dev: the GPU, NULL when there is none of this index; constant */
	struct kfd_device *dev;
	/**
	 * @vm: the GPU address space.  Written once, under process->lock, with
	 * release; kfd_process_vm() reads it without lock.
	 */
	struct hw_vm *vm;
	/** @account: pays for the VRAM; process->lock, set before @vm */
	struct devmem_account *account;
	/** @drm_file: what ACQUIRE_VM has bound; process->lock */
	struct file *drm_file;
	/**
	 * @mmio_page: stands for the registers that flush the host data path.
	 * Written once, with cmpxchg; lives as long as the process object.
	 */
	struct page *mmio_page;
	/** @doorbells: says itself */
	struct kfd_doorbells doorbells;
	/** @scratch_base: bits 63:16 of SET_SCRATCH_BACKING_VA; process->lock */
	u64 scratch_base;
};

/** struct kfd_process - one address space that uses the GPUs */
struct kfd_process {
	/** @ref: open files; drops to 0 under the lock of the process list */
	struct kref ref;
	/** @link: in the process list, under its lock */
	struct list_head link;
	/** @mm: the address space (mmgrab); constant */
	struct mm_struct *mm;
	/** @tgid: the thread group that opened it; constant */
	struct pid *tgid;
	/** @svm: constant */
	struct svm *svm;
	/**
	 * @lock: ACQUIRE_VM, queues, and the small per-device settings.  Never
	 * taken with mmap_lock held, and never held while user memory is
	 * touched.  Upcalls of the back end do not take it.
	 */
	struct mutex lock;
	/** @notifier: tells when @mm ends, which may be before the files do */
	struct mmu_notifier notifier;
	/** @stopped: @mm has ended, there is no queue any more; @lock */
	bool stopped;
	/** @queues: struct kfd_queue by id; @lock */
	struct idr queues;
	/** @doorbells_id: keeps its doorbells apart from others'; constant */
	int doorbells_id;
	/** @events: has its own lock */
	struct kfd_events events;
	/** @memory: buffer objects; has its own lock */
	struct kfd_memory memory;
	/** @devs: by device index */
	struct kfd_process_device devs[HW_MAX_DEVICES];
};

/**
 * kfd_process_open() - the process object of the caller, made if needed
 *
 * Context: process context, no mmap_lock held.
 * Return: the object with one more reference, or an ERR_PTR.  -EBUSY: another
 * thread group that shares this address space (vfork, CLONE_VM) owns it;
 * -ENOMEM; -EINTR: killed; -ERESTARTNOINTR: a signal; -EPERM: a kernel thread.
 */
struct kfd_process *kfd_process_open(void);

/**
 * kfd_process_put() - drop a reference, tear down with the last one
 * @p: from kfd_process_open()
 *
 * Context: any process, also one with another mm or with none; sleeps; no
 * mmap_lock held.
 */
void kfd_process_put(struct kfd_process *p);

/**
 * kfd_process_is_current() - does the caller belong to the process
 * @p: the process
 *
 * False for an open file that was inherited over fork or exec or was passed
 * through a socket.
 */
bool kfd_process_is_current(const struct kfd_process *p);

/**
 * kfd_process_device() - look up by gpu_id
 * @p: the process
 * @gpu_id: any number
 *
 * Return: the per-device data or NULL if there is no such GPU.
 */
struct kfd_process_device *kfd_process_device(struct kfd_process *p,
					      u32 gpu_id);

/**
 * kfd_process_vm() - the GPU address space
 * @pdd: the process on one GPU
 *
 * Return: the VM, or NULL before ACQUIRE_VM.  It stays valid as long as the
 * process object.
 */
struct hw_vm *kfd_process_vm(const struct kfd_process_device *pdd);

/** kfd_process_attached() - has ACQUIRE_VM succeeded for any GPU */
bool kfd_process_attached(const struct kfd_process *p);

/**
 * kfd_process_acquire_vm() - give the process an address space on a GPU
 * @p: the process
 * @pdd: the GPU
 * @file: what the caller says is a file of the GPU's render node
 *
 * Return: 0, also when @file is bound to @p already; -EBUSY: another file is;
 * -EINVAL: @file is no render file of this GPU or serves another process;
 * -ENOMEM; -ENODEV: the device is lost.
 */
int kfd_process_acquire_vm(struct kfd_process *p,
			   struct kfd_process_device *pdd, struct file *file);

/**
 * kfd_process_lost() - a device of the process is lost
 * @p: the process
 * @dev: the device; nothing happens if the process has not acquired it
 *
 * Sets the exceptions, lets nobody wait any more.  Twice is harmless.
 *
 * Context: sleeps; neither @p->lock nor memory.lock held.
 */
void kfd_process_lost(struct kfd_process *p, struct kfd_device *dev);

/**
 * kfd_process_for_each() - visit every process
 * @fn: called for each
 * @arg: passed to @fn
 *
 * Context: @fn runs under the lock of the process list; it may take p->lock
 * and must not touch user memory.
 */
void kfd_process_for_each(void (*fn)(struct kfd_process *p, void *arg),
			  void *arg);

#endif
