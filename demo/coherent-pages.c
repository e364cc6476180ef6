// SPDX-License-Identifier: MIT
/*
 * Ordinary memory of an ordinary process goes to the memory of a GPU and back,
 * while the CPU keeps using it where it is.
 *
 * The program talks to the driver through libhsakmt only, and believes nobody:
 * where a page is comes from /proc/self/pagemap and /proc/iomem, page faults
 * from getrusage(2), migrations from the driver's counters, and every byte is
 * compared.
 */
#include <errno.h>
#include <getopt.h>
#include <numa.h>
#include <numaif.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib.h"

#define DASHES		"----------------------------------------"

#define SEED_FIRST	1
#define SEED_SECOND	2

/* At most so many things that went wrong are repeated at the end. */
#define MAX_COMPLAINTS	8

/**
 * struct demo - everything that the steps share
 * @mem: the memory that travels
 * @size: in bytes
 * @pages: the same in pages
 * @gpu: where to
 * @complaints: what differed from what was promised
 */
struct demo {
	struct t_kfd kfd;
	struct t_gpu *gpu;
	char *mem;
	size_t size;
	unsigned long pages;
	int step;
	int ncomplaints;
	char complaints[MAX_COMPLAINTS][160];
};

/* What one step cost. */
struct cost {
	double seconds;
	long faults;
};

static void __attribute__((format(printf, 2, 3)))
complain(struct demo *d, const char *fmt, ...)
{
	va_list ap;

	if (d->ncomplaints < MAX_COMPLAINTS) {
		va_start(ap, fmt);
		vsnprintf(d->complaints[d->ncomplaints], sizeof(d->complaints[0]), fmt, ap);
		va_end(ap);
	}
	d->ncomplaints++;
}

static long page_faults(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return ru.ru_minflt + ru.ru_majflt;
}

static void cost_start(struct cost *cost)
{
	cost->faults = page_faults();
	cost->seconds = t_now();
}

static void cost_stop(struct cost *cost)
{
	cost->seconds = t_now() - cost->seconds;
	cost->faults = page_faults() - cost->faults;
}

/* 65536 as "65,536" */
static const char *grouped(unsigned long n, char *buf, size_t size)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lu", n);
	size_t out = 0;

	for (int i = 0; i < len && out + 2 < size; i++) {
		if (i && (len - i) % 3 == 0)
			buf[out++] = ',';
		buf[out++] = digits[i];
	}
	buf[out] = '\0';
	return buf;
}

/* The DRAM node of every page, or -1 when they are on several. */
static int dram_node(const void *mem, unsigned long pages)
{
	static void *addrs[1024];
	static int status[1024];
	int node = -2;

	for (unsigned long done = 0; done < pages; done += 1024) {
		unsigned long n = pages - done < 1024 ? pages - done : 1024;

		for (unsigned long i = 0; i < n; i++)
			addrs[i] = (char *)mem + (done + i) * T_PAGE;
		if (move_pages(0, n, addrs, NULL, status, 0))
			return -1;
		for (unsigned long i = 0; i < n; i++) {
			if (node == -2)
				node = status[i];
			if (status[i] < 0 || status[i] != node)
				return -1;
		}
	}
	return node;
}

static void describe_place(struct demo *d, const struct t_where *w, char *buf,
			   size_t size)
{
	unsigned int i = d->gpu - d->kfd.gpu;
	char n[32];
	int node;

	if (w->spm == w->pages && w->gpu[i] == w->pages) {
		snprintf(buf, size, "VRAM of GPU node %u", d->gpu->node);
	} else if (w->dram == w->pages) {
		node = dram_node(d->mem, d->pages);
		if (node >= 0)
			snprintf(buf, size, "DRAM, NUMA node %d", node);
		else
			snprintf(buf, size, "DRAM, several nodes");
	} else {
		snprintf(buf, size, "mixed: %s in VRAM",
			 grouped(w->spm, n, sizeof(n)));
	}
}

