// SPDX-License-Identifier: MIT
// Prefetch moves pages; advice says where they should be.  Both checked by where
// the pages are.
#include "check.hpp"
#include "counters.hpp"

static const size_t bytes = 1 << 20;
static const size_t pages = bytes / 4096;

__global__ void add_one(char *v, size_t count)
{
	size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;

	if (i < count)
		v[i]++;
}

static char *fresh(char value)
{
	char *v;

	CHECK(hipMallocManaged(&v, bytes));
	for (size_t i = 0; i < bytes; i++)
		v[i] = value;
	return v;
}

static void run(char *v)
{
	add_one<<<bytes / 256, 256>>>(v, bytes);
	CHECK(hipDeviceSynchronize());
}

static void check_values(const char *v, char value)
{
	size_t wrong = 0;

	for (size_t i = 0; i < bytes; i++)
		wrong += v[i] != value;
	expect(!wrong, "values");
}

static void prefetch()
{
	char *v = fresh(1);
	Places p;

	CHECK(hipMemPrefetchAsync(v, bytes, 0, nullptr));
	CHECK(hipDeviceSynchronize());
	p = report("prefetched to the GPU", v, bytes);
	expect(!p.known || p.vram == pages, "all in VRAM");
	run(v);
	CHECK(hipMemPrefetchAsync(v, bytes, hipCpuDeviceId, nullptr));
	CHECK(hipDeviceSynchronize());
	p = report("prefetched to the CPU", v, bytes);
	expect(!p.known || p.dram == pages, "all in DRAM");
	check_values(v, 2);
	CHECK(hipFree(v));
}

static void preferred_location()
{
	char *v = fresh(3);
	int device = -2;
	Places p;

	CHECK(hipMemAdvise(v, bytes, hipMemAdviseSetPreferredLocation, 0));
	CHECK(hipMemRangeGetAttribute(&device, sizeof(device),
				      hipMemRangeAttributePreferredLocation, v, bytes));
	expect(device == 0, "preferred location is read back");
	run(v);
	p = report("preferred on the GPU, used by it", v, bytes);
	// Without page faults nothing tells the driver when to move it.
	expect(!p.known || !xnack() || p.vram == pages, "all in VRAM");
	check_values(v, 4);
	CHECK(hipMemAdvise(v, bytes, hipMemAdviseSetPreferredLocation, hipCpuDeviceId));
	CHECK(hipMemPrefetchAsync(v, bytes, hipCpuDeviceId, nullptr));
	CHECK(hipDeviceSynchronize());
	run(v);
	p = report("preferred on the CPU, used by the GPU", v, bytes);
	expect(!p.known || p.dram == pages, "all in DRAM");
	check_values(v, 5);
	CHECK(hipMemAdvise(v, bytes, hipMemAdviseUnsetPreferredLocation, 0));
	CHECK(hipFree(v));
}

// Advice that says nothing about the place must be taken, and the values hold.
static void other_advice()
{
	static const struct {
		const char *name;
		hipMemoryAdvise set, unset;
	} rows[] = {
		{ "read mostly", hipMemAdviseSetReadMostly, hipMemAdviseUnsetReadMostly },
		{ "accessed by", hipMemAdviseSetAccessedBy, hipMemAdviseUnsetAccessedBy },
		{ "coarse grain", hipMemAdviseSetCoarseGrain, hipMemAdviseUnsetCoarseGrain },
	};
	char *v = fresh(7), value = 7;

	for (auto &row : rows) {
		CHECK(hipMemAdvise(v, bytes, row.set, 0));
		run(v);
		value++;
		report(row.name, v, bytes);
		check_values(v, value);
		CHECK(hipMemAdvise(v, bytes, row.unset, 0));
	}
	CHECK(hipFree(v));
}

int main()
{
	need_gpus(1);
	prefetch();
	preferred_location();
	other_advice();
	return verdict("prefetch_advise");
}
