// SPDX-License-Identifier: MIT
// The CPU loads and stores memory that is in VRAM, and it stays there.
#include "check.hpp"
#include "counters.hpp"

__global__ void sum(const int *v, int count, unsigned long long *total)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < count)
		atomicAdd(total, static_cast<unsigned long long>(v[i]));
}

int main()
{
	const int n = 1 << 16;
	const size_t bytes = n * sizeof(int);
	unsigned long long *total;
	long long moved;
	int *v, wrong = 0;
	Places p;

	need_gpus(1);
	CHECK(hipMallocManaged(&v, bytes));
	CHECK(hipMallocManaged(&total, sizeof(*total)));
	for (int i = 0; i < n; i++)
		v[i] = i;
	CHECK(hipMemPrefetchAsync(v, bytes, 0, nullptr));
	CHECK(hipDeviceSynchronize());
	report("prefetched", v, bytes);
	Counters before;

	for (int i = 0; i < n; i++)
		wrong += v[i] != i;
	for (int i = 0; i < n; i++)
		v[i] = 2 * i;
	p = report("after the CPU has read and written", v, bytes);
	moved = before.since("migrate_to_ram");
	std::printf("  %lld pages went to DRAM\n", moved);
	expect(!p.known || p.vram == bytes / 4096, "all still in VRAM");
	expect(moved == 0, "nothing was moved for the CPU");
	*total = 0;
	sum<<<n / 256, 256>>>(v, n, total);
	CHECK(hipDeviceSynchronize());
	expect(*total == static_cast<unsigned long long>(n) * (n - 1),
	       "the GPU sees what the CPU has written");
	expect(!wrong, "values");
	CHECK(hipFree(v));
	CHECK(hipFree(total));
	return verdict("in_place");
}
