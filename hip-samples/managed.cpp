// SPDX-License-Identifier: MIT
// hipMallocManaged: one pointer, used by CPU and GPU in turn.
#include "check.hpp"
#include "counters.hpp"

static const int n = 1 << 16;
static const size_t bytes = n * sizeof(int);

__global__ void triple(int *v, int count)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < count)
		v[i] *= 3;
}

int main()
{
	int *v, wrong = 0;

	need_gpus(1);
	CHECK(hipMallocManaged(&v, bytes));
	for (int i = 0; i < n; i++)
		v[i] = i;
	report("after the CPU has written", v, bytes);
	// (3 * (3 * (3i) + 1) + 1) + 1 and so on: each side sees the other's work.
	for (int round = 0, factor = 1, added = 0; round < 3; round++) {
		Counters before;

		triple<<<n / 256, 256>>>(v, n);
		CHECK(hipDeviceSynchronize());
		report("after the GPU's turn", v, bytes);
		factor *= 3;
		added *= 3;
		for (int i = 0; i < n; i++)
			wrong += v[i]++ != i * factor + added;
		added++;
		report("after the CPU's turn", v, bytes);
		std::printf("  %lld faults served, %lld pages to VRAM, %lld to DRAM\n",
			    before.since("fault_served"), before.since("migrate_to_vram"),
			    before.since("migrate_to_ram"));
	}
	CHECK(hipFree(v));
	expect(!wrong, "values");
	return verdict("managed");
}
