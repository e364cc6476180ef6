// SPDX-License-Identifier: MIT
/* Kernels on AQL and PM4 queues of a device with all its threads. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/aql_packets.h"
#include "abi/hsa_kernel.h"
#include "abi/pm4_packets.h"
#include "local.h"

/* The order of kernels.S. */
enum kernel {
	VISIT, REVERSE, SCRATCH, FOREVER, ILLEGAL, TRAP, CROOKED, MESSAGE, MEET,
	TOUCH, REGISTERS, DOORBELL, VOID, ROUNDS, STUCK, BUSY, HANDLER, GOES_ON,
	KERNELS_COUNT
};

#define VMID		2
#define SLOTS		64
#define PATIENCE_MS	60000

/* What the GPU sees: code and descriptors, data, and what the test maps late. */
#define CODE_VA		0x7f1000000000ULL
#define DATA_VA		0x7f2000000000ULL
#define DATA_SIZE	0x400000ULL
#define LATE_VA		0x7f3000000000ULL
#define QUEUE_VA(n)	(0x7f4000000000ULL + ((u64)(n) << 24))

/* Places in the data. */
#define KERNARG		0x0000
#define SIGNAL(n)	(0x1000 + 64 * (n))
#define INACTIVE	15
#define MAILBOX(n)	(0x2000 + 8 * (n))
#define OUT		0x10000
#define TRAP_DATA	0x20000
#define SCRATCH_AT	0x200000

struct fixture {
	struct local l;
	u8 *code;
	u8 *data;
	u64 data_addr;
	u32 vm_flags;
};

/* A queue as ROCr makes it: ring, struct amd_queue. */
struct client {
	struct fixture *f;
	u32 id;
	u8 *ring;
	struct amd_queue *amd;
	u64 written;
};

static void load_kernels(struct fixture *f)
{
	FILE *file = fopen(KERNELS, "rb");
	size_t n;

	assert_non_null(file);
	n = fread(f->code, 1, 0x4000, file);
	fclose(file);
	assert_true(n > 0x400 && n < 0x4000);
}

static u64 code_va(enum kernel kernel)
{
	return CODE_VA;
}

static u64 entry_of(struct fixture *f, enum kernel kernel)
{
	u32 offset;

	memcpy(&offset, f->code + 4 * kernel, 4);
	return code_va(kernel) + le32toh(offset);
}

/* Descriptors are behind the code. */
static u64 descriptor_va(enum kernel kernel)
{
	return CODE_VA + 0x4000 + 64 * kernel;
}

static struct hsa_kernel *descriptor(struct fixture *f, enum kernel kernel)
{
	return (struct hsa_kernel *)(f->code + 0x4000 + 64 * kernel);
}

static u32 place(u32 value, u32 mask)
{
	return value << __builtin_ctz(mask);
}

static void make_descriptors(struct fixture *f)
{
	int i;

	for (i = 0; i < KERNELS_COUNT; i++)
		*descriptor(f, i) = (struct hsa_kernel){
			.entry_offset = htole64(entry_of(f, i) - descriptor_va(i)),
			.rsrc3 = htole32(7),
			.rsrc1 = htole32(3 | HSA_RSRC1_IEEE_MODE),
			.rsrc2 = htole32(place(2, HSA_RSRC2_USER_SGPRS) |
					 HSA_RSRC2_GROUP_ID_X |
					 HSA_RSRC2_GROUP_ID_Y |
					 HSA_RSRC2_GROUP_ID_Z |
					 place(2, HSA_RSRC2_ITEM_ID)),
			.properties = htole16(HSA_SGPR_KERNARG_PTR),
		};
	descriptor(f, SCRATCH)->rsrc2 =
		htole32(HSA_RSRC2_SCRATCH | place(4, HSA_RSRC2_USER_SGPRS) |
			HSA_RSRC2_GROUP_ID_X);
	descriptor(f, SCRATCH)->properties =
		htole16(HSA_SGPR_KERNARG_PTR | HSA_SGPR_FLAT_SCRATCH_INIT);
}

static void open_device(struct fixture *f, u32 vm_flags)
{
	const struct local_options options = { .threads = 3 };
	u64 code_addr;

	memset(f, 0, sizeof(*f));
	assert_int_equal(local_open(&f->l, &options), 0);
	assert_int_equal(local_vm_set(&f->l, VMID, vm_flags), 0);
	code_addr = local_alloc(&f->l, 0x8000);
	f->code = local_memory(&f->l, code_addr);
	f->data_addr = local_alloc(&f->l, DATA_SIZE);
	f->data = local_memory(&f->l, f->data_addr);
	local_map(&f->l, VMID, CODE_VA, code_addr, 8,
		  SIMGPU_PTE_SYSTEM | SIMGPU_PTE_READ | SIMGPU_PTE_EXEC);
	local_map(&f->l, VMID, DATA_VA, f->data_addr, DATA_SIZE / PAGE_SIZE,
		  LOCAL_RWS);
	load_kernels(f);
	make_descriptors(f);
}

