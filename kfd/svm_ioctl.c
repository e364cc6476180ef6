// SPDX-License-Identifier: GPL-2.0
/*
 * The SVM ioctl: checks its arguments, translates gpu ids and locations to
 * device indices, calls the core, and translates the answers back.
 */
#include <linux/err.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "device.h"
#include "hw/hw.h"
#include "memory.h"
#include "process.h"
#include "queue.h"
#include "svm/svm.h"
#include "svm_ioctl.h"

/* The core's attribute types are the ABI's. */
static_assert((int)SVM_ATTR_PREFERRED_LOC == KFD_IOCTL_SVM_ATTR_PREFERRED_LOC);
static_assert((int)SVM_ATTR_PREFETCH_LOC == KFD_IOCTL_SVM_ATTR_PREFETCH_LOC);
static_assert((int)SVM_ATTR_ACCESS == KFD_IOCTL_SVM_ATTR_ACCESS);
static_assert((int)SVM_ATTR_ACCESS_IN_PLACE ==
	      KFD_IOCTL_SVM_ATTR_ACCESS_IN_PLACE);
static_assert((int)SVM_ATTR_NO_ACCESS == KFD_IOCTL_SVM_ATTR_NO_ACCESS);
static_assert((int)SVM_ATTR_SET_FLAGS == KFD_IOCTL_SVM_ATTR_SET_FLAGS);
static_assert((int)SVM_ATTR_CLR_FLAGS == KFD_IOCTL_SVM_ATTR_CLR_FLAGS);
static_assert((int)SVM_ATTR_GRANULARITY == KFD_IOCTL_SVM_ATTR_GRANULARITY);

static int gpu_to_index(u32 gpu_id, u32 *index)
{
	struct kfd_device *dev = kfd_device_by_id(gpu_id);

	if (!dev)
		return -EINVAL;
	*index = dev->hw->index;
	return 0;
}

static int location_from_user(u32 value, u32 *location)
{
	switch (value) {
	case KFD_IOCTL_SVM_LOCATION_SYSMEM:
		*location = SVM_LOC_SYSTEM;
		return 0;
	case KFD_IOCTL_SVM_LOCATION_UNDEFINED:
		*location = SVM_LOC_UNDEFINED;
		return 0;
	default:
		return gpu_to_index(value, location);
	}
}

u32 kfd_svm_location(u32 location)
{
	struct kfd_device *dev;

	if (location == SVM_LOC_SYSTEM)
		return KFD_IOCTL_SVM_LOCATION_SYSMEM;
	dev = kfd_device_at(location);
	return dev ? dev->gpu_id : (u32)KFD_IOCTL_SVM_LOCATION_UNDEFINED;
}

