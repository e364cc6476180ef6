// SPDX-License-Identifier: GPL-2.0
/*
 * What librocm_smi64 reads in sysfs below the device of /sys/class/drm/cardN.  It
 * takes a card for one of AMD's by vendor and vbios_version, and gives up when
 * there is no hwmon folder whose name is amdgpu and whose first voltage is
 * vddgfx.  The folder is made by hand: a kernel without CONFIG_HWMON has no class
 * for it, and there is no sensor behind it.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "device.h"
#include "devmem/devmem.h"
#include "gfx90a.h"
#include "hw/hw.h"
#include "smi_sysfs.h"

/**
 * struct kfd_smi_sysfs - the files of one GPU
 * @dev: the GPU
 * @hwmon: the folder hwmon
 * @hwmon0: the one in it
 * @lock: of @busy_ns and @asked_ns
 * @busy_ns: time that the device had worked when it was asked last
 * @asked_ns: when that was
 */
struct kfd_smi_sysfs {
	struct kfd_device *dev;
	struct kobject *hwmon;
	struct kobject *hwmon0;
	struct mutex lock;	/* busy_ns, asked_ns */
	u64 busy_ns;
	u64 asked_ns;
};

/* The platform device has no other driver data. */
static struct kfd_smi_sysfs *smi_of(struct device *device)
{
	return dev_get_drvdata(device);
}

static struct devmem_stats stats_of(struct device *device)
{
	struct devmem_stats stats;

	devmem_get_stats(smi_of(device)->dev->devmem, &stats);
	return stats;
}

static ssize_t vendor_show(struct device *device, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "0x%04x\n", GFX90A_VENDOR_ID);
}
static DEVICE_ATTR_RO(vendor);

static ssize_t device_show(struct device *device, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "0x%04x\n", GFX90A_DEVICE_ID);
}
static DEVICE_ATTR_RO(device);

static ssize_t vbios_version_show(struct device *device,
				  struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "113-CONODE-000\n");
}
static DEVICE_ATTR_RO(vbios_version);

static ssize_t mem_info_vram_total_show(struct device *device,
					struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", (u64)stats_of(device).total << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(mem_info_vram_total);

static ssize_t mem_info_vram_used_show(struct device *device,
				       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", (u64)stats_of(device).used << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(mem_info_vram_used);

/* Of the time since it was read last; a device can work on several processors. */
static ssize_t gpu_busy_percent_show(struct device *device,
				     struct device_attribute *attr, char *buf)
{
	struct kfd_smi_sysfs *smi = smi_of(device);
	struct hw_device *hw = smi->dev->hw;
	struct hw_counters counters = { 0 };
	u64 now = ktime_get_ns(), busy, percent;

	if (hw->ops->counters)
		hw->ops->counters(hw, &counters);
	mutex_lock(&smi->lock);
	busy = counters.busy_ns - smi->busy_ns;
	percent = div64_u64(busy * 100, max_t(u64, now - smi->asked_ns, 1));
	smi->busy_ns = counters.busy_ns;
	smi->asked_ns = now;
	mutex_unlock(&smi->lock);
	return sysfs_emit(buf, "%llu\n", min_t(u64, percent, 100));
}
static DEVICE_ATTR_RO(gpu_busy_percent);

static ssize_t pp_dpm_sclk_show(struct device *device,
				struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0: %uMhz *\n", GFX90A_ENGINE_CLOCK_MHZ);
}
static DEVICE_ATTR_RO(pp_dpm_sclk);

static ssize_t pp_dpm_mclk_show(struct device *device,
				struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0: %uMhz *\n", GFX90A_MEMORY_CLOCK_MHZ);
}
static DEVICE_ATTR_RO(pp_dpm_mclk);

static ssize_t power_dpm_force_performance_level_show(struct device *device,
						      struct device_attribute *attr,
						      char *buf)
{
	return sysfs_emit(buf, "auto\n");
}
static DEVICE_ATTR_RO(power_dpm_force_performance_level);

static struct attribute *card_attrs[] = {
	&dev_attr_vendor.attr,
	&dev_attr_device.attr,
	&dev_attr_vbios_version.attr,
	&dev_attr_mem_info_vram_total.attr,
	&dev_attr_mem_info_vram_used.attr,
	&dev_attr_gpu_busy_percent.attr,
	&dev_attr_pp_dpm_sclk.attr,
	&dev_attr_pp_dpm_mclk.attr,
	&dev_attr_power_dpm_force_performance_level.attr,
	NULL,
};
ATTRIBUTE_GROUPS(card);

static ssize_t name_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "amdgpu\n");
}

static struct kobj_attribute hwmon_name = __ATTR_RO(name);

static ssize_t in0_label_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "vddgfx\n");
}

static struct kobj_attribute hwmon_in0_label = __ATTR_RO(in0_label);

/* There is no chip that draws power, and nothing that limits it. */
static ssize_t power1_average_show(struct kobject *kobj,
				   struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0\n");
}

static struct kobj_attribute hwmon_power1_average = __ATTR_RO(power1_average);

static ssize_t power1_cap_show(struct kobject *kobj, struct kobj_attribute *attr,
			       char *buf)
{
	return sysfs_emit(buf, "0\n");
}

static struct kobj_attribute hwmon_power1_cap = __ATTR_RO(power1_cap);

static const struct attribute *hwmon_attrs[] = {
	&hwmon_name.attr,
	&hwmon_in0_label.attr,
	&hwmon_power1_average.attr,
	&hwmon_power1_cap.attr,
	NULL,
};

static int hwmon_create(struct kfd_smi_sysfs *smi, struct device *device)
{
	char name[16];
	int ret;

	snprintf(name, sizeof(name), "hwmon%u", smi->dev->hw->index);
	smi->hwmon = kobject_create_and_add("hwmon", &device->kobj);
	if (!smi->hwmon)
		return -ENOMEM;
	smi->hwmon0 = kobject_create_and_add(name, smi->hwmon);
	if (!smi->hwmon0) {
		kobject_put(smi->hwmon);
		return -ENOMEM;
	}
	ret = sysfs_create_files(smi->hwmon0, hwmon_attrs);
	if (ret) {
		kobject_put(smi->hwmon0);
		kobject_put(smi->hwmon);
	}
	return ret;
}

struct kfd_smi_sysfs *kfd_smi_sysfs_create(struct kfd_device *dev)
{
	struct device *device = dev->hw->dev;
	struct kfd_smi_sysfs *smi;
	int ret;

	smi = kzalloc(sizeof(*smi), GFP_KERNEL);
	if (!smi)
		return ERR_PTR(-ENOMEM);
	smi->dev = dev;
	smi->asked_ns = ktime_get_ns();
	mutex_init(&smi->lock);
	dev_set_drvdata(device, smi);
	ret = device_add_groups(device, card_groups);
	if (ret)
		goto free_smi;
	ret = hwmon_create(smi, device);
	if (ret)
		goto remove_groups;
	return smi;

remove_groups:
	device_remove_groups(device, card_groups);
free_smi:
	kfree(smi);
	return ERR_PTR(ret);
}

void kfd_smi_sysfs_destroy(struct kfd_smi_sysfs *smi)
{
	kobject_put(smi->hwmon0);
	kobject_put(smi->hwmon);
	device_remove_groups(smi->dev->hw->dev, card_groups);
	kfree(smi);
}
