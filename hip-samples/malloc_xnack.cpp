// SPDX-License-Identifier: MIT
// Plain malloc() memory, and a stack, handed to the GPU: page faults find it.
#include <cstdlib>
#include <memory>

#include "check.hpp"
#include "counters.hpp"

__global__ void add_one(int *v, int count)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < count)
		v[i]++;
}

int main()
{
	const int n = 1 << 15;
	const size_t bytes = n * sizeof(int);
	int on_stack[1024] = {};
	int wrong = 0;

	need_gpus(1);
	if (!xnack())
		skip("needs HSA_XNACK=1");
	int *v = static_cast<int *>(std::aligned_alloc(4096, bytes));

	for (int i = 0; i < n; i++)
		v[i] = i;
	report("after the CPU has written", v, bytes);
	Counters before;

	add_one<<<n / 256, 256>>>(v, n);
	add_one<<<4, 256>>>(on_stack, 1024);
	CHECK(hipDeviceSynchronize());
	report("after the GPU's turn", v, bytes);
	for (int i = 0; i < n; i++)
		wrong += v[i] != i + 1;
	for (int i = 0; i < 1024; i++)
		wrong += on_stack[i] != 1;
	std::printf("  %lld faults served, %lld pages to VRAM\n",
		    before.since("fault_served"), before.since("migrate_to_vram"));
	if (before.known())
		expect(before.since("fault_served") > 0, "the GPU has faulted");
	expect(!wrong, "values");
	std::free(v);
	return verdict("malloc_xnack");
}
