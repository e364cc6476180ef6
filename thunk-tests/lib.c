// SPDX-License-Identifier: MIT

#include "lib.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PM_PRESENT	0x8000000000000000ULL
#define PM_SWAP		0x4000000000000000ULL
#define PM_PFN		0x007fffffffffffffULL

#define MAX_SPANS	64

/* [start, end) of physical memory */
struct span {
	uint64_t start;
	uint64_t end;
};

static __attribute__((format(printf, 1, 2))) int fail(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

/* Open and close */

static int find_gpus(struct t_kfd *kfd)
{
	struct t_vram vram[T_GPUS];
	HsaNodeProperties prop;
	struct t_gpu *gpu;
	int n, i;

	n = t_vram(vram, T_GPUS);
	if (n < 0)
		return -1;
	for (unsigned int node = 0; node < kfd->nodes; node++) {
		if (hsaKmtGetNodeProperties(node, &prop) != HSAKMT_STATUS_SUCCESS)
			return fail("no properties of topology node %u", node);
		if (!prop.NumFComputeCores)
			continue;
		for (i = 0; i < n && vram[i].node != node; i++)
			;
		if (i == n)
			return fail("%svram has no line for node %u", T_DEBUGFS, node);
		if (kfd->ngpus == T_GPUS)
			return fail("more than %d GPUs", T_GPUS);
		gpu = &kfd->gpu[kfd->ngpus++];
		gpu->node = node;
		gpu->id = vram[i].gpu_id;
		gpu->base = vram[i].base;
		gpu->pages = vram[i].total;
	}
	return kfd->ngpus ? 0 : fail("the topology has no GPU node");
}

int t_open(struct t_kfd *kfd)
{
	HsaSystemProperties sys;
	HSAKMT_STATUS status;

	memset(kfd, 0, sizeof(*kfd));
	status = hsaKmtOpenKFD();
	if (status != HSAKMT_STATUS_SUCCESS)
		return fail("hsaKmtOpenKFD: status %d (is the driver loaded?)", status);
	status = hsaKmtAcquireSystemProperties(&sys);
	if (status != HSAKMT_STATUS_SUCCESS) {
		hsaKmtCloseKFD();
		return fail("hsaKmtAcquireSystemProperties: status %d", status);
	}
	kfd->nodes = sys.NumNodes;
	if (find_gpus(kfd)) {
		t_close(kfd);
		return -1;
	}
	return 0;
}

int t_close(struct t_kfd *kfd)
{
	HSAKMT_STATUS status;

	memset(kfd, 0, sizeof(*kfd));
	status = hsaKmtReleaseSystemProperties();
	if (status != HSAKMT_STATUS_SUCCESS)
		return fail("hsaKmtReleaseSystemProperties: status %d", status);
	status = hsaKmtCloseKFD();
	if (status != HSAKMT_STATUS_SUCCESS)
		return fail("hsaKmtCloseKFD: status %d", status);
	return 0;
}

int t_raw_kfd(void)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct dirent *d;
	ssize_t n;
	DIR *dir;
	int fd = -1;

	dir = opendir("/proc/self/fd");
	if (!dir)
		return fail("/proc/self/fd: %s", strerror(errno));
	while (fd < 0 && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/fd/%s", d->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		if (!strcmp(target, "/dev/kfd"))
			fd = atoi(d->d_name);
	}
	closedir(dir);
	return fd >= 0 ? fd : fail("the thunk has no descriptor on /dev/kfd");
}

/* Memory */

void *t_map(size_t size)
{
	uintptr_t raw, start;
	void *p;

	p = mmap(NULL, size + T_HUGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		fail("mmap of %zu bytes: %s", size, strerror(errno));
		return NULL;
	}
	raw = (uintptr_t)p;
	start = (raw + T_HUGE - 1) & ~(T_HUGE - 1);
	if (start > raw)
		munmap((void *)raw, start - raw);
	if (start + size < raw + size + T_HUGE)
		munmap((void *)(start + size), raw + T_HUGE - start);
	return (void *)start;
}

void *t_map_apart(size_t size)
{
	static uintptr_t next = 1UL << 44;
	uintptr_t at = __atomic_fetch_add(&next, (size | (T_HUGE - 1)) + 1 + T_HUGE,
					  __ATOMIC_RELAXED);
	void *p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (p != MAP_FAILED)
		return p;
	fail("mmap of %zu bytes at %#lx: %s", size, (unsigned long)at, strerror(errno));
	return NULL;
}

