// SPDX-License-Identifier: MIT
/*
 * Kernels on the way that a program's take: an AQL packet on a user queue of a
 * device in this process, its compute units, its page tables and TLBs.  The same
 * loops in C run in turns with them, so that a change of the machine's speed hits
 * both alike.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "abi/aql_packets.h"
#include "abi/hsa_kernel.h"
#include "../tests/local.h"
#include "isa.h"
#include "isa_host.h"
#include "isa_kernels.h"

#define VMID		1
#define ROUNDS		3		/* at least, */
#define SPEND		2.0		/* and as many as take so many seconds */
#define RING_BYTES	4096
#define LIMIT_NS	600000000000ULL
#define FACTOR		0.5f

#define CODE_VA		0x100000000000ULL
#define CODE_BYTES	0x4000
#define KERNEL_BYTES	0x1000		/* of each: its code, its descriptor */
#define DESCRIPTOR	0x800
#define DATA_VA		0x200000000000ULL

/* In the page behind the kernels. */
#define ARGS		0x3000
#define SIGNAL		0x3100

/*
 * struct bench - a device, and the memory that its kernels use
 * @code: kernels, their descriptors, arguments, the signal
 * @data: in VRAM, @bytes
 */
struct bench {
	struct local l;
	struct local_queue q;
	u8 *code;
	u8 *data;
	u64 bytes;
	u64 dispatched;
};

struct times {
	double cpu;
	double real;
};

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double least(double a, double b)
{
	return a > 0 && a < b ? a : b;
}

static int failed(const char *what, int err)
{
	fprintf(stderr, "isa: %s: %s\n", what, strerror(-err));
	return 1;
}

/* Both have their arguments at s[4:5] and at most 16 registers a lane. */
static void load_kernel(struct bench *b, int kernel, const u32 *code, size_t bytes)
{
	u8 *at = b->code + kernel * KERNEL_BYTES;
	struct hsa_kernel *descriptor = (struct hsa_kernel *)(at + DESCRIPTOR);
	u32 user = __builtin_ctz(HSA_RSRC2_USER_SGPRS);

	memcpy(at, code, bytes);
	*descriptor = (struct hsa_kernel){
		.entry_offset = htole64((u64)-DESCRIPTOR),
		.rsrc3 = htole32(3),
		.rsrc1 = htole32(1 | 0xf0 << 12 | HSA_RSRC1_DX10_CLAMP |
				 HSA_RSRC1_IEEE_MODE),
		.rsrc2 = htole32(6 << user | HSA_RSRC2_GROUP_ID_X |
				 HSA_RSRC2_GROUP_ID_Y | 1 << 11),
		.properties = htole16(HSA_SGPR_PRIVATE_SEGMENT_BUFFER |
				      HSA_SGPR_KERNARG_PTR),
	};
}

static void map_all(struct bench *b, u64 code_addr)
{
	u64 addr;

	local_map(&b->l, VMID, CODE_VA, code_addr, CODE_BYTES / PAGE_SIZE,
		  LOCAL_RWS | SIMGPU_PTE_EXEC);
	/* As the driver maps VRAM: 2 MiB at a time. */
	for (addr = 0; addr < b->bytes; addr += 2 << 20)
		*local_pte(&b->l, VMID, DATA_VA + addr, 1) =
			htole64(addr | LOCAL_RW | SIMGPU_PTE_LEAF | SIMGPU_PTE_VALID);
}

static int open_device(struct bench *b, u64 bytes)
{
	struct local_options options = { 0 };
	u64 code_addr;
	int err, i;

	b->bytes = (bytes + (2 << 20) - 1) & ~((2ULL << 20) - 1);
	options.vram = b->bytes;
	err = local_open(&b->l, &options);
	if (!err)
		err = local_vm_set(&b->l, VMID, 0);
	if (err)
		return err;
	code_addr = local_alloc(&b->l, CODE_BYTES);
	b->code = local_memory(&b->l, code_addr);
	b->data = b->l.vram;
	map_all(b, code_addr);
	load_kernel(b, SAXPY, saxpy_code, sizeof(saxpy_code));
	load_kernel(b, MATMUL, matmul_code, sizeof(matmul_code));
	err = local_queue_create(&b->l, &b->q, 0, VMID, SIMGPU_QUEUE_AQL, RING_BYTES);
	for (i = 0; i < RING_BYTES / AQL_PACKET_SIZE; i++)
		b->q.ring[i * AQL_PACKET_SIZE] = AQL_INVALID;
	return err;
}

