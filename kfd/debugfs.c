// SPDX-License-Identifier: GPL-2.0
/*
 * counters: totals since the module was loaded, "name value".
 * vram: one line for each GPU.
 * processes: one line for each process that has /dev/kfd open.
 * gpuN/device: what the back end shows of GPU N.
 * gpuN/inject: writing a word makes something go wrong, for tests.
 */
#include <linux/debugfs.h>
#include <linux/pid.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "debugfs.h"
#include "device.h"
#include "devmem/devmem.h"
#include "process.h"
#include "smi_events.h"
#include "svm/svm.h"
#include "topology.h"
#include "upcalls.h"

static struct dentry *debugfs_root;

static void show_counter(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%s %llu\n", name, value);
}

/* Totals over all devices. */
static void show_hw_counters(struct seq_file *m)
{
	struct hw_counters one, sum = {};
	struct kfd_device *dev;
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++) {
		dev = kfd_device_at(i);
		if (!dev || !dev->hw->ops->counters)
			continue;
		dev->hw->ops->counters(dev->hw, &one);
		sum.commands += one.commands;
		sum.fault_upcalls += one.fault_upcalls;
		sum.fault_interrupts += one.fault_interrupts;
		sum.fault_ns += one.fault_ns;
		sum.fault_device_ns += one.fault_device_ns;
		sum.doorbell_sleeps += one.doorbell_sleeps;
		sum.doorbell_wakes += one.doorbell_wakes;
	}
	show_counter(m, "cmd_count", sum.commands);
	show_counter(m, "fault_upcalls", sum.fault_upcalls);
	show_counter(m, "fault_interrupts", sum.fault_interrupts);
	show_counter(m, "fault_ns", sum.fault_ns);
	show_counter(m, "fault_device_ns", sum.fault_device_ns);
	show_counter(m, "doorbell_sleeps", sum.doorbell_sleeps);
	show_counter(m, "doorbell_wakes", sum.doorbell_wakes);
}

static int counters_show(struct seq_file *m, void *unused)
{
	struct kfd_upcall_counters upcall;
	struct devmem_counters devmem;
	struct svm_counters svm;
	unsigned int i;

	svm_get_counters(&svm);
	devmem_get_counters(&devmem);
	kfd_upcalls_get_counters(&upcall);

	show_counter(m, "migrate_calls", svm.migrate_calls);
	show_counter(m, "migrate_to_vram", svm.migrate_to_vram);
	show_counter(m, "migrate_to_ram", svm.migrate_to_ram);
	show_counter(m, "migrate_vram_to_vram", svm.migrate_vram_to_vram);
	show_counter(m, "migrate_copy_ns", svm.migrate_copy_ns);
	show_counter(m, "evict_calls", devmem.evict_calls);
	show_counter(m, "evict_pages", devmem.evict_pages);
	show_counter(m, "evict_failed", devmem.evict_failed);
	show_counter(m, "evict_bo_pages", devmem.evict_bo_pages);
	show_counter(m, "evict_svm_pages", devmem.evict_svm_pages);
	show_counter(m, "fault_pages", svm.fault_pages);
	show_counter(m, "dma_mapped", svm.dma_mapped);
	show_counter(m, "fault_served", svm.fault_served);
	show_counter(m, "fault_killed", upcall.fault_killed);
	show_counter(m, "queue_evictions", svm.queue_evictions);
	show_counter(m, "queue_restores", svm.queue_restores);
	show_counter(m, "thrash_pinned", svm.thrash_pinned);
	show_counter(m, "exclusive_faults", svm.exclusive_faults);
	show_counter(m, "exclusive_pages", svm.exclusive_pages);
	show_counter(m, "exclusive_lost", svm.exclusive_lost);
	show_counter(m, "exclusive_moved", svm.exclusive_moved);
	show_counter(m, "range_split", svm.range_split);
	show_counter(m, "range_dropped", svm.range_dropped);
	show_counter(m, "fault_bo_served", upcall.fault_bo_served);
	show_counter(m, "smi_dropped", kfd_smi_dropped());
	for (i = 0; i < SVM_SKIP_COUNT; i++)
		seq_printf(m, "skip_%s %llu\n", svm_skip_name(i), svm.skip[i]);
	show_hw_counters(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int vram_show(struct seq_file *m, void *unused)
{
	struct devmem_stats stats;
	struct kfd_device *dev;
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++) {
		dev = kfd_device_at(i);
		if (!dev)
			continue;
		devmem_get_stats(dev->devmem, &stats);
		seq_printf(m, "gpu %u node %u base 0x%llx total %lu free %lu used %lu poisoned %lu\n",
			   dev->gpu_id, kfd_topology_node_id(dev->node),
			   stats.base, stats.total, stats.free, stats.used,
			   stats.poisoned);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vram);

static void show_process(struct kfd_process *p, void *arg)
{
	const struct kfd_process_device *pdd;
	struct seq_file *m = arg;
	struct svm_stats stats;
	char separator = ' ';
	unsigned int i;

	svm_get_stats(p->svm, &stats);
	seq_printf(m, "pid %d ranges %lu vram", pid_nr(p->tgid), stats.ranges);
	mutex_lock(&p->lock);
	for (i = 0; i < HW_MAX_DEVICES; i++) {
		pdd = &p->devs[i];
		if (!pdd->dev)
			continue;
		seq_printf(m, "%c%u:%lu", separator, pdd->dev->gpu_id,
			   pdd->account ?
			   devmem_account_pages(pdd->account) : 0);
		separator = ',';
	}
	mutex_unlock(&p->lock);
	seq_printf(m, " to_vram %lu to_ram %lu\n", stats.to_vram, stats.to_ram);
}

static int processes_show(struct seq_file *m, void *unused)
{
	kfd_process_for_each(show_process, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(processes);

static int device_show(struct seq_file *m, void *unused)
{
	struct hw_device *hw = m->private;

	seq_printf(m, "back_end %s\n", hw->ops->name);
	if (hw->ops->show)
		hw->ops->show(hw, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(device);

static ssize_t inject_write(struct file *file, const char __user *user,
			    size_t size, loff_t *pos)
{
	struct hw_device *hw = file->private_data;
	char text[32] = {};
	int ret;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, size))
		return -EFAULT;
	ret = hw->ops->inject(hw, text);
	return ret ? ret : size;
}

static const struct file_operations inject_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = inject_write,
};

static void create_device(struct hw_device *hw)
{
	struct dentry *dir;
	char name[8];

	snprintf(name, sizeof(name), "gpu%u", hw->index);
	dir = debugfs_create_dir(name, debugfs_root);
	debugfs_create_file("device", 0444, dir, hw, &device_fops);
	if (hw->ops->inject)
		debugfs_create_file("inject", 0200, dir, hw, &inject_fops);
}

void kfd_debugfs_create(void)
{
	unsigned int i;

	debugfs_root = debugfs_create_dir("kfd", NULL);
	debugfs_create_file("counters", 0444, debugfs_root, NULL,
			    &counters_fops);
	debugfs_create_file("vram", 0444, debugfs_root, NULL, &vram_fops);
	debugfs_create_file("processes", 0444, debugfs_root, NULL,
			    &processes_fops);
	for (i = 0; i < HW_MAX_DEVICES; i++)
		if (kfd_device_at(i))
			create_device(kfd_device_at(i)->hw);
}

void kfd_debugfs_destroy(void)
{
	debugfs_remove(debugfs_root);
}
