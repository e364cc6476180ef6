// SPDX-License-Identifier: MIT
/*
 * What the device can do on this host, without a node around it: copy rates as a
 * share of memcpy in the same run, time from a doorbell to its answer, time of a
 * command, CPU that an idle device takes.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "abi/sdma_packets.h"
#include "tests/local.h"

static const char usage[] =
"Usage: measure [--json]\n"
"\n"
"Measure a GPU inside this process.\n"
"\n"
"  --json   one JSON object instead of lines of text\n"
"  --help   print this text\n";

#define VMID		1
#define BYTES		(64ULL << 20)
#define ROUNDS		7
#define RINGS		5000
/* A client rings about so often: the device is busy, the client not always. */
#define RING_PAUSE_NS	200000ULL
#define IDLE_NS		2000000000ULL

#define RAM_VA		0x100000000000ULL
#define VRAM_VA		0x200000000000ULL
#define FENCE_VA	0x300000000000ULL

struct result {
	const char *name;
	const char *unit;
	double value;
};

static struct result results[16];
static unsigned int result_count;

static void add(const char *name, const char *unit, double value)
{
	results[result_count++] = (struct result) { name, unit, value };
}

static void die(const char *what, int err)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(-err));
	exit(EXIT_FAILURE);
}

static int compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double rate(u64 ns)
{
	return (double)BYTES / (1 << 20) / ((double)ns / 1e9);
}

/* All three in turns, so that a change of the host's speed hits them alike. */

static u64 time_memcpy(struct local *l)
{
	u64 start = gpu_ns();

	memcpy(l->vram, l->ram, BYTES);
	return gpu_ns() - start;
}

static u64 time_engine(struct local *l)
{
	struct simgpu_copy c = {
		.dst = htole64(SIMGPU_COPY_LOCAL),
		.src = htole64(LOCAL_RAM_BASE),
		.npages = htole32(BYTES / PAGE_SIZE),
	};
	u64 start = gpu_ns();
	int err = local_copy(l, SIMGPU_CMD_COPY, &c, 1);

	if (err)
		die("COPY", err);
	return gpu_ns() - start;
}

static u64 time_queue(struct local_queue *q)
{
	u64 chunk = SDMA_COPY_COUNT + 1, done;
	u64 start = gpu_ns();

	for (done = 0; done < BYTES; done += chunk) {
		struct sdma_copy_linear p = {
			.header = htole32(SDMA_OP_COPY),
			.count = htole32((u32)chunk - 1),
			.src_lo = htole32((u32)(RAM_VA + done)),
			.src_hi = htole32((RAM_VA + done) >> 32),
			.dst_lo = htole32((u32)(VRAM_VA + done)),
			.dst_hi = htole32((VRAM_VA + done) >> 32),
		};

		local_put(q, &p, sizeof(p));
	}
	local_ring(q);
	while (load_acquire(&q->index[1]) != q->wptr)
		cpu_relax();
	return gpu_ns() - start;
}

static u64 least(u64 a, u64 b)
{
	return a && a < b ? a : b;
}

static void copies(struct local *l, struct local_queue *q)
{
	u64 by_memcpy = 0, by_engine = 0, by_queue = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		by_memcpy = least(by_memcpy, time_memcpy(l));
		by_engine = least(by_engine, time_engine(l));
		by_queue = least(by_queue, time_queue(q));
	}
	add("memcpy", "MiB/s", rate(by_memcpy));
	add("copy_engine", "MiB/s", rate(by_engine));
	add("copy_engine_share", "of memcpy",
	    (double)by_memcpy / (double)by_engine);
	add("sdma", "MiB/s", rate(by_queue));
	add("sdma_share", "of memcpy", (double)by_memcpy / (double)by_queue);
}

/* From the store to the doorbell to the fence's value in memory. */
static u64 time_fence(struct local_queue *q, u32 *fence, u32 value)
{
	struct sdma_fence p = {
		.header = htole32(SDMA_OP_FENCE),
		.addr_lo = htole32((u32)FENCE_VA),
		.addr_hi = htole32(FENCE_VA >> 32),
		.data = htole32(value),
	};
	u64 start;

	local_put(q, &p, sizeof(p));
	start = gpu_ns();
	local_ring(q);
	while (load_acquire(fence) != value)
		cpu_relax();
	return gpu_ns() - start;
}

