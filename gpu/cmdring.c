// SPDX-License-Identifier: MIT
/* The command thread: takes commands in order, executes them, answers. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gpu.h"
#include "log.h"
#include "mmu.h"

/* Look at the ring for so long after a command before sleeping. */
#define SPIN_NS		50000ULL

/* Sleep at most so long: CONTROL may have changed without a kick. */
#define SLEEP_MS	100

static struct simgpu_cmd *command_slot(struct gpu *gpu, u64 number)
{
	struct simgpu_cmd *ring =
		(struct simgpu_cmd *)(gpu->bar + SIMGPU_CMD_OFFSET);

	return &ring[number % SIMGPU_CMD_COUNT];
}

static struct simgpu_done *done_slot(struct gpu *gpu, u64 number)
{
	struct simgpu_done *ring =
		(struct simgpu_done *)(gpu->bar + SIMGPU_DONE_OFFSET);

	return &ring[number % SIMGPU_CMD_COUNT];
}

/* The commands.  cmd is a private copy: nobody changes it any more. */

static int check_vm(struct gpu *gpu, u32 vmid)
{
	if (!vmid || vmid >= SIMGPU_VMID_COUNT)
		return -EINVAL;
	return gpu->vm[vmid].valid ? 0 : -ENOENT;
}

static int check_range(struct gpu *gpu, const struct simgpu_cmd_range *r)
{
	u64 start = le64toh(r->start), end = le64toh(r->end);

	if (start > end || !IS_ALIGNED(start | end, PAGE_SIZE))
		return -EINVAL;
	return check_vm(gpu, le32toh(r->vmid));
}

static int do_nop(struct gpu *gpu, const struct simgpu_cmd *cmd, u64 *value)
{
	return 0;
}

static int do_vm_set(struct gpu *gpu, const struct simgpu_cmd *cmd, u64 *value)
{
	int err = check_vm(gpu, le32toh(cmd->vm.vmid));

	if (err && err != -ENOENT)
		return err;
	return vm_set(gpu, &cmd->vm);
}

typedef int (*vm_command)(struct gpu *gpu, u32 vmid);

static int with_vm(struct gpu *gpu, const struct simgpu_cmd *cmd,
		   vm_command command)
{
	int err = check_vm(gpu, le32toh(cmd->vm.vmid));

	return err ? err : command(gpu, le32toh(cmd->vm.vmid));
}

static int do_vm_clear(struct gpu *gpu, const struct simgpu_cmd *cmd, u64 *value)
{
	return with_vm(gpu, cmd, vm_clear);
}

static int do_vm_suspend(struct gpu *gpu, const struct simgpu_cmd *cmd,
			 u64 *value)
{
	return with_vm(gpu, cmd, vm_suspend);
}

static int do_vm_resume(struct gpu *gpu, const struct simgpu_cmd *cmd,
			u64 *value)
{
	return with_vm(gpu, cmd, vm_resume);
}

static int do_invalidate(struct gpu *gpu, const struct simgpu_cmd *cmd,
			 u64 *value)
{
	int err = check_range(gpu, &cmd->range);

	if (!err && !gpu->stale_tlb)
		mmu_invalidate(gpu, &gpu->vm[le32toh(cmd->range.vmid)]);
	return err;
}

static int do_fault_done(struct gpu *gpu, const struct simgpu_cmd *cmd,
			 u64 *value)
{
	const struct simgpu_cmd_range *r = &cmd->range;
	int err = check_range(gpu, r);

	return err ? err : fault_done(gpu, le32toh(r->vmid),
				      le32toh(r->verdict), le64toh(r->start),
				      le64toh(r->end));
}

static int do_queue_create(struct gpu *gpu, const struct simgpu_cmd *cmd,
			   u64 *value)
{
	return queue_create(gpu, &cmd->queue);
}

static int do_queue_update(struct gpu *gpu, const struct simgpu_cmd *cmd,
			   u64 *value)
{
	return queue_update(gpu, &cmd->queue);
}

