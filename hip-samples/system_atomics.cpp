// SPDX-License-Identifier: MIT
// CPU and GPU add to the same counters at the same time; nothing is lost, be the
// counters in DRAM or in VRAM.  Each waits for the other to have begun, and goes on
// adding until the other is through: so some of its additions surely fall among
// those of the other.
#include <chrono>
#include <thread>

#include "check.hpp"
#include "counters.hpp"

static const int counters = 4;
static const int items = 4096;
static const int rounds = 8;
static const unsigned int enough = 1000;
static const auto patience = std::chrono::seconds(60);

// What the two tell each other.
struct Talk {
	unsigned int gpu_began;	// has added once
	unsigned int cpu_added;	// additions since then
	unsigned int gave_up;	// the GPU has not seen those
};

static __device__ unsigned int look(unsigned int *p)
{
	return __hip_atomic_load(p, __ATOMIC_ACQUIRE, __HIP_MEMORY_SCOPE_SYSTEM);
}

static __device__ void tell(unsigned int *p)
{
	__hip_atomic_store(p, 1u, __ATOMIC_RELEASE, __HIP_MEMORY_SCOPE_SYSTEM);
}

// The first work-item adds, waits for the CPU, and adds again; the others add twice.
__global__ void count(unsigned int *v, Talk *talk)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	atomicAdd_system(&v[i % counters], 1u);
	if (!i) {
		unsigned int patience = 1u << 24;

		tell(&talk->gpu_began);
		while (look(&talk->cpu_added) < enough && --patience)
			__builtin_amdgcn_s_sleep(1);
		if (!patience)
			tell(&talk->gave_up);
	}
	atomicAdd_system(&v[i % counters], 1u);
}

static void both(const char *where, unsigned int *v, Talk *talk)
{
	const auto end = std::chrono::steady_clock::now() + patience;
	unsigned int total = 0, cpu_adds = 0, through = 0;

	for (int i = 0; i < counters; i++)
		v[i] = 0;
	*talk = {};
	std::thread cpu([&] {
		while (!__atomic_load_n(&talk->gpu_began, __ATOMIC_ACQUIRE) &&
		       std::chrono::steady_clock::now() < end)
			std::this_thread::yield();
		while (cpu_adds < enough || !__atomic_load_n(&through, __ATOMIC_ACQUIRE)) {
			__atomic_fetch_add(&v[cpu_adds % counters], 1, __ATOMIC_SEQ_CST);
			__atomic_store_n(&talk->cpu_added, ++cpu_adds, __ATOMIC_RELEASE);
		}
	});
	for (int round = 0; round < rounds; round++)
		count<<<items / 64, 64>>>(v, talk);
	CHECK(hipDeviceSynchronize());
	__atomic_store_n(&through, 1, __ATOMIC_RELEASE);
	cpu.join();
	for (int i = 0; i < counters; i++)
		total += v[i];
	std::printf("%s: %u additions by the CPU while the GPU made %d\n", where, cpu_adds,
		    2 * rounds * items);
	expect(talk->gpu_began, "the GPU has begun");
	expect(!talk->gave_up, "the GPU has seen the CPU add");
	expect(total == cpu_adds + 2u * rounds * items, "no addition is lost");
}

int main()
{
	unsigned int *v;
	Talk *talk;

	need_gpus(1);
	CHECK(hipMallocManaged(&v, 4096));
	CHECK(hipMallocManaged(&talk, 4096));
	both("DRAM", v, talk);
	CHECK(hipMemPrefetchAsync(v, 4096, 0, nullptr));
	CHECK(hipDeviceSynchronize());
	report("prefetched", v, 4096);
	both("VRAM", v, talk);
	CHECK(hipFree(v));
	CHECK(hipFree(talk));
	return verdict("system_atomics");
}
