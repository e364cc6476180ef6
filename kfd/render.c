// SPDX-License-Identifier: GPL-2.0
/*
 * The DRM render node.  ROCm opens it for three things: to hand its file to
 * ACQUIRE_VM, to map buffer objects, and to ask libdrm_amdgpu for the marketing
 * name.  It is not a graphics driver: buffer objects can be made and shared as
 * dmabufs (gem.c), but there is no context and no command submission.
 */
#include <drm/amdgpu_drm.h>
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_prime.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "gem.h"
#include "gfx90a.h"
#include "hw/hw.h"
#include "render.h"

struct kfd_render {
	struct drm_device *drm;
	struct kfd_device *dev;
	bool registered;	/* module init and exit only */
};

/* libdrm refuses any other major version of "amdgpu". */
#define RENDER_MAJOR	3
#define RENDER_MINOR	49

static void fill_cu_bitmap(u32 bitmap[4][4])
{
	unsigned int left = GFX90A_CU_COUNT;
	unsigned int i, n;

	/* Arrays 4..7 use the second column: the ABI has room for 4 engines. */
	for (i = 0; i < GFX90A_SHADER_ARRAYS; i++) {
		n = min_t(unsigned int, left, GFX90A_CU_PER_ARRAY);
		bitmap[i % 4][i / 4] = BIT(n) - 1;
		left -= n;
	}
}

static void info_device(struct drm_amdgpu_info_device *out)
{
	/* Not a compound literal: its padding would show the kernel's stack. */
	memset(out, 0, sizeof(*out));
	out->device_id = GFX90A_DEVICE_ID;
	out->chip_rev = GFX90A_REVISION;
	out->external_rev = GFX90A_EXTERNAL_REV;
	out->family = AMDGPU_FAMILY_AI;
	out->num_shader_engines = GFX90A_SHADER_ARRAYS;
	out->num_shader_arrays_per_engine = 1;
	out->gpu_counter_freq = GFX90A_COUNTER_KHZ;
	out->max_engine_clock = GFX90A_ENGINE_CLOCK_MHZ * 1000ULL;
	out->max_memory_clock = GFX90A_MEMORY_CLOCK_MHZ * 1000ULL;
	out->cu_active_number = GFX90A_CU_COUNT;
	fill_cu_bitmap(out->cu_bitmap);
	out->virtual_address_offset = SZ_2M;
	out->virtual_address_max = GFX90A_GPUVM_LIMIT + 1;
	out->virtual_address_alignment = PAGE_SIZE;
	out->pte_fragment_size = SZ_2M;
	out->gart_page_size = PAGE_SIZE;
	out->vram_type = AMDGPU_VRAM_TYPE_HBM;
	out->vram_bit_width = GFX90A_MEMORY_WIDTH_BITS;
	out->wave_front_size = GFX90A_WAVE_SIZE;
	out->num_shader_visible_vgprs = GFX90A_VGPRS;
	out->num_cu_per_sh = GFX90A_CU_PER_ARRAY;
	out->num_tcc_blocks = GFX90A_L2_CHANNELS;
	out->high_va_offset = GFX90A_HIGH_VA_BASE;
	out->high_va_max = GFX90A_HIGH_VA_LIMIT + 1 - SZ_2M;
}

static int render_ioctl_info(struct drm_device *drm, void *data,
			     struct drm_file *file)
{
	const struct drm_amdgpu_info *info = data;
	union {
		struct drm_amdgpu_info_device device;
		u32 word;
	} out;
	size_t size;

	switch (info->query) {
	case AMDGPU_INFO_ACCEL_WORKING:
		out.word = 1;
		size = sizeof(out.word);
		break;
	case AMDGPU_INFO_DEV_INFO:
		info_device(&out.device);
		size = sizeof(out.device);
		break;
	case AMDGPU_INFO_READ_MMR_REG:
		if (info->read_mmr_reg.dword_offset != GFX90A_REG_GB_ADDR_CONFIG ||
		    info->read_mmr_reg.count != 1)
			return -EINVAL;
		out.word = GFX90A_GB_ADDR_CONFIG;
		size = sizeof(out.word);
		break;
	default:
		return -EINVAL;
	}
	if (!info->return_size || !info->return_pointer)
		return -EINVAL;
	size = min_t(size_t, size, info->return_size);
	if (copy_to_user(u64_to_user_ptr(info->return_pointer), &out, size))
		return -EFAULT;
	return 0;
}

static const struct drm_ioctl_desc render_ioctls[] = {
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_CREATE, kfd_gem_ioctl_create,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_MMAP, kfd_gem_ioctl_mmap,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_METADATA, kfd_gem_ioctl_metadata,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_INFO, render_ioctl_info, DRM_RENDER_ALLOW),
};

static const struct file_operations render_fops = {
	.owner = THIS_MODULE,
	.open = drm_open,
	.release = drm_release,
	.unlocked_ioctl = drm_ioctl,
	.compat_ioctl = drm_compat_ioctl,
	.mmap = drm_gem_mmap,
	.llseek = noop_llseek,
};

static const struct drm_driver render_driver = {
	.driver_features = DRIVER_RENDER | DRIVER_GEM,
	.fops = &render_fops,
	.open = kfd_gem_open,
	.postclose = kfd_gem_postclose,
	.ioctls = render_ioctls,
	.num_ioctls = ARRAY_SIZE(render_ioctls),
	.prime_handle_to_fd = drm_gem_prime_handle_to_fd,
	.prime_fd_to_handle = drm_gem_prime_fd_to_handle,
	.gem_prime_mmap = drm_gem_prime_mmap,
	.name = "amdgpu",
	.desc = "coherent device memory",
	.date = "20260101",
	.major = RENDER_MAJOR,
	.minor = RENDER_MINOR,
	.patchlevel = 0,
};

struct kfd_render *kfd_render_create(struct kfd_device *dev)
{
	struct kfd_render *render;

	render = kzalloc(sizeof(*render), GFP_KERNEL);
	if (!render)
		return ERR_PTR(-ENOMEM);
	render->dev = dev;
	render->drm = drm_dev_alloc(&render_driver, dev->hw->dev);
	if (IS_ERR(render->drm)) {
		int ret = PTR_ERR(render->drm);

		kfree(render);
		return ERR_PTR(ret);
	}
	render->drm->dev_private = render;
	return render;
}

int kfd_render_publish(struct kfd_render *render)
{
	int ret = drm_dev_register(render->drm, 0);

	render->registered = !ret;
	return ret;
}

void kfd_render_destroy(struct kfd_render *render)
{
	if (render->registered)
		drm_dev_unregister(render->drm);
	drm_dev_put(render->drm);
	kfree(render);
}

struct drm_device *kfd_render_drm(const struct kfd_render *render)
{
	return render->drm;
}

struct kfd_device *kfd_render_device(const struct drm_device *drm)
{
	const struct kfd_render *render = drm->dev_private;

	return render->dev;
}

unsigned int kfd_render_minor(const struct kfd_render *render)
{
	return render->drm->render->index;
}

int kfd_render_bind(struct kfd_render *render, struct file *file,
		    struct kfd_process *owner)
{
	struct drm_file *drm_file;

	if (file->f_op != &render_fops)
		return -EINVAL;
	drm_file = file->private_data;
	if (drm_file->minor->dev != render->drm)
		return -EINVAL;
	return kfd_gem_bind(drm_file, owner);
}

void kfd_render_unbind(struct file *file)
{
	kfd_gem_unbind(file->private_data);
}
