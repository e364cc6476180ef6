// SPDX-License-Identifier: GPL-2.0
/* /dev/kfd: open, release, mmap, and ioctls by a table. */
#include <linux/cdev.h>
#include <linux/compat.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "device.h"
#include "devmem/devmem.h"
#include "dmabuf.h"
#include "doorbell.h"
#include "event.h"
#include "gfx90a.h"
#include "memory.h"
#include "process.h"
#include "queue.h"
#include "smi_events.h"
#include "svm_ioctl.h"

static struct class *chardev_class;
static dev_t chardev_devt;
static struct cdev chardev_cdev;
static bool chardev_published;	/* module init and exit only */

/*
 * Handlers.  @data is the kernel's copy of the argument: at least as large as
 * the table says, what the user did not give is zero.  @size is the size of the
 * copy, larger than the table says when the user gave more.  What a handler
 * leaves in @data goes back to the user for _IOR and _IOWR, also on error.
 * No handler may return -EAGAIN or -EINTR for a lasting condition: the thunk
 * repeats the call for ever.
 */
typedef int (*ioctl_fn)(struct kfd_process *p, void *data, size_t size);

static int ioctl_get_version(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_get_version_args *args = data;

	args->major_version = KFD_IOCTL_MAJOR_VERSION;
	args->minor_version = KFD_IOCTL_MINOR_VERSION;
	return 0;
}

static bool cache_policy_valid(u32 policy)
{
	return policy == KFD_IOC_CACHE_POLICY_COHERENT ||
	       policy == KFD_IOC_CACHE_POLICY_NONCOHERENT;
}

/* All memory is coherent here: any policy that is well formed is kept. */
static int ioctl_set_memory_policy(struct kfd_process *p, void *data,
				   size_t size)
{
	struct kfd_ioctl_set_memory_policy_args *args = data;

	if (!cache_policy_valid(args->default_policy) ||
	    !cache_policy_valid(args->alternate_policy) ||
	    !kfd_process_device(p, args->gpu_id))
		return -EINVAL;
	return 0;
}

/*
 * A device is asked for its clock by a command, which may take long.  What is
 * between the two looks at the CPU's clock is how far the two can be apart.
 */
#define CLOCK_TRIES	8
#define CLOCK_NEAR_NS	(50 * NSEC_PER_USEC)

/*
 * Both clocks at one time, as well as can be: of some tries the quickest.  The
 * clock of a device that has none is the CPU's, which @raw tells, at the same rate.
 */
static int clocks_together(struct kfd_device *dev, u64 *raw, u64 *ticks)
{
	u64 before, took, now, best = U64_MAX;
	unsigned int i;
	int ret;

	*ticks = *raw / GFX90A_COUNTER_PERIOD_NS;
	if (!dev->hw->ops->clock)
		return 0;
	for (i = 0; i < CLOCK_TRIES && best > CLOCK_NEAR_NS; i++) {
		before = ktime_get_raw_ns();
		ret = dev->hw->ops->clock(dev->hw, &now);
		if (ret)
			return ret;
		took = ktime_get_raw_ns() - before;
		if (took >= best)
			continue;
		best = took;
		*raw = before + took / 2;
		*ticks = now;
	}
	return 0;
}

static int ioctl_get_clock_counters(struct kfd_process *p, void *data,
				    size_t size)
{
	struct kfd_ioctl_get_clock_counters_args *args = data;
	struct kfd_device *dev = kfd_device_by_id(args->gpu_id);
	u64 raw = ktime_get_raw_ns();
	int ret = 0;

	/* gpu_id 0, the CPU node, asks for the system clocks alone. */
	args->gpu_clock_counter = 0;
	if (dev)
		ret = clocks_together(dev, &raw, &args->gpu_clock_counter);
	args->cpu_clock_counter = raw;
	args->system_clock_counter = ktime_get_boottime_ns();
	args->system_clock_freq = NSEC_PER_SEC;
	return ret;
}

