// SPDX-License-Identifier: MIT
// The smallest HIP program: copy two vectors to the GPU, add them, copy back.  Says
// how long that takes from the start of HIP on.
#include <hip/hip_runtime.h>

#include <chrono>
#include <cstdio>
#include <vector>

#include "check.hpp"

__global__ void add(const float *a, const float *b, float *c, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		c[i] = a[i] + b[i];
}

int main()
{
	const int n = 1 << 16;
	const size_t bytes = n * sizeof(float);
	const auto start = std::chrono::steady_clock::now();
	std::chrono::duration<double> time;
	std::vector<float> a(n), b(n), c(n);
	float *da, *db, *dc;
	int wrong = 0;

	CHECK(hipInit(0));
	need_gpus(1);
	for (int i = 0; i < n; i++) {
		a[i] = i;
		b[i] = 2.0f * i;
	}
	CHECK(hipMalloc(&da, bytes));
	CHECK(hipMalloc(&db, bytes));
	CHECK(hipMalloc(&dc, bytes));
	CHECK(hipMemcpy(da, a.data(), bytes, hipMemcpyHostToDevice));
	CHECK(hipMemcpy(db, b.data(), bytes, hipMemcpyHostToDevice));
	add<<<(n + 255) / 256, 256>>>(da, db, dc, n);
	CHECK(hipGetLastError());
	CHECK(hipMemcpy(c.data(), dc, bytes, hipMemcpyDeviceToHost));
	time = std::chrono::steady_clock::now() - start;
	for (int i = 0; i < n; i++)
		wrong += c[i] != 3.0f * i;
	CHECK(hipFree(da));
	CHECK(hipFree(db));
	CHECK(hipFree(dc));
	std::printf("vector_add: %d sums, %d wrong, first result after %.1f s\n", n, wrong,
		    time.count());
	return wrong ? 1 : 0;
}
