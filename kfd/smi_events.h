/* SPDX-License-Identifier: GPL-2.0 */
/* SMI events: lines of text about what a GPU does, for tools. */
#ifndef KFD_SMI_EVENTS_H
#define KFD_SMI_EVENTS_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct kfd_device;
struct kfd_process;
struct svm_event;

/** struct kfd_smi - who listens to one GPU */
struct kfd_smi {
	/** @lock: @clients and their fifos; irqsave, innermost */
	spinlock_t lock;
	/** @clients: open files */
	struct list_head clients;
};

void kfd_smi_init(struct kfd_smi *smi);

/** kfd_smi_vmfault() - a queue of @p has stopped at a fault */
void kfd_smi_vmfault(struct kfd_device *dev, struct kfd_process *p);

/** kfd_smi_svm() - the hook of svm_init() */
void kfd_smi_svm(const struct svm_event *event);

/** kfd_smi_dropped() - messages that did not fit, since the module was loaded */
u64 kfd_smi_dropped(void);

/* ioctl handler; its arguments are described at the dispatcher */
int kfd_smi_open(struct kfd_process *p, void *data, size_t size);

#endif
