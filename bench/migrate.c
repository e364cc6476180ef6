// SPDX-License-Identifier: MIT
/*
 * What does it cost to move a page to VRAM and back?
 *
 * In a node that runs with -icount the clock counts guest instructions, so that
 * the numbers repeat.  The peers are measured in the same boot.
 */
#include "bench.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FEW		10
#define MANY		10000
#define STRIDE		(2 * T_PAGE)

/* What a page and a range may cost, checked by --check. */
#define LIMIT_TO	11000
#define LIMIT_BACK	5000
#define LIMIT_DRAINS	1.0
/* The same without the copy, of pages that are mapped one by one, with mm-patches. */
#define LIMIT_PATCHED_TO	4000
#define LIMIT_PATCHED_BACK	2500
#define LIMIT_RATIO	2.0

/* Nanoseconds, or instructions, that one move takes; below 0: it failed. */
static double timed(int (*move)(char *mem, size_t size), char *mem, size_t size)
{
	double start = t_now();

	if (move(mem, size))
		return -1;
	return (t_now() - start) * 1e9;
}

static double counted(int (*move)(char *mem, size_t size), char *mem, size_t size)
{
	bool counting = t_count_calls("lru_add_drain_all");
	int err = move(mem, size);
	long n = counting ? t_calls("lru_add_drain_all") : -1;

	return err || n < 0 ? -1 : (double)n / (size / T_HUGE);
}

static bool smaller(double *best, double value)
{
	if (value < 0)
		return false;
	if (*best < 0 || value < *best)
		*best = value;
	return true;
}

/* The smallest time, and, of our driver, the smallest part of it that is the copy. */
static bool measure_move(const struct mover *m, int (*move)(char *mem, size_t size), char *mem,
			 size_t size, double *best, double *best_copy)
{
	struct t_counters before;

	if (m != &prefetch_mover)
		return smaller(best, timed(move, mem, size));
	return !t_counters(&before) && smaller(best, timed(move, mem, size)) &&
	       smaller(best_copy, t_since(&before, "migrate_copy_ns"));
}

/* There and back once, on fresh memory; false when anything is wrong. */
static bool round_trip(const struct mover *m, struct cost *c, size_t size, bool huge, bool count)
{
	char *mem = t_map_thp(size, huge);
	bool ok = mem;

	if (!ok)
		return false;
	t_fill(mem, size, 1);
	if (count)
		c->drains_to = counted(m->to, mem, size);
	else
		ok = measure_move(m, m->to, mem, size, &c->to, &c->copy_to);
	ok = ok && m->is_there(mem, size) && !t_wrong(mem, size, 1);
	if (ok && count)
		c->drains_back = counted(m->back, mem, size);
	else if (ok)
		ok = measure_move(m, m->back, mem, size, &c->back, &c->copy_back);
	ok = ok && !m->is_there(mem, size) && !t_wrong(mem, size, 1);
	munmap(mem, size);
	return ok;
}

static void measure_mapping(struct report *r, const struct mover *m, struct cost *c, bool huge)
{
	size_t size = r->pages * T_PAGE;

	*c = (struct cost){
		.to = -1, .back = -1, .copy_to = -1, .copy_back = -1,
		.drains_to = -1, .drains_back = -1,
	};
	for (int i = 0; i <= r->rounds; i++) {
		if (!round_trip(m, c, size, huge, i == r->rounds)) {
			snprintf(c->why_not, sizeof(c->why_not), "FAILED in round %d", i + 1);
			return;
		}
	}
	c->to /= r->pages;
	c->back /= r->pages;
	c->copy_to /= r->pages;
	c->copy_back /= r->pages;
	c->measured = true;
}

/* Returns false when something failed that should not. */
static bool measure_mover(struct report *r, int which)
{
	const struct mover *m = r->movers[which];
	const char *why_not = m->open();
	bool ok = true;

	for (int k = 0; k < MAPPINGS; k++) {
		struct cost *c = &r->costs[which][k];

		if (why_not) {
			snprintf(c->why_not, sizeof(c->why_not), "%s", why_not);
			continue;
		}
		measure_mapping(r, m, c, k == MAPPED_THP);
		ok = ok && c->measured;
	}
	if (!why_not)
		m->close();
	return ok;
}

/* Ranges: the attribute calls alone, on memory that is never touched. */

static uint32_t value_of(size_t i)
{
	return 1 + i * 7 % 8;
}

static bool make_ranges(char *mem, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (t_set(mem + i * STRIDE, T_PAGE, HSA_SVM_ATTR_GRANULARITY, value_of(i)))
			return false;
	return true;
}

static bool look_up(char *mem, size_t from, size_t to)
{
	bool ok = true;

	for (size_t i = from; i < to; i++) {
		uint32_t value = 0;

		ok = !t_get(mem + i * STRIDE, T_PAGE, HSA_SVM_ATTR_GRANULARITY, &value) &&
		     value == value_of(i) && ok;
	}
	return ok;
}

static double timed_ranges(bool (*fn)(char *mem, size_t from, size_t to), char *mem, size_t at)
{
	double start = t_now();

	return fn(mem, at, at + FEW) ? (t_now() - start) * 1e9 / FEW : -1;
}

