/* SPDX-License-Identifier: MIT */
/* The SVM ioctl without the thunk: for errno, and for what the thunk refuses. */
#ifndef T_SVM_IOCTL_H
#define T_SVM_IOCTL_H

#include <errno.h>
#include <linux/kfd_ioctl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#define T_MAX_ATTRS	16

#define T_SVM_SET	KFD_IOCTL_SVM_OP_SET_ATTR
#define T_SVM_GET	KFD_IOCTL_SVM_OP_GET_ATTR

/* The command for @n attributes; the size field of an ioctl has 14 bits. */
static inline unsigned long t_svm_cmd(unsigned int n)
{
	return AMDKFD_IOC_SVM + ((unsigned long)(n * sizeof(struct kfd_ioctl_svm_attribute)) << 16);
}

/**
 * t_svm() - one SVM ioctl with up to T_MAX_ATTRS attributes
 *
 * Return: 0 or -errno.
 */
static inline int t_svm(int fd, const void *addr, uint64_t size, uint32_t op, uint32_t n,
			struct kfd_ioctl_svm_attribute *attrs)
{
	union {
		struct kfd_ioctl_svm_args args;
		char room[sizeof(struct kfd_ioctl_svm_args) + T_MAX_ATTRS * sizeof(*attrs)];
	} u = { .args = { .start_addr = (uintptr_t)addr, .size = size, .op = op, .nattr = n } };
	int ret;

	if (n > T_MAX_ATTRS)
		return -E2BIG;
	memcpy(u.args.attrs, attrs, n * sizeof(*attrs));
	ret = ioctl(fd, t_svm_cmd(n), &u.args) ? -errno : 0;
	memcpy(attrs, u.args.attrs, n * sizeof(*attrs));
	return ret;
}

/** t_svm_set1() - set one attribute; 0 or -errno */
static inline int t_svm_set1(int fd, const void *addr, uint64_t size, uint32_t type,
			     uint32_t value)
{
	struct kfd_ioctl_svm_attribute attr = { .type = type, .value = value };

	return t_svm(fd, addr, size, T_SVM_SET, 1, &attr);
}

#endif
