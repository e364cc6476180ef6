/* SPDX-License-Identifier: MIT */
/* kmemleak, on kernels that have it. */
#ifndef CONODE_GUEST_LEAK_H
#define CONODE_GUEST_LEAK_H

#include "port.h"

/* Forgets what the boot has leaked, so that leak_check() tells only news. */
void leak_baseline(void);

/* Scans memory and sends what has leaked as WIRE_SPLAT. */
void leak_check(const struct ports *ports);

#endif
