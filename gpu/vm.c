// SPDX-License-Identifier: MIT
/* Address spaces.  The command thread alone changes them. */
#include <errno.h>

#include "gpu.h"
#include "mmu.h"

#define VM_FLAGS	(SIMGPU_VM_RETRY | SIMGPU_VM_ATOMIC_FAULT)

int vm_set(struct gpu *gpu, const struct simgpu_cmd_vm *args)
{
	struct vm *vm = &gpu->vm[le32toh(args->vmid)];
	u32 flags = le32toh(args->flags);
	u64 root = le64toh(args->root);

	if (flags & ~VM_FLAGS || !IS_ALIGNED(root, PAGE_SIZE) ||
	    !IS_ALIGNED(le64toh(args->trap_code), 4) ||
	    !bus_map(&gpu->bus, root, PAGE_SIZE))
		return -EINVAL;
	pthread_mutex_lock(&gpu->lock);
	if (!vm->valid) {
		vm->suspended = false;
		store_relaxed(&vm->asleep, false);
		vm->idle_told = false;
		vm->last_ring = gpu_ns();
	}
	vm->valid = true;
	store_relaxed(&vm->flags, flags);
	store_relaxed(&vm->root, root);
	store_relaxed(&vm->trap_code, le64toh(args->trap_code));
	store_relaxed(&vm->trap_data, le64toh(args->trap_data));
	pthread_mutex_unlock(&gpu->lock);
	/* Nothing uses the old root and the old flags when this is answered. */
	mmu_invalidate(gpu, vm);
	return 0;
}

int vm_clear(struct gpu *gpu, u32 vmid)
{
	struct vm *vm = &gpu->vm[vmid];
	int err = 0;

	pthread_mutex_lock(&gpu->lock);
	if (vm->queues)
		err = -EBUSY;
	else
		vm->valid = false;
	pthread_mutex_unlock(&gpu->lock);
	return err;
}
