// SPDX-License-Identifier: GPL-2.0
/*
 * The topology tree.  All its text is "name value" lines with decimal values,
 * because that is what the thunk parses.
 */
#include <asm/processor.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kfd_sysfs.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "cpu_caches.h"
#include "device.h"
#include "gfx90a.h"
#include "hw/hw.h"
#include "hw/platform.h"
#include "render.h"
#include "topology.h"

/* The CPU and the GPUs are one hive; the number only has to be unique. */
#define HIVE_ID			0x636f6e6f6465ULL

/* One XGMI link of 16 lanes at 25 Gb/s, one hop */
#define XGMI_WEIGHT		15
#define XGMI_BANDWIDTH_MBS	50000

/* Ids of SIMDs start here, as on hardware. */
#define GPU_SIMD_ID_BASE	0x80001000U
#define GPU_SIMD_ID_STRIDE	0x1000U

#define GPU_LOCATION(index)	(HW_PCI_BUS(index) << 8)

#define GPU_FW_VERSION		78
#define GPU_SDMA_FW_VERSION	8

/* log2 of the number of address watch points */
#define GPU_WATCH_POINTS_LOG2	2

/* The thunk reads at most this many entries of a sibling map. */
#define SIBLINGS_MAX		256

/* The CPU node and the GPUs */
#define NODES_MAX		(1 + HW_MAX_DEVICES)

/**
 * struct topo_leaf - a directory with one file, "properties"
 * @kobj: the directory
 * @link: in topo_node.leaves
 * @peer: for a link: where it goes, else NULL
 * @text: what the file says, a page, no newline at the end; constant
 */
struct topo_leaf {
	struct kobject kobj;
	struct list_head link;
	struct kfd_topology_node *peer;
	char *text;
};

/**
 * struct kfd_topology_node - a CPU or a GPU
 * @kobj: the directory
 * @id: its name
 * @dev: the GPU, NULL for the CPU
 * @mem_banks: directory
 * @caches: directory
 * @io_links: directory
 * @p2p_links: directory, empty: every link is direct
 * @leaves: all that is in the directories; no lock, see kfd_topology_add()
 * @mem_banks_count: leaves in @mem_banks
 * @caches_count: leaves in @caches
 * @io_links_count: leaves in @io_links; readers of sysfs race with it
 */
struct kfd_topology_node {
	struct kobject kobj;
	unsigned int id;
	struct kfd_device *dev;
	struct kobject *mem_banks;
	struct kobject *caches;
	struct kobject *io_links;
	struct kobject *p2p_links;
	struct list_head leaves;
	unsigned int mem_banks_count;
	unsigned int caches_count;
	unsigned int io_links_count;
};

/* struct prop - one line of a properties file */
struct prop {
	const char *name;
	u64 value;
};

/* Written by init and exit only; see kfd_topology_add(). */
static struct kobject *topology_dir;
static struct kobject *nodes_dir;
static struct kfd_topology_node *nodes[NODES_MAX];
static unsigned int nodes_count;
static unsigned int generation;		/* readers of sysfs race with it */

static int emit_props(char *buf, int at, const struct prop *props,
		      unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		at += sysfs_emit_at(buf, at, "%s %llu\n", props[i].name,
				    props[i].value);
	return at;
}

/* Leaves */

static ssize_t leaf_show(struct kobject *kobj, struct attribute *attr,
			 char *buf)
{
	struct topo_leaf *leaf = container_of(kobj, struct topo_leaf, kobj);

	return sysfs_emit(buf, "%s\n", leaf->text);
}

static void leaf_release(struct kobject *kobj)
{
	struct topo_leaf *leaf = container_of(kobj, struct topo_leaf, kobj);

	free_page((unsigned long)leaf->text);
	kfree(leaf);
}

static struct attribute leaf_properties = { .name = "properties", .mode = 0444 };
static struct attribute *leaf_attrs[] = { &leaf_properties, NULL };
ATTRIBUTE_GROUPS(leaf);

static const struct sysfs_ops leaf_sysfs_ops = { .show = leaf_show };

static struct kobj_type leaf_type = {
	.release = leaf_release,
	.sysfs_ops = &leaf_sysfs_ops,
	.default_groups = leaf_groups,
};

