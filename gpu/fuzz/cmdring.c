// SPDX-License-Identifier: MIT
/*
 * The command ring: commands with any content, one after the other, queues that
 * run in between, and a driver whose words lie.  The command thread's functions
 * are called directly; there are no threads.
 */
#include <sys/mman.h>

/* take_command() and what is around it are static. */
#include "../cmdring.c"
#include "abi/simgpu_pte.h"
#include "fuzz.h"

#define RAM_BASE	0x100000ULL
#define RAM_SIZE	0x40000ULL
#define VRAM_OFFSET	0x20000ULL
#define BAR_BASE	0xf0000000ULL

#define VMIDS		4
#define QUEUES		6

static struct transport transport;
static struct gpu *gpu;
static u8 *ram;

static void open_device(void)
{
	const struct gpu_config cfg = { .threads = 1 };

	gpu = calloc(1, sizeof(*gpu));
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fuzz_check(gpu && ram != MAP_FAILED);
	fuzz_check(!transport_local(&transport) &&
		   !gpu_init(gpu, &cfg, &transport) &&
		   !bus_add_memory(&gpu->bus, RAM_BASE, RAM_SIZE, ram) &&
		   !bus_set_vram(&gpu->bus, RAM_BASE + VRAM_OFFSET,
				 RAM_SIZE - VRAM_OFFSET));
	gpu->seen_disabled = true;
}

/* Virtual 0 .. 256 KiB is all of RAM; the next 64 KiB are doorbells. */
static void make_tables(void)
{
	u64 *tables = (u64 *)ram;
	u64 i;

	for (i = 0; i < 3; i++)
		tables[i * 512] = (RAM_BASE + (i + 1) * 4096) | SIMGPU_PTE_VALID |
				  SIMGPU_PTE_SYSTEM;
	for (i = 0; i < 80; i++)
		tables[3 * 512 + i] = SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM |
			SIMGPU_PTE_READ | SIMGPU_PTE_WRITE | SIMGPU_PTE_ATOMIC |
			(i < 64 ? RAM_BASE + i * 4096 :
			 BAR_BASE + SIMGPU_DOORBELL_OFFSET + (i - 64) * 4096);
}

/* Arguments that make sense; the input then changes some. */
static struct simgpu_cmd_queue sensible_queue(u8 which)
{
	u32 queue = which % QUEUES;

	return (struct simgpu_cmd_queue){
		.queue = queue,
		.vmid = which / QUEUES % VMIDS,
		.type = which >> 6,
		.doorbell = queue,
		.ring = 0x10000 + queue * 0x1000,
		.wptr = 0x8038 + queue * 0x100,
		.rptr = 0x8080 + queue * 0x100,
		.ring_size = 4096,
		.percentage = 100,
	};
}

/* Two address spaces, and a queue of each type. */
static void begin_with_queues(void)
{
	struct simgpu_cmd_vm vm = {
		.flags = htole32(SIMGPU_VM_RETRY), .root = htole64(RAM_BASE),
	};
	struct simgpu_cmd_queue args;
	u32 i;

	for (i = 1; i < 3; i++) {
		vm.vmid = htole32(i);
		fuzz_check(!vm_set(gpu, &vm));
	}
	for (i = 0; i < SIMGPU_QUEUE_TYPES; i++) {
		args = sensible_queue(i);
		args.type = i;
		args.vmid = 1 + i % 2;
		fuzz_check(!queue_create(gpu, &args));
	}
}

static void reset(void)
{
	gpu->hang = 0;
	gpu_write32(gpu, SIMGPU_REG_CONTROL, 0);
	follow_control(gpu);
	memset(ram, 0, RAM_SIZE);
	make_tables();
	gpu_write64(gpu, SIMGPU_REG_BAR_BASE, BAR_BASE);
	gpu_write64(gpu, SIMGPU_REG_EVENT_RPTR, 0);
	gpu_write64(gpu, SIMGPU_REG_CMD_WPTR, 0);
	gpu_write32(gpu, SIMGPU_REG_CONTROL, SIMGPU_CONTROL_ENABLE);
	fuzz_check(follow_control(gpu));
}

/* A driver reads its events: the ring has always room. */
static void drain(void)
{
	gpu_write64(gpu, SIMGPU_REG_EVENT_RPTR,
		    gpu_read64(gpu, SIMGPU_REG_EVENT_WPTR));
}

/* The same for any command. */
static void sensible(struct simgpu_cmd *cmd, struct input *in)
{
	u8 which = take8(in);
	u32 vmid = which % VMIDS;

	cmd->vm.vmid = vmid;
	switch (cmd->opcode) {
	case SIMGPU_CMD_VM_SET:
		cmd->vm.flags = which >> 6;
		cmd->vm.root = RAM_BASE;
		break;
	case SIMGPU_CMD_INVALIDATE:
	case SIMGPU_CMD_FAULT_DONE:
		cmd->range.verdict = which >> 7;
		cmd->range.end = 1ULL << 40;
		break;
	case SIMGPU_CMD_QUEUE_CREATE:
	case SIMGPU_CMD_QUEUE_UPDATE:
	case SIMGPU_CMD_QUEUE_DESTROY:
		cmd->queue = sensible_queue(which);
		break;
	case SIMGPU_CMD_COPY:
	case SIMGPU_CMD_CLEAR:
		cmd->copy.list = RAM_BASE + 0xf000;
		cmd->copy.count = which % 16;
		break;
	}
}