static struct amd_signal *signal_at(struct fixture *f, int n)
{
	return (struct amd_signal *)(f->data + SIGNAL(n));
}

static void queue_args(const struct client *c, struct simgpu_cmd *cmd, u32 opcode,
		       u32 type)
{
	*cmd = (struct simgpu_cmd){
		.opcode = htole32(opcode),
		.queue = {
			.queue = htole32(c->id),
			.vmid = htole32(VMID),
			.type = htole32(type),
			.doorbell = htole32(c->id + 7),
			.ring = htole64(QUEUE_VA(c->id)),
			.wptr = htole64(QUEUE_VA(c->id) + PAGE_SIZE + 56),
			.rptr = htole64(QUEUE_VA(c->id) + PAGE_SIZE + 128),
			.ring_size = htole32(SLOTS * AQL_PACKET_SIZE),
			.percentage = htole32(100),
			.priority = htole32(7),
		},
	};
}

static void open_queue(struct fixture *f, struct client *c, u32 id, u32 type)
{
	struct simgpu_cmd cmd;
	u64 addr = local_alloc(&f->l, 2 * PAGE_SIZE);
	int i;

	*c = (struct client){
		.f = f, .id = id,
		.ring = local_memory(&f->l, addr),
		.amd = local_memory(&f->l, addr + PAGE_SIZE),
	};
	for (i = 0; i < SLOTS && type == SIMGPU_QUEUE_AQL; i++)
		c->ring[i * AQL_PACKET_SIZE] = AQL_INVALID;
	c->amd->read_dispatch_id_offset = htole32(128);
	c->amd->queue_inactive_signal = htole64(DATA_VA + SIGNAL(INACTIVE));
	*signal_at(f, INACTIVE) = (struct amd_signal){
		.event_mailbox_ptr = htole64(DATA_VA + MAILBOX(INACTIVE)),
		.event_id = htole32(99),
	};
	local_map(&f->l, VMID, QUEUE_VA(id), addr, 2, LOCAL_RWS);
	queue_args(c, &cmd, SIMGPU_CMD_QUEUE_CREATE, type);
	assert_int_equal(local_command(&f->l, &cmd), 0);
}

static void close_queue(struct client *c)
{
	struct simgpu_cmd cmd;

	queue_args(c, &cmd, SIMGPU_CMD_QUEUE_DESTROY, SIMGPU_QUEUE_AQL);
	assert_int_equal(local_command(&c->f->l, &cmd), 0);
}

static void ring(struct client *c, u64 value)
{
	u64 *bell = (u64 *)(c->f->l.bar + SIMGPU_DOORBELL_OFFSET +
			    (u64)VMID * SIMGPU_DOORBELL_SLICE);

	store_release(&c->amd->write_dispatch_id, htole64(c->written));
	store_release(&bell[c->id + 7], value);
}

/* What all dispatches of this file have in common. */
static struct aql_kernel_dispatch packet(enum kernel kernel, u32 group, u32 grid)
{
	return (struct aql_kernel_dispatch){
		.header = htole16(AQL_KERNEL_DISPATCH | AQL_HEADER_BARRIER |
				  AQL_SCOPE_SYSTEM << 9 | AQL_SCOPE_SYSTEM << 11),
		.setup = htole16(3),
		.workgroup_x = htole16(group), .workgroup_y = htole16(1),
		.workgroup_z = htole16(1),
		.grid_x = htole32(grid), .grid_y = htole32(1), .grid_z = htole32(1),
		.kernel_object = htole64(descriptor_va(kernel)),
		.kernarg_address = htole64(DATA_VA + KERNARG),
		.completion_signal = htole64(DATA_VA + SIGNAL(0)),
	};
}

static void submit(struct client *c, const struct aql_kernel_dispatch *p)
{
	u8 *slot = c->ring + c->written % SLOTS * AQL_PACKET_SIZE;
	u32 head;

	store_release(&signal_at(c->f, 0)->value, htole64(1));
	memcpy(slot + 4, (const u8 *)p + 4, AQL_PACKET_SIZE - 4);
	memcpy(&head, p, 4);
	store_release((u32 *)slot, head);
	c->written++;
	ring(c, c->written - 1);
}

static bool completes(struct client *c)
{
	return local_until(!load_acquire(&signal_at(c->f, 0)->value), PATIENCE_MS);
}

static void run(struct client *c, const struct aql_kernel_dispatch *p)
{
	submit(c, p);
	assert_true(completes(c));
}

static u32 *out(struct fixture *f)
{
	return (u32 *)(f->data + OUT);
}

static void set_kernarg(struct fixture *f, u64 memory, const u32 *words, size_t n)
{
	memset(f->data + KERNARG, 0, 64);
	memcpy(f->data + KERNARG, &memory, 8);
	if (n)
		memcpy(f->data + KERNARG + 8, words, n * 4);
}

