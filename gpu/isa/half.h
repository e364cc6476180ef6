/* SPDX-License-Identifier: MIT */
/* 16-bit floats, rounded as the host's rounding mode says. */
#ifndef GPU_ISA_HALF_H
#define GPU_ISA_HALF_H

#include "wave.h"

/** half_to_float() - exact; a NaN keeps its payload */
float half_to_float(u16 h);

/** half_from() - a double, which must not be rounded already, to f16 */
u16 half_from(double v);

/** half_fma() - a * b + c, rounded once */
u16 half_fma(float a, float b, float c);

/** half_mad() - a * b + c, rounded twice, without denormals */
u16 half_mad(float a, float b, float c);

#endif
