// SPDX-License-Identifier: MIT
/* The kernel's log: what it complains about, and its last words for a report. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "../splat.h"
#include "kmsg.h"

#define TAIL 12
#define LINE 240

static int kmsg = -1;

static struct {
	char line[TAIL][LINE];
	unsigned int next;
} tail;

/* The complaint that is being collected; lines > 0 while there is one. */
static struct {
	char text[(SPLAT_LINES + 1) * LINE];
	size_t size;
	int lines;
} splat;

int kmsg_open(void)
{
	if (kmsg < 0)
		kmsg = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return kmsg < 0 ? -errno : kmsg;
}

static void splat_flush(const struct ports *ports)
{
	if (splat.lines)
		message_send(ports, WIRE_SPLAT, splat.text, splat.size);
	splat.lines = 0;
	splat.size = 0;
}

static void splat_add(const struct ports *ports, const char *line)
{
	int len = snprintf(splat.text + splat.size, LINE, "%s\n", line);

	splat.size += len < LINE ? len : LINE - 1;
	splat.lines++;
	if (splat.lines > SPLAT_LINES || (splat.lines > 2 && splat_ends(line)))
		splat_flush(ports);
}

/* A record is "level,sequence,time,flags;text" and then lines of properties. */
static const char *record_text(char *record, ssize_t len)
{
	char *text;

	record[len] = 0;
	text = strchr(record, ';');
	if (!text)
		return NULL;
	text[strcspn(text, "\n")] = 0;
	return text + 1;
}

void kmsg_check(const struct ports *ports)
{
	char record[8193];
	const char *text;
	ssize_t len;

	for (;;) {
		len = read(kmsg, record, sizeof(record) - 1);
		if (len < 0 && errno == EPIPE)
			continue;	/* overrun: goes on with the oldest record */
		if (len <= 0)
			break;
		text = record_text(record, len);
		if (!text)
			continue;
		snprintf(tail.line[tail.next++ % TAIL], LINE, "%s", text);
		if (splat.lines || splat_begins(text))
			splat_add(ports, text);
	}
}

void kmsg_settle(const struct ports *ports)
{
	kmsg_check(ports);
	splat_flush(ports);
}

const char *kmsg_tail(void)
{
	static char text[TAIL * LINE];
	unsigned int i;
	size_t size = 0;

	text[0] = 0;
	for (i = 0; i < TAIL; i++) {
		const char *line = tail.line[(tail.next + i) % TAIL];

		if (*line)
			size += snprintf(text + size, sizeof(text) - size, "%s\n", line);
	}
	return text;
}

void kmsg_note(const char *format, ...)
{
	char line[512] = "<4>conode: ";
	size_t head = strlen(line);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line + head, sizeof(line) - head, format, args);
	va_end(args);
	if (kmsg >= 0 && len > 0 && write(kmsg, line, strlen(line)) < 0)
		return;		/* a note that is lost is no reason to stop */
}