static void print_header(struct demo *d)
{
	char n[32];

	printf("\nMemory:   %zu MiB, %s pages of 4 KiB, from an ordinary mmap(2)\n",
	       d->size / T_MIB, grouped(d->pages, n, sizeof(n)));
	printf("GPU:      topology node %u, %lu MiB of VRAM at %#llx\n", d->gpu->node,
	       d->gpu->pages * T_PAGE / T_MIB, (unsigned long long)d->gpu->base);
	printf("          (\"Soft Reserved\" in /proc/iomem: special-purpose memory, SPM)\n\n");
	printf("   %-38s %8s  %-20s %8s %7s %9s\n", "step", "pages", "where they are now", "faults",
	       "time", "pages/s");
	printf("   %.38s %.8s  %.20s %.8s %.7s %.9s\n", DASHES, DASHES, DASHES, DASHES, DASHES,
	       DASHES);
}

static void print_row(struct demo *d, const char *what, const struct cost *cost,
		      const char *place)
{
	char pages[32], faults[32], rate[32];
	unsigned long per_s = cost->seconds > 0 ? d->pages / cost->seconds : 0;

	printf(" %d %-38s %8s  %-20s %8s %5.2f s %9s\n", ++d->step, what,
	       grouped(d->pages, pages, sizeof(pages)), place,
	       grouped(cost->faults, faults, sizeof(faults)), cost->seconds,
	       grouped(per_s, rate, sizeof(rate)));
	fflush(stdout);
}

enum place { IN_DRAM, IN_VRAM };

/* Ends a step: where is everything now, and is that what was promised? */
static void finish_step(struct demo *d, const char *what, const struct cost *cost,
			enum place promised)
{
	struct t_where w;
	char place[64];

	if (t_where(&d->kfd, d->mem, d->size, &w)) {
		complain(d, "%s: cannot tell where the pages are", what);
		return;
	}
	describe_place(d, &w, place, sizeof(place));
	print_row(d, what, cost, place);
	if (promised == IN_VRAM && w.spm != w.pages)
		complain(d, "%s: %lu of %lu pages lie outside the SPM", what,
			 w.pages - w.spm, w.pages);
	if (promised == IN_VRAM && w.gpu[d->gpu - d->kfd.gpu] != w.pages)
		complain(d, "%s: %lu of %lu pages are not in the VRAM of node %u", what,
			 w.pages - w.gpu[d->gpu - d->kfd.gpu], w.pages, d->gpu->node);
	if (promised == IN_DRAM && w.dram != w.pages)
		complain(d, "%s: %lu of %lu pages are not in DRAM", what,
			 w.pages - w.dram, w.pages);
}

static void check_bytes(struct demo *d, const char *what, unsigned long wrong)
{
	if (wrong)
		complain(d, "%s: %lu words of 8 bytes are wrong", what, wrong);
}

static void check_faults(struct demo *d, const char *what, const struct cost *cost)
{
	if (cost->faults)
		complain(d, "%s: %ld page faults instead of 0", what, cost->faults);
}

static void fill(struct demo *d)
{
	const char *what = "CPU fills it with a pattern";
	struct cost cost;

	cost_start(&cost);
	t_fill(d->mem, d->size, SEED_FIRST);
	cost_stop(&cost);
	finish_step(d, what, &cost, IN_DRAM);
}

static void set_attributes(struct demo *d)
{
	const uint32_t flags = HSA_SVM_FLAG_HOST_ACCESS | HSA_SVM_FLAG_COHERENT;
	HSA_SVM_ATTRIBUTE attrs[] = {
		{ HSA_SVM_ATTR_PREFERRED_LOC, d->gpu->node },
		{ HSA_SVM_ATTR_ACCESS_IN_PLACE, d->gpu->node },
		{ HSA_SVM_ATTR_SET_FLAGS, flags },
	};
	uint32_t preferred = ~0U;

	if (hsaKmtSVMSetAttr(d->mem, d->size, 3, attrs) != HSAKMT_STATUS_SUCCESS)
		complain(d, "hsaKmtSVMSetAttr refused the attributes");
	else if (t_get(d->mem, d->size, HSA_SVM_ATTR_PREFERRED_LOC, &preferred) !=
		 HSAKMT_STATUS_SUCCESS || preferred != d->gpu->node)
		complain(d, "the preferred location reads back as %u, not %u", preferred,
			 d->gpu->node);
}

