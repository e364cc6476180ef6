// SPDX-License-Identifier: GPL-2.0
/* User queues, doorbells and the clock. */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "device.h"

#define RING_MIN	1024
#define PRIORITY_MAX	15

static int args_check(const struct hw_queue_args *args)
{
	if ((u32)args->type >= (u32)SIMGPU_QUEUE_TYPES ||
	    args->doorbell >= SIMGPU_DOORBELL_COUNT ||
	    args->priority > PRIORITY_MAX)
		return -EINVAL;
	if (args->ring_size &&
	    (!is_power_of_2(args->ring_size) || args->ring_size < RING_MIN))
		return -EINVAL;
	return 0;
}

static void queue_init(struct simgpu_cmd *cmd, const struct simgpu_queue *q,
		       u32 opcode)
{
	struct simgpu_vm *vm = to_simgpu_vm(q->queue.vm);

	*cmd = (struct simgpu_cmd){
		.opcode = cpu_to_le32(opcode),
		.queue.queue = cpu_to_le32(q->id),
		.queue.vmid = cpu_to_le32(vm->vmid),
	};
}

/* QUEUE_CREATE or QUEUE_UPDATE. */
static int queue_set(struct simgpu_queue *q, u32 opcode,
		     const struct hw_queue_args *args)
{
	struct simgpu_cmd cmd;
	unsigned int i;

	queue_init(&cmd, q, opcode);
	cmd.queue.type = cpu_to_le32(args->type);
	cmd.queue.doorbell = cpu_to_le32(args->doorbell);
	cmd.queue.ring = cpu_to_le64(args->ring);
	cmd.queue.wptr = cpu_to_le64(args->wptr);
	cmd.queue.rptr = cpu_to_le64(args->rptr);
	cmd.queue.ring_size = cpu_to_le32(args->ring_size);
	cmd.queue.percentage = cpu_to_le32(args->percentage);
	cmd.queue.priority = cpu_to_le32(args->priority);
	for (i = 0; i < ARRAY_SIZE(args->cu_mask); i++)
		cmd.queue.cu_mask[i] = cpu_to_le32(args->cu_mask[i]);
	return simgpu_call(to_simgpu(q->queue.vm->hw), &cmd, NULL);
}

struct hw_queue *simgpu_queue_create(struct hw_vm *vm,
				     const struct hw_queue_args *args,
				     void *owner)
{
	struct simgpu *sg = to_simgpu(vm->hw);
	struct simgpu_queue *q;
	int err;

	err = args_check(args);
	if (err)
		return ERR_PTR(err);
	q = kzalloc(sizeof(*q), GFP_KERNEL);
	if (!q)
		return ERR_PTR(-ENOMEM);
	q->queue.vm = vm;
	q->queue.owner = owner;
	INIT_WORK(&q->error_work, simgpu_error_work);
	err = xa_alloc_cyclic(&sg->queues, &q->id, q,
			      XA_LIMIT(0, SIMGPU_QUEUE_COUNT - 1),
			      &sg->next_queue, GFP_KERNEL);
	if (err < 0) {
		err = err == -EBUSY ? -ENOSPC : err;
		goto free_queue;
	}
	err = queue_set(q, SIMGPU_CMD_QUEUE_CREATE, args);
	if (err)
		goto erase_queue;
	return &q->queue;

erase_queue:
	xa_erase(&sg->queues, q->id);
free_queue:
	kfree(q);
	return ERR_PTR(err);
}

int simgpu_queue_update(struct hw_queue *queue,
			const struct hw_queue_args *args)
{
	int err = args_check(args);

	if (err)
		return err;
	return queue_set(to_simgpu_queue(queue), SIMGPU_CMD_QUEUE_UPDATE, args);
}

void simgpu_queue_destroy(struct hw_queue *queue)
{
	struct simgpu_queue *q = to_simgpu_queue(queue);
	struct simgpu *sg = to_simgpu(queue->vm->hw);
	struct simgpu_cmd cmd;

	queue_init(&cmd, q, SIMGPU_CMD_QUEUE_DESTROY);
	simgpu_demand(sg, &cmd);
	/* As simgpu_vm_destroy(): no event of it may find the next one. */
	xa_store(&sg->queues, q->id, NULL, GFP_KERNEL);
	simgpu_events_flush(sg);
	cancel_work_sync(&q->error_work);
	xa_erase(&sg->queues, q->id);
	kfree(q);
}

/* Doorbells */

phys_addr_t simgpu_doorbell_addr(struct hw_vm *vm)
{
	return to_simgpu(vm->hw)->bar_base + SIMGPU_DOORBELL_OFFSET +
	       to_simgpu_vm(vm)->vmid * SIMGPU_DOORBELL_SLICE;
}

static int doorbell_command(struct hw_vm *vm, u32 opcode)
{
	struct simgpu_cmd cmd = {
		.opcode = cpu_to_le32(opcode),
		.vm.vmid = cpu_to_le32(to_simgpu_vm(vm)->vmid),
	};

	return simgpu_post(to_simgpu(vm->hw), &cmd);
}

void simgpu_doorbell_sleep(struct hw_vm *vm)
{
	atomic64_inc(&to_simgpu(vm->hw)->totals.doorbell_sleeps);
	doorbell_command(vm, SIMGPU_CMD_DOORBELL_SLEEP);
}

void simgpu_doorbell_wake(struct hw_vm *vm)
{
	atomic64_inc(&to_simgpu(vm->hw)->totals.doorbell_wakes);
	doorbell_command(vm, SIMGPU_CMD_DOORBELL_WAKE);
}

int simgpu_clock(struct hw_device *hw, u64 *ticks)
{
	struct simgpu_cmd cmd = {
		.opcode = cpu_to_le32(SIMGPU_CMD_CLOCK),
	};

	return simgpu_call(to_simgpu(hw), &cmd, ticks) ? -ENODEV : 0;
}
