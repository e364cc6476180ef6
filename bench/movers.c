// SPDX-License-Identifier: MIT
/* The ways to move pages: our driver, move_pages(2), the kernel's test_hmm. */

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <numa.h>
#include <numaif.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/types.h>
#include "test_hmm_uapi.h"

#define HMM_CHUNK	(256 * T_MIB)
#define HMM_DEVICE	"/dev/hmm_dmirror2"

static int complain(const char *what, long code)
{
	fprintf(stderr, "migrate: %s: %ld\n", what, code);
	return -1;
}

static bool in_spm(char *mem, size_t size)
{
	return t_in_spm(mem, size) == (long)(size / T_PAGE);
}

/* Prefetch through libhsakmt */

static struct t_kfd kfd;

static const char *prefetch_open(void)
{
	return t_open(&kfd) ? "the driver cannot be opened" : NULL;
}

static int prefetch_to(char *mem, size_t size)
{
	HSAKMT_STATUS status = t_prefetch(mem, size, kfd.gpu[0].node);

	return status == HSAKMT_STATUS_SUCCESS ? 0 : complain("prefetch", status);
}

static int prefetch_back(char *mem, size_t size)
{
	HSAKMT_STATUS status = t_prefetch(mem, size, 0);

	return status == HSAKMT_STATUS_SUCCESS ? 0 : complain("prefetch back", status);
}

static void prefetch_close(void)
{
	t_close(&kfd);
}

const struct mover prefetch_mover = {
	.name = "prefetch to VRAM",
	.id = "prefetch",
	.open = prefetch_open,
	.to = prefetch_to,
	.back = prefetch_back,
	.is_there = in_spm,
	.close = prefetch_close,
};

/* move_pages(2) between two DRAM nodes */

static int home = -1, away = -1;
static void **addrs;
static int *nodes, *status;
static size_t capacity;

static const char *move_pages_open(void)
{
	if (numa_available() < 0)
		return "the kernel has no NUMA";
	home = -1;
	away = -1;
	for (int node = 0; node <= numa_max_node(); node++) {
		if (numa_node_size64(node, NULL) <= 0)
			continue;
		if (home < 0)
			home = node;
		else if (away < 0)
			away = node;
	}
	if (away < 0)
		return "there is one DRAM node only";
	numa_set_preferred(home);
	return NULL;
}

static bool make_room(size_t pages)
{
	if (pages <= capacity)
		return true;
	addrs = realloc(addrs, pages * sizeof(*addrs));
	nodes = realloc(nodes, pages * sizeof(*nodes));
	status = realloc(status, pages * sizeof(*status));
	capacity = pages;
	return addrs && nodes && status;
}

static int move_to_node(char *mem, size_t size, int node)
{
	size_t pages = size / T_PAGE;

	for (size_t i = 0; i < pages; i++) {
		addrs[i] = mem + i * T_PAGE;
		nodes[i] = node;
	}
	if (move_pages(0, pages, addrs, nodes, status, MPOL_MF_MOVE))
		return complain("move_pages", errno);
	return 0;
}

static int move_pages_to(char *mem, size_t size)
{
	return make_room(size / T_PAGE) ? move_to_node(mem, size, away) : -1;
}

static int move_pages_back(char *mem, size_t size)
{
	return move_to_node(mem, size, home);
}

static bool is_away(char *mem, size_t size)
{
	size_t pages = size / T_PAGE, there = 0;

	for (size_t i = 0; i < pages; i++)
		addrs[i] = mem + i * T_PAGE;
	if (move_pages(0, pages, addrs, NULL, status, 0))
		return false;
	for (size_t i = 0; i < pages; i++)
		there += status[i] == away;
	return there == pages;
}

static void move_pages_close(void)
{
	numa_set_localalloc();
}

const struct mover move_pages_mover = {
	.name = "move_pages(2), DRAM to DRAM",
	.id = "move_pages",
	.open = move_pages_open,
	.to = move_pages_to,
	.back = move_pages_back,
	.is_there = is_away,
	.close = move_pages_close,
};

