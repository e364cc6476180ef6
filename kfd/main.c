// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters, and the order in which the parts come up and go down.
 * This is the only file that knows which back ends there are.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "chardev.h"
#include "debugfs.h"
#include "device.h"
#include "hw/hw.h"
#include "hw/loop/loop.h"
#include "hw/simgpu/simgpu.h"
#include "smi_events.h"
#include "svm/svm.h"
#include "topology.h"

static char *spm[HW_MAX_DEVICES];
static unsigned int spm_count;
module_param_array(spm, charp, &spm_count, 0444);
MODULE_PARM_DESC(spm, "VRAM of the GPUs, one each: physical address of Soft Reserved memory and optional size, BASE[:SIZE][,BASE[:SIZE]...]");

static char *hw_name;
module_param_named(hw, hw_name, charp, 0444);
MODULE_PARM_DESC(hw, "Back end: simgpu (the node's devices; default when there are any) or loop (no device, copies by the CPU; wants spm=)");

/**
 * struct backend - a kind of GPU
 * @name: for hw= and messages
 * @init: look for devices, and @exit: the reverse; NULL: nothing to look for,
 *	spm= says how many GPUs there are and where their memory is
 * @count: how many devices there are, after @init
 * @create: start one; @base and @size are those of spm=, 0 if not given
 * @quiet: make no upcalls from here on; NULL: there are none
 * @destroy: the reverse of @create, after @quiet
 */
struct backend {
	const char *name;
	int (*init)(struct module *owner);
	void (*exit)(void);
	unsigned int (*count)(void);
	struct hw_device *(*create)(unsigned int index, u64 base, u64 size);
	void (*quiet)(struct hw_device *hw);
	void (*destroy)(struct hw_device *hw);
};

/* The first one that has devices is the default. */
static const struct backend backends[] = {
	{
		.name = "simgpu",
		.init = simgpu_init,
		.exit = simgpu_exit,
		.count = simgpu_count,
		.create = simgpu_create,
		.quiet = simgpu_quiet,
		.destroy = simgpu_destroy,
	}, {
		.name = "loop",
		.create = loop_create,
		.destroy = loop_destroy,
	},
};

/* struct gpu - one GPU, what spm= says of it and what came of it */
struct gpu {
	u64 base;		/* 0: not said */
	u64 size;		/* 0: all that is there */
	struct hw_device *hw;
	struct kfd_device *dev;
};

/* Written by init and exit only. */
static const struct backend *backend;
static struct gpu gpus[HW_MAX_DEVICES];
static unsigned int gpu_wanted;
static unsigned int gpu_count;

/* Parameters */

static unsigned int suffix_shift(char c)
{
	switch (c) {
	case 'k': case 'K':
		return 10;
	case 'm': case 'M':
		return 20;
	case 'g': case 'G':
		return 30;
	case 't': case 'T':
		return 40;
	default:
		return 0;
	}
}

/*
 * A number with an optional suffix.  Stricter than memparse(), which takes
 * trailing garbage and numbers of more than 64 bits.
 */
static int parse_bytes(char *text, u64 *value)
{
	size_t len = strlen(text);
	unsigned int shift;
	int ret;

	if (!len)
		return -EINVAL;
	shift = suffix_shift(text[len - 1]);
	if (shift)
		text[len - 1] = '\0';
	ret = kstrtou64(text, 0, value);
	if (ret)
		return ret;
	return check_shl_overflow(*value, shift, value) ? -ERANGE : 0;
}

static int parse_spm(const char *entry, struct gpu *gpu)
{
	char text[64];
	char *size = text;
	char *base;

	if (strscpy(text, entry, sizeof(text)) < 0)
		return -E2BIG;
	base = strsep(&size, ":");
	if (parse_bytes(base, &gpu->base) || !gpu->base)
		return -EINVAL;
	gpu->size = 0;
	if (size && (parse_bytes(size, &gpu->size) || !gpu->size))
		return -EINVAL;
	return 0;
}

static int parse_parameters(void)
{
	unsigned int i;

	for (i = 0; i < spm_count; i++) {
		if (parse_spm(spm[i], &gpus[i])) {
			pr_err("spm=: \"%s\" is not BASE[:SIZE], such as 0x100000000:512M\n",
			       spm[i]);
			return -EINVAL;
		}
	}
	return 0;
}

/* Back ends */

/* Let @candidate look for its devices.  Returns how many, or an errno. */
static int backend_open(const struct backend *candidate)
{
	int ret;

	if (!candidate->init)
		return spm_count;
	ret = candidate->init(THIS_MODULE);
	if (ret)
		return ret;
	ret = candidate->count();
	if (!ret)
		candidate->exit();
	return ret;
}

static void backend_close(void)
{
	if (backend->exit)
		backend->exit();
}

