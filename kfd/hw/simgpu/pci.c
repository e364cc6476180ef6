// SPDX-License-Identifier: GPL-2.0
/*
 * The PCI side: which ivshmem devices are GPUs, and how one is started and
 * stopped.  Registers, rings and doorbells are memory behind BAR2, mapped
 * cached; BAR0 has the word that signals the device process and its supervisor.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "../platform.h"
#include "device.h"
#include "simgpu.h"

#define BAR_KICK	0
#define BAR_SHARED	2

/* How long a process may take to start, and to see that it is switched off. */
#define START_MS	20000
#define SWITCH_MS	5000
/* A heart that beats does so several times a second. */
#define BEAT_MS		2000

/* The devices that probe has found, in the order of their own indices. */
static struct found {
	struct pci_dev *pdev;
	u32 index;
	struct simgpu *sg;
} found[HW_MAX_DEVICES];
static unsigned int found_count;

void simgpu_kick(struct simgpu *sg, u32 peer)
{
	writel(peer << 16, sg->kick + SIMGPU_KICK_OFFSET);
}

/* Starting and stopping */

/* Poll until @check holds.  Returns false if it did not within @ms. */
static bool wait_for(struct simgpu *sg, bool (*check)(struct simgpu *),
		     unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	while (!check(sg)) {
		if (time_after(jiffies, end))
			return check(sg);
		usleep_range(200, 1000);
	}
	return true;
}

static bool is_ready(struct simgpu *sg)
{
	return simgpu_read32(sg, SIMGPU_REG_STATUS) == SIMGPU_STATUS_READY &&
	       simgpu_read32(sg, SIMGPU_REG_GENERATION) != sg->generation;
}

static bool has_beaten(struct simgpu *sg)
{
	return simgpu_read64(sg, SIMGPU_REG_HEARTBEAT) != sg->watched.beat;
}

static bool is_alive(struct simgpu *sg)
{
	if (simgpu_read32(sg, SIMGPU_REG_STATUS) != SIMGPU_STATUS_READY)
		return false;
	sg->watched.beat = simgpu_read64(sg, SIMGPU_REG_HEARTBEAT);
	return wait_for(sg, has_beaten, BEAT_MS);
}

/* End the process, if there is one, and start another. */
static int power_cycle(struct simgpu *sg)
{
	sg->generation = simgpu_read32(sg, SIMGPU_REG_GENERATION);
	dev_info(&sg->pdev->dev, "the device process %u is dead, starting another\n",
		 sg->generation);
	simgpu_kick(sg, SIMGPU_PEER_POWER);
	if (wait_for(sg, is_ready, START_MS) && is_alive(sg))
		return 0;
	dev_err(&sg->pdev->dev, "the device process does not start (status %u): see its log\n",
		simgpu_read32(sg, SIMGPU_REG_STATUS));
	return -ENODEV;
}

static bool is_off(struct simgpu *sg)
{
	return !simgpu_read32(sg, SIMGPU_REG_ENABLED);
}

/* The device stops and forgets everything; it counts from 0 then. */
static bool switch_off(struct simgpu *sg)
{
	simgpu_write32(sg, SIMGPU_REG_CONTROL, 0);
	simgpu_kick(sg, SIMGPU_PEER_DEVICE);
	return wait_for(sg, is_off, SWITCH_MS);
}

static void switch_on(struct simgpu *sg)
{
	simgpu_write64(sg, SIMGPU_REG_CMD_WPTR, 0);
	simgpu_write64(sg, SIMGPU_REG_EVENT_RPTR, 0);
	simgpu_write64(sg, SIMGPU_REG_EVENT_EVENT, 0);
	simgpu_write32(sg, SIMGPU_REG_DONE_ARM, 0);
	simgpu_write64(sg, SIMGPU_REG_BAR_BASE, sg->bar_base);
	simgpu_write32(sg, SIMGPU_REG_CONTROL, SIMGPU_CONTROL_ENABLE);
	simgpu_kick(sg, SIMGPU_PEER_DEVICE);
}

