// SPDX-License-Identifier: MIT
/* The paces as text, as JSON and as a picture. */
#include "isa.h"

double pace_slowdown(const struct pace *pace)
{
	return pace->host / pace->core;
}

void isa_write_text(FILE *out, const struct pace *paces)
{
	int i;

	fprintf(out, "Million multiply-adds of lanes a second\n\n");
	fprintf(out, " %-28s %9s %9s %9s %10s\n", "", "device,", "all of", "C, one",
		"times");
	fprintf(out, " %-28s %9s %9s %9s %10s\n", "", "a core", "it", "core", "slower");
	for (i = 0; i < PACES; i++) {
		const struct pace *p = &paces[i];

		fprintf(out, " %-6s %-21s %9.1f %9.1f %9.1f %10.1f\n", p->name, p->work,
			p->core / 1e6, p->device / 1e6, p->host / 1e6, pace_slowdown(p));
	}
	fprintf(out, "\nThe C is compiled with -O2, and without vectors.\n");
}

void isa_write_json(FILE *out, const struct pace *paces)
{
	int i;

	fprintf(out, "{\n  \"bench\": \"isa\"");
	for (i = 0; i < PACES; i++) {
		const struct pace *p = &paces[i];

		fprintf(out, ",\n  \"%s\": {\"lane_operations\": %llu, ", p->name,
			(unsigned long long)p->lanes);
		fprintf(out, "\"core_per_s\": %.0f, \"device_per_s\": %.0f, ", p->core,
			p->device);
		fprintf(out, "\"host_per_s\": %.0f, \"slowdown\": %.2f}", p->host,
			pace_slowdown(p));
	}
	fprintf(out, "\n}\n");
}

#define SVG_WIDTH	850
#define SVG_LEFT	300
#define SVG_RIGHT	100
#define SVG_TOP		40
#define SVG_TITLE	34
#define SVG_ROW		24
#define SVG_BAR		16
#define SVG_HEIGHT	(SVG_TOP + PACES * (SVG_TITLE + 3 * SVG_ROW) + 10)

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static int svg_bar(FILE *out, int y, const char *label, double value, double max)
{
	double width = value / max * (SVG_WIDTH - SVG_LEFT - SVG_RIGHT);

	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
		SVG_LEFT - 10, y + 13, label);
	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" ", SVG_LEFT, y,
		width, SVG_BAR);
	fprintf(out, "fill=\"#3465a4\"/>\n");
	fprintf(out, "<text x=\"%.1f\" y=\"%d\">%.1f</text>\n", SVG_LEFT + width + 6,
		y + 13, value / 1e6);
	return y + SVG_ROW;
}

static int svg_pace(FILE *out, int y, const struct pace *p)
{
	double max = larger(p->host, larger(p->core, p->device));

	fprintf(out, "<text x=\"10\" y=\"%d\" font-weight=\"bold\">%s, %s: ", y + 22,
		p->name, p->work);
	fprintf(out, "%.1f times slower a core</text>\n", pace_slowdown(p));
	y += SVG_TITLE;
	y = svg_bar(out, y, "the device, a core", p->core, max);
	y = svg_bar(out, y, "all of the device", p->device, max);
	return svg_bar(out, y, "C without vectors, a core", p->host, max);
}

void isa_write_svg(FILE *out, const struct pace *paces)
{
	int i, y = SVG_TOP;

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" ",
		SVG_WIDTH, SVG_HEIGHT);
	fprintf(out, "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n",
		SVG_WIDTH, SVG_HEIGHT);
	fprintf(out, "<!-- %s-Identifier: MIT -->\n", "SPDX-License");
	fprintf(out, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
	fprintf(out, "<text x=\"10\" y=\"26\" font-size=\"16\">Kernels: million ");
	fprintf(out, "multiply-adds of lanes a second</text>\n");
	for (i = 0; i < PACES; i++)
		y = svg_pace(out, y, &paces[i]);
	fprintf(out, "</svg>\n");
}
