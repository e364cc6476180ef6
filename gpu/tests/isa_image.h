/* SPDX-License-Identifier: MIT */
/* A code object as a compiler makes it, and one wave that executes its kernels. */
#ifndef TESTS_ISA_IMAGE_H
#define TESTS_ISA_IMAGE_H

#include "../isa/wave.h"

/* Where things are for the wave.  Kernels take addresses in the data. */
#define IMAGE_DATA		0x200000000ULL
#define IMAGE_DATA_BYTES	0x4000

struct image;

/**
 * image_open() - load a code object, make a wave
 * @path: an ELF file whose segments need no relocation
 *
 * Fails the test if that cannot be done.
 */
struct image *image_open(const char *path);

/** image_close() - frees all of it */
void image_close(struct image *image);

/** image_is_there() - false: the file is empty, or there is none */
bool image_is_there(const char *path);

/** image_data() - IMAGE_DATA_BYTES of memory; the first page is image_launch()'s */
u8 *image_data(struct image *image);

/**
 * image_launch() - execute a kernel with one wave of 64 items
 * @image: the code object
 * @name: its name, without .kd
 * @args: IMAGE_DATA + ..., as many as the kernel has
 * @n: how many
 * @budget: instructions that it may take
 *
 * Fails the test if the kernel does not end.
 */
void image_launch(struct image *image, const char *name, const u64 *args,
		  unsigned int n, u32 budget);

#endif