/* These end the process, stop it, or never end, which is what they are for. */
static bool is_deadly(const struct simgpu_cmd *cmd)
{
	return cmd->opcode == SIMGPU_CMD_INJECT &&
	       (cmd->inject.what == SIMGPU_INJECT_CRASH ||
		cmd->inject.what == SIMGPU_INJECT_STOP ||
		cmd->inject.what == SIMGPU_INJECT_HANG_QUEUE);
}

static void execute_one(struct input *in)
{
	u64 number = gpu->cmd_read;
	struct simgpu_done *done = done_slot(gpu, number);
	struct simgpu_cmd cmd = { 0 };
	u8 changes = take8(in);

	cmd.opcode = changes < 0xf8 ? changes % SIMGPU_CMD_COUNT_OPCODES :
				      take32(in);
	cmd.seq = (u32)number;
	sensible(&cmd, in);
	for (changes = take8(in) % 4; changes; changes--) {
		u8 at = take8(in);

		((u8 *)&cmd)[at % sizeof(cmd)] ^= take8(in);
	}
	if (is_deadly(&cmd))
		return;
	memcpy(command_slot(gpu, number), &cmd, sizeof(cmd));
	gpu_write64(gpu, SIMGPU_REG_CMD_WPTR, number + 1);
	drain();
	fuzz_check(pending(gpu) == 1);
	take_command(gpu);
	fuzz_check(gpu->cmd_read == number + 1);
	fuzz_check(gpu_read64(gpu, SIMGPU_REG_CMD_RPTR) == number + 1);
	if (gpu->hang)
		gpu->hang = 0;
	else
		fuzz_check(le32toh(done->seq) == (u32)(number + 1));
	fuzz_check(le32toh(done->status) < 4096);
}

/* An element of a copy list, sensible but for what the input says. */
static void write_copy(struct input *in)
{
	struct simgpu_copy *list = (struct simgpu_copy *)(ram + 0xf000);
	u8 what = take8(in);

	list[what % 16] = (struct simgpu_copy){
		.dst = (what & 0x80 ? SIMGPU_COPY_LOCAL | take8(in) * 0x1000ULL :
			RAM_BASE + 0x20000 + take8(in) * 0x1000ULL),
		.src = (what & 0x40 ? SIMGPU_COPY_LOCAL | take8(in) * 0x1000ULL :
			RAM_BASE + 0x20000 + take8(in) * 0x1000ULL),
		.npages = take8(in) & 0x80 ? take32(in) : take8(in) % 8,
	};
}

static void poke(struct input *in)
{
	u64 value = take64(in);

	memcpy(ram + take32(in) % (RAM_SIZE - 8), &value, sizeof(value));
}

/* Packets into a ring, its write index, and its doorbell. */
static void ring(struct input *in)
{
	u8 which = take8(in), n = take8(in) % 16 + 1, i;
	u32 q = which % QUEUES, vmid = which / QUEUES % VMIDS;
	u64 *bell = (u64 *)(gpu->bar + SIMGPU_DOORBELL_OFFSET +
			    vmid * SIMGPU_DOORBELL_SLICE) + q;
	u64 wptr;

	/* SDMA and PM4 take it for NOPs, but for what is changed. */
	for (i = 0; i < n; i++)
		((u32 *)(ram + 0x10000 + q * 0x1000))[i] = take8(in) & 3 ? 0 :
							   take32(in);
	wptr = which & 0x80 ? take64(in) : n * 4ULL;
	memcpy(ram + 0x8038 + q * 0x100, &wptr, sizeof(wptr));
	store_release(bell, wptr);
	if (gpu->vm[vmid].valid) {
		doorbell_sleep(gpu, vmid);
		doorbell_wake(gpu, vmid);
	}
}

static void run_queues(struct input *in)
{
	u8 n = take8(in) % 8 + 1;

	drain();
	pthread_mutex_lock(&gpu->lock);
	while (n-- && gpu->ready)
		queue_run_one(gpu);
	pthread_mutex_unlock(&gpu->lock);
}

/* The driver's indices lie, and are mended. */
static void lie(struct input *in)
{
	u64 read = gpu->cmd_read;

	drain();
	gpu_write64(gpu, SIMGPU_REG_CMD_WPTR, take64(in));
	fuzz_check(pending(gpu) <= SIMGPU_CMD_COUNT);
	fuzz_check(gpu->cmd_read == read);
	gpu_write64(gpu, SIMGPU_REG_CMD_WPTR, read);
	fuzz_check(pending(gpu) == 0);
}

static void (*const operations[])(struct input *in) = {
	execute_one, execute_one, execute_one, write_copy, poke, ring, run_queues, lie,
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };

	if (!gpu)
		open_device();
	reset();
	if (take8(&in) & 1)
		begin_with_queues();
	while (in.left)
		operations[take8(&in) % ARRAY_SIZE(operations)](&in);
	return 0;
}
