/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * What a code object says about a kernel: the kernel descriptor that an AQL
 * dispatch points to.  The fields that are named here are at the same place in
 * struct amd_kernel_code_s, which ROCr's own kernels have.  The registers are
 * those that PM4 sets, too.
 */
#ifndef HSA_KERNEL_H
#define HSA_KERNEL_H

#include <linux/types.h>

/* .rsrc1, COMPUTE_PGM_RSRC1 */
#define HSA_RSRC1_VGPRS		0x0000003f	/* units of 8, less 1 */
#define HSA_RSRC1_FLOAT_MODE	0x000ff000
#define HSA_RSRC1_DX10_CLAMP	0x00200000
#define HSA_RSRC1_IEEE_MODE	0x00800000
#define HSA_RSRC1_FP16_OVFL	0x04000000

/* .rsrc2, COMPUTE_PGM_RSRC2 */
#define HSA_RSRC2_SCRATCH	0x00000001	/* an SGPR has the wave's offset */
#define HSA_RSRC2_USER_SGPRS	0x0000003e
#define HSA_RSRC2_TRAP_HANDLER	0x00000040
#define HSA_RSRC2_GROUP_ID_X	0x00000080
#define HSA_RSRC2_GROUP_ID_Y	0x00000100
#define HSA_RSRC2_GROUP_ID_Z	0x00000200
#define HSA_RSRC2_GROUP_INFO	0x00000400
#define HSA_RSRC2_ITEM_ID	0x00001800	/* 0: x, 1: x and y, 2: all */
#define HSA_RSRC2_LDS_SIZE	0x00ff8000	/* units of 512 bytes; PM4 only */

/* .rsrc3, COMPUTE_PGM_RSRC3 */
#define HSA_RSRC3_ACCUM_OFFSET	0x0000003f	/* units of 4 VGPRs, less 1 */
#define HSA_RSRC3_TG_SPLIT	0x00010000

/* .properties: user SGPRs, in this order */
#define HSA_SGPR_PRIVATE_SEGMENT_BUFFER	0x0001	/* 4 */
#define HSA_SGPR_DISPATCH_PTR		0x0002	/* 2 */
#define HSA_SGPR_QUEUE_PTR		0x0004	/* 2 */
#define HSA_SGPR_KERNARG_PTR		0x0008	/* 2 */
#define HSA_SGPR_DISPATCH_ID		0x0010	/* 2 */
#define HSA_SGPR_FLAT_SCRATCH_INIT	0x0020	/* 2 */
#define HSA_SGPR_PRIVATE_SEGMENT_SIZE	0x0040	/* 1 */
#define HSA_SGPR_ALL			0x007f
#define HSA_PROPERTY_WAVE32		0x0400
#define HSA_PROPERTY_DYNAMIC_STACK	0x0800

#define HSA_USER_SGPRS_MAX	16
#define HSA_ENTRY_ALIGN		256

struct hsa_kernel {
	__le32 group_segment_fixed_size;
	__le32 private_segment_fixed_size;
	__le32 kernarg_size;
	__le32 reserved0;
	__le64 entry_offset;		/* of the code, from this structure on */
	__le32 reserved1[5];
	__le32 rsrc3;
	__le32 rsrc1;
	__le32 rsrc2;
	__le16 properties;
	__le16 reserved2[3];
};

/* Fields of struct amd_queue. */
#define HSA_TMPRING_WAVES	0x00000fff	/* of the queue at a time */
#define HSA_TMPRING_WAVESIZE	0x01fff000	/* 1 KiB */

/*
 * Values of a queue's inactive signal that are no errors: the queue waits until
 * it is 0 again.
 */
#define HSA_SCRATCH_WANTED	1
#define HSA_SCRATCH_UNUSED	512

_Static_assert(sizeof(struct hsa_kernel) == 64, "kernel descriptor");
_Static_assert(__builtin_offsetof(struct hsa_kernel, entry_offset) == 16,
	       "kernel descriptor");
_Static_assert(__builtin_offsetof(struct hsa_kernel, rsrc3) == 44,
	       "kernel descriptor");
_Static_assert(__builtin_offsetof(struct hsa_kernel, properties) == 56,
	       "kernel descriptor");

#endif