static int do_queue_destroy(struct gpu *gpu, const struct simgpu_cmd *cmd,
			    u64 *value)
{
	return queue_destroy(gpu, le32toh(cmd->queue.queue));
}

static int do_copy(struct gpu *gpu, const struct simgpu_cmd *cmd, u64 *value)
{
	if (cmd->copy.flags)
		return -EINVAL;
	return copy_execute(gpu, le64toh(cmd->copy.list),
			    le32toh(cmd->copy.count),
			    le32toh(cmd->opcode) == SIMGPU_CMD_CLEAR);
}

static int do_doorbell_sleep(struct gpu *gpu, const struct simgpu_cmd *cmd,
			     u64 *value)
{
	return with_vm(gpu, cmd, doorbell_sleep);
}

static int do_doorbell_wake(struct gpu *gpu, const struct simgpu_cmd *cmd,
			    u64 *value)
{
	return with_vm(gpu, cmd, doorbell_wake);
}

static int do_clock(struct gpu *gpu, const struct simgpu_cmd *cmd, u64 *value)
{
	*value = gpu_clock();
	return 0;
}

static int bad_event(struct gpu *gpu)
{
	const struct simgpu_event event = {
		.type = htole32(SIMGPU_EVENT_TYPES + 1000),
		.queue = htole32(~0U),
	};

	return eventring_keep(gpu, &event);
}

/* What ends or stops the device follows the answer: see after_answer(). */
static int do_inject(struct gpu *gpu, const struct simgpu_cmd *cmd, u64 *value)
{
	u32 arg = le32toh(cmd->inject.arg);

	log_line(gpu->cfg.index, LOG_INFO, "injected trouble %u, %u",
		 le32toh(cmd->inject.what), arg);
	switch (le32toh(cmd->inject.what)) {
	case SIMGPU_INJECT_CRASH:
	case SIMGPU_INJECT_STOP:
	case SIMGPU_INJECT_HANG:
		return 0;
	case SIMGPU_INJECT_HANG_QUEUE:
		return queue_hang(gpu, arg);
	case SIMGPU_INJECT_BAD_EVENT:
		return bad_event(gpu);
	case SIMGPU_INJECT_BAD_WPTR:
		eventring_break(gpu);
		return 0;
	case SIMGPU_INJECT_STALE_TLB:
		if (arg > 1)
			return -EINVAL;
		gpu->stale_tlb = arg;
		return 0;
	default:
		return -EINVAL;
	}
}

typedef int (*command)(struct gpu *gpu, const struct simgpu_cmd *cmd,
		       u64 *value);

static const command commands[SIMGPU_CMD_COUNT_OPCODES] = {
	[SIMGPU_CMD_NOP]		= do_nop,
	[SIMGPU_CMD_VM_SET]		= do_vm_set,
	[SIMGPU_CMD_VM_CLEAR]		= do_vm_clear,
	[SIMGPU_CMD_VM_SUSPEND]		= do_vm_suspend,
	[SIMGPU_CMD_VM_RESUME]		= do_vm_resume,
	[SIMGPU_CMD_INVALIDATE]		= do_invalidate,
	[SIMGPU_CMD_FAULT_DONE]		= do_fault_done,
	[SIMGPU_CMD_QUEUE_CREATE]	= do_queue_create,
	[SIMGPU_CMD_QUEUE_UPDATE]	= do_queue_update,
	[SIMGPU_CMD_QUEUE_DESTROY]	= do_queue_destroy,
	[SIMGPU_CMD_COPY]		= do_copy,
	[SIMGPU_CMD_CLEAR]		= do_copy,
	[SIMGPU_CMD_DOORBELL_SLEEP]	= do_doorbell_sleep,
	[SIMGPU_CMD_DOORBELL_WAKE]	= do_doorbell_wake,
	[SIMGPU_CMD_CLOCK]		= do_clock,
	[SIMGPU_CMD_INJECT]		= do_inject,
};

