// SPDX-License-Identifier: MIT
/* Memory of a render node that another process, or another GPU, uses as well. */

#include <fcntl.h>
#include <stdint.h>

#include <drm/amdgpu_drm.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "queue.h"
#include "raw.h"

#define SIZE	T_HUGE
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	300

/**
 * struct shared - memory that has no GPU address yet
 * @render: the render node that it comes from
 * @handle: its GEM handle there
 * @fd: its dmabuf
 * @cpu: the CPU's mapping
 */
struct shared {
	int render;
	uint32_t handle;
	int fd;
	char *cpu;
};

/* 0 or -errno */
static int create(struct shared *s, int render, uint64_t domain)
{
	union drm_amdgpu_gem_create gem = { .in = { .bo_size = SIZE, .domains = domain } };
	union drm_amdgpu_gem_mmap map = { };
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret;

	*s = (struct shared){ .render = render, .fd = -1 };
	ret = t_ioctl(render, DRM_IOCTL_AMDGPU_GEM_CREATE, &gem);
	if (ret)
		return ret;
	s->handle = gem.out.handle;
	prime.handle = s->handle;
	ret = t_ioctl(render, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	if (ret)
		return ret;
	s->fd = prime.fd;
	map.in.handle = s->handle;
	ret = t_ioctl(render, DRM_IOCTL_AMDGPU_GEM_MMAP, &map);
	if (ret)
		return ret;
	s->cpu = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, render, map.out.addr_ptr);
	return s->cpu == MAP_FAILED ? -errno : 0;
}

static int close_handle(struct shared *s)
{
	struct drm_gem_close args = { .handle = s->handle };

	return t_ioctl(s->render, DRM_IOCTL_GEM_CLOSE, &args);
}

FIXTURE(dmabuf)
{
	struct shared s;
	int render;
	long used;
};

FIXTURE_VARIANT(dmabuf)
{
	uint64_t domain;
};

FIXTURE_VARIANT_ADD(dmabuf, vram) { AMDGPU_GEM_DOMAIN_VRAM };
FIXTURE_VARIANT_ADD(dmabuf, gtt) { AMDGPU_GEM_DOMAIN_GTT };

FIXTURE_SETUP(dmabuf)
{
	self->used = t_vram_used();
	self->render = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->render, 0);
	ASSERT_EQ(0, create(&self->s, self->render, variant->domain));
	EXPECT_EQ(0, t_nonzero(self->s.cpu, SIZE));
	t_fill(self->s.cpu, SIZE, 1);
}

