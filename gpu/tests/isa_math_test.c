// SPDX-License-Identifier: MIT
/*
 * Functions of ROCm's device library, as a compiler puts them into programs, beside
 * those of libm: within the error that OpenCL allows.  The kernels are math.cl.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa_image.h"
#include "random.h"

#define ROUNDS		24

/* In the data: a, b, result. */
#define A		0x1000
#define B		0x2000
#define RESULT		0x3000

struct fixture {
	struct image *image;
	u8 *data;
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

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->image = image_open(MATH_KERNELS);
	f->data = image_data(f->image);
	f->state = random_start(random_seed());
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	image_close(f->image);
	free(f);
	return 0;
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
	const u64 args[] = { IMAGE_DATA + RESULT, IMAGE_DATA + A, IMAGE_DATA + B };
	struct fixture *f = *state;
	unsigned int n;
	char name[40];
	int i, round;

	for (n = 0; n < 2 * ARRAY_SIZE(functions); n++) {
		const struct function *fn = &functions[n / 2];
		bool wide = n % 2;

		sprintf(name, "k_%s_f%d", fn->name, wide ? 64 : 32);
		for (round = 0; round < ROUNDS; round++) {
			for (i = 0; i < WAVE_LANES; i++) {
				set_number(f, A, i, wide, argument(f, fn, wide));
				set_number(f, B, i, wide, argument(f, fn, wide));
			}
			image_launch(f->image, name, args, ARRAY_SIZE(args), 1000000);
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

	if (!image_is_there(MATH_KERNELS)) {
		printf("1..1\nok 1 - math # SKIP no clang-15, or no rocm-device-libs\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
