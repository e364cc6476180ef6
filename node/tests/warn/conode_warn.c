// SPDX-License-Identifier: MIT
/*
 * Makes the kernel complain, for the tests of the rig: a run in which that
 * happens has to fail.
 */
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

static int *nowhere;
static char *how = "warn";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "warn, oops, panic, or hang");

static int __init conode_warn_init(void)
{
	if (!strcmp(how, "warn")) {
		WARN(1, "conode_warn: asked for a warning\n");
	} else if (!strcmp(how, "oops")) {
		WRITE_ONCE(*nowhere, 0);
	} else if (!strcmp(how, "panic")) {
		panic("conode_warn: asked for a panic");
	} else if (!strcmp(how, "hang")) {
		local_irq_disable();
		for (;;)
			cpu_relax();
	}
	return 0;
}

static void __exit conode_warn_exit(void)
{
}

module_init(conode_warn_init);
module_exit(conode_warn_exit);
MODULE_DESCRIPTION("conode rig test: makes the kernel complain");
MODULE_LICENSE("Dual MIT/GPL");