FIXTURE_TEARDOWN(dmabuf)
{
	munmap(self->s.cpu, SIZE);
	if (self->s.fd >= 0)
		close(self->s.fd);
	close(self->render);
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

/* A process with a queue that has the memory of somebody else. */
struct importer {
	struct t_kfd kfd;
	struct t_queue q;
	char *mem;
	char *host;
};

static int importer_open(struct importer *i, int fd, unsigned int gpu)
{
	HsaGraphicsResourceInfo info = { };
	HSAuint64 alternate;
	HSAuint32 nodes[2];

	if (t_open(&i->kfd) || t_queue_open(&i->q, &i->kfd.gpu[gpu], HSA_QUEUE_SDMA))
		return -1;
	i->host = t_host(SIZE);
	nodes[0] = i->kfd.gpu[0].node;
	nodes[1] = i->kfd.gpu[gpu].node;
	if (!i->host || hsaKmtRegisterGraphicsHandleToNodes(fd, &info, gpu ? 2 : 1, nodes))
		return -1;
	i->mem = info.MemoryAddress;
	if (info.SizeInBytes != SIZE)
		return -1;
	return hsaKmtMapMemoryToGPU(i->mem, SIZE, &alternate) ? -1 : 0;
}

static int importer_close(struct importer *i)
{
	if (hsaKmtUnmapMemoryToGPU(i->mem) || hsaKmtDeregisterMemory(i->mem))
		return -1;
	return t_free(i->host, SIZE) || t_queue_close(&i->q) || t_close(&i->kfd) ? -1 : 0;
}

/* Reads the pattern of seed 1, leaves that of seed 2.  The exit status. */
static int use(int fd)
{
	struct importer i = { };

	if (importer_open(&i, fd, 0))
		return 1;
	if (t_copy(&i.q, i.host, i.mem, SIZE) || !t_finish(&i.q) || t_wrong(i.host, SIZE, 1))
		return 2;
	t_fill(i.host, SIZE, 2);
	if (t_copy(&i.q, i.mem, i.host, SIZE) || !t_finish(&i.q))
		return 3;
	return importer_close(&i) ? 4 : 0;
}

TEST_F_TIMEOUT(dmabuf, two_processes_share_memory, SECONDS)
{
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(use(self->s.fd));
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
	EXPECT_EQ(0, t_wrong(self->s.cpu, SIZE, 2));
}

TEST_F_TIMEOUT(dmabuf, the_memory_lives_as_long_as_somebody_has_it, SECONDS)
{
	struct importer i = { };

	ASSERT_EQ(0, importer_open(&i, self->s.fd, 0));
	ASSERT_EQ(0, close_handle(&self->s));
	close(self->s.fd);
	self->s.fd = -1;
	ASSERT_EQ(0, munmap(self->s.cpu, SIZE));
	ASSERT_EQ(0, t_copy(&i.q, i.host, i.mem, SIZE));
	ASSERT_TRUE(t_finish(&i.q));
	EXPECT_EQ(0, t_wrong(i.host, SIZE, 1));
	if (variant->domain == AMDGPU_GEM_DOMAIN_VRAM)
		EXPECT_GE(t_vram_used(), self->used + (long)PAGES);
	EXPECT_EQ(0, importer_close(&i));
}

TEST_F_TIMEOUT(dmabuf, another_gpu_uses_it, SECONDS)
{
	struct importer i = { };
	struct t_kfd kfd;

	ASSERT_EQ(0, t_open(&kfd));
	if (kfd.ngpus < 2)
		SKIP(return, "dmabuf: one GPU only");
	ASSERT_EQ(0, t_close(&kfd));
	ASSERT_EQ(0, importer_open(&i, self->s.fd, 1));
	ASSERT_EQ(0, t_copy(&i.q, i.host, i.mem, SIZE));
	ASSERT_EQ(0, t_fill_words(&i.q, i.mem, 7, 1024));
	ASSERT_TRUE(t_finish(&i.q));
	EXPECT_EQ(0, t_wrong(i.host, SIZE, 1));
	EXPECT_EQ(7, *(int *)self->s.cpu);
	EXPECT_EQ(0, importer_close(&i));
}

TEST_F_TIMEOUT(dmabuf, its_owner_and_size_are_told, SECONDS)
{
	struct kfd_ioctl_get_dmabuf_info_args args = { .dmabuf_fd = self->s.fd };
	bool vram = variant->domain == AMDGPU_GEM_DOMAIN_VRAM;
	struct t_raw raw;

	ASSERT_EQ(0, t_raw_open(&raw));
	ASSERT_EQ(0, t_ioctl(raw.fd, AMDKFD_IOC_GET_DMABUF_INFO, &args));
	EXPECT_EQ(SIZE, args.size);
	EXPECT_EQ(raw.id[0], args.gpu_id);
	EXPECT_EQ(vram ? T_VRAM : T_GTT, args.flags & (T_VRAM | T_GTT));
	t_raw_close(&raw);
}

static int import(struct t_raw *raw, int fd, const void *va, uint64_t *handle)
{
	struct kfd_ioctl_import_dmabuf_args args = {
		.va_addr = (uintptr_t)va, .gpu_id = raw->id[0], .dmabuf_fd = fd,
	};
	int ret = t_ioctl(raw->fd, AMDKFD_IOC_IMPORT_DMABUF, &args);

	*handle = args.handle;
	return ret;
}

TEST_F_TIMEOUT(dmabuf, wrong_requests_are_refused, SECONDS)
{
	int others[] = { -1, 0, open("/dev/null", O_RDWR), memfd_create("x", 0), self->render };
	struct kfd_ioctl_get_dmabuf_info_args info = { };
	char *va = t_map(2 * SIZE);
	uint64_t handle, second;
	struct t_raw raw;

	ASSERT_NE(NULL, va);
	ASSERT_EQ(0, t_raw_open(&raw));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		info.dmabuf_fd = others[i];
		EXPECT_EQ(-EINVAL, t_ioctl(raw.fd, AMDKFD_IOC_GET_DMABUF_INFO, &info));
		EXPECT_EQ(-EINVAL, import(&raw, others[i], va, &handle));
	}
	EXPECT_EQ(-EINVAL, import(&raw, self->s.fd, va + 100, &handle));
	EXPECT_EQ(-EINVAL, import(&raw, self->s.fd, (void *)0x7fffffffe000, &handle));
	ASSERT_EQ(0, import(&raw, self->s.fd, va, &handle));
	EXPECT_EQ(-EADDRINUSE, import(&raw, self->s.fd, va + SIZE / 2, &second));
	ASSERT_EQ(0, import(&raw, self->s.fd, va + SIZE, &second));
	EXPECT_EQ(0, t_raw_free(raw.fd, handle));
	EXPECT_EQ(-EINVAL, t_raw_free(raw.fd, handle));
	/* The other import goes with its process. */
	t_raw_close(&raw);
}

T_QUEUE_MAIN