static bool measure_ranges(struct range_cost *c)
{
	char *mem = t_map((MANY + 2 * FEW) * STRIDE);
	struct t_kfd kfd;

	if (!mem || t_open(&kfd) || !make_ranges(mem, 0, FEW))
		return false;
	c->set_few = timed_ranges(make_ranges, mem, FEW);
	c->get_few = timed_ranges(look_up, mem, FEW);
	if (!make_ranges(mem, 2 * FEW, MANY))
		return false;
	c->set_many = timed_ranges(make_ranges, mem, MANY);
	c->get_many = timed_ranges(look_up, mem, MANY);
	c->measured = c->set_few > 0 && c->get_few > 0 && c->set_many > 0 && c->get_many > 0;
	return c->measured && !t_close(&kfd);
}

/*
 * The thunk keeps the module busy for as long as its process lives, and
 * test_hmm wants the module gone: so what uses the thunk runs in a child.
 */
static bool measure_ours(struct report *r)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(measure_mover(r, MOVER_PREFETCH) && measure_ranges(&r->ranges) ? 0 : 1);
	return pid > 0 && t_wait_exit(pid, 3600) == 0;
}

static bool within(const char *what, double value, double limit)
{
	if (value <= limit)
		return true;
	fprintf(stderr, "migrate: %s: %.2f is above the limit of %.2f\n", what, value, limit);
	return false;
}

static bool check_patched(const struct report *r)
{
	const struct cost *c = &r->costs[MOVER_PREFETCH][MAPPED_4K];
	bool ok = true;

	if (!strstr(r->kernel, "-patched"))
		return true;
	ok &= within("instructions per page, there, less the copy", c->to - c->copy_to,
		     LIMIT_PATCHED_TO);
	ok &= within("instructions per page, back, less the copy", c->back - c->copy_back,
		     LIMIT_PATCHED_BACK);
	return ok;
}

static bool check_limits(const struct report *r)
{
	const struct range_cost *ranges = &r->ranges;
	bool ok = check_patched(r);

	for (int k = 0; k < MAPPINGS; k++) {
		const struct cost *c = &r->costs[MOVER_PREFETCH][k];

		ok &= within("instructions per page, there", c->to, LIMIT_TO);
		ok &= within("instructions per page, back", c->back, LIMIT_BACK);
		ok &= within("lru_add_drain_all per 2 MiB, there", c->drains_to, LIMIT_DRAINS);
		ok &= within("lru_add_drain_all per 2 MiB, back", c->drains_back, LIMIT_DRAINS);
	}
	ok &= within("set, 10,001st to 11th", ranges->set_many / ranges->set_few, LIMIT_RATIO);
	ok &= within("get, 10,001st to 11th", ranges->get_many / ranges->get_few, LIMIT_RATIO);
	return ok;
}

static const char usage[] =
	"Usage: migrate [--mib N] [--rounds N] [--json] [--plot FILE] [--check]\n"
	"\n"
	"Measures what moving a 4 KiB page to VRAM and back costs, beside move_pages(2) and\n"
	"the kernel's test_hmm, and what attribute calls cost with few and many ranges.\n"
	"\n"
	"  --mib N      memory per move in MiB, a multiple of 2 (16)\n"
	"  --rounds N   how often; the cheapest counts (3)\n"
	"  --json       print JSON\n"
	"  --plot FILE  write a bar chart as SVG; - is standard output, without the table\n"
	"  --check      exit with 1 when a cost is above its limit (needs -icount)\n"
	"  --help       this text\n";

struct options {
	bool json;
	bool check;
	const char *plot;
};

static int parse(int argc, char **argv, struct options *o, struct report *r)
{
	static const struct option options[] = {
		{ "mib", required_argument, NULL, 'm' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "plot", required_argument, NULL, 'p' },
		{ "check", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c, mib = 16;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			mib = atoi(optarg);
			break;
		case 'r':
			r->rounds = atoi(optarg);
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
	r->pages = mib * T_MIB / T_PAGE;
	return optind == argc && mib > 0 && mib % 2 == 0 && r->rounds > 0 ? 0 : -1;
}

static int plot(const char *path, const struct report *r)
{
	FILE *out = strcmp(path, "-") ? fopen(path, "w") : stdout;
	int err;

	if (!out) {
		perror(path);
		return -1;
	}
	write_svg(out, r);
	err = ferror(out);
	if (out != stdout)
		err |= fclose(out);
	return err ? -1 : 0;
}

static bool measure(struct report *r)
{
	bool ok = measure_ours(r);

	ok &= measure_mover(r, MOVER_MOVE_PAGES);
	ok &= measure_mover(r, MOVER_TEST_HMM);
	return ok;
}

int main(int argc, char **argv)
{
	const char *icount = getenv("CONODE_ICOUNT");
	struct options options = { };
	struct utsname name;
	struct report *r;
	bool ok;

	/* Shared with the child that measures. */
	r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r == MAP_FAILED)
		return 1;
	r->rounds = 3;
	r->movers[MOVER_PREFETCH] = &prefetch_mover;
	r->movers[MOVER_MOVE_PAGES] = &move_pages_mover;
	r->movers[MOVER_TEST_HMM] = &test_hmm_mover;
	r->icount = icount && !strcmp(icount, "1");
	if (!uname(&name))
		snprintf(r->kernel, sizeof(r->kernel), "%s", name.release);
	if (parse(argc, argv, &options, r)) {
		fputs(usage, stderr);
		return 2;
	}
	ok = measure(r);
	if (options.plot && plot(options.plot, r))
		ok = false;
	if (options.json)
		write_json(stdout, r);
	else if (!options.plot || strcmp(options.plot, "-"))
		write_text(stdout, r);
	if (options.check && !r->icount)
		fprintf(stderr, "migrate: --check needs a node with -icount\n");
	if (options.check)
		ok = ok && r->icount && check_limits(r);
	return ok ? 0 : 1;
}