/* Return: how many of @max entries were filled. */
static unsigned int fill_apertures(struct kfd_process *p,
				   struct kfd_process_device_apertures *out,
				   unsigned int max)
{
	unsigned int i, n = 0;

	for (i = 0; i < HW_MAX_DEVICES && n < max; i++) {
		if (!p->devs[i].dev)
			continue;
		out[n++] = (struct kfd_process_device_apertures) {
			.lds_base = GFX90A_LDS_BASE,
			.lds_limit = GFX90A_LDS_LIMIT,
			.scratch_base = GFX90A_SCRATCH_BASE,
			.scratch_limit = GFX90A_SCRATCH_LIMIT,
			.gpuvm_base = GFX90A_GPUVM_BASE,
			.gpuvm_limit = GFX90A_GPUVM_LIMIT,
			.gpu_id = p->devs[i].dev->gpu_id,
		};
	}
	return n;
}

static int ioctl_get_apertures(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_get_process_apertures_args *args = data;

	args->num_of_nodes = fill_apertures(p, args->process_apertures,
					    NUM_OF_SUPPORTED_GPUS);
	return 0;
}

static int ioctl_get_apertures_new(struct kfd_process *p, void *data,
				   size_t size)
{
	struct kfd_ioctl_get_process_apertures_new_args *args = data;
	struct kfd_process_device_apertures apertures[HW_MAX_DEVICES];
	unsigned int n = fill_apertures(p, apertures, HW_MAX_DEVICES);
	void __user *out = u64_to_user_ptr(args->kfd_process_device_apertures_ptr);

	/* 0 asks how many there are. */
	if (args->num_of_nodes) {
		n = min(n, args->num_of_nodes);
		if (copy_to_user(out, apertures, n * sizeof(apertures[0])))
			return -EFAULT;
	}
	args->num_of_nodes = n;
	return 0;
}

static int ioctl_acquire_vm(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_acquire_vm_args *args = data;
	struct kfd_process_device *pdd = kfd_process_device(p, args->gpu_id);
	struct file *file;
	int ret;

	if (!pdd)
		return -EINVAL;
	/* Not -EBADF: to the thunk that says "you are a forked child". */
	file = fget(args->drm_fd);
	if (!file)
		return -EINVAL;
	ret = kfd_process_acquire_vm(p, pdd, file);
	fput(file);
	return ret;
}

/* The tables of tile modes that older chips have are all zero on gfx9. */
static int clear_table(u64 ptr, u32 *num, u32 max)
{
	*num = min(*num, max);
	if (clear_user(u64_to_user_ptr(ptr), *num * sizeof(u32)))
		return -EFAULT;
	return 0;
}

static int ioctl_get_tile_config(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_get_tile_config_args *args = data;
	int ret;

	if (!kfd_process_device(p, args->gpu_id))
		return -EINVAL;
	args->gb_addr_config = GFX90A_GB_ADDR_CONFIG;
	args->num_banks = 0;
	args->num_ranks = 0;
	ret = clear_table(args->tile_config_ptr, &args->num_tile_configs,
			  GFX90A_TILE_MODES);
	if (ret)
		return ret;
	return clear_table(args->macro_tile_config_ptr,
			   &args->num_macro_tile_configs,
			   GFX90A_MACRO_TILE_MODES);
}

static int ioctl_set_scratch(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_set_scratch_backing_va_args *args = data;
	struct kfd_process_device *pdd = kfd_process_device(p, args->gpu_id);

	if (!pdd || !kfd_process_vm(pdd))
		return -EINVAL;
	mutex_lock(&p->lock);
	pdd->scratch_base = args->va_addr;
	mutex_unlock(&p->lock);
	return 0;
}

static int ioctl_set_trap_handler(struct kfd_process *p, void *data,
				  size_t size)
{
	struct kfd_ioctl_set_trap_handler_args *args = data;
	struct kfd_process_device *pdd = kfd_process_device(p, args->gpu_id);
	struct hw_vm *vm = pdd ? kfd_process_vm(pdd) : NULL;

	if (!vm)
		return -EINVAL;
	/* Without queues nothing traps. */
	if (!vm->hw->ops->set_trap_handler)
		return 0;
	return vm->hw->ops->set_trap_handler(vm, args->tba_addr, args->tma_addr);
}

static int ioctl_available_memory(struct kfd_process *p, void *data,
				  size_t size)
{
	struct kfd_ioctl_get_available_memory_args *args = data;
	struct kfd_device *dev = kfd_device_by_id(args->gpu_id);
	struct devmem_stats stats;

	if (!dev)
		return -EINVAL;
	devmem_get_stats(dev->devmem, &stats);
	args->available = (u64)stats.free << PAGE_SHIFT;
	return 0;
}

