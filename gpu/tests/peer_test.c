// SPDX-License-Identifier: MIT
/* Several devices in one process, each reaching the other's memory. */
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "script.h"

#define VMID	1
#define GPUS	4
#define DATA	0x200000ULL
/* Where device N sees the VRAM of device M. */
#define PEER(m)	(0x4000000000ULL + ((u64)(m) << 32))

struct fixture {
	struct local l[GPUS];
	struct local_queue q[GPUS];
};

/* All share the bus, as the devices of one node do. */
static void connect_peer(struct local *l, struct local *peer, unsigned int m)
{
	if (l != peer)
		assert_int_equal(bus_add_memory(&l->gpu->bus, PEER(m),
						peer->vram_size, peer->vram),
				 0);
}

static int setup(void **state)
{
	static struct fixture f;
	unsigned int n, m;

	for (n = 0; n < GPUS; n++) {
		const struct local_options options = { .index = n };
		struct local *l = &f.l[n];

		assert_int_equal(local_open(l, &options), 0);
		script_install(l);
	}
	for (n = 0; n < GPUS; n++)
		for (m = 0; m < GPUS; m++)
			connect_peer(&f.l[n], &f.l[m], m);
	for (n = 0; n < GPUS; n++) {
		struct local *l = &f.l[n];

		assert_int_equal(local_vm_set(l, VMID, 0), 0);
		for (m = 0; m < GPUS; m++)
			local_map(l, VMID, PEER(m), m == n ? 0 : PEER(m), 1024,
				  m == n ? LOCAL_RW : LOCAL_RWS);
		assert_int_equal(local_queue_create(l, &f.q[n], 0, VMID,
						    SIMGPU_QUEUE_SDMA_XGMI,
						    4096), 0);
	}
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int n;

	for (n = 0; n < GPUS; n++)
		local_close(&f->l[n]);
	return 0;
}

static void data_goes_round_all_devices(void **state)
{
	struct fixture *f = *state;
	unsigned int n, i;
	u64 *first = (u64 *)f->l[0].vram;
	u64 bytes = 1 << 20;

	for (i = 0; i < bytes / 8; i++)
		first[i] = i * 0x9e3779b97f4a7c15ULL;
	/* Each waits for its left neighbour, then copies to its right one. */
	for (n = GPUS; n-- > 0;) {
		unsigned int right = (n + 1) % GPUS;

		if (n)
			local_put(&f->q[n], &(struct script) {
				.op = SCRIPT_WAIT, .value = 1,
				.va = PEER(n) + (2 << 20),
			}, sizeof(struct script));
		local_put(&f->q[n], &(struct script) {
			.op = SCRIPT_COPY, .src = PEER(n),
			.va = PEER(right) + (right ? 0 : bytes), .len = bytes,
		}, sizeof(struct script));
		script_submit(&f->q[n], &(struct script) {
			.op = SCRIPT_STORE, .value = 1,
			.va = PEER(right) + (2 << 20),
		});
	}
	for (n = 0; n < GPUS; n++)
		assert_true(local_drain(&f->q[n], LOCAL_SOON_MS));
	assert_memory_equal(f->l[0].vram + bytes, first, bytes);
}

static void devices_add_to_one_word(void **state)
{
	struct fixture *f = *state;
	unsigned int n, i, round;

	for (round = 0; round < 20; round++)
		for (n = 0; n < GPUS; n++) {
			for (i = 0; i < 50; i++)
				local_put(&f->q[n], &(struct script) {
					.op = SCRIPT_ATOMIC, .unit = 8,
					.va = PEER(2) + 64, .value = 1,
					.atomic = ATOMIC_ADD,
				}, sizeof(struct script));
			local_ring(&f->q[n]);
			assert_true(local_drain(&f->q[n], LOCAL_SOON_MS) || round);
		}
	for (n = 0; n < GPUS; n++)
		assert_true(local_drain(&f->q[n], LOCAL_SOON_MS));
	assert_int_equal(*(u64 *)(f->l[2].vram + 64), 20 * 50 * GPUS);
}

static void one_device_ends_and_the_others_go_on(void **state)
{
	struct fixture *f = *state;

	script_submit(&f->q[1], &(struct script) { .op = SCRIPT_SPIN });
	local_disable(&f->l[1]);
	script_submit(&f->q[0], &(struct script) {
		.op = SCRIPT_STORE, .va = PEER(1), .value = 99,
	});
	assert_true(local_drain(&f->q[0], LOCAL_SOON_MS));
	assert_int_equal(*(u64 *)f->l[1].vram, 99);
}

static void the_driver_copies_between_peers(void **state)
{
	struct fixture *f = *state;
	struct simgpu_copy c = { .dst = PEER(3), .src = SIMGPU_COPY_LOCAL,
				 .npages = 300 };

	memset(f->l[0].vram, 0x3c, 300 * PAGE_SIZE);
	assert_int_equal(local_copy(&f->l[0], SIMGPU_CMD_COPY, &c, 1), 0);
	assert_memory_equal(f->l[3].vram, f->l[0].vram, 300 * PAGE_SIZE);
	assert_int_equal(f->l[3].vram[300 * PAGE_SIZE], 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(data_goes_round_all_devices),
		test(devices_add_to_one_word),
		test(one_device_ends_and_the_others_go_on),
		test(the_driver_copies_between_peers),
	};

	return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