/* Each work-item runs once, wherever the borders of work-groups are. */
static void grids(void **state)
{
	static const u32 rows[][6] = {
		{ 64, 1, 1, 64, 1, 1 },		{ 64, 1, 1, 1, 1, 1 },
		{ 1, 1, 1, 3, 2, 2 },		{ 256, 1, 1, 1000, 1, 1 },
		{ 8, 8, 4, 24, 16, 8 },		{ 8, 8, 4, 23, 17, 9 },
		{ 5, 3, 2, 13, 7, 5 },		{ 1024, 1, 1, 1025, 1, 1 },
		{ 16, 16, 4, 15, 15, 3 },	{ 100, 1, 1, 350, 3, 1 },
	};
	struct fixture *f = *state;
	struct aql_kernel_dispatch p;
	struct client c;
	size_t i;
	u32 k, n;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const u32 *r = rows[i];
		const u32 args[] = { r[0], r[1], r[2], r[3], r[4] };

		n = r[3] * r[4] * r[5];
		memset(out(f), 0, (n + 64) * 4);
		set_kernarg(f, DATA_VA + OUT, args, ARRAY_SIZE(args));
		p = packet(VISIT, r[0], r[3]);
		p.workgroup_y = htole16(r[1]);
		p.workgroup_z = htole16(r[2]);
		p.grid_y = htole32(r[4]);
		p.grid_z = htole32(r[5]);
		run(&c, &p);
		for (k = 0; k < n + 64; k++)
			if (out(f)[k] != (u32)(k < n ? 1 : 0))
				fail_msg("row %zu: item %u ran %u times", i, k,
					 out(f)[k]);
	}
	close_queue(&c);
}

static void local_memory_and_barrier(void **state)
{
	static const u32 sizes[] = { 64, 256, 1000, 1024 };
	struct fixture *f = *state;
	struct aql_kernel_dispatch p;
	struct client c;
	size_t i;
	u32 k;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(out(f), 0xff, 4096);
		set_kernarg(f, DATA_VA + OUT, &sizes[i], 1);
		p = packet(REVERSE, sizes[i], sizes[i]);
		p.group_segment_size = htole32(4 * sizes[i]);
		run(&c, &p);
		for (k = 0; k < sizes[i]; k++)
			assert_int_equal(out(f)[k], sizes[i] - 1 - k);
	}
	close_queue(&c);
}

/* Scratch as ROCr gives it: when the queue asks. */
static void give_scratch(struct client *c, u32 bytes, u32 waves)
{
	struct amd_queue *amd = c->amd;
	u32 wave_kib = (bytes * 64 + 1023) / 1024;

	amd->scratch_backing_memory_location = htole64(DATA_VA + SCRATCH_AT);
	amd->scratch_wave64_lane_byte_size = htole32(bytes);
	amd->compute_tmpring_size = htole32(place(waves, HSA_TMPRING_WAVES) |
					    place(wave_kib, HSA_TMPRING_WAVESIZE));
}

static bool asks(struct fixture *f, u64 what)
{
	return local_until(load_acquire(&signal_at(f, INACTIVE)->value) == what,
			   PATIENCE_MS);
}

static void answer(struct fixture *f)
{
	store_release(&signal_at(f, INACTIVE)->value, 0);
}

static void scratch(void **state)
{
	const u32 group = 256, groups = 20;
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(SCRATCH, group, group * groups);
	struct simgpu_event event;
	struct client c;
	u32 k;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	set_kernarg(f, DATA_VA + OUT, &group, 1);
	p.private_segment_size = htole32(64);
	submit(&c, &p);
	assert_true(asks(f, HSA_SCRATCH_WANTED));
	assert_true(local_event(&f->l, &event, PATIENCE_MS));
	assert_int_equal(le64toh(event.data), 99);
	/* Nothing goes on before the answer. */
	local_nap();
	assert_int_equal(le64toh(c.amd->read_dispatch_id), 0);
	/* For 11 waves: two work-groups at a time. */
	give_scratch(&c, 64, 11);
	memset(f->data + SCRATCH_AT + 11 * 4096, 0xa5, 32 * 4096);
	c.amd->queue_properties = htole32(AMD_QUEUE_USE_SCRATCH_ONCE);
	answer(f);
	assert_true(asks(f, HSA_SCRATCH_UNUSED));
	assert_int_equal(le64toh(signal_at(f, 0)->value), 1);
	for (k = 0; k < group * groups; k++)
		assert_int_equal(out(f)[k], 4 * k);
	for (k = 0; k < 32 * 4096; k++)
		assert_int_equal(f->data[SCRATCH_AT + 11 * 4096 + k], 0xa5);
	answer(f);
	assert_true(completes(&c));
	/* There is enough now, and it stays. */
	c.amd->queue_properties = 0;
	memset(out(f), 0, group * groups * 4);
	run(&c, &p);
	assert_int_equal(out(f)[group * groups - 1], 4 * (group * groups - 1));
	close_queue(&c);
}

