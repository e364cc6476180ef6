// SPDX-License-Identifier: MIT
/* What a program learns about the node before it asks for anything. */

#include <fcntl.h>
#include <linux/kfd_ioctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

/* The first field of struct drm_version is three ints; only the name matters. */
struct version {
	int major, minor, patch;
	size_t name_len;
	char *name;
	size_t date_len;
	char *date;
	size_t desc_len;
	char *desc;
};

#define IOCTL_VERSION	_IOWR('d', 0x00, struct version)

FIXTURE(node)
{
	struct t_kfd kfd;
	HsaNodeProperties gpu;
};

FIXTURE_SETUP(node)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS,
		  hsaKmtGetNodeProperties(self->kfd.gpu[0].node, &self->gpu));
}

FIXTURE_TEARDOWN(node)
{
	EXPECT_EQ(0, t_close(&self->kfd));
}

TEST(open_and_close_as_often_as_one_likes)
{
	struct t_kfd kfd;

	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, t_open(&kfd));
		ASSERT_EQ(0, t_close(&kfd));
	}
}

TEST(open_twice_needs_close_twice)
{
	HsaVersionInfo version;

	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtOpenKFD());
	EXPECT_EQ(HSAKMT_STATUS_KERNEL_ALREADY_OPENED, hsaKmtOpenKFD());
	EXPECT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtCloseKFD());
	EXPECT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtGetVersion(&version));
	EXPECT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtCloseKFD());
	EXPECT_NE(HSAKMT_STATUS_SUCCESS, hsaKmtCloseKFD());
}

TEST_F(node, version_has_svm)
{
	HsaVersionInfo version;

	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtGetVersion(&version));
	EXPECT_EQ(1, version.KernelInterfaceMajorVersion);
	EXPECT_GE(version.KernelInterfaceMinorVersion, 8);
	EXPECT_LE(version.KernelInterfaceMinorVersion, 11);
}

TEST_F(node, one_cpu_node_then_gpu_nodes)
{
	HsaNodeProperties cpu;

	EXPECT_EQ(1 + self->kfd.ngpus, self->kfd.nodes);
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtGetNodeProperties(0, &cpu));
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), cpu.NumCPUCores);
	EXPECT_EQ(0, cpu.NumFComputeCores);
	for (unsigned int i = 0; i < self->kfd.ngpus; i++)
		EXPECT_EQ(1 + i, self->kfd.gpu[i].node);
	EXPECT_NE(HSAKMT_STATUS_SUCCESS, hsaKmtGetNodeProperties(self->kfd.nodes, &cpu));
}

TEST_F(node, gpu_is_a_gfx90a)
{
	const HsaNodeProperties *p = &self->gpu;

	EXPECT_EQ(9, (int)p->EngineId.ui32.Major);
	EXPECT_EQ(0, (int)p->EngineId.ui32.Minor);
	EXPECT_EQ(10, (int)p->EngineId.ui32.Stepping);
	EXPECT_EQ(0x1002, p->VendorId);
	EXPECT_EQ(0x7408, p->DeviceId);
	EXPECT_EQ(0, p->NumCPUCores);
	EXPECT_EQ(64, p->WaveFrontSize);
	EXPECT_EQ(64, p->LDSSizeInKB);
	EXPECT_EQ(4, p->NumSIMDPerCU);
	EXPECT_EQ(0, p->NumFComputeCores % p->NumSIMDPerCU);
	EXPECT_NE(0, p->HiveID);
	EXPECT_EQ(2, (int)p->Capability.ui32.DoorbellType);
}

TEST_F(node, gpu_says_that_it_is_coherent)
{
	EXPECT_EQ(1, (int)self->gpu.Capability.ui32.SVMAPISupported);
	EXPECT_EQ(1, (int)self->gpu.Capability.ui32.CoherentHostAccess);
}

TEST_F(node, gpu_ids_differ)
{
	for (unsigned int i = 0; i < self->kfd.ngpus; i++) {
		EXPECT_NE(0, self->kfd.gpu[i].id);
		for (unsigned int j = 0; j < i; j++)
			EXPECT_NE(self->kfd.gpu[j].id, self->kfd.gpu[i].id);
	}
}

TEST_F(node, vram_bank_is_the_spm)
{
	HsaMemoryProperties banks[16];
	uint64_t size = 0;

	ASSERT_LE(self->gpu.NumMemoryBanks, 16);
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS,
		  hsaKmtGetNodeMemoryProperties(self->kfd.gpu[0].node,
						self->gpu.NumMemoryBanks, banks));
	for (unsigned int i = 0; i < self->gpu.NumMemoryBanks; i++)
		if (banks[i].HeapType == HSA_HEAPTYPE_FRAME_BUFFER_PUBLIC)
			size += banks[i].SizeInBytes;
	EXPECT_EQ(self->kfd.gpu[0].pages * T_PAGE, size);
	EXPECT_GT(size, 0);
}