static void submit(struct bench *b, const struct aql_kernel_dispatch *p)
{
	u64 *bell = (u64 *)(b->l.bar + SIMGPU_DOORBELL_OFFSET +
			    VMID * SIMGPU_DOORBELL_SLICE) + b->q.doorbell;
	u8 *slot = b->q.ring + b->dispatched * AQL_PACKET_SIZE % RING_BYTES;
	u32 head;

	memcpy(slot + 4, (const u8 *)p + 4, AQL_PACKET_SIZE - 4);
	memcpy(&head, p, 4);
	store_release((u32 *)slot, head);
	store_release(&b->q.index[0], htole64(++b->dispatched));
	store_release(bell, htole64(b->dispatched - 1));
}

/* The packet's times; real time 0: it did not end. */
static struct times dispatch(struct bench *b, const struct aql_kernel_dispatch *p)
{
	const struct timespec pause = { 0, 2000000 };
	struct amd_signal *signal = (struct amd_signal *)(b->code + SIGNAL);
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), real = seconds(CLOCK_MONOTONIC);
	u64 end = gpu_ns() + LIMIT_NS;
	struct times t = { 0, 0 };
	struct simgpu_event event;

	store_release(&signal->value, htole64(1));
	submit(b, p);
	while (load_acquire(&signal->value)) {
		if (gpu_ns() > end || local_event(&b->l, &event, 0))
			return t;
		nanosleep(&pause, NULL);
	}
	t.cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	t.real = seconds(CLOCK_MONOTONIC) - real;
	return t;
}

static struct aql_kernel_dispatch packet(int kernel)
{
	return (struct aql_kernel_dispatch){
		.header = htole16(AQL_KERNEL_DISPATCH | AQL_HEADER_BARRIER |
				  AQL_SCOPE_SYSTEM << 9 | AQL_SCOPE_SYSTEM << 11),
		.setup = htole16(2),
		.workgroup_z = htole16(1),
		.grid_z = htole32(1),
		.kernel_object = htole64(CODE_VA + kernel * KERNEL_BYTES + DESCRIPTOR),
		.kernarg_address = htole64(CODE_VA + ARGS),
		.completion_signal = htole64(CODE_VA + SIGNAL),
	};
}

static struct times saxpy_device(struct bench *b, u32 n)
{
	struct aql_kernel_dispatch p = packet(SAXPY);
	struct {
		u64 x, y;
		float a;
		u32 n;
	} args = { DATA_VA, DATA_VA + 4ULL * n, FACTOR, n };

	memcpy(b->code + ARGS, &args, sizeof(args));
	p.workgroup_x = htole16(256);
	p.workgroup_y = htole16(1);
	p.grid_x = htole32(n);
	p.grid_y = htole32(1);
	return dispatch(b, &p);
}

static struct times matmul_device(struct bench *b, u32 n)
{
	struct aql_kernel_dispatch p = packet(MATMUL);
	u64 bytes = 4ULL * n * n;
	struct {
		u64 a, b, c;
		u32 n;
	} args = { DATA_VA, DATA_VA + bytes, DATA_VA + 2 * bytes, n };

	memcpy(b->code + ARGS, &args, sizeof(args));
	p.workgroup_x = htole16(64);
	p.workgroup_y = htole16(4);
	p.grid_x = htole32(n);
	p.grid_y = htole32(n);
	return dispatch(b, &p);
}

/* Small integers: the sums are exact in any order, and in double steps. */
static void fill(float *v, u64 n, u32 seed)
{
	u64 i;

	for (i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		v[i] = (float)(seed >> 28);
	}
}