/* The queue's error, as the inactive signal and the driver's event have it. */
static void expect_error(struct fixture *f, u32 code, u64 where)
{
	struct simgpu_event event;

	assert_true(local_until(load_acquire(&signal_at(f, INACTIVE)->value),
				PATIENCE_MS));
	assert_int_equal(le64toh(signal_at(f, INACTIVE)->value), code);
	do {
		assert_true(local_event(&f->l, &event, PATIENCE_MS));
	} while (le32toh(event.type) != SIMGPU_EVENT_QUEUE_ERROR);
	assert_int_equal(le32toh(event.code), code);
	assert_int_equal(le64toh(event.addr), where);
}

/* Each stops its queue, and the next queue runs. */
static void wave_errors(void **state)
{
	struct fixture *f = *state;
	const struct {
		enum kernel kernel;
		u32 code;
		u64 where;
		u64 memory;
	} rows[] = {
		{ ILLEGAL, 0x40000000, entry_of(f, ILLEGAL) + 4, DATA_VA + OUT },
		{ TRAP, 0x80000000, entry_of(f, TRAP) + 8, DATA_VA + OUT },
		{ CROOKED, 0x20000000, entry_of(f, CROOKED) + 16, DATA_VA + OUT + 2 },
	};
	const u32 args[] = { 64, 1, 1, 4096, 1 };
	struct aql_kernel_dispatch p;
	struct client c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
		set_kernarg(f, rows[i].memory, NULL, 0);
		p = packet(rows[i].kernel, 1024, 65536);
		submit(&c, &p);
		expect_error(f, rows[i].code, rows[i].where);
		assert_int_equal(le64toh(signal_at(f, 0)->value), 1);
		close_queue(&c);

		open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
		set_kernarg(f, DATA_VA + OUT, args, ARRAY_SIZE(args));
		p = packet(VISIT, 64, 4096);
		run(&c, &p);
		close_queue(&c);
	}
}

/* Descriptors that nothing can be made of. */
/* The address space gets a trap handler, or none. */
static int set_handler(struct fixture *f, u64 code)
{
	struct simgpu_cmd cmd = {
		.opcode = htole32(SIMGPU_CMD_VM_SET),
		.vm = {
			.vmid = htole32(VMID),
			.root = htole64(f->l.root[VMID]),
			.trap_code = htole64(code),
			.trap_data = htole64(DATA_VA + TRAP_DATA),
		},
	};

	return local_command(&f->l, &cmd);
}

/* What the handler of kernels.S is told: pc, trap, TRAPSTS. */
static void expect_trap(struct fixture *f, u64 pc, u32 id, u32 trapsts)
{
	const u32 *told = (u32 *)(f->data + TRAP_DATA);

	assert_int_equal(told[0] | (u64)(told[1] & 0xffff) << 32, pc);
	assert_int_equal(told[1] >> 16, id);
	assert_int_equal(told[3], trapsts);
	/* PRIV in the handler, not before. */
	assert_int_equal(told[2] & 0x20, 0);
	assert_int_equal(told[4] & 0x20, 0x20);
}

/* The handler passes over a trap: the kernel goes on with the registers it had. */
static void trap_returns(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(GOES_ON, 1, 1);
	u32 *told = (u32 *)(f->data + TRAP_DATA);
	struct client c;

	assert_int_equal(set_handler(f, entry_of(f, HANDLER) + 2), -EINVAL);
	assert_int_equal(set_handler(f, entry_of(f, HANDLER)), 0);
	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	set_kernarg(f, DATA_VA + OUT, NULL, 0);
	told[6] = 5;
	run(&c, &p);
	assert_int_equal(out(f)[0], 2);
	expect_trap(f, entry_of(f, GOES_ON) + 20, 3, 0);
	assert_int_equal(told[2] & 1, 1);
	assert_int_equal(told[5], 0x1234);
	assert_int_equal(told[6], 7);
	assert_int_equal(told[8], 5);
	close_queue(&c);
}

/* Waves that the handler halts stay where they are, without an event. */
static void trap_halts(void **state)
{
	struct fixture *f = *state;
	const struct {
		enum kernel kernel;
		u32 offset;
		u32 id;
		u32 trapsts;
		u64 memory;
	} rows[] = {
		{ ILLEGAL, 4, 0, 0x800, DATA_VA + OUT },
		{ TRAP, 4, 2, 0, DATA_VA + OUT },
		{ CROOKED, 16, 0, 0x100, DATA_VA + OUT + 1 },
	};
	u32 *told = (u32 *)(f->data + TRAP_DATA);
	struct simgpu_event event;
	struct client c;
	size_t i;

	assert_int_equal(set_handler(f, entry_of(f, HANDLER)), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct aql_kernel_dispatch p = packet(rows[i].kernel, 64, 64);
		u64 pc = entry_of(f, rows[i].kernel) + rows[i].offset;

		open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
		set_kernarg(f, rows[i].memory, NULL, 0);
		memset(told, 0, 64);
		submit(&c, &p);
		assert_true(local_until(load_acquire(&told[0]) == (u32)pc &&
					load_acquire(&f->l.gpu->unit[0][0].state) ==
					QUEUE_IDLE, PATIENCE_MS));
		expect_trap(f, pc, rows[i].id, rows[i].trapsts);
		if (local_event(&f->l, &event, 20))
			fail_msg("event %u", le32toh(event.type));
		assert_int_equal(load_acquire(&signal_at(f, 0)->value), 1);
		assert_int_equal(load_acquire(&signal_at(f, INACTIVE)->value), 0);
		close_queue(&c);
	}
}