bool t_map_anew(void *at, size_t size)
{
	return mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		    -1, 0) == at;
}

void *t_map_thp(size_t size, bool huge)
{
	void *p = t_map(size);

	if (p && madvise(p, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)) {
		fail("madvise(%sHUGEPAGE): %s", huge ? "" : "NO", strerror(errno));
		munmap(p, size);
		return NULL;
	}
	return p;
}

static uint64_t word(uint64_t seed, size_t i)
{
	return (seed + i + 1) * 0x9e3779b97f4a7c15ULL;
}

void t_fill(void *addr, size_t size, uint64_t seed)
{
	uint64_t *p = addr;

	for (size_t i = 0; i < size / sizeof(*p); i++)
		p[i] = word(seed, i);
}

unsigned long t_wrong(const void *addr, size_t size, uint64_t seed)
{
	const uint64_t *p = addr;
	unsigned long wrong = 0;

	for (size_t i = 0; i < size / sizeof(*p); i++)
		wrong += p[i] != word(seed, i);
	return wrong;
}

unsigned long t_nonzero(const void *addr, size_t size)
{
	const uint64_t *p = addr;
	unsigned long n = 0;

	for (size_t i = 0; i < size / sizeof(*p); i++)
		n += p[i] != 0;
	return n;
}

uint64_t t_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x * 0x2545f4914f6cdd1dULL;
}

/* Attributes */

HSAKMT_STATUS t_set(void *addr, size_t size, uint32_t type, uint32_t value)
{
	HSA_SVM_ATTRIBUTE attr = { .type = type, .value = value };

	return hsaKmtSVMSetAttr(addr, size, 1, &attr);
}

HSAKMT_STATUS t_get(void *addr, size_t size, uint32_t type, uint32_t *value)
{
	HSA_SVM_ATTRIBUTE attr = { .type = type, .value = *value };
	HSAKMT_STATUS status = hsaKmtSVMGetAttr(addr, size, 1, &attr);

	*value = attr.value;
	return status;
}

HSAKMT_STATUS t_prefetch(void *addr, size_t size, unsigned int node)
{
	return t_set(addr, size, HSA_SVM_ATTR_PREFETCH_LOC, node);
}

/* Where pages are */

/* The spans of /proc/iomem with this name; how many, or -1. */
static int iomem_spans(const char *name, struct span *spans, int max)
{
	char line[256], *colon, *text;
	unsigned long long start, end;
	int n = 0;
	FILE *f;

	f = fopen("/proc/iomem", "r");
	if (!f)
		return fail("/proc/iomem: %s", strerror(errno));
	while (n < max && fgets(line, sizeof(line), f)) {
		colon = strstr(line, " : ");
		if (!colon)
			continue;
		text = colon + 3;
		text[strcspn(text, "\n")] = '\0';
		if (strcmp(text, name) ||
		    sscanf(line, " %llx-%llx", &start, &end) != 2)
			continue;
		if (!end) {
			fclose(f);
			return fail("/proc/iomem shows no addresses: not root");
		}
		spans[n++] = (struct span){ start, end + 1 };
	}
	fclose(f);
	return n;
}

static bool in_spans(const struct span *spans, int n, uint64_t addr)
{
	for (int i = 0; i < n; i++)
		if (addr >= spans[i].start && addr < spans[i].end)
			return true;
	return false;
}

static int gpu_of(const struct t_kfd *kfd, uint64_t addr)
{
	for (unsigned int i = 0; i < kfd->ngpus; i++)
		if (addr >= kfd->gpu[i].base &&
		    addr < kfd->gpu[i].base + kfd->gpu[i].pages * T_PAGE)
			return i;
	return -1;
}

struct memory_map {
	struct span spm[MAX_SPANS];
	struct span dram[MAX_SPANS];
	int nspm;
	int ndram;
};

static void count_entry(const struct memory_map *map, const struct t_kfd *kfd,
			uint64_t entry, struct t_where *where)
{
	uint64_t addr = (entry & PM_PFN) * T_PAGE;
	int gpu = kfd ? gpu_of(kfd, addr) : -1;

	where->pages++;
	if (entry & PM_SWAP) {
		where->swapped++;
		return;
	}
	if (!(entry & PM_PRESENT)) {
		where->absent++;
		return;
	}
	if (gpu >= 0)
		where->gpu[gpu]++;
	if (in_spans(map->spm, map->nspm, addr))
		where->spm++;
	else if (in_spans(map->dram, map->ndram, addr))
		where->dram++;
	else
		where->other++;
}

