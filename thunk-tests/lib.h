/* SPDX-License-Identifier: MIT */
/*
 * What every program on libhsakmt needs to look at itself: which nodes there
 * are, where its pages are, what the driver counted.
 *
 * A snapshot is never trusted to the driver alone: the place of a page comes
 * from /proc/<pid>/pagemap and /proc/iomem, which are the kernel's.
 *
 * Functions that return int give 0, or -1 after a line on stderr that says
 * what went wrong.
 */
#ifndef T_LIB_H
#define T_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <hsakmt.h>

#define T_PAGE		4096UL
#define T_MIB		0x100000UL
#define T_HUGE		(2 * T_MIB)
#define T_GPUS		8
#define T_DEBUGFS	"/sys/kernel/debug/kfd/"

/**
 * struct t_gpu - one GPU node
 * @node: topology node id
 * @id: KFD gpu id
 * @base: physical address of its VRAM
 * @pages: size of its VRAM
 */
struct t_gpu {
	unsigned int node;
	uint32_t id;
	uint64_t base;
	unsigned long pages;
};

/**
 * struct t_kfd - an open KFD with its topology
 * @nodes: number of topology nodes
 * @ngpus: how many of them are GPUs
 */
struct t_kfd {
	unsigned int nodes;
	unsigned int ngpus;
	struct t_gpu gpu[T_GPUS];
};

/** t_open() - hsaKmtOpenKFD, take the snapshot, find the GPUs (at least one) */
int t_open(struct t_kfd *kfd);

/** t_close() - the reverse of t_open(), fails when the thunk does */
int t_close(struct t_kfd *kfd);

/** t_raw_kfd() - the file descriptor that the thunk has on /dev/kfd, or -1 */
int t_raw_kfd(void);

/*
 * For programs with a main() of their own: tests are registered in the order of
 * their constructors, as TEST_HARNESS_MAIN sees to it.
 */
#define T_ORDER_TESTS						\
	static void __attribute__((constructor)) t_order_last(void) \
	{							\
		if (!__constructor_order)			\
			__constructor_order = _CONSTRUCTOR_ORDER_BACKWARD; \
	}

/* Memory */

/** t_map() - private anonymous memory of @size bytes, 2 MiB aligned, or NULL */
void *t_map(size_t size);

/**
 * t_map_apart() - the same, far below where the kernel puts new mappings
 *
 * A hole that munmap() or mremap() makes in it stays a hole: no other thread's
 * mapping gets there before the test fills it again.
 */
void *t_map_apart(size_t size);

/**
 * t_map_anew() - new private anonymous memory where @at is, instead of what is there;
 * false: not
 */
bool t_map_anew(void *at, size_t size);

/** t_map_thp() - t_map() with MADV_HUGEPAGE or MADV_NOHUGEPAGE */
void *t_map_thp(size_t size, bool huge);

/** t_fill() - write the pattern of @seed to [addr, addr + size) */
void t_fill(void *addr, size_t size, uint64_t seed);

/** t_wrong() - number of 8-byte words that differ from the pattern of @seed */
unsigned long t_wrong(const void *addr, size_t size, uint64_t seed);

/** t_nonzero() - number of 8-byte words that are not 0 */
unsigned long t_nonzero(const void *addr, size_t size);

/** t_random() - a fast generator; @state must not be 0 */
uint64_t t_random(uint64_t *state);

/* Attributes; these return the thunk's status */

HSAKMT_STATUS t_set(void *addr, size_t size, uint32_t type, uint32_t value);
HSAKMT_STATUS t_get(void *addr, size_t size, uint32_t type, uint32_t *value);

/** t_prefetch() - set PREFETCH_LOC to a topology node; 0 is system memory */
HSAKMT_STATUS t_prefetch(void *addr, size_t size, unsigned int node);

/* Where pages are */

/**
 * struct t_where - the places of a range of pages
 * @spm: in soft-reserved memory, according to /proc/iomem
 * @gpu: in the VRAM of GPU i, according to the driver; their sum is @spm
 * @dram: in System RAM
 * @absent: not mapped by a page table entry
 * @swapped: in swap
 * @other: anything else
 */
struct t_where {
	unsigned long pages;
	unsigned long spm;
	unsigned long gpu[T_GPUS];
	unsigned long dram;
	unsigned long absent;
	unsigned long swapped;
	unsigned long other;
};

