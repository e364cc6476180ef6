// SPDX-License-Identifier: MIT
/*
 * What does a device cost: how long until a doorbell is answered, how fast does
 * it copy, what is a GPU page fault for the driver, what does idling take?
 *
 * No one place can measure all of that: `conode bench device` runs the parts
 * where they belong, and the report on what they have printed.
 */
#include "device.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

void device_value(const char *name, double value)
{
	printf("%s %.6g\n", name, value);
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double device_median(double *values, int n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Memory as that of a node is. */
static char *shared(size_t size)
{
	int fd = memfd_create("conode-bench", MFD_CLOEXEC);
	void *mem;

	if (fd < 0 || ftruncate(fd, size))
		return NULL;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return mem == MAP_FAILED ? NULL : mem;
}

int device_memcpy(void)
{
	char *src = shared(COPY_BYTES), *dst = shared(COPY_BYTES);
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };
	double start, rate, rates[MEMCPY_SAMPLES];
	int n = 0;

	if (!src || !dst) {
		perror("device: memory");
		return 1;
	}
	memset(src, 1, COPY_BYTES);
	memset(dst, 2, COPY_BYTES);
	do {
		rates[n] = 0;
		for (int i = 0; i < MEMCPY_ROUNDS; i++) {
			start = seconds();
			memcpy(dst, src, COPY_BYTES);
			rate = COPY_BYTES / (seconds() - start) / (1 << 20);
			rates[n] = rate > rates[n] ? rate : rates[n];
		}
		n++;
	} while (n < MEMCPY_SAMPLES && !poll(&end, 1, MEMCPY_PAUSE_MS));
	device_value("memcpy_mib_s", device_median(rates, n));
	return 0;
}

static const char usage[] =
	"Usage: device memcpy | times | faults\n"
	"       device report [--json] [--plot FILE] [--check] <lines of the others\n"
	"\n"
	"The parts of `conode bench device`.\n"
	"\n"
	"  memcpy       on the host, beside the next: how fast it copies, until its input ends\n"
	"  times        in a node: doorbell latency, SDMA rate, idle share\n"
	"  faults       in a node with -icount: instructions per GPU fault and page\n"
	"  report       shows what the others have printed\n"
	"  --json       print JSON\n"
	"  --plot FILE  write bar charts as SVG; - is standard output, without the text\n"
	"  --check      exit with 1 when a count or a ratio is beyond its limit\n"
	"  --help       this text\n";

static int parse(int argc, char **argv, struct device_options *o)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "plot", required_argument, NULL, 'p' },
		{ "check", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
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
	return optind + 1 == argc ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct device_options options = { };
	const char *part;

	if (!parse(argc, argv, &options)) {
		part = argv[optind];
		if (!strcmp(part, "memcpy"))
			return device_memcpy();
		if (!strcmp(part, "times"))
			return device_times();
		if (!strcmp(part, "faults"))
			return device_faults();
		if (!strcmp(part, "report"))
			return device_report(&options);
	}
	fputs(usage, stderr);
	return 2;
}
