// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "isa_text.h"

bool isa_assembler(void)
{
	return !system("llvm-mc --version >/dev/null 2>&1");
}

static bool parse(const char *line, struct isa_words *out)
{
	const char *p = strstr(line, "encoding: [");

	if (!p)
		return false;
	memset(out, 0, sizeof(*out));
	for (p += 11; p && *p && *p != ']' && out->bytes < 12; out->bytes++) {
		u32 byte = strtoul(p, (char **)&p, 0);

		out->word[out->bytes / 4] |= byte << 8 * (out->bytes % 4);
		p += strspn(p, ",");
	}
	return true;
}

/* The lines in a file, one instruction each. */
static bool write_lines(char *path, const char *const *lines, unsigned int n)
{
	int fd = mkstemp(path);
	unsigned int i;
	FILE *f;

	if (fd < 0)
		return false;
	f = fdopen(fd, "w");
	for (i = 0; i < n; i++)
		fprintf(f, "%s\n", lines[i]);
	return !fclose(f);
}

static FILE *run_assembler(const char *path, const char *options)
{
	char command[200];

	snprintf(command, sizeof(command),
		 "llvm-mc -triple=amdgcn -mcpu=gfx90a -show-encoding %s %s", path, options);
	return popen(command, "r");
}

unsigned int isa_assemble(const char *const *lines, unsigned int n,
			  struct isa_words *out)
{
	char path[] = "/tmp/isa-XXXXXX", line[1024];
	unsigned int done = 0;
	FILE *f;

	if (!write_lines(path, lines, n))
		return 0;
	f = run_assembler(path, "");
	while (f && done < n && fgets(line, sizeof(line), f)) {
		if (parse(line, &out[done]))
			done++;
	}
	if (f)
		pclose(f);
	unlink(path);
	return done;
}

/* Numbers of the lines that are refused: file:number:column: error. */
static void mark_refused(const char *path, struct isa_words *out, unsigned int n)
{
	char line[1024];
	unsigned int i;
	FILE *f = run_assembler(path, "2>&1 >/dev/null");

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, path, strlen(path)) || !strstr(line, ": error:"))
			continue;
		i = strtoul(line + strlen(path) + 1, NULL, 10);
		if (i >= 1 && i <= n)
			out[i - 1].bytes = ~0u;
	}
	if (f)
		pclose(f);
}

void isa_assemble_some(const char *const *lines, unsigned int n,
		       struct isa_words *out)
{
	char path[] = "/tmp/isa-XXXXXX", line[1024];
	struct isa_words words;
	unsigned int i = 0;
	FILE *f;

	memset(out, 0, n * sizeof(*out));
	if (!write_lines(path, lines, n))
		return;
	mark_refused(path, out, n);
	f = run_assembler(path, "2>/dev/null");
	while (f && fgets(line, sizeof(line), f)) {
		if (!parse(line, &words))
			continue;
		for (; i < n && out[i].bytes == ~0u; i++)
			out[i].bytes = 0;
		if (i < n)
			out[i++] = words;
	}
	for (; i < n; i++)
		out[i].bytes = 0;
	if (f)
		pclose(f);
	unlink(path);
}
