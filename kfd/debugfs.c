// SPDX-License-Identifier: GPL-2.0
/*
 * counters: totals since the module was loaded, "name value".
 * vram: one line for each GPU.
 * processes: one line for each process that has /dev/kfd open.
 */
#include <linux/debugfs.h>
#include <linux/pid.h>
#include <linux/seq_file.h>

#include "debugfs.h"
#include "device.h"
#include "devmem/devmem.h"
#include "process.h"
#include "svm/svm.h"
#include "topology.h"

static struct dentry *debugfs_root;

static void show_counter(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%s %llu\n", name, value);
}

static int counters_show(struct seq_file *m, void *unused)
{
	struct devmem_counters devmem;
	struct svm_counters svm;
	unsigned int i;

	svm_get_counters(&svm);
	devmem_get_counters(&devmem);

	show_counter(m, "migrate_calls", svm.migrate_calls);
	show_counter(m, "migrate_to_vram", svm.migrate_to_vram);
	show_counter(m, "migrate_to_ram", svm.migrate_to_ram);
	show_counter(m, "migrate_vram_to_vram", svm.migrate_vram_to_vram);
	show_counter(m, "evict_calls", devmem.evict_calls);
	show_counter(m, "evict_pages", devmem.evict_pages);
	show_counter(m, "evict_failed", devmem.evict_failed);
	show_counter(m, "fault_pages", svm.fault_pages);
	show_counter(m, "fault_served", svm.fault_served);
	show_counter(m, "fault_killed", svm.fault_killed);
	show_counter(m, "fault_ns", svm.fault_ns);
	show_counter(m, "fault_device_ns", svm.fault_device_ns);
	show_counter(m, "queue_evictions", svm.queue_evictions);
	show_counter(m, "queue_restores", svm.queue_restores);
	show_counter(m, "thrash_pinned", svm.thrash_pinned);
	show_counter(m, "range_split", svm.range_split);
	show_counter(m, "range_dropped", svm.range_dropped);
	for (i = 0; i < SVM_SKIP_COUNT; i++)
		seq_printf(m, "skip_%s %llu\n", svm_skip_name(i), svm.skip[i]);
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

void kfd_debugfs_create(void)
{
	debugfs_root = debugfs_create_dir("kfd", NULL);
	debugfs_create_file("counters", 0444, debugfs_root, NULL,
			    &counters_fops);
	debugfs_create_file("vram", 0444, debugfs_root, NULL, &vram_fops);
	debugfs_create_file("processes", 0444, debugfs_root, NULL,
			    &processes_fops);
}

void kfd_debugfs_destroy(void)
{
	debugfs_remove(debugfs_root);
}