/* Start the device; its interrupts are served already. */
static int device_start(struct simgpu *sg)
{
	struct simgpu_cmd nop = { .opcode = cpu_to_le32(SIMGPU_CMD_NOP) };
	int err;

	if (!switch_off(sg)) {
		dev_err(&sg->pdev->dev, "the device does not stop\n");
		return -ENODEV;
	}
	sg->generation = simgpu_read32(sg, SIMGPU_REG_GENERATION);
	switch_on(sg);
	err = simgpu_call(sg, &nop, NULL);
	if (err) {
		dev_err(&sg->pdev->dev, "the first command failed: %pe\n",
			ERR_PTR(err));
		return -ENODEV;
	}
	return 0;
}

static void device_stop(struct simgpu *sg)
{
	if (!simgpu_lost(sg) && !switch_off(sg))
		simgpu_lose(sg, "it does not stop");
}

/* What the registers say, against what we know and what we were told. */
static int device_check(struct simgpu *sg, u64 base, u64 size)
{
	u32 abi = simgpu_read32(sg, SIMGPU_REG_ABI);
	struct device *dev = &sg->pdev->dev;
	int err;

	if (!is_alive(sg)) {
		err = power_cycle(sg);
		if (err)
			return err;
		abi = simgpu_read32(sg, SIMGPU_REG_ABI);
	}
	if (abi != SIMGPU_ABI_VERSION) {
		dev_err(dev, "the device speaks version %u of the ABI, this driver %u\n",
			abi, SIMGPU_ABI_VERSION);
		return -ENODEV;
	}
	sg->hw.local_base = simgpu_read64(sg, SIMGPU_REG_VRAM_BASE);
	sg->hw.local_size = simgpu_read64(sg, SIMGPU_REG_VRAM_SIZE);
	if ((base && base != sg->hw.local_base) ||
	    (size && size != sg->hw.local_size)) {
		dev_err(dev, "spm=%#llx:%#llx, and the device's memory is %#llx bytes at %#llx\n",
			base, size, sg->hw.local_size, sg->hw.local_base);
		return -EINVAL;
	}
	if (!sg->hw.local_size) {
		dev_err(dev, "the device has no memory\n");
		return -ENODEV;
	}
	return 0;
}

/* Interrupts */

static irqreturn_t event_irq(int irq, void *arg)
{
	simgpu_events_irq(arg);
	return IRQ_HANDLED;
}

static irqreturn_t done_irq(int irq, void *arg)
{
	simgpu_ring_irq(arg);
	return IRQ_HANDLED;
}

static int irqs_init(struct simgpu *sg)
{
	struct pci_dev *pdev = sg->pdev;
	int err;

	err = pci_alloc_irq_vectors(pdev, SIMGPU_VECTOR_COUNT,
				    SIMGPU_VECTOR_COUNT, PCI_IRQ_MSIX);
	if (err < 0) {
		dev_err(&pdev->dev, "no %d MSI-X vectors: %pe\n",
			SIMGPU_VECTOR_COUNT, ERR_PTR(err));
		return err;
	}
	err = request_irq(pci_irq_vector(pdev, SIMGPU_VECTOR_EVENT), event_irq,
			  0, "simgpu-event", sg);
	if (err)
		goto free_vectors;
	err = request_irq(pci_irq_vector(pdev, SIMGPU_VECTOR_DONE), done_irq, 0,
			  "simgpu-done", sg);
	if (err)
		goto free_event;
	return 0;

free_event:
	free_irq(pci_irq_vector(pdev, SIMGPU_VECTOR_EVENT), sg);
free_vectors:
	pci_free_irq_vectors(pdev);
	return err;
}

static void irqs_exit(struct simgpu *sg)
{
	free_irq(pci_irq_vector(sg->pdev, SIMGPU_VECTOR_DONE), sg);
	free_irq(pci_irq_vector(sg->pdev, SIMGPU_VECTOR_EVENT), sg);
	pci_free_irq_vectors(sg->pdev);
}

/* Memory of the device */

static int bars_map(struct simgpu *sg)
{
	sg->bar_base = pci_resource_start(sg->pdev, BAR_SHARED);
	sg->bar = memremap(sg->bar_base, SIMGPU_BAR_SIZE, MEMREMAP_WB);
	if (!sg->bar)
		return -ENOMEM;
	sg->kick = pci_iomap(sg->pdev, BAR_KICK, 0);
	if (!sg->kick) {
		memunmap(sg->bar);
		return -ENOMEM;
	}
	return 0;
}

static void bars_unmap(struct simgpu *sg)
{
	pci_iounmap(sg->pdev, sg->kick);
	memunmap(sg->bar);
}

