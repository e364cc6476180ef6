// SPDX-License-Identifier: MIT
/* The report as text, as JSON and as a picture. */

#include "bench.h"

#include <string.h>

const char * const mapping_names[MAPPINGS] = { "4 KiB pages", "2 MiB pages" };
const char * const mapping_ids[MAPPINGS] = { "4k", "thp" };

static const char *unit(const struct report *r)
{
	return r->icount ? "guest instructions" : "ns";
}

/* 65536 as "65,536" */
static const char *grouped(double value, char buf[32])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%.0f", value);
	char *out = buf;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buf;
}

static const char *drains(double value, char buf[32])
{
	if (value < 0)
		strcpy(buf, "-");
	else
		snprintf(buf, 32, "%.2f", value);
	return buf;
}

static void text_row(FILE *out, const struct report *r, int m, int k)
{
	const struct cost *c = &r->costs[m][k];
	char name[64], to[32], back[32], dto[32], dback[32];

	snprintf(name, sizeof(name), "%s, %s", r->movers[m]->name, mapping_names[k]);
	if (!c->measured) {
		fprintf(out, " %-42s not measured: %s\n", name, c->why_not);
		return;
	}
	fprintf(out, " %-42s %9s %9s %11s %11s\n", name, grouped(c->to, to),
		grouped(c->back, back), drains(c->drains_to, dto), drains(c->drains_back, dback));
	if (c->copy_to >= 0 && c->copy_back >= 0)
		fprintf(out, " %-42s %9s %9s\n", "  of it the copy", grouped(c->copy_to, to),
			grouped(c->copy_back, back));
}

static void text_ranges(FILE *out, const struct range_cost *c)
{
	char few[32], many[32];

	if (!c->measured)
		return;
	fprintf(out, "\n %-42s %9s %9s %11s\n", "attribute calls, per call", "11th", "10,001st",
		"ratio");
	fprintf(out, " %-42s %9s %9s %11.2f\n", "set, a new range", grouped(c->set_few, few),
		grouped(c->set_many, many), c->set_many / c->set_few);
	fprintf(out, " %-42s %9s %9s %11.2f\n", "get", grouped(c->get_few, few),
		grouped(c->get_many, many), c->get_many / c->get_few);
}

void write_text(FILE *out, const struct report *r)
{
	fprintf(out, "\nmigrate: %s per 4 KiB page\n", unit(r));
	fprintf(out, "Linux %s, %lu pages at a time, the best of %d\n", r->kernel, r->pages,
		r->rounds);
	if (!r->icount)
		fprintf(out, "This clock counts no instructions: compare inside the table.\n");
	fprintf(out, "\n %-42s %9s %9s   lru_add_drain_all per 2 MiB\n", "", "there", "back");
	for (int m = 0; m < MOVERS; m++)
		for (int k = 0; k < MAPPINGS; k++)
			text_row(out, r, m, k);
	text_ranges(out, &r->ranges);
	fprintf(out, "\nThe cost of test_hmm, there, includes one read of what has moved.\n");
}

static void json_cost(FILE *out, const struct report *r, int m, int k)
{
	const struct cost *c = &r->costs[m][k];

	fprintf(out, "    {\"mover\": \"%s\", \"mapping\": \"%s\", ", r->movers[m]->id,
		mapping_ids[k]);
	if (c->measured)
		fprintf(out, "\"to\": %.0f, \"back\": %.0f", c->to, c->back);
	else
		fprintf(out, "\"skipped\": \"%s\"", c->why_not);
	if (c->measured && c->copy_to >= 0 && c->copy_back >= 0)
		fprintf(out, ", \"copy_to\": %.0f, \"copy_back\": %.0f", c->copy_to,
			c->copy_back);
	if (c->measured && c->drains_to >= 0)
		fprintf(out, ", \"drains_to\": %.3f, \"drains_back\": %.3f", c->drains_to,
			c->drains_back);
	fprintf(out, "}");
}