/* A handler with trouble of its own stops the queue, as does trouble without one. */
static void trap_fails(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(TRAP, 64, 64);
	struct client c;

	assert_int_equal(set_handler(f, entry_of(f, ILLEGAL)), 0);
	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	submit(&c, &p);
	expect_error(f, 0x40000000, entry_of(f, ILLEGAL) + 4);
	close_queue(&c);
	assert_int_equal(set_handler(f, 0), 0);
	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	submit(&c, &p);
	expect_error(f, 0x80000000, entry_of(f, TRAP) + 8);
	close_queue(&c);
}

static void bad_objects(void **state)
{
	struct fixture *f = *state;
	const struct hsa_kernel good = *descriptor(f, VISIT);
	struct hsa_kernel rows[6];
	struct aql_kernel_dispatch p = packet(VISIT, 1024, 1024);
	static const u32 codes[] = { 8, 8, 8, 8, 8, 128 };
	struct client c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i] = good;
	memset(&rows[0], 0, sizeof(rows[0]));
	rows[1].entry_offset = htole64(le64toh(good.entry_offset) + 4);
	rows[2].properties |= htole16(HSA_PROPERTY_WAVE32);
	rows[3].properties = htole16(HSA_SGPR_ALL);
	rows[4].rsrc2 |= htole32(HSA_RSRC2_USER_SGPRS);
	rows[5].rsrc1 |= htole32(HSA_RSRC1_VGPRS);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		*descriptor(f, VISIT) = rows[i];
		open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
		submit(&c, &p);
		expect_error(f, codes[i], 0);
		close_queue(&c);
	}
	*descriptor(f, VISIT) = good;
}

static u64 elapsed_ms(u64 since)
{
	return (gpu_ns() - since) / 1000000;
}

/* It is stopped, suspended and destroyed while it runs, and others get on. */
static void endless(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(FOREVER, 1024, 1024 * 100);
	const u32 args[] = { 64, 1, 1, 4096, 1 };
	struct client c, other;
	u64 start;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	open_queue(f, &other, 1, SIMGPU_QUEUE_AQL);
	p.completion_signal = 0;
	submit(&c, &p);
	set_kernarg(f, DATA_VA + OUT, args, ARRAY_SIZE(args));
	p = packet(VISIT, 64, 4096);
	run(&other, &p);
	start = gpu_ns();
	assert_int_equal(local_invalidate(&f->l, VMID, 0, 1ULL << 47), 0);
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_SUSPEND, VMID), 0);
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_RESUME, VMID), 0);
	run(&other, &p);
	start = gpu_ns();
	close_queue(&c);
	if (elapsed_ms(start) > PATIENCE_MS)
		fail_msg("took %llu ms", (unsigned long long)elapsed_ms(start));
	close_queue(&other);
}

/* Work-groups that wait for each other are executed at the same time. */
static void concurrent_groups(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(MEET, 64, 128);
	struct client c;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	memset(out(f), 0, 64);
	set_kernarg(f, DATA_VA + OUT, NULL, 0);
	run(&c, &p);
	close_queue(&c);
}

static void messages(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(MESSAGE, 64, 64 * 3);
	struct simgpu_event event;
	struct client c;
	u32 i;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	run(&c, &p);
	for (i = 0; i < 3; i++) {
		assert_true(local_event(&f->l, &event, PATIENCE_MS));
		assert_int_equal(le32toh(event.type), SIMGPU_EVENT_INTERRUPT);
		assert_int_equal(le32toh(event.code), SIMGPU_INT_SQ);
		assert_int_equal(le64toh(event.data), 0x123456);
	}
	p = packet(DOORBELL, 1, 1);
	set_kernarg(f, DATA_VA + OUT, NULL, 0);
	run(&c, &p);
	assert_int_equal(out(f)[0], 7);
	assert_int_equal(out(f)[1], 0x00010002);
	close_queue(&c);
}