/*
 * Add dir/<*count>/properties; @siblings >= 0 appends a map of so many ones,
 * the CPUs that share a cache from processor_id_low on.
 */
static int leaf_add(struct kfd_topology_node *node, struct kobject *dir,
		    unsigned int *count, struct kfd_topology_node *peer,
		    const struct prop *props, unsigned int n, int siblings)
{
	struct topo_leaf *leaf;
	int at, i, ret;

	leaf = kzalloc(sizeof(*leaf), GFP_KERNEL);
	if (!leaf)
		return -ENOMEM;
	leaf->peer = peer;
	leaf->text = (char *)__get_free_page(GFP_KERNEL);
	if (!leaf->text) {
		kfree(leaf);
		return -ENOMEM;
	}
	at = emit_props(leaf->text, 0, props, n);
	for (i = 0; i < siblings; i++)
		at += sysfs_emit_at(leaf->text, at, "%s1",
				    i ? "," : "sibling_map ");
	strim(leaf->text);

	ret = kobject_init_and_add(&leaf->kobj, &leaf_type, dir, "%u", *count);
	if (ret) {
		kobject_put(&leaf->kobj);
		return ret;
	}
	list_add_tail(&leaf->link, &node->leaves);
	WRITE_ONCE(*count, *count + 1);
	return 0;
}

static void leaf_remove(struct topo_leaf *leaf)
{
	list_del(&leaf->link);
	kobject_del(&leaf->kobj);
	kobject_put(&leaf->kobj);
}

/* Nodes */

static int emit_cpu_properties(const struct kfd_topology_node *node, char *buf)
{
	const struct prop props[] = {
		{ "cpu_cores_count", num_online_cpus() },
		{ "simd_count", 0 },
		{ "mem_banks_count", node->mem_banks_count },
		{ "caches_count", node->caches_count },
		{ "io_links_count", READ_ONCE(node->io_links_count) },
		{ "p2p_links_count", 0 },
		{ "cpu_core_id_base", cpu_data(0).apicid },
		{ "hive_id", HIVE_ID },
		{ "max_engine_clk_ccompute", cpu_khz / 1000 },
	};

	return emit_props(buf, 0, props, ARRAY_SIZE(props));
}

static u64 gpu_capability(void)
{
	return HSA_CAP_WATCH_POINTS_SUPPORTED |
	       GPU_WATCH_POINTS_LOG2 << HSA_CAP_WATCH_POINTS_TOTALBITS_SHIFT |
	       HSA_CAP_DOORBELL_TYPE_2_0 <<
			HSA_CAP_DOORBELL_TYPE_TOTALBITS_SHIFT |
	       HSA_CAP_MEM_EDCSUPPORTED | HSA_CAP_RASEVENTNOTIFY |
	       GFX90A_REVISION << HSA_CAP_ASIC_REVISION_SHIFT |
	       HSA_CAP_SRAM_EDCSUPPORTED | HSA_CAP_SVMAPI_SUPPORTED |
	       HSA_CAP_FLAGS_COHERENTHOSTACCESS;
}

