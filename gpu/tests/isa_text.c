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

unsigned int isa_assemble(const char *const *lines, unsigned int n,
			  struct isa_words *out)
{
	char path[] = "/tmp/isa-XXXXXX", command[200], line[1024];
	unsigned int i, done = 0;
	int fd = mkstemp(path);
	FILE *f;

	if (fd < 0)
		return 0;
	f = fdopen(fd, "w");
	for (i = 0; i < n; i++)
		fprintf(f, "%s\n", lines[i]);
	fclose(f);
	snprintf(command, sizeof(command),
		 "llvm-mc -triple=amdgcn -mcpu=gfx90a -show-encoding %s", path);
	f = popen(command, "r");
	while (f && done < n && fgets(line, sizeof(line), f)) {
		if (parse(line, &out[done]))
			done++;
	}
	if (f)
		pclose(f);
	unlink(path);
	return done;
}