static const struct hw_ops simgpu_ops = {
	.name = "simgpu",
	.vm_create = simgpu_vm_create,
	.vm_destroy = simgpu_vm_destroy,
	.map_prepare = simgpu_map_prepare,
	.map_commit = simgpu_map_commit,
	.unmap = simgpu_unmap,
	.copy = simgpu_copy,
	.clear = simgpu_clear,
	.resolve = simgpu_resolve,
	.set_retry = simgpu_set_retry,
	.set_atomic_fault = simgpu_set_atomic_fault,
	.set_trap_handler = simgpu_set_trap_handler,
	.vm_suspend = simgpu_vm_suspend,
	.vm_resume = simgpu_vm_resume,
	.fault_done = simgpu_fault_done,
	.queue_create = simgpu_queue_create,
	.queue_update = simgpu_queue_update,
	.queue_destroy = simgpu_queue_destroy,
	.doorbell_addr = simgpu_doorbell_addr,
	.doorbell_sleep = simgpu_doorbell_sleep,
	.doorbell_wake = simgpu_doorbell_wake,
	.clock = simgpu_clock,
	.counters = simgpu_get_counters,
	.show = simgpu_show,
	.inject = simgpu_inject,
};

static void hw_init(struct simgpu *sg, unsigned int index, struct device *dev)
{
	u32 features = simgpu_read32(sg, SIMGPU_REG_FEATURES);

	sg->hw.ops = &simgpu_ops;
	sg->hw.dev = dev;
	sg->hw.index = index;
	sg->hw.features = HW_FEATURE_QUEUES;
	if (features & SIMGPU_FEATURE_LINK_ATOMICS)
		sg->hw.features |= HW_FEATURE_LINK_ATOMICS;
}

static struct simgpu *simgpu_alloc(struct pci_dev *pdev)
{
	struct simgpu *sg;

	sg = kzalloc(sizeof(*sg), GFP_KERNEL);
	if (!sg)
		return NULL;
	sg->pdev = pdev;
	if (simgpu_copier_init(&sg->copier)) {
		kfree(sg);
		return NULL;
	}
	simgpu_ring_init(sg);
	simgpu_loss_init(sg);
	xa_init_flags(&sg->vms, XA_FLAGS_ALLOC1);
	xa_init_flags(&sg->queues, XA_FLAGS_ALLOC);
	return sg;
}

static void simgpu_free(struct simgpu *sg)
{
	xa_destroy(&sg->queues);
	xa_destroy(&sg->vms);
	simgpu_copier_exit(&sg->copier);
	kfree(sg);
}

/* Everything from the BARs on; @sg is made. */
static int simgpu_start(struct simgpu *sg, unsigned int index, u64 base,
			u64 size)
{
	struct platform_device *platform;
	int err;

	err = bars_map(sg);
	if (err)
		return err;
	err = device_check(sg, base, size);
	if (err)
		goto unmap_bars;
	platform = hw_platform_create(index, sg->hw.local_base,
				      &sg->pdev->dev);
	if (IS_ERR(platform)) {
		err = PTR_ERR(platform);
		goto unmap_bars;
	}
	hw_init(sg, index, &platform->dev);
	err = simgpu_events_init(sg);
	if (err)
		goto unregister_platform;
	err = irqs_init(sg);
	if (err)
		goto exit_events;
	err = device_start(sg);
	if (err)
		goto exit_irqs;
	simgpu_watch(sg);
	return 0;

exit_irqs:
	simgpu_loss_exit(sg);
	irqs_exit(sg);
exit_events:
	simgpu_events_exit(sg);
unregister_platform:
	platform_device_unregister(platform);
unmap_bars:
	bars_unmap(sg);
	return err;
}

struct hw_device *simgpu_create(unsigned int index, u64 base, u64 size)
{
	struct simgpu *sg;
	int err;

	if (index >= found_count)
		return ERR_PTR(-ENODEV);
	if (found[index].sg)
		return ERR_PTR(-EBUSY);
	sg = simgpu_alloc(found[index].pdev);
	if (!sg)
		return ERR_PTR(-ENOMEM);
	err = simgpu_start(sg, index, base, size);
	if (err) {
		simgpu_free(sg);
		return ERR_PTR(err);
	}
	found[index].sg = sg;
	return &sg->hw;
}

