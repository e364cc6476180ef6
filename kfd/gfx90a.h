/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a gfx90a device (one MI250X compute die) tells user space about itself:
 * numbers only, shared by the topology, the render node and the ioctls.
 */
#ifndef KFD_GFX90A_H
#define KFD_GFX90A_H

#define GFX90A_NAME			"aldebaran"
#define GFX90A_VENDOR_ID		0x1002
#define GFX90A_DEVICE_ID		0x7408
#define GFX90A_REVISION			1	/* ASIC revision A1 */
#define GFX90A_EXTERNAL_REV		(GFX90A_REVISION + 0x3c)
#define GFX90A_TARGET_VERSION		90010	/* gfx 9.0.10, read "90a" */

/* Compute units: 8 arrays with room for 14 each, 110 of 112 are alive. */
#define GFX90A_SHADER_ARRAYS		8
#define GFX90A_CU_PER_ARRAY		14
#define GFX90A_CU_COUNT			110
#define GFX90A_SIMD_PER_CU		4
#define GFX90A_WAVES_PER_SIMD		8
#define GFX90A_SCRATCH_SLOTS_PER_CU	32
#define GFX90A_WAVE_SIZE		64
#define GFX90A_VGPRS			512
#define GFX90A_LDS_KB			64

#define GFX90A_SDMA_ENGINES		2
#define GFX90A_SDMA_XGMI_ENGINES	3
#define GFX90A_SDMA_QUEUES_PER_ENGINE	8
#define GFX90A_CP_QUEUES		24

#define GFX90A_ENGINE_CLOCK_MHZ		1700
#define GFX90A_MEMORY_CLOCK_MHZ		1600
#define GFX90A_MEMORY_WIDTH_BITS	4096
/* The time stamp counter of GET_CLOCK_COUNTERS counts units of 10 ns. */
#define GFX90A_COUNTER_KHZ		100000
#define GFX90A_COUNTER_PERIOD_NS	10

#define GFX90A_L1_VECTOR_KB		16
#define GFX90A_L1_SCALAR_KB		16
#define GFX90A_L1_INST_KB		32
#define GFX90A_L2_KB			8192
#define GFX90A_L2_CHANNELS		32

/* Register GB_ADDR_CONFIG: dword offset and value */
#define GFX90A_REG_GB_ADDR_CONFIG	0x263e
#define GFX90A_GB_ADDR_CONFIG		0x22014042

/* Sizes of the tile mode tables of GET_TILE_CONFIG */
#define GFX90A_TILE_MODES		32
#define GFX90A_MACRO_TILE_MODES		16

/* Private and shared memory windows and the GPU virtual address space */
#define GFX90A_LDS_BASE			0x0001000000000000ULL
#define GFX90A_LDS_LIMIT		0x00010000ffffffffULL
#define GFX90A_SCRATCH_BASE		0x0002000000000000ULL
#define GFX90A_SCRATCH_LIMIT		0x00020000ffffffffULL
#define GFX90A_GPUVM_BASE		0x4000ULL
#define GFX90A_GPUVM_LIMIT		0x00007fffffffffffULL
#define GFX90A_HIGH_VA_BASE		0xffff800000000000ULL
#define GFX90A_HIGH_VA_LIMIT		0xffffffffffffffffULL

#endif
