/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The render node's own buffer objects.  Graphics makes them with libdrm_amdgpu
 * and hands them to ROCm as dmabufs.
 */
#ifndef KFD_GEM_H
#define KFD_GEM_H

struct drm_device;
struct drm_file;
struct kfd_process;

/* hooks of struct drm_driver */
int kfd_gem_open(struct drm_device *drm, struct drm_file *file);
void kfd_gem_postclose(struct drm_device *drm, struct drm_file *file);

/**
 * kfd_gem_bind() - let a process own an open file of the render node
 *
 * Return: 0, or -EINVAL: it has an owner.
 */
int kfd_gem_bind(struct drm_file *file, struct kfd_process *owner);

/** kfd_gem_unbind() - undo kfd_gem_bind() */
void kfd_gem_unbind(struct drm_file *file);

/* DRM ioctls: DRM_AMDGPU_GEM_CREATE, _MMAP, _METADATA */
int kfd_gem_ioctl_create(struct drm_device *drm, void *data,
			 struct drm_file *file);
int kfd_gem_ioctl_mmap(struct drm_device *drm, void *data,
		       struct drm_file *file);
int kfd_gem_ioctl_metadata(struct drm_device *drm, void *data,
			   struct drm_file *file);

#endif