static int attr_for_set(const struct kfd_ioctl_svm_attribute *user,
			struct svm_attr *attr)
{
	attr->type = user->type;
	switch (user->type) {
	case KFD_IOCTL_SVM_ATTR_PREFERRED_LOC:
	case KFD_IOCTL_SVM_ATTR_PREFETCH_LOC:
		return location_from_user(user->value, &attr->value);
	case KFD_IOCTL_SVM_ATTR_ACCESS:
	case KFD_IOCTL_SVM_ATTR_ACCESS_IN_PLACE:
	case KFD_IOCTL_SVM_ATTR_NO_ACCESS:
		return gpu_to_index(user->value, &attr->value);
	case KFD_IOCTL_SVM_ATTR_SET_FLAGS:
	case KFD_IOCTL_SVM_ATTR_CLR_FLAGS:
	case KFD_IOCTL_SVM_ATTR_GRANULARITY:
		attr->value = user->value;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Values are answers, except for the gpu_id whose access is asked for. */
static int attr_for_get(const struct kfd_ioctl_svm_attribute *user,
			struct svm_attr *attr)
{
	attr->type = user->type;
	attr->value = 0;
	switch (user->type) {
	case KFD_IOCTL_SVM_ATTR_PREFERRED_LOC:
	case KFD_IOCTL_SVM_ATTR_PREFETCH_LOC:
	case KFD_IOCTL_SVM_ATTR_SET_FLAGS:
	case KFD_IOCTL_SVM_ATTR_CLR_FLAGS:
	case KFD_IOCTL_SVM_ATTR_GRANULARITY:
		return 0;
	case KFD_IOCTL_SVM_ATTR_ACCESS:
		return gpu_to_index(user->value, &attr->value);
	default:
		return -EINVAL;
	}
}

static void attr_to_user(const struct svm_attr *attr,
			 struct kfd_ioctl_svm_attribute *user)
{
	switch (user->type) {
	case KFD_IOCTL_SVM_ATTR_ACCESS:
		/* the answer is the type; the value stays the gpu_id */
		user->type = attr->type;
		break;
	case KFD_IOCTL_SVM_ATTR_PREFERRED_LOC:
	case KFD_IOCTL_SVM_ATTR_PREFETCH_LOC:
		user->value = kfd_svm_location(attr->value);
		break;
	default:
		user->value = attr->value;
	}
}

static int svm_set(struct kfd_process *p,
		   const struct kfd_ioctl_svm_args *args, struct svm_attr *attrs)
{
	struct kfd_memory *m = &p->memory;
	u64 end = args->start_addr + args->size;
	int ret;
	u32 i;

	for (i = 0; i < args->nattr; i++) {
		ret = attr_for_set(&args->attrs[i], &attrs[i]);
		if (ret)
			return ret;
	}

	/* Readers move pages side by side; a writer may wait for all of it. */
	if (down_read_killable(&m->lock))
		return -EINTR;
	if (kfd_memory_overlaps(m, args->start_addr, end))
		ret = -EADDRINUSE;
	else
		ret = svm_attr_set(p->svm, args->start_addr, end, attrs,
				   args->nattr);
	up_read(&m->lock);
	return ret;
}

static int svm_get(struct kfd_process *p, struct kfd_ioctl_svm_args *args,
		   struct svm_attr *attrs)
{
	int ret;
	u32 i;

	for (i = 0; i < args->nattr; i++) {
		ret = attr_for_get(&args->attrs[i], &attrs[i]);
		if (ret)
			return ret;
	}
	ret = svm_attr_get(p->svm, args->start_addr,
			   args->start_addr + args->size, attrs, args->nattr);
	if (ret)
		return ret;
	for (i = 0; i < args->nattr; i++)
		attr_to_user(&attrs[i], &args->attrs[i]);
	return 0;
}

static bool svm_args_valid(const struct kfd_ioctl_svm_args *args, size_t size)
{
	u64 end;

	/* nattr is the user's word, size is how much was really copied in */
	if (struct_size(args, attrs, args->nattr) > size)
		return false;
	if (!args->start_addr || !args->size)
		return false;
	if (!PAGE_ALIGNED(args->start_addr) || !PAGE_ALIGNED(args->size))
		return false;
	return !check_add_overflow(args->start_addr, args->size, &end);
}

int kfd_svm_ioctl(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_svm_args *args = data;
	struct svm_attr *attrs;
	int ret;

	if (!svm_args_valid(args, size) || !kfd_process_attached(p))
		return -EINVAL;
	attrs = kcalloc(args->nattr, sizeof(*attrs), GFP_KERNEL);
	if (!attrs)
		return -ENOMEM;

	switch (args->op) {
	case KFD_IOCTL_SVM_OP_SET_ATTR:
		ret = svm_set(p, args, attrs);
		break;
	case KFD_IOCTL_SVM_OP_GET_ATTR:
		ret = svm_get(p, args, attrs);
		break;
	default:
		ret = -EINVAL;
	}
	kfree(attrs);
	return ret;
}

int kfd_svm_ioctl_xnack(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_set_xnack_mode_args *args = data;

	int ret = 0;

	/* Negative asks only. */
	mutex_lock(&p->lock);
	if (args->xnack_enabled >= 0) {
		if (kfd_queues_any(p))
			ret = -EBUSY;
		else if (svm_xnack(p->svm) != !!args->xnack_enabled)
			svm_set_xnack(p->svm, args->xnack_enabled);
	}
	args->xnack_enabled = svm_xnack(p->svm);
	mutex_unlock(&p->lock);
	return ret;
}
