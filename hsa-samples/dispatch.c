// SPDX-License-Identifier: MIT
/* A kernel from a code object, on an AQL queue. */
#include "kernel.h"

int main(void)
{
	struct machine m = machine_open();
	hsa_queue_t *queue = queue_open(&m);
	struct kernel k = kernel_load(&m, "scale.kd");
	const uint32_t items = 1000;	/* the last work-group is a part of one */
	struct {
		uint32_t *v;
		uint32_t factor;
	} args = { shared_alloc(&m, items * 4), 3 };
	uint32_t i, wrong = 0;
	bool ok;

	for (i = 0; i < items; i++)
		args.v[i] = i;
	ok = kernel_run(&m, queue, &k, &args, sizeof(args), items);
	for (i = 0; i < items; i++)
		wrong += args.v[i] != 3 * i;
	printf("%u items, %u wrong\n", items, wrong);
	CHECK(hsa_amd_memory_pool_free(args.v));
	CHECK(hsa_queue_destroy(queue));
	return verdict("dispatch", ok && !wrong);
}