/* The least of a few short rounds is still what others have left of the machine. */
static bool goes_on(int round, double begin)
{
	return round < ROUNDS || seconds(CLOCK_PROCESS_CPUTIME_ID) - begin < SPEND;
}

static double cpu_of(double start)
{
	return seconds(CLOCK_THREAD_CPUTIME_ID) - start;
}

static bool differ(const char *name, const float *device, const float *host, u64 n)
{
	u64 i;

	for (i = 0; i < n && device[i] == host[i]; i++)
		;
	if (i < n)
		fprintf(stderr, "isa: %s: number %llu is %g, not %g\n", name,
			(unsigned long long)i, (double)device[i], (double)host[i]);
	return i < n;
}

static void take(struct pace *pace, struct times best, double host)
{
	double lanes = (double)pace->lanes;

	pace->core = lanes / best.cpu;
	pace->device = lanes / best.real;
	pace->host = lanes / host;
}

/* Both have computed as often, on the same numbers. */
static int saxpy(struct bench *b, u64 n, struct pace *pace)
{
	float *x = (float *)b->data, *y = x + n, *own = malloc(n * sizeof(*own));
	struct times best = { 0, 0 }, t;
	double begin = seconds(CLOCK_PROCESS_CPUTIME_ID), host = 0, start;
	int i, bad = !own;

	fill(x, n, 1);
	fill(y, n, 2);
	if (own)
		memcpy(own, y, n * sizeof(*own));
	for (i = 0; goes_on(i, begin) && !bad; i++) {
		t = saxpy_device(b, (u32)n);
		best.cpu = least(best.cpu, t.cpu);
		best.real = least(best.real, t.real);
		start = seconds(CLOCK_THREAD_CPUTIME_ID);
		host_saxpy(x, own, FACTOR, n);
		host = least(host, cpu_of(start));
		bad = !(t.real > 0) || differ("saxpy", y, own, n);
	}
	free(own);
	pace->name = "saxpy";
	pace->lanes = n;
	snprintf(pace->work, sizeof(pace->work), "%llu floats", (unsigned long long)n);
	take(pace, best, host);
	return bad;
}

static int matmul(struct bench *b, u64 n, struct pace *pace)
{
	float *a = (float *)b->data, *own = malloc(n * n * sizeof(*own));
	struct times best = { 0, 0 }, t;
	double begin = seconds(CLOCK_PROCESS_CPUTIME_ID), host = 0, start;
	int i, bad = !own;

	fill(a, 2 * n * n, 3);
	for (i = 0; goes_on(i, begin) && !bad; i++) {
		t = matmul_device(b, (u32)n);
		best.cpu = least(best.cpu, t.cpu);
		best.real = least(best.real, t.real);
		start = seconds(CLOCK_THREAD_CPUTIME_ID);
		host_matmul(a, a + n * n, own, n);
		host = least(host, cpu_of(start));
		bad = !(t.real > 0) || differ("matmul", a + 2 * n * n, own, n * n);
	}
	free(own);
	pace->name = "matmul";
	pace->lanes = n * n * n;
	snprintf(pace->work, sizeof(pace->work), "%llu x %llu floats",
		 (unsigned long long)n, (unsigned long long)n);
	take(pace, best, host);
	return bad;
}

int isa_measure(const struct size *size, struct pace *paces)
{
	u64 vectors = 2 * size->floats, matrices = 3 * size->matrix * size->matrix;
	struct bench *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return failed("memory", -ENOMEM);
	err = open_device(b, 4 * (vectors > matrices ? vectors : matrices));
	if (err)
		return failed("the device", err);
	err = saxpy(b, size->floats, &paces[SAXPY]);
	if (!err)
		err = matmul(b, size->matrix, &paces[MATMUL]);
	if (err)
		fprintf(stderr, "isa: a kernel did not end, or gave a wrong result\n");
	local_close(&b->l);
	free(b);
	return err;
}
