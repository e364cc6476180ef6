// SPDX-License-Identifier: GPL-2.0
/* What debugfs shows of a device, and the faults that tests ask it to have. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "device.h"

static const char * const counter_names[SIMGPU_COUNTER_COUNT] = {
	[SIMGPU_COUNT_COMMANDS] = "commands",
	[SIMGPU_COUNT_DOORBELLS] = "doorbells",
	[SIMGPU_COUNT_PACKETS] = "packets",
	[SIMGPU_COUNT_BYTES] = "bytes",
	[SIMGPU_COUNT_ENGINE_BYTES] = "engine_bytes",
	[SIMGPU_COUNT_TLB_HITS] = "tlb_hits",
	[SIMGPU_COUNT_TLB_MISSES] = "tlb_misses",
	[SIMGPU_COUNT_FAULTS] = "faults",
	[SIMGPU_COUNT_EVENT_IRQS] = "event_irqs",
	[SIMGPU_COUNT_DONE_IRQS] = "done_irqs",
	[SIMGPU_COUNT_WAKEUPS] = "wakeups",
	[SIMGPU_COUNT_POLLS] = "polls",
	[SIMGPU_COUNT_BUSY_NS] = "busy_ns",
	[SIMGPU_COUNT_UPTIME_NS] = "uptime_ns",
};

void simgpu_get_counters(struct hw_device *hw, struct hw_counters *counters)
{
	struct simgpu *sg = to_simgpu(hw);
	const struct simgpu_totals *totals = &sg->totals;

	*counters = (struct hw_counters){
		.commands = atomic64_read(&totals->commands),
		.fault_upcalls = atomic64_read(&totals->fault_upcalls),
		.fault_interrupts = atomic64_read(&totals->fault_interrupts),
		.fault_ns = atomic64_read(&totals->fault_ns),
		.fault_device_ns = atomic64_read(&totals->fault_device_ns),
		.doorbell_sleeps = atomic64_read(&totals->doorbell_sleeps),
		.doorbell_wakes = atomic64_read(&totals->doorbell_wakes),
		.busy_ns = simgpu_read64(sg, SIMGPU_REG_COUNTERS +
					 8 * SIMGPU_COUNT_BUSY_NS),
	};
}

static void show_registers(struct simgpu *sg, struct seq_file *m)
{
	seq_printf(m, "status %u\n", simgpu_read32(sg, SIMGPU_REG_STATUS));
	seq_printf(m, "lost %u\n", simgpu_lost(sg));
	seq_printf(m, "abi %u\n", simgpu_read32(sg, SIMGPU_REG_ABI));
	seq_printf(m, "features %#x\n", simgpu_read32(sg, SIMGPU_REG_FEATURES));
	seq_printf(m, "generation %u\n",
		   simgpu_read32(sg, SIMGPU_REG_GENERATION));
	seq_printf(m, "index %u\n", simgpu_read32(sg, SIMGPU_REG_INDEX));
	seq_printf(m, "vram_base %#llx\n",
		   simgpu_read64(sg, SIMGPU_REG_VRAM_BASE));
	seq_printf(m, "vram_size %#llx\n",
		   simgpu_read64(sg, SIMGPU_REG_VRAM_SIZE));
	seq_printf(m, "heartbeat %llu\n",
		   simgpu_read64(sg, SIMGPU_REG_HEARTBEAT));
	seq_printf(m, "cmd_rptr %llu\n",
		   simgpu_read64(sg, SIMGPU_REG_CMD_RPTR));
	seq_printf(m, "cmd_wptr %llu\n",
		   simgpu_read64(sg, SIMGPU_REG_CMD_WPTR));
	seq_printf(m, "event_rptr %llu\n",
		   simgpu_read64(sg, SIMGPU_REG_EVENT_RPTR));
	seq_printf(m, "event_wptr %llu\n",
		   simgpu_read64(sg, SIMGPU_REG_EVENT_WPTR));
}

void simgpu_show(struct hw_device *hw, struct seq_file *m)
{
	struct simgpu *sg = to_simgpu(hw);
	const struct simgpu_totals *totals = &sg->totals;
	unsigned int i;

	show_registers(sg, m);
	for (i = 0; i < SIMGPU_COUNTER_COUNT; i++)
		seq_printf(m, "device_%s %llu\n", counter_names[i],
			   simgpu_read64(sg, SIMGPU_REG_COUNTERS + 8 * i));
	seq_printf(m, "driver_commands %lld\n",
		   atomic64_read(&totals->commands));
	seq_printf(m, "driver_invalidates %lld\n",
		   atomic64_read(&totals->invalidates));
	seq_printf(m, "driver_event_irqs %lld\n",
		   atomic64_read(&totals->event_irqs));
	seq_printf(m, "driver_done_irqs %lld\n",
		   atomic64_read(&totals->done_irqs));
	seq_printf(m, "driver_table_pages %lld\n",
		   atomic64_read(&totals->table_pages));
}

/* struct injection - a word that inject takes, and whether a number follows */
struct injection {
	const char *name;
	enum simgpu_inject what;
	bool argument;
};

static const struct injection injections[] = {
	{ "crash", SIMGPU_INJECT_CRASH },
	{ "stop", SIMGPU_INJECT_STOP },
	{ "hang", SIMGPU_INJECT_HANG },
	{ "hang-queue", SIMGPU_INJECT_HANG_QUEUE, true },
	{ "bad-event", SIMGPU_INJECT_BAD_EVENT },
	{ "bad-wptr", SIMGPU_INJECT_BAD_WPTR },
	{ "stale-tlb", SIMGPU_INJECT_STALE_TLB, true },
};

static const struct injection *injection_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(injections); i++)
		if (!strcmp(injections[i].name, name))
			return &injections[i];
	return NULL;
}

int simgpu_inject(struct hw_device *hw, char *text)
{
	char *argument = strim(text), *name = strsep(&argument, " ");
	struct simgpu_cmd cmd = {
		.opcode = cpu_to_le32(SIMGPU_CMD_INJECT),
	};
	const struct injection *injection;
	u32 arg = 0;

	injection = injection_find(name);
	if (!injection || injection->argument != !!argument)
		return -EINVAL;
	if (argument && kstrtou32(argument, 0, &arg))
		return -EINVAL;
	cmd.inject.what = cpu_to_le32(injection->what);
	cmd.inject.arg = cpu_to_le32(arg);
	/* Some of these leave nobody to answer. */
	return simgpu_post(to_simgpu(hw), &cmd);
}
