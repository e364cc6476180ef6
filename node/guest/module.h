/* SPDX-License-Identifier: MIT */
/* Kernel modules. */
#ifndef CONODE_GUEST_MODULE_H
#define CONODE_GUEST_MODULE_H

/* Loads the modules that /modules/order of the initramfs names, in order. */
int module_load_early(void);

/*
 * Loads the module file that @line begins with, with the parameters that
 * follow after a space.  A module that is there already is fine.
 * Return: 0 or a negative errno from finit_module.
 */
int module_load(const char *line);

#endif
