/* SPDX-License-Identifier: GPL-2.0 */
/* The DRM render node of a GPU: what libdrm_amdgpu and ACQUIRE_VM need. */
#ifndef KFD_RENDER_H
#define KFD_RENDER_H

struct drm_device;
struct file;
struct kfd_device;
struct kfd_process;
struct kfd_render;

/**
 * kfd_render_create() - make the DRM device of a GPU, not visible yet
 * @dev: the GPU; outlives it
 *
 * Return: the render node or an ERR_PTR.
 */
struct kfd_render *kfd_render_create(struct kfd_device *dev);

/** kfd_render_publish() - register it; Return: 0 or a negative errno */
int kfd_render_publish(struct kfd_render *render);

/** kfd_render_destroy() - unregister and free; no file is open */
void kfd_render_destroy(struct kfd_render *render);

/** kfd_render_drm() - its DRM device */
struct drm_device *kfd_render_drm(const struct kfd_render *render);

/** kfd_render_device() - the GPU of a DRM device of this driver */
struct kfd_device *kfd_render_device(const struct drm_device *drm);

/** kfd_render_minor() - 128.. of /dev/dri/renderD128 */
unsigned int kfd_render_minor(const struct kfd_render *render);

/**
 * kfd_render_bind() - let a process own an open render node
 * @render: the GPU's render node
 * @file: any file
 * @owner: the process
 *
 * Return: 0; -EINVAL: @file is not an open file of @render, or it is bound.
 */
int kfd_render_bind(struct kfd_render *render, struct file *file,
		    struct kfd_process *owner);

/** kfd_render_unbind() - undo kfd_render_bind() */
void kfd_render_unbind(struct file *file);

#endif