TEST_F(node, system_bank_is_the_dram)
{
	HsaMemoryProperties banks[16];
	HsaNodeProperties cpu;
	uint64_t size = 0, total;

	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtGetNodeProperties(0, &cpu));
	ASSERT_LE(cpu.NumMemoryBanks, 16);
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS,
		  hsaKmtGetNodeMemoryProperties(0, cpu.NumMemoryBanks, banks));
	for (unsigned int i = 0; i < cpu.NumMemoryBanks; i++)
		if (banks[i].HeapType == HSA_HEAPTYPE_SYSTEM)
			size += banks[i].SizeInBytes;
	total = sysconf(_SC_PHYS_PAGES) * T_PAGE;
	EXPECT_GE(size, total);
	EXPECT_LE(size, total + total / 4);
}

TEST_F(node, gpu_has_caches)
{
	HsaCacheProperties caches[256];
	bool l1 = false, l2 = false;

	ASSERT_GE(self->gpu.NumCaches, 2);
	ASSERT_LE(self->gpu.NumCaches, 256);
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS,
		  hsaKmtGetNodeCacheProperties(self->kfd.gpu[0].node, 0, self->gpu.NumCaches,
					       caches));
	for (unsigned int i = 0; i < self->gpu.NumCaches; i++) {
		EXPECT_EQ(1, (int)caches[i].CacheType.ui32.HSACU);
		l1 |= caches[i].CacheLevel == 1 && caches[i].CacheSize == 16;
		l2 |= caches[i].CacheLevel == 2 && caches[i].CacheSize == 8192;
	}
	EXPECT_TRUE(l1);
	EXPECT_TRUE(l2);
}

/* The link from one node to another one, or type 0. */
static HsaIoLinkProperties link_between(unsigned int from, unsigned int to)
{
	HsaIoLinkProperties links[T_GPUS + 1], none = { };
	HsaNodeProperties p;

	if (hsaKmtGetNodeProperties(from, &p) || p.NumIOLinks > T_GPUS + 1 ||
	    hsaKmtGetNodeIoLinkProperties(from, p.NumIOLinks, links))
		return none;
	for (unsigned int i = 0; i < p.NumIOLinks; i++)
		if (links[i].NodeFrom == from && links[i].NodeTo == to)
			return links[i];
	return none;
}

TEST_F(node, links_are_coherent_xgmi_both_ways)
{
	for (unsigned int i = 0; i < self->kfd.ngpus; i++) {
		unsigned int ends[2] = { 0, self->kfd.gpu[i].node };

		for (int dir = 0; dir < 2; dir++) {
			HsaIoLinkProperties l = link_between(ends[dir], ends[!dir]);

			EXPECT_EQ(HSA_IOLINK_TYPE_XGMI, l.IoLinkType);
			EXPECT_EQ(15, l.Weight);
			EXPECT_EQ(0, (int)l.Flags.ui32.NonCoherent);
			EXPECT_EQ(0, (int)l.Flags.ui32.NoAtomics64bit);
			EXPECT_GT(l.MaximumBandwidth, 0);
		}
	}
}

TEST_F(node, render_node_is_amdgpu)
{
	char path[32], name[32] = "";
	struct version v = { .name = name, .name_len = sizeof(name) - 1 };
	int fd;

	ASSERT_GE(self->gpu.DrmRenderMinor, 128);
	snprintf(path, sizeof(path), "/dev/dri/renderD%d", self->gpu.DrmRenderMinor);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ioctl(fd, IOCTL_VERSION, &v));
	EXPECT_STREQ("amdgpu", name);
	EXPECT_EQ(3, v.major);
	close(fd);
}

TEST_F(node, unknown_ioctls_are_refused)
{
	static const unsigned int nrs[] = { 0x00, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xff };
	char arg[256];
	int fd = t_raw_kfd();

	ASSERT_GE(fd, 0);
	for (size_t i = 0; i < ARRAY_SIZE(nrs); i++) {
		memset(arg, 0, sizeof(arg));
		errno = 0;
		EXPECT_EQ(-1, ioctl(fd, _IOWR('K', nrs[i], char[40]), arg));
		EXPECT_EQ(ENOTTY, errno);
	}
}

TEST_F(node, descriptor_is_of_no_use_to_a_child)
{
	struct kfd_ioctl_get_version_args args;
	int fd = t_raw_kfd();
	pid_t pid;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ioctl(fd, AMDKFD_IOC_GET_VERSION, &args));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(ioctl(fd, AMDKFD_IOC_GET_VERSION, &args) == -1 ? errno : 0);
	EXPECT_EQ(EBADF << 8, t_wait_exit(pid, 60));
}

TEST_F(node, xnack_is_off_until_asked_for)
{
	HSAint32 on = -1;

	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtGetXNACKMode(&on));
	EXPECT_EQ(0, on);
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtSetXNACKMode(1));
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtGetXNACKMode(&on));
	EXPECT_EQ(1, on);
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtSetXNACKMode(0));
	ASSERT_EQ(HSAKMT_STATUS_SUCCESS, hsaKmtGetXNACKMode(&on));
	EXPECT_EQ(0, on);
}

TEST_HARNESS_MAIN