/* The order of user SGPRs and of what follows them. */
static void first_registers(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(REGISTERS, 64, 64 * 4);
	struct hsa_kernel *kernel = descriptor(f, REGISTERS);
	const struct hsa_kernel saved = *kernel;
	struct client c;
	const u32 *r = out(f);
	u64 index;
	int i;

	open_queue(f, &c, 3, SIMGPU_QUEUE_AQL);
	for (index = 0; index < 3; index++) {
		struct aql_kernel_dispatch nop = packet(VISIT, 1, 1);
		const u32 args[] = { 1, 1, 1, 1, 1 };

		set_kernarg(f, DATA_VA + OUT, args, ARRAY_SIZE(args));
		run(&c, &nop);
	}
	give_scratch(&c, 64, 256);
	for (i = 0; i < 4; i++)
		c.amd->scratch_resource_descriptor[i] = htole32(0x100 + i);
	kernel->properties = htole16(HSA_SGPR_ALL);
	kernel->rsrc2 = htole32(HSA_RSRC2_SCRATCH | place(16, HSA_RSRC2_USER_SGPRS) |
				HSA_RSRC2_GROUP_ID_X | HSA_RSRC2_GROUP_ID_Y |
				HSA_RSRC2_GROUP_ID_Z | HSA_RSRC2_GROUP_INFO);
	p.workgroup_y = htole16(2);
	p.grid_x = htole32(64);
	p.private_segment_size = htole32(48);
	p.grid_y = htole32(1);
	set_kernarg(f, DATA_VA + OUT, NULL, 0);
	memset(out(f), 0xff, 256);
	run(&c, &p);
	for (i = 0; i < 4; i++)
		assert_int_equal(r[i], 0x100 + i);
	assert_int_equal(r[4] | (u64)r[5] << 32, QUEUE_VA(3) + 3 * 64);
	assert_int_equal(r[6] | (u64)r[7] << 32, QUEUE_VA(3) + PAGE_SIZE);
	assert_int_equal(r[8] | (u64)r[9] << 32, DATA_VA + KERNARG);
	assert_int_equal(r[10] | (u64)r[11] << 32, 3);
	assert_int_equal(r[12] | (u64)r[13] << 32, DATA_VA + SCRATCH_AT);
	assert_int_equal(r[14], 48);
	assert_int_equal(r[15], 0);
	for (i = 16; i < 19; i++)
		assert_int_equal(r[i], 0);
	assert_int_equal(r[19], 1U << 31 | 1);
	assert_int_equal(r[20], 0);
	close_queue(&c);
	*kernel = saved;
}

/* The float mode is the descriptor's. */
static void float_mode(void **state)
{
	static const u32 results[] = { 0x3f800000, 0x3f800001, 0x3f800000, 0x3f800000 };
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(ROUNDS, 1, 1);
	struct client c;
	u32 mode;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	set_kernarg(f, DATA_VA + OUT, NULL, 0);
	for (mode = 0; mode < 4; mode++) {
		descriptor(f, ROUNDS)->rsrc1 =
			htole32(3 | place(mode, 0x3000) | place(0xf, 0xf0000));
		run(&c, &p);
		assert_int_equal(out(f)[0], results[mode]);
	}
	close_queue(&c);
}

/* Each page faults; who has been answered goes on while others wait. */
static void faults_retry(void **state)
{
	const u32 items = 64 * 6;
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(TOUCH, 64, items);
	u64 addr = local_alloc(&f->l, 64 * PAGE_SIZE);
	u64 end = gpu_ns() + PATIENCE_MS * 1000000ULL;
	struct simgpu_event event;
	struct client c;
	u32 served = 0, i;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	set_kernarg(f, LATE_VA, NULL, 0);
	submit(&c, &p);
	/* A unit may tell of a page that has just been mapped for another one. */
	while (load_acquire(&signal_at(f, 0)->value) && gpu_ns() < end) {
		u64 page;

		if (!local_event(&f->l, &event, 1))
			continue;
		assert_int_equal(le32toh(event.type), SIMGPU_EVENT_FAULT);
		page = le64toh(event.addr);
		assert_true(page >= LATE_VA && page < LATE_VA + 64 * PAGE_SIZE);
		local_map(&f->l, VMID, page, addr + (page - LATE_VA), 1, LOCAL_RWS);
		local_fault_done(&f->l, VMID, page, page + PAGE_SIZE,
				 SIMGPU_VERDICT_RETRY);
		served++;
	}
	assert_true(completes(&c));
	assert_true(served >= 64);
	for (i = 0; i < 64; i++)
		assert_int_equal(*(u32 *)local_memory(&f->l, addr + i * PAGE_SIZE), 6);
	close_queue(&c);
}

/* An address that the driver does not know, and code that is not there. */
static void faults_kill(void **state)
{
	static const enum kernel kernels[] = { TOUCH, VOID };
	static const u64 addresses[] = { 0x7e0000000000, 0x7e5700001000 };
	struct fixture *f = *state;
	struct aql_kernel_dispatch p;
	struct simgpu_event event;
	struct client c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
		set_kernarg(f, addresses[0], NULL, 0);
		p = packet(kernels[i], 64, 64 * 100);
		submit(&c, &p);
		assert_true(local_event(&f->l, &event, PATIENCE_MS));
		if (f->vm_flags & SIMGPU_VM_RETRY) {
			assert_int_equal(le32toh(event.type), SIMGPU_EVENT_FAULT);
			local_fault_done(&f->l, VMID, le64toh(event.addr),
					 le64toh(event.addr) + PAGE_SIZE,
					 SIMGPU_VERDICT_KILL);
			do {
				assert_true(local_event(&f->l, &event, PATIENCE_MS));
			} while (le32toh(event.type) == SIMGPU_EVENT_FAULT);
		}
		assert_int_equal(le32toh(event.type), SIMGPU_EVENT_FAULT_FATAL);
		assert_int_equal(le64toh(event.addr), addresses[i]);
		close_queue(&c);
		while (local_event(&f->l, &event, 1))
			;
	}
}