static void prefetch(struct demo *d, const char *what, unsigned int node,
		     const char *counter)
{
	struct t_counters before;
	struct cost cost;
	HSAKMT_STATUS status;
	long long moved;

	if (t_counters(&before))
		complain(d, "%s: no counters", what);
	cost_start(&cost);
	status = t_prefetch(d->mem, d->size, node);
	cost_stop(&cost);
	moved = t_since(&before, counter);
	if (status != HSAKMT_STATUS_SUCCESS)
		complain(d, "%s: hsaKmtSVMSetAttr failed with status %d", what, status);
	else if (moved != (long long)d->pages)
		complain(d, "%s: the driver counted %lld pages instead of %lu", what, moved,
			 d->pages);
	finish_step(d, what, &cost, node ? IN_VRAM : IN_DRAM);
}

/* Counters must not move while the CPU uses the memory in place. */
static void check_still(struct demo *d, const char *what,
			const struct t_counters *before)
{
	long long moved = t_moved(before);

	if (moved)
		complain(d, "%s: the driver counted %lld migrations instead of 0", what, moved);
}

static void read_in_place(struct demo *d)
{
	const char *what = "CPU reads every byte, in place";
	struct t_counters before;
	struct cost cost;
	unsigned long wrong;

	if (t_counters(&before))
		complain(d, "%s: no counters", what);
	cost_start(&cost);
	wrong = t_wrong(d->mem, d->size, SEED_FIRST);
	cost_stop(&cost);
	check_bytes(d, what, wrong);
	check_faults(d, what, &cost);
	check_still(d, what, &before);
	finish_step(d, what, &cost, IN_VRAM);
}

static void write_in_place(struct demo *d)
{
	const char *what = "CPU writes every byte anew, in place";
	struct t_counters before;
	struct cost cost;

	if (t_counters(&before))
		complain(d, "%s: no counters", what);
	cost_start(&cost);
	t_fill(d->mem, d->size, SEED_SECOND);
	cost_stop(&cost);
	check_faults(d, what, &cost);
	check_still(d, what, &before);
	finish_step(d, what, &cost, IN_VRAM);
}

static void verify(struct demo *d)
{
	const char *what = "CPU reads every byte";
	struct cost cost;
	unsigned long wrong;

	cost_start(&cost);
	wrong = t_wrong(d->mem, d->size, SEED_SECOND);
	cost_stop(&cost);
	check_bytes(d, what, wrong);
	finish_step(d, what, &cost, IN_DRAM);
}

/* The first DRAM node with memory that is not @not, or -1. */
static int other_node(int not)
{
	for (int node = 0; node <= numa_max_node(); node++)
		if (node != not && numa_node_size64(node, NULL) > 0)
			return node;
	return -1;
}

/* How long does Linux need to move the same pages between two DRAM nodes? */
static void compare_with_move_pages(struct demo *d)
{
	int from = dram_node(d->mem, d->pages), to = other_node(from);
	struct cost cost;
	void **addrs;
	int *nodes, *status;
	char what[64];

	if (from < 0 || to < 0) {
		printf("   (there is no second DRAM node for move_pages(2))\n");
		return;
	}
	addrs = calloc(d->pages, sizeof(*addrs));
	nodes = calloc(d->pages, sizeof(*nodes));
	status = calloc(d->pages, sizeof(*status));
	if (!addrs || !nodes || !status) {
		complain(d, "out of memory");
		goto out;
	}
	for (unsigned long i = 0; i < d->pages; i++) {
		addrs[i] = d->mem + i * T_PAGE;
		nodes[i] = to;
		status[i] = -EAGAIN;
	}
	snprintf(what, sizeof(what), "for comparison: move_pages(2), %d to %d", from, to);
	cost_start(&cost);
	if (move_pages(0, d->pages, addrs, nodes, status, MPOL_MF_MOVE) < 0)
		complain(d, "%s: %s", what, strerror(errno));
	cost_stop(&cost);
	finish_step(d, what, &cost, IN_DRAM);
	check_bytes(d, what, t_wrong(d->mem, d->size, SEED_SECOND));
out:
	free(addrs);
	free(nodes);
	free(status);
}

