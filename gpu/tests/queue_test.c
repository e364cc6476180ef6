// SPDX-License-Identifier: MIT
/* Queues: doorbells, scheduling, commands about them. */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "script.h"

#define VMID	3
#define DATA	0x200000ULL	/* virtual address of test data */

struct fixture {
	struct local l;
	struct local_queue q;
};

static int setup(void **state)
{
	static struct fixture f;
	static const struct local_options options = { 0 };

	assert_int_equal(local_open(&f.l, &options), 0);
	script_install(&f.l);
	assert_int_equal(local_vm_set(&f.l, VMID, 0), 0);
	local_map(&f.l, VMID, DATA, LOCAL_RAM_BASE, 1024, LOCAL_RWS);
	assert_int_equal(local_queue_create(&f.l, &f.q, 0, VMID,
					    SIMGPU_QUEUE_SDMA, 4096), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	local_close(&f->l);
	return 0;
}

static void a_doorbell_starts_a_packet(void **state)
{
	struct fixture *f = *state;
	u64 *data = local_memory(&f->l, LOCAL_RAM_BASE);

	script_submit(&f->q, &(struct script) {
		.op = SCRIPT_STORE, .va = DATA + 64, .value = 0x1234,
	});
	assert_true(local_drain(&f->q, 2000));
	assert_int_equal(data[8], 0x1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_doorbell_starts_a_packet,
						setup, teardown),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
