// SPDX-License-Identifier: MIT
/*
 * Functions of ROCm's device library, as a compiler puts them into programs, beside
 * those of libm: within the error that OpenCL allows.  The kernels are math.cl.
 */
#include <elf.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/hsa_kernel.h"
#include "../isa/wave.h"
#include "random.h"

#define IMAGE		0x100000000ULL
#define DATA		0x200000000ULL
#define PRIVATE		0x300000000ULL
#define PRIVATE_BYTES	0x100000U
#define ROUNDS		24

/* In the data: arguments, a, b, result. */
#define ARGS		0x0
#define A		0x1000
#define B		0x2000
#define RESULT		0x3000

struct fixture {
	struct wave *w;
	u8 *file, *image;
	u64 image_bytes;
	u8 data[0x4000];
	u8 *private;
	u64 state;
};

/* What arguments a function is tried with. */
enum domain {
	ANY,
	POSITIVE,	/* lgamma has zeros where it is negative */
	SHORT,		/* 0 to 34: the library's Gamma of f32 is coarse elsewhere */
};

struct function {
	const char *name;

	long double (*one)(long double x);
	long double (*two)(long double x, long double y);
	double ulps[2];		/* of f32, of f64 */
	enum domain domain;
};

static long double rsqrt(long double x)
{
	return 1 / sqrtl(x);
}

/* @r, as near to 0 as sin(pi * r) allows: what is exact there stays so. */
static long double reduced(long double r)
{
	r = fmodl(r, 2);
	if (fabsl(r) > 1.5L)
		return r - copysignl(2, r);
	return fabsl(r) > 0.5L ? copysignl(1, r) - r : r;
}

static long double sinpi(long double x)
{
	long double r = reduced(x);

	return r == 0 ? copysignl(0, x) : sinl(M_PIl * r);
}

static long double cospi(long double x)
{
	long double r = fmodl(fabsl(x), 2);

	return sinl(M_PIl * (0.5L - (r > 1 ? 2 - r : r)));
}

static long double quotient(long double x, long double y)
{
	return x / y;
}

static const struct function functions[] = {
	{ "acos", acosl, NULL, { 4, 4 }, ANY },
	{ "acosh", acoshl, NULL, { 4, 4 }, ANY },
	{ "asin", asinl, NULL, { 4, 4 }, ANY },
	{ "asinh", asinhl, NULL, { 4, 4 }, ANY },
	{ "atan", atanl, NULL, { 5, 5 }, ANY },
	{ "atanh", atanhl, NULL, { 5, 5 }, ANY },
	{ "cbrt", cbrtl, NULL, { 2, 2 }, ANY },
	{ "ceil", ceill, NULL, { 0, 0 }, ANY },
	{ "cos", cosl, NULL, { 4, 4 }, ANY },
	{ "cosh", coshl, NULL, { 4, 4 }, ANY },
	{ "cospi", cospi, NULL, { 4, 4 }, ANY },
	{ "erf", erfl, NULL, { 16, 16 }, ANY },
	{ "erfc", erfcl, NULL, { 16, 16 }, ANY },
	{ "exp", expl, NULL, { 3, 3 }, ANY },
	{ "exp10", exp10l, NULL, { 3, 3 }, ANY },
	{ "exp2", exp2l, NULL, { 3, 3 }, ANY },
	{ "expm1", expm1l, NULL, { 3, 3 }, ANY },
	{ "floor", floorl, NULL, { 0, 0 }, ANY },
	{ "lgamma", lgammal, NULL, { 16, 16 }, POSITIVE },
	{ "log", logl, NULL, { 3, 3 }, ANY },
	{ "log10", log10l, NULL, { 3, 3 }, ANY },
	{ "log1p", log1pl, NULL, { 2, 2 }, ANY },
	{ "log2", log2l, NULL, { 3, 3 }, ANY },
	{ "nearbyint", nearbyintl, NULL, { 0, 0 }, ANY },
	{ "rint", rintl, NULL, { 0, 0 }, ANY },
	{ "round", roundl, NULL, { 0, 0 }, ANY },
	{ "rsqrt", rsqrt, NULL, { 2, 2 }, ANY },
	{ "sin", sinl, NULL, { 4, 4 }, ANY },
	{ "sinh", sinhl, NULL, { 4, 4 }, ANY },
	{ "sinpi", sinpi, NULL, { 4, 4 }, ANY },
	{ "sqrt", sqrtl, NULL, { 0.5, 0.5 }, ANY },
	{ "tan", tanl, NULL, { 5, 5 }, ANY },
	{ "tanh", tanhl, NULL, { 5, 5 }, ANY },
	{ "tgamma", tgammal, NULL, { 16, 16 }, SHORT },
	{ "trunc", truncl, NULL, { 0, 0 }, ANY },
	{ "atan2", NULL, atan2l, { 6, 6 }, ANY },
	{ "copysign", NULL, copysignl, { 0, 0 }, ANY },
	{ "fdim", NULL, fdiml, { 0.5, 0.5 }, ANY },
	{ "fmax", NULL, fmaxl, { 0, 0 }, ANY },
	{ "fmin", NULL, fminl, { 0, 0 }, ANY },
	{ "fmod", NULL, fmodl, { 0, 0 }, ANY },
	{ "hypot", NULL, hypotl, { 4, 4 }, ANY },
	{ "pow", NULL, powl, { 16, 16 }, ANY },
	{ "remainder", NULL, remainderl, { 0, 0 }, ANY },
	{ "quotient", NULL, quotient, { 0.5, 0.5 }, ANY },
};

