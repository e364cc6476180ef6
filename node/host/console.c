// SPDX-License-Identifier: MIT
/* The node's console, read when the node itself can no longer speak. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../splat.h"
#include "console.h"

#define TAIL_LINES 15

static void add_line(struct queue *text, const char *line)
{
	queue_add(text, line, strlen(line));
	queue_add(text, "\n", 1);
}

static void add_tail(FILE *file, struct queue *text)
{
	char *lines[TAIL_LINES] = { NULL };
	size_t room = 0;
	int next = 0, i;

	rewind(file);
	while (getline(&lines[next % TAIL_LINES], &room, file) >= 0) {
		next++;
		room = 0;
		free(lines[next % TAIL_LINES]);
		lines[next % TAIL_LINES] = NULL;
	}
	for (i = 0; i < TAIL_LINES; i++) {
		char *line = lines[(next + i) % TAIL_LINES];

		if (line && *line) {
			line[strcspn(line, "\r\n")] = 0;
			add_line(text, line);
		}
		free(line);
	}
}

bool console_complaint(const char *path, struct queue *text, bool or_tail)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	int lines = 0;

	if (!file)
		return false;
	while (getline(&line, &room, file) >= 0 && lines <= SPLAT_LINES) {
		line[strcspn(line, "\r\n")] = 0;
		if (!lines && !splat_begins(line))
			continue;
		add_line(text, line);
		if (++lines > 3 && splat_ends(line))
			break;
	}
	free(line);
	if (!lines && or_tail)
		add_tail(file, text);
	fclose(file);
	return lines > 0;
}