static int read_pagemap(int fd, const struct memory_map *map,
			const struct t_kfd *kfd, uintptr_t addr,
			unsigned long pages, struct t_where *where)
{
	uint64_t entries[512];
	size_t want;
	ssize_t n;

	while (pages) {
		want = pages < 512 ? pages : 512;
		n = pread(fd, entries, want * sizeof(entries[0]),
			  addr / T_PAGE * sizeof(entries[0]));
		if (n != (ssize_t)(want * sizeof(entries[0])))
			return fail("pagemap: short read at %#lx", addr);
		for (size_t i = 0; i < want; i++)
			count_entry(map, kfd, entries[i], where);
		addr += want * T_PAGE;
		pages -= want;
	}
	return 0;
}

int t_where_pid(pid_t pid, const struct t_kfd *kfd, const void *addr,
		size_t size, struct t_where *where)
{
	struct memory_map map;
	char path[64];
	int fd, ret;

	memset(where, 0, sizeof(*where));
	map.nspm = iomem_spans("Soft Reserved", map.spm, MAX_SPANS);
	map.ndram = iomem_spans("System RAM", map.dram, MAX_SPANS);
	if (map.nspm < 0 || map.ndram < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	ret = read_pagemap(fd, &map, kfd, (uintptr_t)addr, size / T_PAGE, where);
	close(fd);
	return ret;
}

int t_where(const struct t_kfd *kfd, const void *addr, size_t size,
	    struct t_where *where)
{
	return t_where_pid(getpid(), kfd, addr, size, where);
}

long t_in_spm(const void *addr, size_t size)
{
	struct t_where where;

	return t_where(NULL, addr, size, &where) ? -1 : (long)where.spm;
}

long t_in_dram(const void *addr, size_t size)
{
	struct t_where where;

	return t_where(NULL, addr, size, &where) ? -1 : (long)where.dram;
}

/* What the driver counted */

int t_counters(struct t_counters *counters)
{
	char line[128];
	FILE *f;

	counters->n = 0;
	f = fopen(T_DEBUGFS "counters", "r");
	if (!f)
		return fail(T_DEBUGFS "counters: %s", strerror(errno));
	while (counters->n < T_COUNTERS && fgets(line, sizeof(line), f))
		if (sscanf(line, "%31s %lld", counters->c[counters->n].name,
			   &counters->c[counters->n].value) == 2)
			counters->n++;
	fclose(f);
	return 0;
}

long long t_counter(const struct t_counters *counters, const char *name)
{
	for (int i = 0; i < counters->n; i++)
		if (!strcmp(counters->c[i].name, name))
			return counters->c[i].value;
	fail(T_DEBUGFS "counters has no %s", name);
	return -1;
}

long long t_since(const struct t_counters *before, const char *name)
{
	long long was = t_counter(before, name), is;
	struct t_counters now;

	if (was < 0 || t_counters(&now))
		return -1;
	is = t_counter(&now, name);
	return is < was ? -1 : is - was;
}

long long t_moved(const struct t_counters *before)
{
	static const char * const names[] = {
		"migrate_to_vram", "migrate_to_ram", "migrate_vram_to_vram",
		"evict_pages",
	};
	long long sum = 0, n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = t_since(before, names[i]);
		if (n < 0)
			return -1;
		sum += n;
	}
	return sum;
}

int t_vram(struct t_vram *vram, int max)
{
	unsigned long long base;
	struct t_vram *v;
	char line[256];
	int n = 0;
	FILE *f;

	f = fopen(T_DEBUGFS "vram", "r");
	if (!f)
		return fail(T_DEBUGFS "vram: %s", strerror(errno));
	while (n < max && fgets(line, sizeof(line), f)) {
		v = &vram[n];
		if (sscanf(line,
			   "gpu %u node %u base %llx total %lu free %lu used %lu poisoned %lu",
			   &v->gpu_id, &v->node, &base, &v->total, &v->free,
			   &v->used, &v->poisoned) != 7)
			continue;
		v->base = base;
		n++;
	}
	fclose(f);
	return n ? n : fail(T_DEBUGFS "vram has no GPU line");
}

long t_vram_used(void)
{
	struct t_vram vram[T_GPUS];
	int n = t_vram(vram, T_GPUS);
	long used = 0;

	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++)
		used += vram[i].used;
	return used;
}

/* Adds up "<gpu_id>:<pages>,<gpu_id>:<pages>". */
static long sum_vram(const char *list)
{
	long sum = 0;

	for (const char *colon = strchr(list, ':'); colon; colon = strchr(colon + 1, ':'))
		sum += atol(colon + 1);
	return sum;
}