static int emit_gpu_properties(const struct kfd_topology_node *node, char *buf)
{
	const struct kfd_device *dev = node->dev;
	unsigned int index = dev->hw->index;
	const struct prop props[] = {
		{ "cpu_cores_count", 0 },
		{ "simd_count", GFX90A_CU_COUNT * GFX90A_SIMD_PER_CU },
		{ "mem_banks_count", node->mem_banks_count },
		{ "caches_count", node->caches_count },
		{ "io_links_count", READ_ONCE(node->io_links_count) },
		{ "p2p_links_count", 0 },
		{ "cpu_core_id_base", 0 },
		{ "simd_id_base", GPU_SIMD_ID_BASE + index * GPU_SIMD_ID_STRIDE },
		{ "max_waves_per_simd", GFX90A_WAVES_PER_SIMD },
		{ "lds_size_in_kb", GFX90A_LDS_KB },
		{ "gds_size_in_kb", 0 },
		{ "num_gws", 0 },
		{ "wave_front_size", GFX90A_WAVE_SIZE },
		{ "array_count", GFX90A_SHADER_ARRAYS },
		{ "simd_arrays_per_engine", 1 },
		{ "cu_per_simd_array", GFX90A_CU_PER_ARRAY },
		{ "simd_per_cu", GFX90A_SIMD_PER_CU },
		{ "max_slots_scratch_cu", GFX90A_SCRATCH_SLOTS_PER_CU },
		{ "gfx_target_version", GFX90A_TARGET_VERSION },
		{ "vendor_id", GFX90A_VENDOR_ID },
		{ "device_id", GFX90A_DEVICE_ID },
		{ "location_id", GPU_LOCATION(index) },
		{ "domain", 0 },
		{ "drm_render_minor", kfd_render_minor(dev->render) },
		{ "hive_id", HIVE_ID },
		{ "num_sdma_engines", GFX90A_SDMA_ENGINES },
		{ "num_sdma_xgmi_engines", GFX90A_SDMA_XGMI_ENGINES },
		{ "num_sdma_queues_per_engine", GFX90A_SDMA_QUEUES_PER_ENGINE },
		{ "num_cp_queues", GFX90A_CP_QUEUES },
		{ "max_engine_clk_fcompute", GFX90A_ENGINE_CLOCK_MHZ },
		{ "local_mem_size", 0 },
		{ "fw_version", GPU_FW_VERSION },
		{ "sdma_fw_version", GPU_SDMA_FW_VERSION },
		{ "capability", gpu_capability() },
		{ "unique_id", HIVE_ID << 16 | dev->gpu_id },
		{ "max_engine_clk_ccompute", cpu_khz / 1000 },
	};

	return emit_props(buf, 0, props, ARRAY_SIZE(props));
}

static struct attribute node_gpu_id = { .name = "gpu_id", .mode = 0444 };
static struct attribute node_name = { .name = "name", .mode = 0444 };
static struct attribute node_properties = { .name = "properties", .mode = 0444 };
static struct attribute *node_attrs[] = {
	&node_gpu_id, &node_name, &node_properties, NULL
};
ATTRIBUTE_GROUPS(node);

static ssize_t node_show(struct kobject *kobj, struct attribute *attr,
			 char *buf)
{
	const struct kfd_topology_node *node =
		container_of(kobj, struct kfd_topology_node, kobj);

	if (attr == &node_gpu_id)
		return sysfs_emit(buf, "%u\n",
				  node->dev ? node->dev->gpu_id : 0);
	if (attr == &node_name)
		return sysfs_emit(buf, "%s\n", node->dev ? GFX90A_NAME : "");
	if (node->dev)
		return emit_gpu_properties(node, buf);
	return emit_cpu_properties(node, buf);
}

static void node_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct kfd_topology_node, kobj));
}

static const struct sysfs_ops node_sysfs_ops = { .show = node_show };

static struct kobj_type node_type = {
	.release = node_release,
	.sysfs_ops = &node_sysfs_ops,
	.default_groups = node_groups,
};

static void node_destroy(struct kfd_topology_node *node)
{
	struct topo_leaf *leaf, *next;

	list_for_each_entry_safe(leaf, next, &node->leaves, link)
		leaf_remove(leaf);
	/* kobject_put() accepts the NULL of one that was not made. */
	kobject_put(node->p2p_links);
	kobject_put(node->io_links);
	kobject_put(node->caches);
	kobject_put(node->mem_banks);
	kobject_del(&node->kobj);
	kobject_put(&node->kobj);
}

static struct kfd_topology_node *node_create(unsigned int id,
					     struct kfd_device *dev)
{
	struct kfd_topology_node *node;
	int ret;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->id = id;
	node->dev = dev;
	INIT_LIST_HEAD(&node->leaves);
	ret = kobject_init_and_add(&node->kobj, &node_type, nodes_dir, "%u",
				   id);
	if (ret) {
		kobject_put(&node->kobj);
		return ERR_PTR(ret);
	}