void write_json(FILE *out, const struct report *r)
{
	const char *separator = "";

	fprintf(out, "{\n  \"bench\": \"migrate\",\n  \"kernel\": \"%s\",\n", r->kernel);
	fprintf(out, "  \"unit\": \"%s\",\n  \"pages\": %lu,\n", r->icount ? "instructions" : "ns",
		r->pages);
	fprintf(out, "  \"per_page\": [\n");
	for (int m = 0; m < MOVERS; m++) {
		for (int k = 0; k < MAPPINGS; k++) {
			fputs(separator, out);
			json_cost(out, r, m, k);
			separator = ",\n";
		}
	}
	fprintf(out, "\n  ]");
	if (r->ranges.measured) {
		fprintf(out, ",\n  \"ranges\": {\"set_11\": %.0f, \"set_10001\": %.0f, ",
			r->ranges.set_few, r->ranges.set_many);
		fprintf(out, "\"get_11\": %.0f, \"get_10001\": %.0f}", r->ranges.get_few,
			r->ranges.get_many);
	}
	fprintf(out, "\n}\n");
}

/* The picture: two bars per row, to the right, with their values. */

#define SVG_WIDTH	850
#define SVG_LEFT	330
#define SVG_RIGHT	90
#define SVG_TOP		70
#define SVG_ROW		52
#define SVG_BAR		18
#define SVG_TO		"#3465a4"
#define SVG_BACK	"#73a24e"

static double largest(const struct report *r)
{
	double max = 1;

	for (int m = 0; m < MOVERS; m++) {
		for (int k = 0; k < MAPPINGS; k++) {
			const struct cost *c = &r->costs[m][k];

			if (c->measured && c->to > max)
				max = c->to;
			if (c->measured && c->back > max)
				max = c->back;
		}
	}
	return max;
}

static int measured_rows(const struct report *r)
{
	int n = 0;

	for (int m = 0; m < MOVERS; m++)
		for (int k = 0; k < MAPPINGS; k++)
			n += r->costs[m][k].measured;
	return n;
}

static void svg_bar(FILE *out, int y, double value, double max, const char *colour)
{
	double width = value / max * (SVG_WIDTH - SVG_LEFT - SVG_RIGHT);
	char text[32];

	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
		SVG_LEFT, y, width, SVG_BAR, colour);
	fprintf(out, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", SVG_LEFT + width + 6, y + 14,
		grouped(value, text));
}

static void svg_legend(FILE *out, int x, const char *colour, const char *text)
{
	fprintf(out, "<rect x=\"%d\" y=\"42\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", x,
		colour);
	fprintf(out, "<text x=\"%d\" y=\"53\">%s</text>\n", x + 18, text);
}

static void svg_row(FILE *out, const struct report *r, int m, int k, int y, double max)
{
	const struct cost *c = &r->costs[m][k];

	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s, %s</text>\n", SVG_LEFT - 10,
		y + SVG_BAR + 5, r->movers[m]->name, mapping_names[k]);
	svg_bar(out, y, c->to, max, SVG_TO);
	svg_bar(out, y + SVG_BAR + 2, c->back, max, SVG_BACK);
}

void write_svg(FILE *out, const struct report *r)
{
	int height = SVG_TOP + measured_rows(r) * SVG_ROW + 10, y = SVG_TOP;
	double max = largest(r);

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" ",
		SVG_WIDTH, height);
	fprintf(out, "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n",
		SVG_WIDTH, height);
	fprintf(out, "<!-- %s-Identifier: MIT -->\n", "SPDX-License");
	fprintf(out, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
	fprintf(out, "<text x=\"10\" y=\"26\" font-size=\"16\">Moving one 4 KiB page: ");
	fprintf(out, "%s (Linux %s)</text>\n", unit(r), r->kernel);
	svg_legend(out, SVG_LEFT, SVG_TO, "there");
	svg_legend(out, SVG_LEFT + 80, SVG_BACK, "back");
	for (int m = 0; m < MOVERS; m++) {
		for (int k = 0; k < MAPPINGS; k++) {
			if (!r->costs[m][k].measured)
				continue;
			svg_row(out, r, m, k, y, max);
			y += SVG_ROW;
		}
	}
	fprintf(out, "</svg>\n");
}
