/* SPDX-License-Identifier: GPL-2.0 */
/* dmabufs of the render node's buffer objects, as ROCm takes them in. */
#ifndef KFD_DMABUF_H
#define KFD_DMABUF_H

#include <linux/types.h>

struct kfd_process;

/* ioctl handlers; their arguments are described at the dispatcher */
int kfd_dmabuf_info(struct kfd_process *p, void *data, size_t size);
int kfd_dmabuf_import(struct kfd_process *p, void *data, size_t size);

#endif
