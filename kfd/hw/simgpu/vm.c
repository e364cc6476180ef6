// SPDX-License-Identifier: GPL-2.0
/*
 * Address spaces: VMIDs, page tables and the commands about them.
 *
 * A change of what was valid is followed by one INVALIDATE, under the lock of
 * the page table: whoever finds an address unmapped there may rely on it that
 * the device does not reach it any more.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "device.h"

static void vm_init(struct simgpu_cmd *cmd, const struct simgpu_vm *vm,
		    u32 opcode)
{
	*cmd = (struct simgpu_cmd){
		.opcode = cpu_to_le32(opcode),
		.vm.vmid = cpu_to_le32(vm->vmid),
	};
}

static int vm_set(struct simgpu_vm *vm)
{
	u32 flags = (vm->retry ? SIMGPU_VM_RETRY : 0) |
		    (vm->atomic_fault ? SIMGPU_VM_ATOMIC_FAULT : 0);
	struct simgpu_cmd cmd;

	vm_init(&cmd, vm, SIMGPU_CMD_VM_SET);
	cmd.vm.flags = cpu_to_le32(flags);
	cmd.vm.root = cpu_to_le64(simgpu_pt_root(vm->root));
	cmd.vm.trap_code = cpu_to_le64(vm->trap_code);
	cmd.vm.trap_data = cpu_to_le64(vm->trap_data);
	return simgpu_call(to_simgpu(vm->vm.hw), &cmd, NULL);
}

/* The device has to do it, see simgpu_demand(). */
static void vm_demand(struct simgpu_vm *vm, u32 opcode)
{
	struct simgpu_cmd cmd;

	vm_init(&cmd, vm, opcode);
	simgpu_demand(to_simgpu(vm->vm.hw), &cmd);
}

static void vm_range_init(struct simgpu_cmd *cmd, const struct simgpu_vm *vm,
			  u32 opcode, u64 start, u64 end)
{
	*cmd = (struct simgpu_cmd){
		.opcode = cpu_to_le32(opcode),
		.range.vmid = cpu_to_le32(vm->vmid),
		.range.start = cpu_to_le64(start),
		.range.end = cpu_to_le64(end),
	};
}

/* A process must not see what another one has rung. */
static void doorbells_clear(struct simgpu *sg, u32 vmid)
{
	memset(sg->bar + SIMGPU_DOORBELL_OFFSET + vmid * SIMGPU_DOORBELL_SLICE,
	       0, SIMGPU_DOORBELL_SLICE);
}

static struct simgpu_vm *vm_alloc(struct simgpu *sg)
{
	struct simgpu_vm *vm;

	vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	if (!vm)
		return NULL;
	vm->faults = kvcalloc(2 * SIMGPU_FAULT_MAX, sizeof(*vm->faults),
			      GFP_KERNEL);
	if (!vm->faults)
		goto free_vm;
	vm->root = simgpu_pt_create(&sg->totals.table_pages);
	if (!vm->root)
		goto free_faults;
	vm->vm.hw = &sg->hw;
	mutex_init(&vm->pt_lock);
	spin_lock_init(&vm->fault_lock);
	INIT_WORK(&vm->fault_work, simgpu_fault_work);
	INIT_WORK(&vm->idle_work, simgpu_idle_work);
	return vm;

free_faults:
	kvfree(vm->faults);
free_vm:
	kfree(vm);
	return NULL;
}

static void vm_free(struct simgpu_vm *vm)
{
	simgpu_pt_destroy(vm->root, &to_simgpu(vm->vm.hw)->totals.table_pages);
	mutex_destroy(&vm->pt_lock);
	kvfree(vm->faults);
	kfree(vm);
}

struct hw_vm *simgpu_vm_create(struct hw_device *hw)
{
	struct simgpu *sg = to_simgpu(hw);
	struct simgpu_vm *vm;
	int err;

	vm = vm_alloc(sg);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	/* The next one in turn: the ones just freed rest for a while. */
	err = xa_alloc_cyclic(&sg->vms, &vm->vmid, vm,
			      XA_LIMIT(1, SIMGPU_VMID_COUNT - 1),
			      &sg->next_vmid, GFP_KERNEL);
	if (err < 0) {
		/* All in use is a lack of memory as well as any. */
		err = -ENOMEM;
		goto free_vm;
	}
	doorbells_clear(sg, vm->vmid);
	err = vm_set(vm);
	if (err)
		goto erase_vm;
	return &vm->vm;

erase_vm:
	xa_erase(&sg->vms, vm->vmid);
free_vm:
	vm_free(vm);
	return ERR_PTR(err == -ENOMEM ? err : -ENODEV);
}

