// SPDX-License-Identifier: MIT
// What all samples need: stop at the first error, skip what cannot run here.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <hip/hip_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

// CHECK(call) - end the program with 1 when a HIP call fails
#define CHECK(call)                                                            \
	do {                                                                   \
		hipError_t error_ = (call);                                    \
		if (error_ != hipSuccess) {                                    \
			std::fprintf(stderr, "%s:%d: %s: %s\n", __FILE__,      \
				     __LINE__, #call,                          \
				     hipGetErrorString(error_));               \
			std::exit(1);                                          \
		}                                                              \
	} while (0)

// skip() - this cannot be shown here; 77 means that to the test rig
[[noreturn]] static inline void skip(const char *why)
{
	std::printf("SKIP: %s\n", why);
	std::exit(77);
}

static inline void need_gpus(int want)
{
	int have = 0;

	if (hipGetDeviceCount(&have) != hipSuccess || have < want) {
		std::printf("SKIP: needs %d GPU%s, there %s %d\n", want,
			    want == 1 ? "" : "s", have == 1 ? "is" : "are", have);
		std::exit(77);
	}
}

// xnack() - the GPU's accesses may fault and be repeated
static inline bool xnack()
{
	hipDeviceProp_t p;

	CHECK(hipGetDeviceProperties(&p, 0));
	return std::strstr(p.gcnArchName, "xnack+");
}

// Where a sample is wrong, it says so and goes on; verdict() is its exit status.
static int wrong_count;

static inline void expect(bool holds, const char *what)
{
	if (holds)
		return;
	std::printf("WRONG: %s\n", what);
	wrong_count++;
}

static inline int verdict(const char *name)
{
	std::printf("%s: %s\n", name, wrong_count ? "FAILED" : "ok");
	return wrong_count ? 1 : 0;
}

#endif