static int execute(struct gpu *gpu, const struct simgpu_cmd *cmd, u64 number,
		   u64 *value)
{
	u32 opcode = le32toh(cmd->opcode);

	if (le32toh(cmd->seq) != (u32)number)
		return -EINVAL;
	if (opcode >= ARRAY_SIZE(commands))
		return -EOPNOTSUPP;
	return commands[opcode](gpu, cmd, value);
}

/* The driver's mistakes; what it could not know is only in the answer. */
static bool is_malformed(int err)
{
	return err == -EINVAL || err == -EOPNOTSUPP;
}

/* Tell the driver; wait as long as the event ring and the store are full. */
static void tell_malformed(struct gpu *gpu, u64 number, int err)
{
	const struct simgpu_event event = {
		.type = htole32(SIMGPU_EVENT_BAD_COMMAND),
		.queue = htole32(~0U),
		.code = htole32((u32)-err),
		.data = htole64(number),
	};

	while (eventring_keep(gpu, &event)) {
		if (gpu_stands(gpu) ||
		    !(gpu_read32(gpu, SIMGPU_REG_CONTROL) &
		      SIMGPU_CONTROL_ENABLE))
			return;
		count_add(&gpu->cmd_progress, 1);
		usleep(100);
	}
	pthread_mutex_lock(&gpu->lock);
	queue_wake(gpu);
	pthread_mutex_unlock(&gpu->lock);
}

static void answer(struct gpu *gpu, u64 number, int err, u64 value)
{
	struct simgpu_done *done = done_slot(gpu, number);

	store_relaxed(&done->value, htole64(value));
	store_relaxed(&done->status, htole32((u32)-err));
	store_release(&done->seq, htole32((u32)(number + 1)));
	full_barrier();
	if (!gpu_read32(gpu, SIMGPU_REG_DONE_ARM))
		return;
	gpu_count(gpu, SIMGPU_COUNT_DONE_IRQS, 1);
	transport_signal(gpu->transport, SIMGPU_VECTOR_DONE);
}

/* The driver has its answer, and sees that the device is gone by itself. */
static void after_answer(struct gpu *gpu, const struct simgpu_cmd *cmd)
{
	if (le32toh(cmd->opcode) != SIMGPU_CMD_INJECT)
		return;
	switch (le32toh(cmd->inject.what)) {
	case SIMGPU_INJECT_CRASH:
		abort();
	case SIMGPU_INJECT_STOP:
		kill(getpid(), SIGSTOP);
		break;
	case SIMGPU_INJECT_HANG:
		store_relaxed(&gpu->hang, 1);
		break;
	}
}

static void take_command(struct gpu *gpu)
{
	u64 number = gpu->cmd_read++;
	struct simgpu_cmd cmd;
	u64 value = 0;
	int err;

	memcpy(&cmd, command_slot(gpu, number), sizeof(cmd));
	gpu_write64(gpu, SIMGPU_REG_CMD_RPTR, gpu->cmd_read);
	store_relaxed(&gpu->cmd_busy, 1);
	err = execute(gpu, &cmd, number, &value);
	store_relaxed(&gpu->cmd_busy, 0);
	count_add(&gpu->cmd_progress, 1);
	/* Disabled or ended in the middle: there is nobody to answer. */
	if (err == -ECANCELED)
		return;
	if (is_malformed(err))
		tell_malformed(gpu, number, err);
	gpu_count(gpu, SIMGPU_COUNT_COMMANDS, 1);
	answer(gpu, number, err, value);
	if (!err)
		after_answer(gpu, &cmd);
}

/* Commands that wait; 0 when the driver's index makes no sense, too. */
static u64 pending(struct gpu *gpu)
{
	u64 wptr = gpu_read64(gpu, SIMGPU_REG_CMD_WPTR);
	u64 n = wptr - gpu->cmd_read;

	if (n <= SIMGPU_CMD_COUNT) {
		gpu->ring_corrupt = false;
		return n;
	}
	if (!gpu->ring_corrupt) {
		gpu->ring_corrupt = true;
		log_line(gpu->cfg.index, LOG_ERROR,
			 "CMD_WPTR %#llx does not fit to CMD_RPTR %#llx",
			 (unsigned long long)wptr,
			 (unsigned long long)gpu->cmd_read);
		tell_malformed(gpu, wptr, -ERANGE);
	}
	return 0;
}

