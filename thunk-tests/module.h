/* SPDX-License-Identifier: MIT */
/* The driver goes and comes back. */
#ifndef T_MODULE_H
#define T_MODULE_H

#include "lib.h"

/** t_module_can_reload() - the node has said what to load */
bool t_module_can_reload(void);

/** t_module_unload() - 0 or -errno, at once */
int t_module_unload(void);

/** t_module_unload_soon() - as soon as the last page is free; 0 or -errno */
int t_module_unload_soon(void);

/** t_module_load() - with the node's parameters; 0 or -errno */
int t_module_load(void);

/**
 * t_close_for_good() - t_close(), and the render nodes, too
 *
 * The thunk keeps them open for as long as the process lives, and they hold the
 * module.  After this the process cannot use the thunk again.
 */
int t_close_for_good(struct t_kfd *kfd);

#endif