/* The kernel's own test of coherent pages, on the same SPM */

static int hmm_fd = -1;
static char *hmm_buffer;
static size_t hmm_buffer_size;

/* Two pieces of SPM of the size that test_hmm wants. */
static int find_chunks(uint64_t chunks[2])
{
	struct t_vram vram[T_GPUS];
	int n = t_vram(vram, T_GPUS), found = 0;

	for (int i = 0; i < n; i++)
		for (uint64_t at = 0; at + HMM_CHUNK <= vram[i].total * T_PAGE && found < 2;
		     at += HMM_CHUNK)
			chunks[found++] = vram[i].base + at;
	return found == 2 ? 0 : -1;
}

static bool amdgpu_is_unloaded(void *arg)
{
	(void)arg;
	return !syscall(SYS_delete_module, "amdgpu", O_NONBLOCK) || errno == ENOENT;
}

static void load_amdgpu(void)
{
	const char *path = getenv("CONODE_MODULE"), *spm = getenv("CONODE_SPM");
	char params[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	snprintf(params, sizeof(params), "spm=%s", spm);
	if (fd < 0 || syscall(SYS_finit_module, fd, params, 0))
		fprintf(stderr, "migrate: amdgpu does not load again: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static const char *test_hmm_open(void)
{
	uint64_t chunks[2];
	char command[256];

	if (system("modinfo test_hmm >/dev/null 2>&1"))
		return "this kernel has no test_hmm (--kernel patched has)";
	if (!getenv("CONODE_MODULE") || !getenv("CONODE_SPM"))
		return "CONODE_MODULE and CONODE_SPM are not set";
	if (find_chunks(chunks))
		return "test_hmm wants two pieces of SPM of 256 MiB";
	if (!t_wait(amdgpu_is_unloaded, NULL, 30))
		return "amdgpu does not give the SPM away";
	snprintf(command, sizeof(command),
		 "modprobe test_hmm spm_addr_dev0=%#llx spm_addr_dev1=%#llx",
		 (unsigned long long)chunks[0], (unsigned long long)chunks[1]);
	if (system(command)) {
		load_amdgpu();
		return "test_hmm does not load";
	}
	hmm_fd = open(HMM_DEVICE, O_RDWR | O_CLOEXEC);
	return hmm_fd < 0 ? HMM_DEVICE " does not open" : NULL;
}

static int hmm_command(unsigned long command, char *mem, size_t size)
{
	struct hmm_dmirror_cmd cmd = {
		.addr = (uintptr_t)mem,
		.ptr = (uintptr_t)hmm_buffer,
		.npages = size / T_PAGE,
	};

	if (ioctl(hmm_fd, command, &cmd))
		return complain("test_hmm", errno);
	return cmd.cpages == size / T_PAGE ? 0 : complain("test_hmm: pages moved", cmd.cpages);
}

static int test_hmm_to(char *mem, size_t size)
{
	if (hmm_buffer_size < size) {
		hmm_buffer = t_map(size);
		if (!hmm_buffer)
			return -1;
		memset(hmm_buffer, 0, size);
		hmm_buffer_size = size;
	}
	return hmm_command(HMM_DMIRROR_MIGRATE_TO_DEV, mem, size);
}

static int test_hmm_back(char *mem, size_t size)
{
	return hmm_command(HMM_DMIRROR_MIGRATE_TO_SYS, mem, size);
}

static void test_hmm_close(void)
{
	if (hmm_fd >= 0)
		close(hmm_fd);
	if (system("modprobe -r test_hmm"))
		fprintf(stderr, "migrate: test_hmm does not unload\n");
	else
		load_amdgpu();
}

const struct mover test_hmm_mover = {
	.name = "test_hmm, coherent device",
	.id = "test_hmm",
	.open = test_hmm_open,
	.to = test_hmm_to,
	.back = test_hmm_back,
	.is_there = in_spm,
	.close = test_hmm_close,
};