static void rest(u64 ns)
{
	struct timespec t = { .tv_nsec = (long)ns };

	nanosleep(&t, NULL);
}

static void doorbells(struct local_queue *q, u32 *fence)
{
	static u64 back_to_back[RINGS], paced[RINGS];
	u32 i;

	for (i = 0; i < RINGS; i++)
		back_to_back[i] = time_fence(q, fence, i + 1);
	for (i = 0; i < RINGS; i++) {
		rest(RING_PAUSE_NS);
		paced[i] = time_fence(q, fence, RINGS + i + 1);
	}
	qsort(back_to_back, RINGS, sizeof(u64), compare);
	qsort(paced, RINGS, sizeof(u64), compare);
	add("doorbell_median", "us", (double)back_to_back[RINGS / 2] / 1e3);
	add("doorbell_p95", "us", (double)back_to_back[RINGS * 95 / 100] / 1e3);
	add("doorbell_paced_median", "us", (double)paced[RINGS / 2] / 1e3);
	add("doorbell_paced_p95", "us", (double)paced[RINGS * 95 / 100] / 1e3);
}

static void commands(struct local *l)
{
	static u64 times[RINGS];
	unsigned int i;

	for (i = 0; i < RINGS; i++) {
		u64 start = gpu_ns();

		if (local_invalidate(l, VMID, 0, PAGE_SIZE))
			die("INVALIDATE", -1);
		times[i] = gpu_ns() - start;
	}
	qsort(times, RINGS, sizeof(u64), compare);
	add("invalidate_median", "us", (double)times[RINGS / 2] / 1e3);
}

static u64 cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

static double cpu_share(void)
{
	struct timespec t = { .tv_sec = IDLE_NS / 1000000000 };
	u64 wall = gpu_ns(), cpu = cpu_ns();

	nanosleep(&t, NULL);
	return (double)(cpu_ns() - cpu) / (double)(gpu_ns() - wall);
}

static void idleness(struct local *l)
{
	/* Nobody rings, and the driver does not answer IDLE. */
	add("idle_awake", "of a CPU", cpu_share());
	if (local_vm_command(l, SIMGPU_CMD_DOORBELL_SLEEP, VMID))
		die("DOORBELL_SLEEP", -1);
	rest(100000000);
	add("idle_asleep", "of a CPU", cpu_share());
}

static void prepare(struct local *l, struct local_queue *q)
{
	const struct local_options options = {
		.ram = BYTES + (16 << 20), .vram = BYTES, .idle_ms = 20,
	};
	u64 flags = 4ULL << SIMGPU_PTE_FRAGMENT_SHIFT;
	int err;

	err = local_open(l, &options);
	if (!err)
		err = local_vm_set(l, VMID, 0);
	if (err)
		die("device", err);
	/* As the driver maps what is contiguous. */
	local_map(l, VMID, RAM_VA, LOCAL_RAM_BASE, BYTES / PAGE_SIZE,
		  LOCAL_RWS | flags);
	local_map(l, VMID, VRAM_VA, 0, BYTES / PAGE_SIZE, LOCAL_RW | flags);
	local_map(l, VMID, FENCE_VA, LOCAL_RAM_BASE, 1, LOCAL_RWS);
	err = local_queue_create(l, q, 0, VMID, SIMGPU_QUEUE_SDMA, 1 << 16);
	if (err)
		die("queue", err);
	memset(l->ram, 1, BYTES);
	memset(l->vram, 2, BYTES);
}

static void print_text(void)
{
	unsigned int i;

	for (i = 0; i < result_count; i++)
		printf("%-22s %12.4g %s\n", results[i].name, results[i].value,
		       results[i].unit);
}

static void print_json(void)
{
	unsigned int i;

	printf("{");
	for (i = 0; i < result_count; i++)
		printf("%s\"%s\": %.6g", i ? ", " : "", results[i].name,
		       results[i].value);
	printf("}\n");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	static struct local_queue q;
	static struct local l;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		}
		if (option != 'j')
			return 2;
		json = true;
	}
	prctl(PR_SET_TIMERSLACK, 1);
	prepare(&l, &q);
	copies(&l, &q);
	doorbells(&q, (u32 *)l.ram);
	commands(&l);
	idleness(&l);
	local_close(&l);
	if (json)
		print_json();
	else
		print_text();
	return EXIT_SUCCESS;
}