	node->mem_banks = kobject_create_and_add("mem_banks", &node->kobj);
	node->caches = kobject_create_and_add("caches", &node->kobj);
	node->io_links = kobject_create_and_add("io_links", &node->kobj);
	node->p2p_links = kobject_create_and_add("p2p_links", &node->kobj);
	if (!node->mem_banks || !node->caches || !node->io_links ||
	    !node->p2p_links) {
		node_destroy(node);
		return ERR_PTR(-ENOMEM);
	}
	return node;
}

/* Contents of nodes */

static int add_bank(struct kfd_topology_node *node, u32 heap, u64 size,
		    u32 width, u32 clock)
{
	const struct prop props[] = {
		{ "heap_type", heap },
		{ "size_in_bytes", size },
		{ "flags", 0 },
		{ "width", width },
		{ "mem_clk_max", clock },
	};

	return leaf_add(node, node->mem_banks, &node->mem_banks_count, NULL,
			props, ARRAY_SIZE(props), 0);
}

static int add_cache(struct kfd_topology_node *node, u32 processor, u32 type,
		     const struct cpu_cache *cache)
{
	const struct prop props[] = {
		{ "processor_id_low", processor },
		{ "level", cache->level },
		{ "size", cache->size_kb },
		{ "cache_line_size", cache->line_size },
		{ "cache_lines_per_tag", cache->lines_per_tag },
		{ "association", cache->ways },
		{ "latency", 0 },
		{ "type", type | cache->type },
	};

	return leaf_add(node, node->caches, &node->caches_count, NULL, props,
			ARRAY_SIZE(props),
			min_t(u32, cache->shared_by, SIBLINGS_MAX));
}

/* One entry for each group of CPUs that share a cache of this kind. */
static int add_cpu_cache(struct kfd_topology_node *node,
			 const struct cpu_cache *kind)
{
	struct cpu_cache cache = *kind;
	unsigned int cpus = num_online_cpus();
	unsigned int first, step = max(kind->shared_by, 1U);
	int ret;

	for (first = 0; first < cpus; first += step) {
		cache.shared_by = min(step, cpus - first);
		ret = add_cache(node, cpu_data(0).apicid + first,
				HSA_CACHE_TYPE_CPU, &cache);
		if (ret)
			return ret;
	}
	return 0;
}

static int fill_cpu_node(struct kfd_topology_node *node)
{
	struct cpu_cache caches[CPU_CACHES_MAX];
	unsigned int i, n = cpu_caches_get(caches);
	struct sysinfo info;
	int ret;

	si_meminfo(&info);
	ret = add_bank(node, HSA_MEM_HEAP_TYPE_SYSTEM,
		       (u64)info.totalram * info.mem_unit, 0, 0);
	for (i = 0; i < n && !ret; i++)
		ret = add_cpu_cache(node, &caches[i]);
	return ret;
}

static int fill_gpu_node(struct kfd_topology_node *node)
{
	/* One of each kind stands for those of all compute units. */
	static const struct cpu_cache caches[] = {
		{ .level = 1, .size_kb = GFX90A_L1_VECTOR_KB, .shared_by = 1,
		  .type = HSA_CACHE_TYPE_DATA },
		{ .level = 1, .size_kb = GFX90A_L1_INST_KB, .shared_by = 2,
		  .type = HSA_CACHE_TYPE_INSTRUCTION },
		{ .level = 1, .size_kb = GFX90A_L1_SCALAR_KB, .shared_by = 2,
		  .type = HSA_CACHE_TYPE_DATA },
		{ .level = 2, .size_kb = GFX90A_L2_KB,
		  .shared_by = GFX90A_CU_COUNT, .type = HSA_CACHE_TYPE_DATA },
	};
	unsigned int i;
	int ret;

	ret = add_bank(node, HSA_MEM_HEAP_TYPE_FB_PUBLIC,
		       node->dev->hw->local_size, GFX90A_MEMORY_WIDTH_BITS,
		       GFX90A_MEMORY_CLOCK_MHZ);
	for (i = 0; i < ARRAY_SIZE(caches) && !ret; i++)
		ret = add_cache(node, GPU_SIMD_ID_BASE +
				node->dev->hw->index * GPU_SIMD_ID_STRIDE,
				HSA_CACHE_TYPE_HSACU, &caches[i]);
	return ret;
}