static u8 *at(struct fixture *f, u64 va, size_t len)
{
	if (va >= IMAGE && va + len <= IMAGE + f->image_bytes)
		return f->image + (va - IMAGE);
	if (va >= DATA && va + len <= DATA + sizeof(f->data))
		return f->data + (va - DATA);
	if (va >= PRIVATE && va + len <= PRIVATE + PRIVATE_BYTES)
		return f->private + (va - PRIVATE);
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

/* The segments at their addresses; one page more for what is fetched ahead. */
static void load_image(struct fixture *f)
{
	const Elf64_Ehdr *elf = (const void *)f->file;
	const Elf64_Phdr *segment = (const void *)(f->file + elf->e_phoff);
	int i;

	for (i = 0; i < elf->e_phnum; i++) {
		u64 end = segment[i].p_vaddr + segment[i].p_memsz;

		if (segment[i].p_type == PT_LOAD && end + PAGE_SIZE > f->image_bytes)
			f->image_bytes = end + PAGE_SIZE;
	}
	f->image = calloc(1, f->image_bytes);
	for (i = 0; i < elf->e_phnum; i++) {
		if (segment[i].p_type == PT_LOAD)
			memcpy(f->image + segment[i].p_vaddr, f->file + segment[i].p_offset,
			       segment[i].p_filesz);
	}
}

static u64 symbol(struct fixture *f, const char *name)
{
	const Elf64_Ehdr *elf = (const void *)f->file;
	const Elf64_Shdr *section = (const void *)(f->file + elf->e_shoff);
	u64 i, k;

	for (i = 0; i < elf->e_shnum; i++) {
		const Elf64_Sym *s = (const void *)(f->file + section[i].sh_offset);
		const char *names = (const char *)f->file +
				    section[section[i].sh_link].sh_offset;

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

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->file = whole_file(MATH_KERNELS);
	load_image(f);
	f->private = malloc(PRIVATE_BYTES);
	f->w = wave_new();
	f->w->memory = &memory;
	f->w->ctx = f;
	f->w->code = code_new();
	f->w->shared_base = 1ULL << 48;
	f->w->private_base = 2ULL << 48;
	f->state = random_start(random_seed());
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	code_free(f->w->code);
	free(f->w);
	free(f->private);
	free(f->image);
	free(f->file);
	free(f);
	return 0;
}

/* User SGPRs that these kernels ask for; the numbers of the work-group behind are 0. */
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
	n += properties & HSA_SGPR_DISPATCH_PTR ? 2 : 0;
	n += properties & HSA_SGPR_QUEUE_PTR ? 2 : 0;
	if (properties & HSA_SGPR_KERNARG_PTR) {
		set_sgpr64(w, n, DATA + ARGS);
		n += 2;
	}
	n += properties & HSA_SGPR_DISPATCH_ID ? 2 : 0;
	if (properties & HSA_SGPR_FLAT_SCRATCH_INIT)
		set_sgpr64(w, n, PRIVATE);
}

static void launch(struct fixture *f, const char *name)
{
	u64 at_image = symbol(f, name), args[] = { DATA + RESULT, DATA + A, DATA + B };
	struct hsa_kernel k;
	u32 all, first;
	int l;

	memcpy(&k, f->image + at_image, sizeof(k));
	memcpy(f->data + ARGS, args, sizeof(args));
	all = ((k.rsrc1 & HSA_RSRC1_VGPRS) + 1) * 8;
	first = ((k.rsrc3 & HSA_RSRC3_ACCUM_OFFSET) + 1) * 4;
	f->w->vgprs = first < all ? first : all;
	f->w->accs = all - f->w->vgprs;
	wave_reset(f->w, IMAGE + at_image + k.entry_offset,
		   (k.rsrc1 >> 12 & 0xff) | MODE_DX10_CLAMP | MODE_IEEE);
	set_user_sgprs(f->w, k.properties);
	for (l = 0; l < WAVE_LANES; l++)
		f->w->vgpr[0][l] = l;
	if (wave_run(f->w, 1000000) != WAVE_END)
		fail_msg("%s: status %d: %s", name, f->w->status, f->w->why);
}

static double unit(struct fixture *f)
{
	return (double)(random_bits(&f->state) >> 11) / (1ULL << 53);
}

/* Special numbers, small ones, and all exponents. */
static double argument(struct fixture *f, const struct function *fn, bool wide)
{
	static const double edges[] = {
		0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, 10, 100, 0.1, INFINITY, -INFINITY, NAN,
		FLT_TRUE_MIN, FLT_MIN, FLT_MAX, 1e5, -1e5, 1e22, 171, 35,
	};
	double v = unit(f) * 2 - 1;

	if (fn->domain == SHORT)
		return unit(f) * 34;
	switch (random_below(&f->state, 4)) {
	case 0:
		v = edges[random_below(&f->state, ARRAY_SIZE(edges))];
		break;
	case 1:
		v *= 4;
		break;
	case 2:
		v *= 100;
		break;
	default:
		v = wide ? ldexp(v, (int)random_below(&f->state, 2098) - 1074) :
			   ldexp(v, (int)random_below(&f->state, 276) - 149);
	}
	return fn->domain == POSITIVE ? fabs(v) : v;
}

static double number(struct fixture *f, u32 place, int i, bool wide)
{
	double d;
	float v;

	memcpy(&d, f->data + place + 8 * i, 8);
	memcpy(&v, f->data + place + 4 * i, 4);
	return wide ? d : (double)v;
}

static void set_number(struct fixture *f, u32 place, int i, bool wide, double d)
{
	float v = (float)d;

	if (wide)
		memcpy(f->data + place + 8 * i, &d, 8);
	else
		memcpy(f->data + place + 4 * i, &v, 4);
}

/* Distance in units of the last place that the result has. */
static double distance(double got, long double want, bool wide)
{
	int exponent, least = wide ? -1021 : -125;

	frexpl(want, &exponent);
	exponent = exponent < least ? least : exponent;
	return (double)fabsl(ldexpl(got - want, (wide ? 53 : 24) - exponent));
}

static long double value(const struct function *fn, double a, double b)
{
	return fn->one ? fn->one(a) : fn->two(a, b);
}

static void check(struct fixture *f, const struct function *fn, bool wide, int i)
{
	double a = number(f, A, i, wide), b = number(f, B, i, wide);
	double got = number(f, RESULT, i, wide);
	double want = wide ? (double)value(fn, a, b) : (double)(float)value(fn, a, b);

	if ((isnan(got) && isnan(want)) || got == want)
		return;
	if (!isfinite(got) || !isfinite(want) ||
	    !(distance(got, value(fn, a, b), wide) <= fn->ulps[wide]))
		fail_msg("%s_f%d(%a, %a): %a, not %a", fn->name, wide ? 64 : 32, a, b, got,
			 want);
}

static void functions_are_those_of_libm(void **state)
{
	struct fixture *f = *state;
	unsigned int n;
	char name[40];
	int i, round;

	for (n = 0; n < 2 * ARRAY_SIZE(functions); n++) {
		const struct function *fn = &functions[n / 2];
		bool wide = n % 2;

		sprintf(name, "k_%s_f%d.kd", fn->name, wide ? 64 : 32);
		for (round = 0; round < ROUNDS; round++) {
			for (i = 0; i < WAVE_LANES; i++) {
				set_number(f, A, i, wide, argument(f, fn, wide));
				set_number(f, B, i, wide, argument(f, fn, wide));
			}
			launch(f, name);
			for (i = 0; i < WAVE_LANES; i++)
				check(f, fn, wide, i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_those_of_libm),
	};
	FILE *file = fopen(MATH_KERNELS, "rb");
	bool there = file && fgetc(file) != EOF;

	if (file)
		fclose(file);
	if (!there) {
		printf("1..1\nok 1 - math # SKIP no clang-15, or no rocm-device-libs\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