void simgpu_quiet(struct hw_device *hw)
{
	WRITE_ONCE(hw->upcalls, NULL);
	/* Who has read it before is a work item that is under way. */
	simgpu_loss_flush(to_simgpu(hw));
}

void simgpu_destroy(struct hw_device *hw)
{
	struct simgpu *sg = to_simgpu(hw);

	found[hw->index].sg = NULL;
	device_stop(sg);
	simgpu_loss_exit(sg);
	irqs_exit(sg);
	simgpu_events_exit(sg);
	platform_device_unregister(to_platform_device(hw->dev));
	bars_unmap(sg);
	simgpu_free(sg);
}

/* Finding */

/* Is it one of ours?  Then @index is what it calls itself. */
static int identify(struct pci_dev *pdev, u32 *index)
{
	resource_size_t size = pci_resource_len(pdev, BAR_SHARED);
	int err = -ENODEV;
	__le32 *regs;

	/* Shared memory without a magic is somebody else's. */
	if (size < SIMGPU_REGS_SIZE)
		return -ENODEV;
	regs = memremap(pci_resource_start(pdev, BAR_SHARED), SIMGPU_REGS_SIZE,
			MEMREMAP_WB);
	if (!regs)
		return -ENOMEM;
	if (le32_to_cpu(READ_ONCE(regs[SIMGPU_REG_MAGIC / 4])) != SIMGPU_MAGIC)
		goto unmap;
	*index = le32_to_cpu(READ_ONCE(regs[SIMGPU_REG_INDEX / 4]));
	if (size != SIMGPU_BAR_SIZE) {
		dev_err(&pdev->dev, "BAR %d has %llu bytes, not %u\n",
			BAR_SHARED, (u64)size, SIMGPU_BAR_SIZE);
		goto unmap;
	}
	err = 0;
unmap:
	memunmap(regs);
	return err;
}

static int found_add(struct pci_dev *pdev, u32 index)
{
	unsigned int at = 0;

	if (found_count == HW_MAX_DEVICES) {
		dev_err(&pdev->dev, "more than %d GPUs\n", HW_MAX_DEVICES);
		return -ENOSPC;
	}
	while (at < found_count && found[at].index < index)
		at++;
	if (at < found_count && found[at].index == index) {
		dev_err(&pdev->dev, "there is a GPU with index %u already\n",
			index);
		return -EEXIST;
	}
	memmove(&found[at + 1], &found[at],
		(found_count - at) * sizeof(found[0]));
	found[at] = (struct found){ .pdev = pdev, .index = index };
	found_count++;
	return 0;
}

static int simgpu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	u32 index;
	int err;

	err = pci_enable_device_mem(pdev);
	if (err)
		return err;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		goto disable;
	err = identify(pdev, &index);
	if (err)
		goto disable;
	err = pci_request_regions(pdev, KBUILD_MODNAME);
	if (err)
		goto disable;
	err = found_add(pdev, index);
	if (err)
		goto release;
	pci_set_master(pdev);
	return 0;

release:
	pci_release_regions(pdev);
disable:
	pci_disable_device(pdev);
	return err;
}

/* On unload, when nothing is started any more, or because it is pulled. */
static void simgpu_remove(struct pci_dev *pdev)
{
	unsigned int i;

	for (i = 0; i < found_count; i++) {
		if (found[i].pdev != pdev || !found[i].sg)
			continue;
		set_bit(SIMGPU_GONE, &found[i].sg->flags);
		simgpu_lose(found[i].sg, "the PCI device has been removed");
	}
	pci_clear_master(pdev);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

static const struct pci_device_id simgpu_ids[] = {
	{ PCI_DEVICE(SIMGPU_PCI_VENDOR, SIMGPU_PCI_DEVICE) },
	{}
};

static struct pci_driver simgpu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = simgpu_ids,
	.probe = simgpu_probe,
	.remove = simgpu_remove,
	.driver = {
		/* The table of GPUs stays as it is from load to unload. */
		.suppress_bind_attrs = true,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

int simgpu_init(struct module *owner)
{
	found_count = 0;
	return __pci_register_driver(&simgpu_driver, owner,
				     owner ? KBUILD_MODNAME : NULL);
}

void simgpu_exit(void)
{
	pci_unregister_driver(&simgpu_driver);
	found_count = 0;
}

unsigned int simgpu_count(void)
{
	return found_count;
}
