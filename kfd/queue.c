// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/kfd_ioctl.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "doorbell.h"
#include "gfx90a.h"
#include "memory.h"
#include "process.h"
#include "queue.h"

/* The smallest ring; what asks for less gets this. */
#define RING_SIZE_MIN	1024

/* More CUs than this in a mask are an error, not a request. */
#define CU_MASK_MAX	1024

static_assert((int)HW_QUEUE_COMPUTE == KFD_IOC_QUEUE_TYPE_COMPUTE);
static_assert((int)HW_QUEUE_SDMA == KFD_IOC_QUEUE_TYPE_SDMA);
static_assert((int)HW_QUEUE_AQL == KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
static_assert((int)HW_QUEUE_SDMA_XGMI == KFD_IOC_QUEUE_TYPE_SDMA_XGMI);

static bool type_is_sdma(enum hw_queue_type type)
{
	return type == HW_QUEUE_SDMA || type == HW_QUEUE_SDMA_XGMI;
}

/* Checks */

static bool address_valid(u64 addr)
{
	return access_ok(u64_to_user_ptr(addr), sizeof(u64));
}

/* What CREATE_QUEUE and UPDATE_QUEUE have in common: 0, -EINVAL, -EFAULT. */
static int check_common(u64 ring, u32 ring_size, u32 percentage, u32 priority)
{
	if (percentage > KFD_MAX_QUEUE_PERCENTAGE ||
	    priority > KFD_MAX_QUEUE_PRIORITY ||
	    (ring_size && !is_power_of_2(ring_size)))
		return -EINVAL;
	return ring && !address_valid(ring) ? -EFAULT : 0;
}

static int check_create(const struct kfd_ioctl_create_queue_args *a)
{
	int ret = check_common(a->ring_base_address, a->ring_size,
			       a->queue_percentage, a->queue_priority);

	if (ret)
		return ret;
	if (!address_valid(a->read_pointer_address) ||
	    !address_valid(a->write_pointer_address))
		return -EFAULT;
	if ((a->eop_buffer_address && !address_valid(a->eop_buffer_address)) ||
	    (a->ctx_save_restore_address &&
	     !address_valid(a->ctx_save_restore_address)))
		return -EFAULT;
	/* amdkfd's answer, which is no errno of user space */
	return a->queue_type > KFD_IOC_QUEUE_TYPE_SDMA_XGMI ? -ENOTSUPP : 0;
}

static u32 ring_size_of(u64 ring, u32 size)
{
	/* no ring, no work */
	return ring && size ? max_t(u32, size, RING_SIZE_MIN) : 0;
}

/* Copy engines: device-wide, round robin over the engines of a kind */

static unsigned int sdma_engines(enum hw_queue_type type)
{
	return type == HW_QUEUE_SDMA ? GFX90A_SDMA_ENGINES :
				       GFX90A_SDMA_XGMI_ENGINES;
}

static unsigned long *sdma_map(struct kfd_device *dev, enum hw_queue_type type)
{
	return type == HW_QUEUE_SDMA ? &dev->sdma_used : &dev->sdma_xgmi_used;
}

static_assert(GFX90A_SDMA_XGMI_ENGINES * GFX90A_SDMA_QUEUES_PER_ENGINE <=
	      BITS_PER_LONG);
static_assert(GFX90A_SDMA_ENGINES * GFX90A_SDMA_QUEUES_PER_ENGINE <=
	      BITS_PER_LONG);

/* Return: a queue of the engines of this kind or -ENOMEM, as amdkfd says. */
static int sdma_take(struct kfd_device *dev, enum hw_queue_type type)
{
	unsigned long *used = sdma_map(dev, type);
	unsigned int n = sdma_engines(type) * GFX90A_SDMA_QUEUES_PER_ENGINE;
	unsigned int i;

	do {
		i = find_first_zero_bit(used, n);
		if (i >= n)
			return -ENOMEM;
	} while (test_and_set_bit(i, used));
	return i;
}

static void sdma_give(struct kfd_device *dev, enum hw_queue_type type, int i)
{
	clear_bit(i, sdma_map(dev, type));
}

static int sdma_doorbell(struct kfd_queue *q)
{
	unsigned int engines = sdma_engines(q->args.type);
	unsigned int first = q->args.type == HW_QUEUE_SDMA ?
			     0 : GFX90A_SDMA_ENGINES;

	return kfd_doorbell_take_sdma(q->pdd, first + q->sdma % engines,
				      q->sdma / engines);
}

/* Create and destroy */

static int queue_take_doorbell(struct kfd_queue *q)
{
	enum hw_queue_type type = q->args.type;
	int ret;

	q->sdma = -1;
	if (type_is_sdma(type)) {
		ret = sdma_take(q->pdd->dev, type);
		if (ret < 0)
			return ret;
		q->sdma = ret;
		ret = sdma_doorbell(q);
	} else {
		ret = kfd_doorbell_take_cp(q->pdd);
		if (ret < 0)
			return ret;
	}
	q->args.doorbell = ret;
	return 0;
}

static void queue_give_doorbell(struct kfd_queue *q)
{
	kfd_doorbell_give(q->pdd, q->args.doorbell);
	if (q->sdma >= 0)
		sdma_give(q->pdd->dev, q->args.type, q->sdma);
}

/* Enter the queue in the process and start it. */
static int queue_start(struct kfd_process *p, struct kfd_queue *q)
{
	struct hw_vm *vm = kfd_process_vm(q->pdd);
	int id, ret;

	lockdep_assert_held(&p->lock);
	/* The mm has ended; only a file that outlives it is left. */
	if (p->stopped)
		return -ESRCH;
	id = idr_alloc(&p->queues, q, 0, 0, GFP_KERNEL_ACCOUNT);
	if (id < 0)
		return id;
	q->id = id;
	ret = queue_take_doorbell(q);
	if (ret)
		goto remove_id;
	q->hw = vm->hw->ops->queue_create(vm, &q->args, q);
	if (IS_ERR(q->hw)) {
		ret = PTR_ERR(q->hw);
		goto give_doorbell;
	}
	return 0;

give_doorbell:
	queue_give_doorbell(q);
remove_id:
	idr_remove(&p->queues, id);
	return ret;
}

static void queue_stop(struct kfd_process *p, struct kfd_queue *q)
{
	lockdep_assert_held(&p->lock);
	q->pdd->dev->hw->ops->queue_destroy(q->hw);
	queue_give_doorbell(q);
	idr_remove(&p->queues, q->id);
	kfree(q);
}

int kfd_queue_create(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_create_queue_args *args = data;
	struct kfd_process_device *pdd = kfd_process_device(p, args->gpu_id);
	struct kfd_queue *q;
	int ret;

	ret = check_create(args);
	if (ret)
		return ret;
	if (!pdd || !kfd_process_vm(pdd))
		return -EINVAL;
	if (!(pdd->dev->hw->features & HW_FEATURE_QUEUES))
		return -EOPNOTSUPP;

	q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);
	if (!q)
		return -ENOMEM;
	q->pdd = pdd;
	q->ctl_stack_size = args->ctl_stack_size;
	q->args = (struct hw_queue_args) {
		.type = args->queue_type,
		.ring = args->ring_base_address,
		.ring_size = ring_size_of(args->ring_base_address,
					  args->ring_size),
		.wptr = args->write_pointer_address,
		.rptr = args->read_pointer_address,
		.percentage = args->queue_percentage,
		.priority = args->queue_priority,
	};

	mutex_lock(&p->lock);
	ret = queue_start(p, q);
	if (!ret) {
		args->queue_id = q->id;
		args->doorbell_offset =
			KFD_MMAP_OFFSET(KFD_MMAP_TYPE_DOORBELL,
					pdd->dev->gpu_id) |
			q->args.doorbell * KFD_DOORBELL_BYTES;
	}
	mutex_unlock(&p->lock);
	if (ret)
		kfree(q);
	return ret;
}

