/* SPDX-License-Identifier: MIT */
/*
 * Functions of ROCm's device library, one kernel each, for isa_math_test.c:
 * d[i] = function(a[i]) or function(a[i], b[i]) for the 64 items of a wave.
 */
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

#define KERNEL(name, type, value)						\
kernel void k_##name(global type *d, global const type *a, global const type *b) \
{										\
	uint i = __builtin_amdgcn_workitem_id_x();				\
	type x = a[i], y = b[i];						\
										\
	d[i] = (value);								\
}

#define ONE(name)								\
float __ocml_##name##_f32(float x);						\
double __ocml_##name##_f64(double x);						\
KERNEL(name##_f32, float, __ocml_##name##_f32(x))			\
KERNEL(name##_f64, double, __ocml_##name##_f64(x))

#define TWO(name)								\
float __ocml_##name##_f32(float x, float y);					\
double __ocml_##name##_f64(double x, double y);					\
KERNEL(name##_f32, float, __ocml_##name##_f32(x, y))				\
KERNEL(name##_f64, double, __ocml_##name##_f64(x, y))

ONE(acos)
ONE(acosh)
ONE(asin)
ONE(asinh)
ONE(atan)
ONE(atanh)
ONE(cbrt)
ONE(ceil)
ONE(cos)
ONE(cosh)
ONE(cospi)
ONE(erf)
ONE(erfc)
ONE(exp)
ONE(exp10)
ONE(exp2)
ONE(expm1)
ONE(floor)
ONE(lgamma)
ONE(log)
ONE(log10)
ONE(log1p)
ONE(log2)
ONE(nearbyint)
ONE(rint)
ONE(round)
ONE(rsqrt)
ONE(sin)
ONE(sinh)
ONE(sinpi)
ONE(sqrt)
ONE(tan)
ONE(tanh)
ONE(tgamma)
ONE(trunc)
TWO(atan2)
TWO(copysign)
TWO(fdim)
TWO(fmax)
TWO(fmin)
TWO(fmod)
TWO(hypot)
TWO(nextafter)
TWO(pow)
TWO(remainder)
KERNEL(quotient_f32, float, x / y)
KERNEL(quotient_f64, double, x / y)