/* Faults that are the program's own business happen here, not in a step. */
static int warm_up(void)
{
	char *small = t_map(T_PAGE);
	struct t_counters counters;
	struct cost cost;
	int ret;

	if (!small)
		return -1;
	cost_start(&cost);
	t_fill(small, T_PAGE, SEED_FIRST);
	ret = t_wrong(small, T_PAGE, SEED_FIRST) || t_counters(&counters) ||
	      t_moved(&counters) < 0 || t_in_spm(small, T_PAGE) < 0;
	cost_stop(&cost);
	munmap(small, T_PAGE);
	return ret ? -1 : 0;
}

static int find_gpu(struct demo *d, long node)
{
	d->gpu = &d->kfd.gpu[0];
	for (unsigned int i = 0; node >= 0 && i < d->kfd.ngpus; i++)
		if (d->kfd.gpu[i].node == node)
			d->gpu = &d->kfd.gpu[i];
	if (node >= 0 && d->gpu->node != node) {
		fprintf(stderr, "coherent-pages: topology node %ld is not a GPU\n", node);
		return -1;
	}
	if (d->pages > d->gpu->pages) {
		fprintf(stderr,
			"coherent-pages: %zu MiB exceed the %lu MiB of VRAM of node %u (--size)\n",
			d->size / T_MIB, d->gpu->pages * T_PAGE / T_MIB, d->gpu->node);
		return -1;
	}
	return 0;
}

static int set_up(struct demo *d, long node)
{
	/*
	 * A process with a policy of its own is left alone by automatic NUMA
	 * balancing, whose hint faults would be counted as faults of a step.
	 */
	if (numa_available() >= 0)
		numa_set_preferred(numa_node_of_cpu(sched_getcpu()));
	if (t_open(&d->kfd) || find_gpu(d, node))
		return -1;
	d->mem = t_map(d->size);
	return d->mem && !warm_up() ? 0 : -1;
}

static int conclude(struct demo *d)
{
	char n[32];

	if (d->ncomplaints) {
		printf("\n");
		for (int i = 0; i < d->ncomplaints && i < MAX_COMPLAINTS; i++)
			printf("wrong: %s\n", d->complaints[i]);
		printf("FAILED: %d of the things promised above are not so.\n", d->ncomplaints);
		return 1;
	}
	printf("\nShown: %s pages went to VRAM and back.  There the CPU read and wrote every\n",
	       grouped(d->pages, n, sizeof(n)));
	printf("byte in place, with 0 page faults and 0 migrations, and every byte is right.\n");
	return 0;
}

static int run(struct demo *d, long node)
{
	char what[64];

	if (set_up(d, node))
		return 1;
	print_header(d);
	fill(d);
	set_attributes(d);
	snprintf(what, sizeof(what), "prefetch to GPU node %u", d->gpu->node);
	prefetch(d, what, d->gpu->node, "migrate_to_vram");
	read_in_place(d);
	write_in_place(d);
	prefetch(d, "prefetch back to system memory", 0, "migrate_to_ram");
	verify(d);
	compare_with_move_pages(d);
	munmap(d->mem, d->size);
	if (t_close(&d->kfd))
		complain(d, "closing KFD failed");
	return conclude(d);
}

static void usage(FILE *out)
{
	fputs("Usage: coherent-pages [--size MIB] [--node N]\n"
	      "\n"
	      "Moves ordinary memory of this process into the VRAM of a GPU and back, lets the CPU\n"
	      "use it in place meanwhile, checks all of that and prints one table.\n"
	      "\n"
	      "  --size MIB   how much memory travels (default 256)\n"
	      "  --node N     topology node of the GPU (default: the first one)\n"
	      "  --help       this text\n"
	      "\n"
	      "Exit status: 0 when everything is as promised, 1 when not, 2 for a wrong option.\n",
	      out);
}

/* The value of an option, a decimal number from @min to @max; or the end. */
static long parse_number(const char *option, const char *text, long min, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || *end || end == text || n < min || n > max) {
		fprintf(stderr, "coherent-pages: %s wants a number from %ld to %ld, not '%s'\n",
			option, min, max, text);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, 's' },
		{ "node", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	static struct demo demo;
	long mib = 256, node = -1;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 's':
			mib = parse_number("--size", optarg, 1, 1 << 20);
			break;
		case 'n':
			node = parse_number("--node", optarg, 0, 1 << 16);
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return 2;
	}
	demo.size = mib * T_MIB;
	demo.pages = demo.size / T_PAGE;
	return run(&demo, node);
}