/**
 * struct ioctl_row - one ioctl
 * @cmd: number, direction and size as the kernel's header has them
 * @fn: the handler, or NULL
 * @refuse: what callers get when there is no handler
 */
struct ioctl_row {
	unsigned int cmd;
	ioctl_fn fn;
	int refuse;
};

#define ROW(name, handler)	\
	[_IOC_NR(AMDKFD_IOC_##name)] = { AMDKFD_IOC_##name, handler, 0 }
#define NO(name, error)		\
	[_IOC_NR(AMDKFD_IOC_##name)] = { AMDKFD_IOC_##name, NULL, error }

/* What is not here, such as the thunk's own 0x80 to 0x84, gets -ENOTTY. */
static const struct ioctl_row ioctl_rows[] = {
	ROW(GET_VERSION, ioctl_get_version),
	ROW(CREATE_QUEUE, kfd_queue_create),
	ROW(DESTROY_QUEUE, kfd_queue_destroy),
	ROW(SET_MEMORY_POLICY, ioctl_set_memory_policy),
	ROW(GET_CLOCK_COUNTERS, ioctl_get_clock_counters),
	ROW(GET_PROCESS_APERTURES, ioctl_get_apertures),
	ROW(UPDATE_QUEUE, kfd_queue_update),
	ROW(CREATE_EVENT, kfd_event_create),
	ROW(DESTROY_EVENT, kfd_event_destroy),
	ROW(SET_EVENT, kfd_event_set),
	ROW(RESET_EVENT, kfd_event_reset),
	ROW(WAIT_EVENTS, kfd_event_wait),
	NO(DBG_REGISTER_DEPRECATED, -EPERM),
	NO(DBG_UNREGISTER_DEPRECATED, -EPERM),
	NO(DBG_ADDRESS_WATCH_DEPRECATED, -EPERM),
	NO(DBG_WAVE_CONTROL_DEPRECATED, -EPERM),
	ROW(SET_SCRATCH_BACKING_VA, ioctl_set_scratch),
	ROW(GET_TILE_CONFIG, ioctl_get_tile_config),
	ROW(SET_TRAP_HANDLER, ioctl_set_trap_handler),
	ROW(GET_PROCESS_APERTURES_NEW, ioctl_get_apertures_new),
	ROW(ACQUIRE_VM, ioctl_acquire_vm),
	ROW(ALLOC_MEMORY_OF_GPU, kfd_memory_alloc),
	ROW(FREE_MEMORY_OF_GPU, kfd_memory_free),
	ROW(MAP_MEMORY_TO_GPU, kfd_memory_map),
	ROW(UNMAP_MEMORY_FROM_GPU, kfd_memory_unmap),
	ROW(SET_CU_MASK, kfd_queue_set_cu_mask),
	ROW(GET_QUEUE_WAVE_STATE, kfd_queue_wave_state),
	ROW(GET_DMABUF_INFO, kfd_dmabuf_info),
	ROW(IMPORT_DMABUF, kfd_dmabuf_import),
	/* The topology says that there is none: only waves could use it. */
	NO(ALLOC_QUEUE_GWS, -ENODEV),
	ROW(SMI_EVENTS, kfd_smi_open),
	ROW(SVM, kfd_svm_ioctl),
	ROW(SET_XNACK_MODE, kfd_svm_ioctl_xnack),
	NO(CRIU_OP, -EOPNOTSUPP),
	ROW(AVAILABLE_MEMORY, ioctl_available_memory),
};

/* Arguments up to this size are copied to the stack. */
#define IOCTL_STACK_SIZE	128

static const struct ioctl_row *ioctl_find(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	/* The size part of the number varies, the direction is the table's. */
	if (_IOC_TYPE(cmd) != AMDKFD_IOCTL_BASE || nr >= ARRAY_SIZE(ioctl_rows))
		return NULL;
	nr = array_index_nospec(nr, ARRAY_SIZE(ioctl_rows));
	return ioctl_rows[nr].cmd ? &ioctl_rows[nr] : NULL;
}

static int ioctl_call(struct kfd_process *p, const struct ioctl_row *row,
		      void *data, size_t size, void __user *arg,
		      size_t user_size)
{
	int ret;

	if ((row->cmd & IOC_IN) && copy_from_user(data, arg, user_size))
		return -EFAULT;
	ret = row->fn(p, data, size);
	if ((row->cmd & IOC_OUT) && copy_to_user(arg, data, user_size))
		return -EFAULT;
	return ret;
}

static long chardev_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	const struct ioctl_row *row = ioctl_find(cmd);
	struct kfd_process *p = file->private_data;
	u64 stack[IOCTL_STACK_SIZE / sizeof(u64)];
	size_t size, user_size = _IOC_SIZE(cmd);
	void *data = stack;
	int ret;

	if (!row)
		return -ENOTTY;
	if (!kfd_process_is_current(p))
		return -EBADF;
	if (!row->fn)
		return row->refuse;

	/* _IOC_SIZE has 14 bits: nobody makes us allocate more than 16 KiB. */
	size = max_t(size_t, user_size, _IOC_SIZE(row->cmd));
	if (size > sizeof(stack)) {
		data = kzalloc(size, GFP_KERNEL);
		if (!data)
			return -ENOMEM;
	} else {
		memset(stack, 0, sizeof(stack));
	}
	ret = ioctl_call(p, row, data, size, (void __user *)arg, user_size);
	if (data != stack)
		kfree(data);
	return ret;
}

static int chardev_open(struct inode *inode, struct file *file)
{
	struct kfd_process *p;

	/* The structs hold 64-bit addresses of the caller's address space. */
	if (in_compat_syscall())
		return -EPERM;
	p = kfd_process_open();
	if (IS_ERR(p))
		return PTR_ERR(p);
	file->private_data = p;
	/* All vmas in one place, whatever inode this was opened by. */
	file->f_mapping = kfd_device_mapping();
	return 0;
}

static int chardev_release(struct inode *inode, struct file *file)
{
	kfd_process_put(file->private_data);
	return 0;
}

static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct kfd_process *p = file->private_data;
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u32 gpu_id = offset >> KFD_MMAP_GPU_SHIFT & KFD_MMAP_GPU_MASK;

	if (!kfd_process_is_current(p))
		return -EBADF;
	if (offset & (BIT_ULL(KFD_MMAP_GPU_SHIFT) - 1))
		return -EINVAL;
	switch (offset >> KFD_MMAP_TYPE_SHIFT) {
	case KFD_MMAP_TYPE_MMIO:
		return kfd_memory_mmap_mmio(p, gpu_id, vma);
	case KFD_MMAP_TYPE_DOORBELL:
		return kfd_doorbell_mmap(p, gpu_id, vma);
	case KFD_MMAP_TYPE_EVENTS:
		return gpu_id ? -EINVAL : kfd_events_mmap(&p->events, vma);
	default:
		return -EINVAL;
	}
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.unlocked_ioctl = chardev_ioctl,
	.mmap = chardev_mmap,
	.llseek = noop_llseek,
};

static char *chardev_devnode(struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

struct kobject *kfd_chardev_create(void)
{
	struct device *dev;
	int ret;

	ret = alloc_chrdev_region(&chardev_devt, 0, 1, "kfd");
	if (ret)
		return ERR_PTR(ret);

	chardev_class = class_create(THIS_MODULE, "kfd");
	if (IS_ERR(chardev_class)) {
		ret = PTR_ERR(chardev_class);
		goto unregister_region;
	}
	chardev_class->devnode = chardev_devnode;

	dev = device_create(chardev_class, NULL, chardev_devt, NULL, "kfd");
	if (IS_ERR(dev)) {
		ret = PTR_ERR(dev);
		goto destroy_class;
	}
	return &dev->kobj;

destroy_class:
	class_destroy(chardev_class);
unregister_region:
	unregister_chrdev_region(chardev_devt, 1);
	return ERR_PTR(ret);
}

int kfd_chardev_publish(void)
{
	int ret;

	cdev_init(&chardev_cdev, &chardev_fops);
	chardev_cdev.owner = THIS_MODULE;
	ret = cdev_add(&chardev_cdev, chardev_devt, 1);
	chardev_published = !ret;
	return ret;
}

void kfd_chardev_destroy(void)
{
	if (chardev_published)
		cdev_del(&chardev_cdev);
	device_destroy(chardev_class, chardev_devt);
	class_destroy(chardev_class);
	unregister_chrdev_region(chardev_devt, 1);
}