/* The kernels STUCK and BUSY: where they count, and what one wave reads. */
static void set_trouble(struct fixture *f, u64 address)
{
	const u32 words[] = { (u32)address, (u32)(address >> 32) };

	memset(out(f), 0, 64);
	set_kernarg(f, DATA_VA + OUT, words, ARRAY_SIZE(words));
}

/* The next event is a fault at the page. */
static void expect_fault(struct fixture *f, u32 type, u64 page)
{
	struct simgpu_event event;

	assert_true(local_event(&f->l, &event, PATIENCE_MS));
	assert_int_equal(le32toh(event.type), type);
	assert_int_equal(le64toh(event.addr), page);
}

static void expect_no_event(struct fixture *f)
{
	struct simgpu_event event;

	if (local_event(&f->l, &event, 50))
		fail_msg("event %u", le32toh(event.type));
}

/* A queue with the same number does its work as if there had been no other. */
static void works(struct fixture *f, u32 id)
{
	struct aql_kernel_dispatch p = packet(REVERSE, 256, 256 * 16);
	const u32 args[] = { 256 };
	struct client c;
	u32 i;

	open_queue(f, &c, id, SIMGPU_QUEUE_AQL);
	p.group_segment_size = htole32(256 * 4);
	memset(out(f), 0xff, 1024);
	set_kernarg(f, DATA_VA + OUT, args, ARRAY_SIZE(args));
	run(&c, &p);
	for (i = 0; i < 256; i++)
		assert_int_equal(out(f)[i], 255 - i);
	close_queue(&c);
}

/* So many compute units of queue 0 wait for the driver. */
static bool all_faulted(struct fixture *f, int units)
{
	int i;

	for (i = 0; i < GPU_UNITS; i++)
		units -= load_acquire(&f->l.gpu->unit[0][i].state) == QUEUE_FAULTED;
	return !units;
}

/*
 * A queue is destroyed while its waves wait, some at a barrier, some for the
 * answer to a fault.  An answer that comes later is nobody's.
 */
static void destroyed_while_waiting(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(STUCK, 128, 128 * 4);
	struct client c;
	int i;

	for (i = 0; i < 4; i++) {
		u32 verdict = i & 1 ? SIMGPU_VERDICT_KILL : SIMGPU_VERDICT_RETRY;

		open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
		set_trouble(f, LATE_VA);
		submit(&c, &p);
		expect_fault(f, SIMGPU_EVENT_FAULT, LATE_VA);
		assert_true(local_until(all_faulted(f, 4), PATIENCE_MS));
		close_queue(&c);
		local_fault_done(&f->l, VMID, LATE_VA, LATE_VA + PAGE_SIZE, verdict);
		works(f, 0);
		expect_no_event(f);
		assert_int_equal(load_acquire(&signal_at(f, INACTIVE)->value), 0);
	}
}

/* And while they run or wait for a thread. */
static void destroyed_while_running(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(FOREVER, 256, 256 * 100);
	struct client c;
	int i;

	for (i = 0; i < 10; i++) {
		open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
		submit(&c, &p);
		assert_true(local_until(load_acquire(&f->l.gpu->unit[0][7].state) ==
					QUEUE_RUNNING, PATIENCE_MS));
		close_queue(&c);
		works(f, 0);
	}
}

/* A driver's verdict stops those that wait at the page, also at a barrier beside. */
static void killed_while_waiting(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(STUCK, 128, 128 * 6);
	struct client c;
	int i;

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	set_trouble(f, LATE_VA);
	submit(&c, &p);
	expect_fault(f, SIMGPU_EVENT_FAULT, LATE_VA);
	assert_true(local_until(all_faulted(f, 6), PATIENCE_MS));
	local_fault_done(&f->l, VMID, LATE_VA, LATE_VA + PAGE_SIZE,
			 SIMGPU_VERDICT_KILL);
	for (i = 0; i < 6; i++)
		expect_fault(f, SIMGPU_EVENT_FAULT_FATAL, LATE_VA);
	expect_no_event(f);
	assert_int_equal(load_acquire(&signal_at(f, 0)->value), 1);
	close_queue(&c);
	works(f, 0);
}

/* A verdict about one work-group stops those that run, too. */
static void killed_while_running(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(BUSY, 64, 64 * 6);
	struct client c;
	u32 before[8];

	open_queue(f, &c, 0, SIMGPU_QUEUE_AQL);
	set_trouble(f, LATE_VA);
	submit(&c, &p);
	assert_true(local_until(load_acquire(&out(f)[5]) > 100, PATIENCE_MS));
	expect_fault(f, SIMGPU_EVENT_FAULT, LATE_VA);
	local_fault_done(&f->l, VMID, LATE_VA, LATE_VA + PAGE_SIZE,
			 SIMGPU_VERDICT_KILL);
	expect_fault(f, SIMGPU_EVENT_FAULT_FATAL, LATE_VA);
	/* After this no slice is under way that began before. */
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_SUSPEND, VMID), 0);
	assert_int_equal(local_vm_command(&f->l, SIMGPU_CMD_VM_RESUME, VMID), 0);
	memcpy(before, out(f), sizeof(before));
	expect_no_event(f);
	assert_memory_equal(before, out(f), sizeof(before));
	close_queue(&c);
	works(f, 0);
}

