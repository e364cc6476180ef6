// SPDX-License-Identifier: MIT
/* How fast does the device execute kernels?  `conode bench isa` runs this. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"

static const char usage[] =
	"Usage: isa [--floats N] [--matrix N] [--json] [--plot FILE] [--check]\n"
	"\n"
	"Run kernels on a GPU inside this process, beside the same loops in C.\n"
	"\n"
	"  --floats N   of a vector of saxpy, a multiple of 256 (16777216)\n"
	"  --matrix N   rows and columns of a matrix, a multiple of 64 (512)\n"
	"  --json       print JSON\n"
	"  --plot FILE  write bar charts as SVG; - is standard output, without the text\n"
	"  --check      exit with 1 when a core is more than 40 times slower than C\n"
	"  --help       this text\n";

struct options {
	struct size size;
	bool json;
	bool check;
	const char *plot;
};

/* A multiple of @unit up to @max, or 0. */
static u64 number(const char *text, u64 unit, u64 max)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || n % unit || n > max)
		n = 0;
	if (!n)
		fprintf(stderr, "isa: '%s' is not a multiple of %llu up to %llu\n", text,
			(unsigned long long)unit, (unsigned long long)max);
	return n;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{ "floats", required_argument, NULL, 'f' },
		{ "matrix", required_argument, NULL, 'm' },
		{ "json", no_argument, NULL, 'j' },
		{ "plot", required_argument, NULL, 'p' },
		{ "check", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			o->size.floats = number(optarg, 256, 1 << 28);
			break;
		case 'm':
			o->size.matrix = number(optarg, 64, 4096);
			break;
		case 'j':
			o->json = true;
			break;
		case 'p':
			o->plot = optarg;
			break;
		case 'c':
			o->check = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			return -1;
		}
	}
	return optind == argc && o->size.floats && o->size.matrix ? 0 : -1;
}

static bool plot(const char *path, const struct pace *paces)
{
	FILE *out = strcmp(path, "-") ? fopen(path, "w") : stdout;
	int err;

	if (!out) {
		perror(path);
		return false;
	}
	isa_write_svg(out, paces);
	err = ferror(out);
	if (out != stdout)
		err |= fclose(out);
	return !err;
}

static bool within(const struct pace *pace)
{
	if (pace_slowdown(pace) <= SLOWDOWN_LIMIT)
		return true;
	fprintf(stderr, "isa: %s: %.1f times slower is above the limit of %.0f\n",
		pace->name, pace_slowdown(pace), SLOWDOWN_LIMIT);
	return false;
}

static int report(const struct options *o, const struct pace *paces)
{
	bool ok = true;
	int i;

	if (o->plot)
		ok = plot(o->plot, paces);
	if (o->json)
		isa_write_json(stdout, paces);
	else if (!o->plot || strcmp(o->plot, "-"))
		isa_write_text(stdout, paces);
	for (i = 0; o->check && i < PACES; i++)
		ok &= within(&paces[i]);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options options = { .size = { 16 << 20, 512 } };
	struct pace paces[PACES];

	if (parse(argc, argv, &options)) {
		fputs(usage, stderr);
		return 2;
	}
	if (isa_measure(&options.size, paces))
		return 1;
	return report(&options, paces);
}
