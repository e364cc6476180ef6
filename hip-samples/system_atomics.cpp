// SPDX-License-Identifier: MIT
// CPU and GPU add to the same counters at the same time; nothing is lost, be the
// counters in DRAM or in VRAM.
#include <atomic>
#include <thread>

#include "check.hpp"
#include "counters.hpp"

static const int counters = 4;
static const int items = 4096;
static const int cpu_adds = 200000;

__global__ void count(unsigned int *v, int *started)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	atomicExch_system(started, 1);
	atomicAdd_system(&v[i % counters], 1u);
}

static void both(const char *where, unsigned int *v, int *started)
{
	std::atomic<int> done{0};
	unsigned int total = 0, beside = 0;

	for (int i = 0; i < counters; i++)
		v[i] = 0;
	*started = 0;
	std::thread cpu([&] {
		for (int i = 0; i < cpu_adds; i++) {
			__atomic_fetch_add(&v[i % counters], 1, __ATOMIC_SEQ_CST);
			beside += __atomic_load_n(started, __ATOMIC_RELAXED) && !done;
		}
	});
	for (int round = 0; round < 8; round++)
		count<<<items / 64, 64>>>(v, started);
	CHECK(hipDeviceSynchronize());
	done = 1;
	cpu.join();
	for (int i = 0; i < counters; i++)
		total += v[i];
	std::printf("%s: %u additions, %u of the CPU's while the GPU added\n", where, total,
		    beside);
	expect(total == cpu_adds + 8u * items, "no addition is lost");
}

int main()
{
	unsigned int *v;
	int *started;

	need_gpus(1);
	CHECK(hipMallocManaged(&v, 4096));
	CHECK(hipMallocManaged(&started, 4096));
	both("DRAM", v, started);
	CHECK(hipMemPrefetchAsync(v, 4096, 0, nullptr));
	CHECK(hipDeviceSynchronize());
	report("prefetched", v, 4096);
	both("VRAM", v, started);
	CHECK(hipFree(v));
	CHECK(hipFree(started));
	return verdict("system_atomics");
}