static int add_link(struct kfd_topology_node *from,
		    struct kfd_topology_node *to)
{
	const struct prop props[] = {
		{ "type", HSA_IOLINK_TYPE_XGMI },
		{ "version_major", 0 },
		{ "version_minor", 0 },
		{ "node_from", from->id },
		{ "node_to", to->id },
		{ "weight", XGMI_WEIGHT },
		{ "min_latency", 0 },
		{ "max_latency", 0 },
		{ "min_bandwidth", XGMI_BANDWIDTH_MBS },
		{ "max_bandwidth", XGMI_BANDWIDTH_MBS },
		{ "recommended_transfer_size", 0 },
		{ "flags", HSA_IOLINK_FLAGS_ENABLED },
	};

	return leaf_add(from, from->io_links, &from->io_links_count, to, props,
			ARRAY_SIZE(props), 0);
}

static int link_all(struct kfd_topology_node *node)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nodes_count; i++) {
		ret = add_link(node, nodes[i]);
		if (ret)
			return ret;
		ret = add_link(nodes[i], node);
		if (ret)
			return ret;
	}
	return 0;
}

/* The links to the last node are the last ones everywhere. */
static void unlink_all(struct kfd_topology_node *node)
{
	struct topo_leaf *leaf, *next;
	unsigned int i;

	for (i = 0; i < nodes_count; i++)
		list_for_each_entry_safe(leaf, next, &nodes[i]->leaves, link)
			if (leaf->peer == node) {
				WRITE_ONCE(nodes[i]->io_links_count,
					   nodes[i]->io_links_count - 1);
				leaf_remove(leaf);
			}
}

static void new_generation(void)
{
	WRITE_ONCE(generation, generation + 1);
}

struct kfd_topology_node *kfd_topology_add(struct kfd_device *dev)
{
	struct kfd_topology_node *node;
	int ret;

	if (nodes_count == NODES_MAX)
		return ERR_PTR(-ENOSPC);
	node = node_create(nodes_count, dev);
	if (IS_ERR(node))
		return node;
	ret = dev ? fill_gpu_node(node) : fill_cpu_node(node);
	if (!ret)
		ret = link_all(node);
	if (ret) {
		unlink_all(node);
		node_destroy(node);
		return ERR_PTR(ret);
	}
	nodes[nodes_count++] = node;
	new_generation();
	return node;
}

void kfd_topology_remove(struct kfd_topology_node *node)
{
	nodes[--nodes_count] = NULL;
	unlink_all(node);
	node_destroy(node);
	new_generation();
}

unsigned int kfd_topology_node_id(const struct kfd_topology_node *node)
{
	return node->id;
}

/* The root */

static ssize_t generation_id_show(struct kobject *kobj,
				  struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(generation));
}

static struct kobj_attribute generation_id = __ATTR_RO(generation_id);

static ssize_t system_properties_show(struct kobject *kobj,
				      struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf,
			  "platform_oem 0\nplatform_id 0\nplatform_rev 0\n");
}

static struct kobj_attribute system_properties = __ATTR_RO(system_properties);

static const struct attribute *root_attrs[] = {
	&generation_id.attr, &system_properties.attr, NULL
};

int kfd_topology_create(struct kobject *parent)
{
	struct kfd_topology_node *cpu;
	int ret;

	topology_dir = kobject_create_and_add("topology", parent);
	if (!topology_dir)
		return -ENOMEM;
	ret = sysfs_create_files(topology_dir, root_attrs);
	if (ret)
		goto put_topology;
	nodes_dir = kobject_create_and_add("nodes", topology_dir);
	if (!nodes_dir) {
		ret = -ENOMEM;
		goto put_topology;
	}
	cpu = kfd_topology_add(NULL);
	if (IS_ERR(cpu)) {
		ret = PTR_ERR(cpu);
		goto put_nodes;
	}
	return 0;

put_nodes:
	kobject_put(nodes_dir);
put_topology:
	kobject_put(topology_dir);
	return ret;
}

void kfd_topology_destroy(void)
{
	kfd_topology_remove(nodes[0]);
	kobject_put(nodes_dir);
	kobject_put(topology_dir);
}