/*
 * Two queues wait at the same page, and the event of the first one is not in the
 * ring yet, for that is full.  The first one is destroyed: the other tells.
 */
static void destroyed_before_told(void **state)
{
	struct fixture *f = *state;
	struct aql_kernel_dispatch p = packet(MESSAGE, 64, 64 * SIMGPU_EVENT_COUNT);
	u64 addr = local_alloc(&f->l, PAGE_SIZE);
	struct simgpu_event event;
	struct client first, second;
	u32 i;

	open_queue(f, &first, 0, SIMGPU_QUEUE_AQL);
	open_queue(f, &second, 1, SIMGPU_QUEUE_AQL);
	run(&first, &p);
	set_trouble(f, LATE_VA);
	p = packet(STUCK, 128, 128);
	submit(&first, &p);
	assert_true(local_until(load_acquire(&f->l.gpu->unit[0][0].state) ==
				QUEUE_POSTING, PATIENCE_MS));
	submit(&second, &p);
	assert_true(local_until(load_acquire(&f->l.gpu->unit[1][0].state) ==
				QUEUE_FAULTED, PATIENCE_MS));
	close_queue(&first);
	for (i = 0; i < SIMGPU_EVENT_COUNT; i++) {
		assert_true(local_event(&f->l, &event, PATIENCE_MS));
		assert_int_equal(le32toh(event.type), SIMGPU_EVENT_INTERRUPT);
	}
	expect_fault(f, SIMGPU_EVENT_FAULT, LATE_VA);
	local_map(&f->l, VMID, LATE_VA, addr, 1, LOCAL_RWS);
	local_fault_done(&f->l, VMID, LATE_VA, LATE_VA + PAGE_SIZE, SIMGPU_VERDICT_RETRY);
	assert_true(completes(&second));
	close_queue(&second);
}

/* With the registers of kfdtest. */
static void pm4_dispatch(void **state)
{
	struct fixture *f = *state;
	const u64 code = entry_of(f, VISIT) >> 8;
	const u64 kernarg = DATA_VA + KERNARG;
	const u32 args[] = { 64, 1, 1, 1000, 1 };
	const u32 packets[] = {
		0xc0077602, 0x204, 0, 0, 0, 64, 1, 1, 0,
		0xc0067602, 0x20c, (u32)code, (u32)(code >> 32), 0, 0, 0, 0,
		0xc0027602, 0x212, 0xc0084,
		place(2, HSA_RSRC2_USER_SGPRS) | HSA_RSRC2_GROUP_ID_X |
			HSA_RSRC2_GROUP_ID_Y | HSA_RSRC2_GROUP_ID_Z,
		0xc0017602, 0x22d, 9,
		0xc0027602, 0x240, (u32)kernarg, (u32)(kernarg >> 32),
		0xc0031502, 1000, 1, 1, 0x21,
		0xc0031502, 16, 1, 1, 0x1,
	};
	struct client c;
	u32 k;

	open_queue(f, &c, 0, SIMGPU_QUEUE_PM4);
	memset(out(f), 0, 4096 * 4);
	set_kernarg(f, DATA_VA + OUT, args, ARRAY_SIZE(args));
	memcpy(c.ring, packets, sizeof(packets));
	c.written = ARRAY_SIZE(packets);
	ring(&c, c.written);
	assert_true(local_until((u32)load_acquire(&c.amd->read_dispatch_id) ==
				c.written, PATIENCE_MS));
	for (k = 0; k < 1030; k++)
		assert_int_equal(out(f)[k], k < 1000 ? 2 : k < 1024);
	close_queue(&c);
}

static int setup(void **state)
{
	static struct fixture f;

	open_device(&f, 0);
	*state = &f;
	return 0;
}

static int setup_retry(void **state)
{
	static struct fixture f;

	open_device(&f, SIMGPU_VM_RETRY);
	f.vm_flags = SIMGPU_VM_RETRY;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	local_close(&f->l);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_RETRY(name) cmocka_unit_test_setup_teardown(name, setup_retry, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(grids),
		TEST(local_memory_and_barrier),
		TEST(scratch),
		TEST(wave_errors),
		TEST(trap_returns),
		TEST(trap_halts),
		TEST(trap_fails),
		TEST(bad_objects),
		TEST(endless),
		TEST(concurrent_groups),
		TEST(messages),
		TEST(first_registers),
		TEST(float_mode),
		TEST_RETRY(faults_retry),
		TEST_RETRY(faults_kill),
		TEST(faults_kill),
		TEST_RETRY(destroyed_while_waiting),
		TEST(destroyed_while_running),
		TEST_RETRY(killed_while_waiting),
		TEST_RETRY(killed_while_running),
		TEST_RETRY(destroyed_before_told),
		TEST(pm4_dispatch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