void simgpu_vm_destroy(struct hw_vm *hw_vm)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);
	struct simgpu *sg = to_simgpu(hw_vm->hw);

	vm_demand(vm, SIMGPU_CMD_VM_CLEAR);
	/*
	 * The events of the VM that are still in the ring must find nobody; so
	 * its number is kept until they have been looked at.
	 */
	xa_store(&sg->vms, vm->vmid, NULL, GFP_KERNEL);
	simgpu_events_flush(sg);
	cancel_work_sync(&vm->fault_work);
	cancel_work_sync(&vm->idle_work);
	xa_erase(&sg->vms, vm->vmid);
	vm_free(vm);
}

/* Mapping */

static void vm_invalidate(struct simgpu_vm *vm, const struct simgpu_span *span)
{
	struct simgpu *sg = to_simgpu(vm->vm.hw);
	struct simgpu_cmd cmd;

	lockdep_assert_held(&vm->pt_lock);

	if (span->start == span->end)
		return;
	atomic64_inc(&sg->totals.invalidates);
	vm_range_init(&cmd, vm, SIMGPU_CMD_INVALIDATE, span->start, span->end);
	simgpu_demand(sg, &cmd);
}

int simgpu_map_prepare(struct hw_vm *hw_vm, u64 start, u64 end)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);
	struct simgpu *sg = to_simgpu(hw_vm->hw);

	if (simgpu_lost(sg))
		return -ENODEV;
	return simgpu_pt_prepare(vm->root, &vm->pt_lock, start, end,
				 &sg->totals.table_pages);
}

void simgpu_map_commit(struct hw_vm *hw_vm, const struct hw_mapping *map,
		       unsigned int n)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);
	struct simgpu_span changed = {};
	unsigned int i;

	mutex_lock(&vm->pt_lock);
	for (i = 0; i < n; i++)
		simgpu_pt_map(vm->root, &map[i], &changed);
	vm_invalidate(vm, &changed);
	mutex_unlock(&vm->pt_lock);
}

void simgpu_unmap(struct hw_vm *hw_vm, u64 start, u64 end,
		  enum hw_absent absent)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);
	struct simgpu_span changed = {};

	mutex_lock(&vm->pt_lock);
	simgpu_pt_unmap(vm->root, start, end, absent == HW_ABSENT_WAIT,
			&changed);
	vm_invalidate(vm, &changed);
	mutex_unlock(&vm->pt_lock);
}

int simgpu_resolve(struct hw_vm *hw_vm, u64 va, struct hw_mapping *map)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);
	struct simgpu_translation t;
	int err;

	mutex_lock(&vm->pt_lock);
	err = simgpu_pt_walk(vm->root, va, &t);
	mutex_unlock(&vm->pt_lock);
	if (!err)
		*map = t.map;
	return err;
}

/* Faults and suspension */

void simgpu_set_retry(struct hw_vm *hw_vm, bool on)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);

	mutex_lock(&vm->pt_lock);
	if (vm->retry != on) {
		vm->retry = on;
		vm_set(vm);
	}
	mutex_unlock(&vm->pt_lock);
}

int simgpu_set_trap_handler(struct hw_vm *hw_vm, u64 code, u64 data)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);
	int err;

	if (!IS_ALIGNED(code, sizeof(u32)))
		return -EINVAL;
	mutex_lock(&vm->pt_lock);
	vm->trap_code = code;
	vm->trap_data = data;
	err = vm_set(vm);
	mutex_unlock(&vm->pt_lock);
	return err;
}

void simgpu_set_atomic_fault(struct hw_vm *hw_vm, bool on)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);

	mutex_lock(&vm->pt_lock);
	if (vm->atomic_fault != on) {
		vm->atomic_fault = on;
		vm_set(vm);
	}
	mutex_unlock(&vm->pt_lock);
}

void simgpu_vm_suspend(struct hw_vm *vm)
{
	vm_demand(to_simgpu_vm(vm), SIMGPU_CMD_VM_SUSPEND);
}

void simgpu_vm_resume(struct hw_vm *vm)
{
	struct simgpu_cmd cmd;

	vm_init(&cmd, to_simgpu_vm(vm), SIMGPU_CMD_VM_RESUME);
	simgpu_call(to_simgpu(vm->hw), &cmd, NULL);
}

void simgpu_fault_done(struct hw_vm *hw_vm, u64 start, u64 end, bool kill)
{
	struct simgpu_vm *vm = to_simgpu_vm(hw_vm);
	struct simgpu_cmd cmd;

	vm_range_init(&cmd, vm, SIMGPU_CMD_FAULT_DONE, start, end);
	cmd.range.verdict = cpu_to_le32(kill ? SIMGPU_VERDICT_KILL :
					       SIMGPU_VERDICT_RETRY);
	simgpu_post(to_simgpu(hw_vm->hw), &cmd);
}