static int backend_missing(void)
{
	if (hw_name && strcmp(hw_name, "loop")) {
		pr_err("no GPU: hw=%s, and this machine has no such device\n",
		       hw_name);
		return -ENODEV;
	}
	pr_err("no GPU: give the address of its memory, spm=BASE[:SIZE], as /proc/iomem has it under \"Soft Reserved\"; there is no device%s\n",
	       hw_name ? " with hw=loop" : " that would know");
	return -EINVAL;
}

static int backend_choose(void)
{
	bool known = !hw_name;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(backends); i++) {
		if (hw_name && strcmp(hw_name, backends[i].name))
			continue;
		known = true;
		ret = backend_open(&backends[i]);
		if (ret < 0)
			return ret;
		if (!ret)
			continue;
		backend = &backends[i];
		gpu_wanted = ret;
		return 0;
	}
	if (known)
		return backend_missing();
	pr_err("hw=%s: there is no such back end; simgpu and loop are\n",
	       hw_name);
	return -EINVAL;
}

/* Where spm= is not needed, it must fit all the same. */
static int backend_init(void)
{
	int ret;

	ret = backend_choose();
	if (ret)
		return ret;
	if (!spm_count || spm_count == gpu_wanted)
		return 0;
	pr_err("spm= has %u entries, and there are %u devices\n", spm_count,
	       gpu_wanted);
	backend_close();
	return -EINVAL;
}

/* Devices */

/* The front is about to go: it must not be called any more. */
static void hw_quiet(struct hw_device *hw)
{
	if (backend->quiet)
		backend->quiet(hw);
}

static int gpu_create(struct gpu *gpu, unsigned int index)
{
	struct hw_device *hw;
	struct kfd_device *dev;

	hw = backend->create(index, gpu->base, gpu->size);
	if (IS_ERR(hw)) {
		pr_err("cannot make %s device %u: %pe\n", backend->name, index,
		       hw);
		return PTR_ERR(hw);
	}
	dev = kfd_device_add(hw);
	if (IS_ERR(dev)) {
		hw_quiet(hw);
		backend->destroy(hw);
		/* insmod reports -ENOENT as a missing symbol. */
		return PTR_ERR(dev) == -ENOENT ? -ENODEV : PTR_ERR(dev);
	}
	gpu->hw = hw;
	gpu->dev = dev;
	return 0;
}

static void gpus_destroy(void)
{
	struct gpu *gpu;

	/* the last one first: the topology numbers them in a row */
	while (gpu_count) {
		gpu = &gpus[--gpu_count];
		hw_quiet(gpu->hw);
		kfd_device_remove(gpu->dev);
		backend->destroy(gpu->hw);
	}
}

static int gpus_create(void)
{
	int ret;

	while (gpu_count < gpu_wanted) {
		ret = gpu_create(&gpus[gpu_count], gpu_count);
		if (ret) {
			gpus_destroy();
			return ret;
		}
		gpu_count++;
	}
	return 0;
}

static int gpus_publish(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < gpu_count; i++) {
		ret = kfd_device_publish(gpus[i].dev);
		if (ret)
			return ret;
	}
	return 0;
}

static int __init kfd_init(void)
{
	struct kobject *kobj;
	int ret;

	ret = parse_parameters();
	if (ret)
		return ret;
	ret = backend_init();
	if (ret)
		return ret;
	ret = svm_init(kfd_smi_svm);
	if (ret)
		goto close_backend;
	kobj = kfd_chardev_create();
	if (IS_ERR(kobj)) {
		ret = PTR_ERR(kobj);
		goto exit_svm;
	}
	ret = kfd_topology_create(kobj);
	if (ret)
		goto destroy_chardev;
	ret = gpus_create();
	if (ret)
		goto destroy_topology;
	kfd_debugfs_create();

	/* From here on user space can open things. */
	ret = gpus_publish();
	if (ret)
		goto destroy_debugfs;
	ret = kfd_chardev_publish();
	if (ret)
		goto destroy_debugfs;
	pr_info("%u GPU%s, back end %s\n", gpu_count,
		gpu_count == 1 ? "" : "s", backend->name);
	return 0;

destroy_debugfs:
	kfd_debugfs_destroy();
	gpus_destroy();
destroy_topology:
	kfd_topology_destroy();
destroy_chardev:
	kfd_chardev_destroy();
exit_svm:
	svm_exit();
close_backend:
	backend_close();
	return ret;
}

static void __exit kfd_exit(void)
{
	kfd_debugfs_destroy();
	gpus_destroy();
	kfd_topology_destroy();
	kfd_chardev_destroy();
	svm_exit();
	backend_close();
}

module_init(kfd_init);
module_exit(kfd_exit);

MODULE_DESCRIPTION("KFD for GPUs with coherent memory");
MODULE_LICENSE("GPL");
