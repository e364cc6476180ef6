// SPDX-License-Identifier: MIT
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/aql_packets.h"
#include "abi/hsa_kernel.h"
#include "isa_image.h"

#define IMAGE		0x100000000ULL
#define PRIVATE		0x300000000ULL
#define PRIVATE_BYTES	0x100000U
#define LDS_BYTES	0x10000

/* In the data, behind the arguments: the packet, in which is how large the grid is. */
#define PACKET		0x800

/**
 * struct image - a code object and a wave
 * @w: the wave
 * @file: what was read
 * @bytes: its segments at their addresses, and one page for what is fetched ahead
 * @size: of @bytes
 * @data: arguments and what they point to
 * @private: of all lanes
 * @lds: of the work-group, in which compilers put small arrays of its items, too
 */
struct image {
	struct wave *w;
	u8 *file, *bytes;
	u64 size;
	u8 data[IMAGE_DATA_BYTES];
	u8 *private;
	u8 lds[LDS_BYTES];
};

static u8 *at(struct image *i, u64 va, size_t len)
{
	if (va >= IMAGE && va + len <= IMAGE + i->size)
		return i->bytes + (va - IMAGE);
	if (va >= IMAGE_DATA && va + len <= IMAGE_DATA + sizeof(i->data))
		return i->data + (va - IMAGE_DATA);
	if (va >= PRIVATE && va + len <= PRIVATE + PRIVATE_BYTES)
		return i->private + (va - PRIVATE);
	return NULL;
}

static int do_read(void *ctx, u64 va, void *buf, size_t len)
{
	u8 *p = at(ctx, va, len);

	if (p)
		memcpy(buf, p, len);
	return p ? 0 : -EINVAL;
}

static int do_write(void *ctx, u64 va, const void *buf, size_t len)
{
	u8 *p = at(ctx, va, len);

	if (p)
		memcpy(p, buf, len);
	return p ? 0 : -EINVAL;
}

static const struct wave_memory memory = {
	.fetch = do_read, .read = do_read, .write = do_write,
};

static u8 *whole_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	u8 *bytes;
	long n;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	n = ftell(file);
	rewind(file);
	bytes = malloc(n);
	assert_int_equal(fread(bytes, 1, n, file), n);
	fclose(file);
	return bytes;
}

static void load(struct image *image)
{
	const Elf64_Ehdr *elf = (const void *)image->file;
	const Elf64_Phdr *segment = (const void *)(image->file + elf->e_phoff);
	int i;

	for (i = 0; i < elf->e_phnum; i++) {
		u64 end = segment[i].p_vaddr + segment[i].p_memsz;

		if (segment[i].p_type == PT_LOAD && end + PAGE_SIZE > image->size)
			image->size = end + PAGE_SIZE;
	}
	image->bytes = calloc(1, image->size);
	for (i = 0; i < elf->e_phnum; i++) {
		if (segment[i].p_type == PT_LOAD)
			memcpy(image->bytes + segment[i].p_vaddr,
			       image->file + segment[i].p_offset, segment[i].p_filesz);
	}
}

static u64 symbol(struct image *image, const char *name)
{
	const Elf64_Ehdr *elf = (const void *)image->file;
	const Elf64_Shdr *section = (const void *)(image->file + elf->e_shoff);
	u64 i, k;

	for (i = 0; i < elf->e_shnum; i++) {
		const Elf64_Sym *s = (const void *)(image->file + section[i].sh_offset);
		const char *names = (const char *)image->file +
				    section[section[i].sh_link].sh_offset;

		assert_int_not_equal(section[i].sh_type, SHT_RELA);
		if (section[i].sh_type != SHT_DYNSYM)
			continue;
		for (k = 0; k < section[i].sh_size / sizeof(*s); k++) {
			if (!strcmp(names + s[k].st_name, name))
				return s[k].st_value;
		}
	}
	fail_msg("there is no %s", name);
	return 0;
}

struct image *image_open(const char *path)
{
	struct image *image = calloc(1, sizeof(*image));

	image->file = whole_file(path);
	load(image);
	image->private = malloc(PRIVATE_BYTES);
	image->w = wave_new();
	image->w->memory = &memory;
	image->w->ctx = image;
	image->w->code = code_new();
	image->w->shared_base = 1ULL << 48;
	image->w->private_base = 2ULL << 48;
	image->w->lds = image->lds;
	image->w->lds_size = LDS_BYTES;
	return image;
}

void image_close(struct image *image)
{
	code_free(image->w->code);
	free(image->w);
	free(image->private);
	free(image->bytes);
	free(image->file);
	free(image);
}

bool image_is_there(const char *path)
{
	FILE *file = fopen(path, "rb");
	bool there = file && fgetc(file) != EOF;

	if (file)
		fclose(file);
	return there;
}

u8 *image_data(struct image *image)
{
	return image->data;
}

/* User SGPRs that kernels ask for; the numbers of the work-group behind are 0. */
static void set_user_sgprs(struct wave *w, u16 properties)
{
	u32 n = 0;

	if (properties & HSA_SGPR_PRIVATE_SEGMENT_BUFFER) {
		w->sgpr[0] = (u32)PRIVATE;
		w->sgpr[1] = PRIVATE >> 32 | 0x80000000;
		w->sgpr[2] = UINT32_MAX;
		w->sgpr[3] = 0x00e80000 | 3 << 21 | 1 << 23;
		n = 4;
	}
	if (properties & HSA_SGPR_DISPATCH_PTR) {
		set_sgpr64(w, n, IMAGE_DATA + PACKET);
		n += 2;
	}
	n += properties & HSA_SGPR_QUEUE_PTR ? 2 : 0;
	if (properties & HSA_SGPR_KERNARG_PTR) {
		set_sgpr64(w, n, IMAGE_DATA);
		n += 2;
	}
	n += properties & HSA_SGPR_DISPATCH_ID ? 2 : 0;
	if (properties & HSA_SGPR_FLAT_SCRATCH_INIT)
		set_sgpr64(w, n, PRIVATE);
}

static void put_packet(struct image *image)
{
	const struct aql_kernel_dispatch p = {
		.workgroup_x = htole16(WAVE_LANES), .grid_x = htole32(WAVE_LANES),
		.workgroup_y = htole16(1), .grid_y = htole32(1),
		.workgroup_z = htole16(1), .grid_z = htole32(1),
	};

	memcpy(image->data + PACKET, &p, sizeof(p));
}

void image_launch(struct image *image, const char *name, const u64 *args,
		  unsigned int n, u32 budget)
{
	struct wave *w = image->w;
	struct hsa_kernel k;
	u32 all, first;
	char kd[64];
	u64 place;
	int l;

	snprintf(kd, sizeof(kd), "%s.kd", name);
	place = symbol(image, kd);
	memcpy(&k, image->bytes + place, sizeof(k));
	memcpy(image->data, args, n * sizeof(*args));
	put_packet(image);
	all = ((k.rsrc1 & HSA_RSRC1_VGPRS) + 1) * 8;
	first = ((k.rsrc3 & HSA_RSRC3_ACCUM_OFFSET) + 1) * 4;
	w->vgprs = first < all ? first : all;
	w->accs = all - w->vgprs;
	wave_reset(w, IMAGE + place + k.entry_offset,
		   (k.rsrc1 >> 12 & 0xff) | MODE_DX10_CLAMP | MODE_IEEE);
	set_user_sgprs(w, k.properties);
	for (l = 0; l < WAVE_LANES; l++)
		w->vgpr[0][l] = l;
	if (wave_run(w, budget) != WAVE_END)
		fail_msg("%s: status %d: %s", name, w->status, w->why);
}