/* CONTROL.ENABLE. */

static void reset_rings(struct gpu *gpu)
{
	gpu->cmd_read = 0;
	gpu->ring_corrupt = false;
	memset(gpu->bar + SIMGPU_DONE_OFFSET, 0,
	       SIMGPU_CMD_COUNT * sizeof(struct simgpu_done));
	gpu_write64(gpu, SIMGPU_REG_CMD_RPTR, 0);
	gpu_write64(gpu, SIMGPU_REG_CMD_EVENT, 0);
	eventring_reset(gpu);
}

static void disable(struct gpu *gpu)
{
	queue_drop_all(gpu);
	bus_set_bar(&gpu->bus, 0, 0, NULL);
	gpu->stale_tlb = false;
	reset_rings(gpu);
	store_release(&gpu->enabled, 0);
	gpu_write32(gpu, SIMGPU_REG_ENABLED, 0);
	log_line(gpu->cfg.index, LOG_INFO, "disabled");
}

static void enable(struct gpu *gpu)
{
	u64 base = gpu_read64(gpu, SIMGPU_REG_BAR_BASE);

	reset_rings(gpu);
	if (base && IS_ALIGNED(base, PAGE_SIZE) &&
	    base + SIMGPU_BAR_SIZE > base)
		bus_set_bar(&gpu->bus, base, SIMGPU_BAR_SIZE, gpu->bar);
	store_release(&gpu->enabled, 1);
	gpu_write32(gpu, SIMGPU_REG_ENABLED, SIMGPU_CONTROL_ENABLE);
	log_line(gpu->cfg.index, LOG_INFO, "enabled, BAR2 at %#llx",
		 (unsigned long long)base);
}

/* Return: whether commands may be taken. */
static bool follow_control(struct gpu *gpu)
{
	bool want = gpu_read32(gpu, SIMGPU_REG_CONTROL) & SIMGPU_CONTROL_ENABLE;

	if (!want)
		gpu->seen_disabled = true;
	if (gpu->enabled && !want)
		disable(gpu);
	else if (!gpu->enabled && want && gpu->seen_disabled)
		enable(gpu);
	return gpu->enabled;
}

/* Sleep until a kick; the driver kicks when its wptr passes CMD_EVENT. */
static void sleep_for_kick(struct gpu *gpu)
{
	gpu_write64(gpu, SIMGPU_REG_CMD_EVENT, gpu->cmd_read);
	full_barrier();
	if (!gpu->enabled ||
	    gpu_read64(gpu, SIMGPU_REG_CMD_WPTR) == gpu->cmd_read ||
	    gpu->ring_corrupt) {
		if (transport_wait(gpu->transport, SLEEP_MS))
			gpu_count(gpu, SIMGPU_COUNT_WAKEUPS, 1);
	}
	/* While we look by ourselves: an index that is never reached. */
	gpu_write64(gpu, SIMGPU_REG_CMD_EVENT, gpu->cmd_read - 1);
}

void *cmdring_thread(void *arg)
{
	struct gpu *gpu = arg;
	u64 last = gpu_ns();

	while (!load_relaxed(&gpu->stopping)) {
		if (load_relaxed(&gpu->hang)) {
			transport_wait(gpu->transport, SLEEP_MS);
		} else if (follow_control(gpu) && pending(gpu)) {
			take_command(gpu);
			last = gpu_ns();
		} else if (gpu->enabled && gpu_ns() - last < SPIN_NS) {
			cpu_relax();
		} else {
			sleep_for_kick(gpu);
			last = gpu_ns();
		}
	}
	return NULL;
}