/** t_where() - where the pages of this process are (needs root) */
int t_where(const struct t_kfd *kfd, const void *addr, size_t size,
	    struct t_where *where);

/** t_where_pid() - the same for another process */
int t_where_pid(pid_t pid, const struct t_kfd *kfd, const void *addr,
		size_t size, struct t_where *where);

/** t_in_spm() - pages of [addr, addr + size) in the SPM, or -1 */
long t_in_spm(const void *addr, size_t size);

/** t_in_dram() - pages of [addr, addr + size) in System RAM, or -1 */
long t_in_dram(const void *addr, size_t size);

/* What the driver counted */

#define T_COUNTERS	128

/** struct t_counters - the file kfd/counters at one moment */
struct t_counters {
	int n;
	struct {
		char name[32];
		long long value;
	} c[T_COUNTERS];
};

int t_counters(struct t_counters *counters);

/** t_counter() - one value; -1 when the driver has no such counter */
long long t_counter(const struct t_counters *counters, const char *name);

/** t_since() - how much @name grew since @before; -1 on any error */
long long t_since(const struct t_counters *before, const char *name);

/** t_moved() - pages that moved in any direction since @before; -1 on error */
long long t_moved(const struct t_counters *before);

/** struct t_vram - one line of kfd/vram */
struct t_vram {
	uint32_t gpu_id;
	unsigned int node;
	uint64_t base;
	unsigned long total;
	unsigned long free;
	unsigned long used;
	unsigned long poisoned;
};

/** t_vram() - all GPUs; returns how many, or -1 */
int t_vram(struct t_vram *vram, int max);

/** t_vram_used() - pages handed out on all GPUs, or -1 */
long t_vram_used(void);

/** struct t_process - one line of kfd/processes */
struct t_process {
	long ranges;
	long vram;
	long to_vram;
	long to_ram;
};

/** t_process() - what the driver says about a process; 1 when it has no line */
int t_process(pid_t pid, struct t_process *process);

/* What the kernel did: its function tracer, which not every kernel has */

/**
 * t_trace_quietly() - trace without the names of tasks, for which the scheduler would
 * be traced, too: code that all CPUs run would change under them, which QEMU without
 * KVM is not good at (docs/testing.md)
 */
void t_trace_quietly(void);

/** t_count_calls() - start to count calls of a kernel function; false: cannot */
bool t_count_calls(const char *function);

/** t_calls() - stop; how many calls there were, or -1 */
long t_calls(const char *function);

/* Time */

/** t_stand_back() - this thread shall disturb others, not keep them from working */
void t_stand_back(void);

/** t_run_on() - bind this thread to one CPU; false: it is not to be had */
bool t_run_on(int cpu);

/** t_kernel_has() - the kernel has a symbol, as the patched kernels have some more */
bool t_kernel_has(const char *symbol);

/** t_now() - CLOCK_MONOTONIC in seconds */
double t_now(void);

/** t_wait() - poll until cond(arg) is true; false after @seconds */
bool t_wait(bool (*cond)(void *arg), void *arg, double seconds);

/** t_wait_vram_used() - until at most @pages are handed out */
bool t_wait_vram_used(long pages, double seconds);

/** t_wait_exit() - waitpid() with a deadline; the status, or -1 */
int t_wait_exit(pid_t pid, double seconds);

/* Other processes */

/**
 * t_child_with_vram() - fork a child that has memory in VRAM
 * @size: how much of it, filled with the pattern of seed 4
 * @ready: out: a descriptor from which one byte can be read when it is there
 *
 * The child sleeps until it is killed, or until its parent dies.
 */
pid_t t_child_with_vram(size_t size, int *ready);

/* The machine */

/** t_read_file() - a small file as a string; the length or -1, silent */
ssize_t t_read_file(const char *path, char *buf, size_t size);

/** t_write_file() - write a string; 0 or -errno, silent */
int t_write_file(const char *path, const char *text);

/**
 * t_for_everybody() - let every user open the devices
 *
 * On a real system they belong to a group, and a module that is loaded anew
 * makes them anew.
 *
 * Return: 0, or -1 with errno.
 */
int t_for_everybody(void);

/** t_debug_kernel() - the kernel is several times slower than usual */
bool t_debug_kernel(void);

#endif
