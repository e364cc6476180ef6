// SPDX-License-Identifier: MIT
/* Plain memory, its SVM attributes, a prefetch, and a kernel that uses it. */
#include "kernel.h"

#define BYTES 0x40000

static uint64_t attribute(void *p, hsa_amd_svm_attribute_t what, uint64_t value)
{
	hsa_amd_svm_attribute_pair_t pair = { what, value };

	CHECK(hsa_amd_svm_attributes_get(p, BYTES, &pair, 1));
	return pair.value;
}

static bool prefetch(void *p, hsa_agent_t to)
{
	hsa_signal_t done;
	bool ok;

	CHECK(hsa_signal_create(1, 0, NULL, &done));
	CHECK(hsa_amd_svm_prefetch_async(p, BYTES, to, 0, NULL, done));
	ok = signal_wait(done);
	CHECK(hsa_signal_destroy(done));
	return ok;
}

int main(void)
{
	struct machine m = machine_open();
	hsa_queue_t *queue = queue_open(&m);
	struct kernel k = kernel_load(&m, "scale.kd");
	struct {
		uint32_t *v;
		uint32_t factor;
	} args = { aligned_alloc(4096, BYTES), 5 };
	hsa_amd_svm_attribute_pair_t set[] = {
		{ HSA_AMD_SVM_ATTRIB_AGENT_ACCESSIBLE, m.gpu.handle },
		{ HSA_AMD_SVM_ATTRIB_PREFERRED_LOCATION, m.gpu.handle },
	};
	uint32_t i, wrong = 0;
	bool ok, svm = false;

	CHECK(hsa_system_get_info(HSA_AMD_SYSTEM_INFO_SVM_SUPPORTED, &svm));
	if (!svm) {
		printf("SKIP: no SVM\n");
		return 77;
	}
	for (i = 0; i < BYTES / 4; i++)
		args.v[i] = i;
	CHECK(hsa_amd_svm_attributes_set(args.v, BYTES, set, 2));
	ok = attribute(args.v, HSA_AMD_SVM_ATTRIB_PREFERRED_LOCATION, 0) == m.gpu.handle;
	printf("preferred location %s\n", ok ? "is read back" : "is another one");
	ok &= prefetch(args.v, m.gpu);
	ok &= attribute(args.v, HSA_AMD_SVM_ATTRIB_PREFETCH_LOCATION, 0) == m.gpu.handle;
	ok &= kernel_run(&m, queue, &k, &args, sizeof(args), BYTES / 4);
	for (i = 0; i < BYTES / 4; i++)
		wrong += args.v[i] != 5 * i;
	ok &= prefetch(args.v, m.cpu);
	for (i = 0; i < BYTES / 4; i++)
		wrong += args.v[i] != 5 * i;
	printf("%d words, %u wrong\n", BYTES / 4, wrong);
	free(args.v);
	CHECK(hsa_queue_destroy(queue));
	return verdict("svm", ok && !wrong);
}
