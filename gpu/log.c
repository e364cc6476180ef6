// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdio.h>

#include "log.h"

enum log_level log_limit = LOG_INFO;

void log_line(unsigned int index, enum log_level level, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (level > log_limit)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* One call, so that lines of several processes do not mix. */
	fprintf(stderr, "simgpu%u: %s\n", index, text);
}