int kfd_queue_destroy(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_destroy_queue_args *args = data;
	struct kfd_queue *q;

	mutex_lock(&p->lock);
	q = idr_find(&p->queues, args->queue_id);
	if (q)
		queue_stop(p, q);
	mutex_unlock(&p->lock);
	return q ? 0 : -EINVAL;
}

void kfd_queues_destroy(struct kfd_process *p)
{
	struct kfd_queue *q;
	int id;

	mutex_lock(&p->lock);
	p->stopped = true;
	idr_for_each_entry(&p->queues, q, id)
		queue_stop(p, q);
	mutex_unlock(&p->lock);
}

bool kfd_queues_any(struct kfd_process *p)
{
	lockdep_assert_held(&p->lock);
	return !idr_is_empty(&p->queues);
}

/* Change */

static int queue_apply(struct kfd_queue *q, const struct hw_queue_args *args)
{
	int ret = q->pdd->dev->hw->ops->queue_update(q->hw, args);

	if (!ret)
		q->args = *args;
	return ret;
}

int kfd_queue_update(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_update_queue_args *args = data;
	struct hw_queue_args new;
	struct kfd_queue *q;
	int ret;

	ret = check_common(args->ring_base_address, args->ring_size,
			   args->queue_percentage, args->queue_priority);
	if (ret)
		return ret;

	mutex_lock(&p->lock);
	q = idr_find(&p->queues, args->queue_id);
	if (q) {
		new = q->args;
		new.ring = args->ring_base_address;
		new.ring_size = ring_size_of(args->ring_base_address,
					     args->ring_size);
		new.percentage = args->queue_percentage;
		new.priority = args->queue_priority;
		ret = queue_apply(q, &new);
	} else {
		ret = -EINVAL;
	}
	mutex_unlock(&p->lock);
	return ret;
}

