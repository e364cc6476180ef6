// SPDX-License-Identifier: MIT
// Three times as much memory as there is VRAM: pages come and go.
#include "check.hpp"
#include "counters.hpp"

__global__ void add_one(unsigned int *v, size_t count, size_t stride)
{
	size_t i = (blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x) * stride;

	if (i < count)
		v[i]++;
}

int main()
{
	const size_t stride = 1024;	// a word in each page
	size_t free_bytes, vram, bytes, count, wrong = 0;
	unsigned int *v;

	need_gpus(1);
	if (!xnack())
		skip("needs HSA_XNACK=1");
	CHECK(hipMemGetInfo(&free_bytes, &vram));
	if (vram > 64UL << 20)
		skip("too much VRAM to fill it three times; try --vram 32M");
	bytes = 3 * vram;
	count = bytes / sizeof(*v);
	v = static_cast<unsigned int *>(std::aligned_alloc(2 << 20, bytes));
	for (size_t i = 0; i < count; i += stride)
		v[i] = i;
	Counters before;

	add_one<<<count / stride / 256, 256>>>(v, count, stride);
	CHECK(hipDeviceSynchronize());
	report("after the GPU's turn", v, bytes);
	for (size_t i = 0; i < count; i += stride)
		wrong += v[i] != static_cast<unsigned int>(i) + 1;
	std::printf("%zu MiB in %zu MiB of VRAM: %lld pages in, %lld evicted\n", bytes >> 20,
		    vram >> 20, before.since("migrate_to_vram"), before.since("evict_pages"));
	if (before.known())
		expect(before.since("evict_pages") > 0, "pages were evicted");
	expect(!wrong, "values");
	std::free(v);
	return verdict("oversubscribe");
}
