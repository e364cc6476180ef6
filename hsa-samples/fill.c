// SPDX-License-Identifier: MIT
/* The runtime's own kernels: fill and copy in VRAM. */
#include <string.h>

#include "check.h"

int main(void)
{
	struct machine m = machine_open();
	const size_t words = 1 << 16;
	uint32_t *vram, *copy, *host = shared_alloc(&m, words * 4);
	hsa_signal_t done;
	size_t i, wrong = 0;
	bool ok;

	CHECK(hsa_amd_memory_pool_allocate(m.vram, words * 4, 0, (void **)&vram));
	CHECK(hsa_amd_memory_pool_allocate(m.vram, words * 4, 0, (void **)&copy));
	CHECK(hsa_amd_memory_fill(vram, 0x12345678, words));
	CHECK(hsa_amd_memory_fill(vram + 5, 0x9abcdef0, 7));
	CHECK(hsa_signal_create(2, 0, NULL, &done));
	CHECK(hsa_amd_memory_async_copy(copy, m.gpu, vram, m.gpu, words * 4, 0, NULL,
					done));
	while (hsa_signal_load_scacquire(done) == 2)
		;
	CHECK(hsa_amd_memory_async_copy(host, m.cpu, copy, m.gpu, words * 4, 0, NULL,
					done));
	ok = signal_wait(done);
	for (i = 0; i < words; i++)
		wrong += host[i] != (i >= 5 && i < 12 ? 0x9abcdef0 : 0x12345678);
	printf("%zu words, %zu wrong\n", words, wrong);
	CHECK(hsa_signal_destroy(done));
	CHECK(hsa_amd_memory_pool_free(vram));
	CHECK(hsa_amd_memory_pool_free(copy));
	CHECK(hsa_amd_memory_pool_free(host));
	return verdict("fill", ok && !wrong);
}