/* Copy as much of the user's mask as there are CUs; 0 or an errno. */
static int copy_cu_mask(struct hw_queue_args *args,
			const struct kfd_ioctl_set_cu_mask_args *user)
{
	u32 bits = min_t(u32, user->num_cu_mask,
			 sizeof(args->cu_mask) * BITS_PER_BYTE);

	memset(args->cu_mask, 0, sizeof(args->cu_mask));
	if (copy_from_user(args->cu_mask, u64_to_user_ptr(user->cu_mask_ptr),
			   bits / BITS_PER_BYTE))
		return -EFAULT;
	/* A queue without any CU would never end. */
	return memchr_inv(args->cu_mask, 0, sizeof(args->cu_mask)) ?
	       0 : -EINVAL;
}

int kfd_queue_set_cu_mask(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_set_cu_mask_args *args = data;
	struct hw_queue_args mask, new;
	struct kfd_queue *q;
	int ret;

	if (!args->num_cu_mask || args->num_cu_mask % 32 ||
	    args->num_cu_mask > CU_MASK_MAX)
		return -EINVAL;
	ret = copy_cu_mask(&mask, args);
	if (ret)
		return ret;

	mutex_lock(&p->lock);
	q = idr_find(&p->queues, args->queue_id);
	if (q && !type_is_sdma(q->args.type)) {
		new = q->args;
		memcpy(new.cu_mask, mask.cu_mask, sizeof(new.cu_mask));
		ret = queue_apply(q, &new);
	} else {
		ret = -EINVAL;
	}
	mutex_unlock(&p->lock);
	return ret;
}

/* What a save area starts with */
struct save_area_header {
	u32 ctl_stack_offset;
	u32 ctl_stack_size;
	u32 wave_state_offset;
	u32 wave_state_size;
};

/*
 * A queue that is disabled has no waves in flight: it stops between packets.
 * So nothing of its save area is used; the header says so.
 */
int kfd_queue_wave_state(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_get_queue_wave_state_args *args = data;
	struct save_area_header header = { 0 };
	struct kfd_queue *q;
	bool valid;

	mutex_lock(&p->lock);
	q = idr_find(&p->queues, args->queue_id);
	valid = q && !type_is_sdma(q->args.type) &&
		(!q->args.percentage || !q->args.ring_size);
	if (valid) {
		header.ctl_stack_offset = q->ctl_stack_size;
		header.wave_state_offset = q->ctl_stack_size;
	}
	mutex_unlock(&p->lock);
	if (!valid)
		return -EINVAL;
	if (copy_to_user(u64_to_user_ptr(args->ctl_stack_address), &header,
			 sizeof(header)))
		return -EFAULT;
	args->ctl_stack_used_size = 0;
	args->save_area_used_size = 0;
	return 0;
}
