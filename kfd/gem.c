// SPDX-License-Identifier: GPL-2.0
#include <drm/amdgpu_drm.h>
#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <linux/err.h>
#include <linux/kfd_ioctl.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "device.h"
#include "devmem/devmem.h"
#include "gem.h"
#include "mem.h"
#include "render.h"

/* What may be asked for beside a domain; hints that change nothing here, too */
#define CREATE_FLAGS	(AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED | \
			 AMDGPU_GEM_CREATE_NO_CPU_ACCESS | \
			 AMDGPU_GEM_CREATE_CPU_GTT_USWC | \
			 AMDGPU_GEM_CREATE_VRAM_CLEARED | \
			 AMDGPU_GEM_CREATE_EXPLICIT_SYNC | \
			 AMDGPU_GEM_CREATE_VRAM_WIPE_ON_RELEASE)

/**
 * struct gem_file - an open file of a render node: drm_file.driver_priv
 * @owner: the process that ACQUIRE_VM has bound it to; atomic
 * @account: pays for VRAM, opened at first use; set once, with cmpxchg
 */
struct gem_file {
	struct kfd_process *owner;
	struct devmem_account *account;
};

int kfd_gem_open(struct drm_device *drm, struct drm_file *file)
{
	struct gem_file *gem_file;

	gem_file = kzalloc(sizeof(*gem_file), GFP_KERNEL);
	file->driver_priv = gem_file;
	return gem_file ? 0 : -ENOMEM;
}

void kfd_gem_postclose(struct drm_device *drm, struct drm_file *file)
{
	struct gem_file *gem_file = file->driver_priv;

	devmem_account_close(gem_file->account);
	kfree(gem_file);
}

int kfd_gem_bind(struct drm_file *file, struct kfd_process *owner)
{
	struct gem_file *gem_file = file->driver_priv;

	/* Two processes may race for one inherited file: the first wins. */
	return cmpxchg(&gem_file->owner, NULL, owner) ? -EINVAL : 0;
}

void kfd_gem_unbind(struct drm_file *file)
{
	struct gem_file *gem_file = file->driver_priv;

	WRITE_ONCE(gem_file->owner, NULL);
}

static struct devmem_account *file_account(struct kfd_device *dev,
					   struct drm_file *file)
{
	struct gem_file *gem_file = file->driver_priv;
	struct devmem_account *account;

	/* Pairs with the cmpxchg below. */
	account = smp_load_acquire(&gem_file->account);
	if (account)
		return account;
	account = devmem_account_open(dev->devmem, task_tgid_nr(current));
	if (account && cmpxchg(&gem_file->account, NULL, account))
		devmem_account_close(account);
	/* Pairs with another caller's cmpxchg. */
	return smp_load_acquire(&gem_file->account);
}

static bool create_valid(const struct drm_amdgpu_gem_create_in *in)
{
	if (!in->bo_size || in->bo_size > (u64)LONG_MAX)
		return false;
	/* Alignment is the GPU address's, which is not chosen here. */
	if (in->domain_flags & ~CREATE_FLAGS)
		return false;
	/* one domain, or a choice that has VRAM in it */
	return in->domains && !(in->domains & ~(AMDGPU_GEM_DOMAIN_VRAM |
						AMDGPU_GEM_DOMAIN_GTT));
}

/* As ALLOC_MEMORY_OF_GPU would have been asked for it. */
static u32 alloc_flags_of(const struct drm_amdgpu_gem_create_in *in)
{
	if (!(in->domains & AMDGPU_GEM_DOMAIN_VRAM))
		return KFD_IOC_ALLOC_MEM_FLAGS_GTT;
	if (in->domain_flags & AMDGPU_GEM_CREATE_NO_CPU_ACCESS)
		return KFD_IOC_ALLOC_MEM_FLAGS_VRAM;
	return KFD_IOC_ALLOC_MEM_FLAGS_VRAM | KFD_IOC_ALLOC_MEM_FLAGS_PUBLIC;
}

int kfd_gem_ioctl_create(struct drm_device *drm, void *data,
			 struct drm_file *file)
{
	union drm_amdgpu_gem_create *args = data;
	struct kfd_device *dev = kfd_render_device(drm);
	struct devmem_account *account;
	u32 alloc_flags, handle;
	struct kfd_mem *mem;
	int ret;

	if (!create_valid(&args->in))
		return -EINVAL;
	alloc_flags = alloc_flags_of(&args->in);
	account = file_account(dev, file);
	if (!account)
		return -ENOMEM;
	mem = kfd_mem_create(dev, account, PAGE_ALIGN(args->in.bo_size), 0,
			     alloc_flags);
	if (IS_ERR(mem))
		return PTR_ERR(mem);
	ret = drm_gem_handle_create(file, &mem->gem, &handle);
	/* The handle has a reference now. */
	kfd_mem_put(mem);
	if (ret)
		return ret;
	memset(args, 0, sizeof(*args));
	args->out.handle = handle;
	return 0;
}

static struct kfd_mem *mem_lookup(struct drm_file *file, u32 handle)
{
	struct drm_gem_object *gem = drm_gem_object_lookup(file, handle);

	return gem ? kfd_mem_from_gem(gem) : NULL;
}

int kfd_gem_ioctl_mmap(struct drm_device *drm, void *data,
		       struct drm_file *file)
{
	union drm_amdgpu_gem_mmap *args = data;
	struct kfd_mem *mem = mem_lookup(file, args->in.handle);

	if (!mem)
		return -ENOENT;
	args->out.addr_ptr = kfd_mem_offset(mem);
	kfd_mem_put(mem);
	return 0;
}

static_assert(sizeof_field(struct drm_amdgpu_gem_metadata, data.data) ==
	      KFD_MEM_METADATA_MAX);

static int metadata_set(struct kfd_mem *mem,
			const struct drm_amdgpu_gem_metadata *args)
{
	if (args->data.flags ||
	    args->data.data_size_bytes > KFD_MEM_METADATA_MAX)
		return -EINVAL;
	mutex_lock(&mem->lock);
	mem->tiling = args->data.tiling_info;
	mem->metadata_size = args->data.data_size_bytes;
	memcpy(mem->metadata, args->data.data, mem->metadata_size);
	mutex_unlock(&mem->lock);
	return 0;
}

static int metadata_get(struct kfd_mem *mem,
			struct drm_amdgpu_gem_metadata *args)
{
	memset(&args->data, 0, sizeof(args->data));
	mutex_lock(&mem->lock);
	args->data.tiling_info = mem->tiling;
	args->data.data_size_bytes = mem->metadata_size;
	memcpy(args->data.data, mem->metadata, mem->metadata_size);
	mutex_unlock(&mem->lock);
	return 0;
}

int kfd_gem_ioctl_metadata(struct drm_device *drm, void *data,
			   struct drm_file *file)
{
	struct drm_amdgpu_gem_metadata *args = data;
	struct kfd_mem *mem = mem_lookup(file, args->handle);
	int ret = -EINVAL;

	if (!mem)
		return -ENOENT;
	if (args->op == AMDGPU_GEM_METADATA_OP_SET_METADATA)
		ret = metadata_set(mem, args);
	else if (args->op == AMDGPU_GEM_METADATA_OP_GET_METADATA)
		ret = metadata_get(mem, args);
	kfd_mem_put(mem);
	return ret;
}
