/* SPDX-License-Identifier: MIT */
#ifndef GPU_LOG_H
#define GPU_LOG_H

#include "types.h"

enum log_level {
	LOG_ERROR,	/* somebody has to act */
	LOG_INFO,	/* noteworthy: start, stop, enable, injected trouble */
	LOG_DEBUG,
};

/* Messages above this level are not printed; LOG_INFO at start. */
extern enum log_level log_limit;

/**
 * log_line() - one line on stderr: "simgpuN: text"
 * @index: which GPU
 * @level: enum log_level
 * @fmt: as printf(), without the newline
 */
void log_line(unsigned int index, enum log_level level, const char *fmt, ...)
	__printf(3, 4);

#endif