int t_process(pid_t pid, struct t_process *process)
{
	char line[512], list[256];
	int found = 1, p;
	FILE *f;

	f = fopen(T_DEBUGFS "processes", "r");
	if (!f)
		return fail(T_DEBUGFS "processes: %s", strerror(errno));
	while (found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "pid %d ranges %ld vram %255s to_vram %ld to_ram %ld",
			   &p, &process->ranges, list, &process->to_vram,
			   &process->to_ram) != 5 || p != pid)
			continue;
		process->vram = sum_vram(list);
		found = 0;
	}
	fclose(f);
	return found;
}

/* What the kernel did */

#define TRACING	"/sys/kernel/tracing/"

void t_trace_quietly(void)
{
	t_write_file(TRACING "options/record-cmd", "0");
}

bool t_count_calls(const char *function)
{
	t_trace_quietly();
	return !t_write_file(TRACING "set_ftrace_filter", function) &&
	       !t_write_file(TRACING "current_tracer", "function") &&
	       !t_write_file(TRACING "tracing_on", "1");
}

long t_calls(const char *function)
{
	char line[256];
	long n = 0;
	FILE *f;

	t_write_file(TRACING "tracing_on", "0");
	f = fopen(TRACING "trace", "r");
	while (f && fgets(line, sizeof(line), f))
		n += line[0] != '#' && strstr(line, function);
	if (f)
		fclose(f);
	t_write_file(TRACING "current_tracer", "nop");
	t_write_file(TRACING "set_ftrace_filter", "\n");
	t_write_file(TRACING "tracing_on", "1");
	return f ? n : -1;
}

/* Time */

void t_stand_back(void)
{
	setpriority(PRIO_PROCESS, gettid(), 15);
}

bool t_run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

bool t_kernel_has(const char *symbol)
{
	char line[256], name[64], type;
	FILE *f = fopen("/proc/kallsyms", "r");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*x %c %63s", &type, name) == 2 && !strcmp(name, symbol);
	if (f)
		fclose(f);
	return found;
}

double t_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

bool t_wait(bool (*cond)(void *arg), void *arg, double seconds)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	double deadline = t_now() + seconds;

	for (;;) {
		if (cond(arg))
			return true;
		if (t_now() > deadline)
			return false;
		nanosleep(&pause, NULL);
	}
}

static bool vram_at_most(void *arg)
{
	long used = t_vram_used();

	return used >= 0 && used <= *(long *)arg;
}

bool t_wait_vram_used(long pages, double seconds)
{
	return t_wait(vram_at_most, &pages, seconds);
}

struct exit_wait {
	pid_t pid;
	int status;
};

static bool has_exited(void *arg)
{
	struct exit_wait *w = arg;

	return waitpid(w->pid, &w->status, WNOHANG) == w->pid;
}

int t_wait_exit(pid_t pid, double seconds)
{
	struct exit_wait w = { .pid = pid };

	if (!t_wait(has_exited, &w, seconds))
		return fail("process %d still runs after %.0f s", pid, seconds);
	return w.status;
}

/* Other processes */

static void __attribute__((noreturn)) live_in_vram(size_t size, int fd)
{
	struct t_kfd kfd;
	char *mem;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mem = t_map_thp(size, false);
	if (!mem || t_open(&kfd))
		_exit(1);
	t_fill(mem, size, 4);
	if (t_prefetch(mem, size, kfd.gpu[0].node) || t_in_spm(mem, size) != (long)(size / T_PAGE))
		_exit(2);
	if (write(fd, "x", 1) != 1)
		_exit(3);
	for (;;)
		pause();
}

pid_t t_child_with_vram(size_t size, int *ready)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (!pid)
		live_in_vram(size, fds[1]);
	close(fds[1]);
	*ready = fds[0];
	return pid;
}

/* The machine */

ssize_t t_read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

int t_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = -errno;
	close(fd);
	return ret;
}

int t_for_everybody(void)
{
	char path[64];
	int minor;

	for (minor = 128; minor < 128 + T_GPUS; minor++) {
		snprintf(path, sizeof(path), "/dev/dri/renderD%d", minor);
		if (chmod(path, 0666) && errno != ENOENT)
			return -1;
	}
	return chmod("/dev/kfd", 0666);
}

bool t_debug_kernel(void)
{
	const char *kernel = getenv("CONODE_KERNEL");

	return kernel && !strcmp(kernel, "debug");
}
