// SPDX-License-Identifier: MIT
/* The report of the device benchmark as text, as JSON and as a picture. */
#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_LIMIT	0
#define VALUES_MAX	64

/**
 * struct row - one number
 * @name: as the parts print it
 * @label: for people
 * @limit: it may not be above this, or, when negative, not below its opposite
 */
struct row {
	const char *name;
	const char *label;
	double limit;
};

/** struct panel - numbers of one kind */
struct panel {
	const char *title;
	const char *unit;
	int digits;
	struct row rows[10];
};

static const struct panel panels[] = {
	{ "From the doorbell until ...", "us", 1, {
		{ "doorbell_us", "the CPU sees what the packet wrote", NO_LIMIT },
		{ "doorbell_p99_us", "the same, 99 of 100", NO_LIMIT },
		{ "doorbell_asleep_us", "the same, when the device was asleep", NO_LIMIT },
		{ "event_us", "a thread that sleeps in the driver runs", NO_LIMIT },
	} },
	{ "Copies of 64 MiB", "MiB/s", 0, {
		{ "memcpy_mib_s", "memcpy() on the host", NO_LIMIT },
		{ "sdma_to_vram_mib_s", "SDMA, DRAM to VRAM", NO_LIMIT },
		{ "sdma_to_ram_mib_s", "SDMA, VRAM to DRAM", NO_LIMIT },
	} },
	{ "The same as a share of memcpy()", "%", 0, {
		{ "sdma_to_vram_percent", "SDMA, DRAM to VRAM", -70 },
		{ "sdma_to_ram_percent", "SDMA, VRAM to DRAM", -70 },
	} },
	{ "A GPU page fault, without waiting for the device", "instructions", 0, {
		{ "fault_map_4k_instructions", "map in place, 4 KiB pages", NO_LIMIT },
		{ "fault_map_thp_instructions", "map in place, 2 MiB pages", NO_LIMIT },
		{ "fault_move_4k_instructions", "move to VRAM, 4 KiB pages", NO_LIMIT },
		{ "fault_move_thp_instructions", "move to VRAM, 2 MiB pages", NO_LIMIT },
	} },
	{ "The same per 4 KiB page", "instructions", 0, {
		{ "fault_map_4k_instructions_page", "map in place, 4 KiB pages", 500 },
		{ "fault_map_thp_instructions_page", "map in place, 2 MiB pages", 400 },
		{ "fault_move_4k_instructions_page", "move to VRAM, 4 KiB pages", 4000 },
		{ "fault_move_thp_instructions_page", "move to VRAM, 2 MiB pages", 6000 },
	} },
	{ "Pages that one fault serves", "pages", 1, {
		{ "fault_map_4k_pages", "map in place, 4 KiB pages", NO_LIMIT },
		{ "fault_map_thp_pages", "map in place, 2 MiB pages", NO_LIMIT },
		{ "fault_move_4k_pages", "move to VRAM, 4 KiB pages", NO_LIMIT },
		{ "fault_move_thp_pages", "move to VRAM, 2 MiB pages", NO_LIMIT },
	} },
	{ "Fault interrupts per 2 MiB", "interrupts", 2, {
		{ "fault_map_4k_interrupts_2m", "map in place, 4 KiB pages", 1 },
		{ "fault_map_thp_interrupts_2m", "map in place, 2 MiB pages", 1 },
		{ "fault_move_4k_interrupts_2m", "move to VRAM, 4 KiB pages", 1 },
		{ "fault_move_thp_interrupts_2m", "move to VRAM, 2 MiB pages", 1 },
	} },
	{ "An idle device with an open queue", "% of a CPU", 2, {
		{ "idle_percent", "CPU time of its process", 1 },
	} },
};

#define PANELS	(sizeof(panels) / sizeof(panels[0]))

/* struct values - what was read, in that order */
struct values {
	int n;
	struct {
		char name[48];
		double value;
	} v[VALUES_MAX];
};

/* Negative: it was not measured. */
static double value_of(const struct values *values, const char *name)
{
	for (int i = 0; i < values->n; i++)
		if (!strcmp(values->v[i].name, name))
			return values->v[i].value;
	return -1;
}

static void value_add(struct values *values, const char *name, double value)
{
	if (values->n == VALUES_MAX)
		return;
	snprintf(values->v[values->n].name, sizeof(values->v[0].name), "%s", name);
	values->v[values->n++].value = value;
}

static void values_read(struct values *values)
{
	char line[256], name[48], more;
	double value;

	while (fgets(line, sizeof(line), stdin))
		if (sscanf(line, "%47s %lf %c", name, &value, &more) == 2)
			value_add(values, name, value);
}

static void share_add(struct values *values, const char *rate, const char *share)
{
	double copy = value_of(values, "memcpy_mib_s"), value = value_of(values, rate);

	if (copy > 0 && value > 0)
		value_add(values, share, 100 * value / copy);
}

/* 65536.25 as "65,536.2" */
static const char *grouped(double value, int precision, char buf[40])
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%.*f", precision, value);
	int whole = strcspn(digits, ".");
	char *out = buf;

	for (int i = 0; i < len; i++) {
		if (i && i < whole && (whole - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buf;
}

/* ---- text and JSON ---- */

static void text_panel(const struct values *values, const struct panel *panel)
{
	const struct row *row;
	char buf[40];

	printf("\n %s\n", panel->title);
	for (row = panel->rows; row->name; row++) {
		double value = value_of(values, row->name);

		if (value < 0)
			printf("   %-42s %12s\n", row->label, "not measured");
		else
			printf("   %-42s %12s %s\n", row->label,
			       grouped(value, panel->digits, buf), panel->unit);
	}
}

static void write_text(const struct values *values)
{
	for (size_t i = 0; i < PANELS; i++)
		text_panel(values, &panels[i]);
	printf("\nTimes and rates are this machine's, and want it for themselves.\n");
}

static void write_json(const struct values *values)
{
	printf("{\n  \"bench\": \"device\"");
	for (int i = 0; i < values->n; i++)
		printf(",\n  \"%s\": %.6g", values->v[i].name, values->v[i].value);
	printf("\n}\n");
}

/* ---- the picture: panels of bars to the right, with their values ---- */

#define SVG_WIDTH	850
#define SVG_LEFT	300
#define SVG_RIGHT	150
#define SVG_TOP		40
#define SVG_TITLE	34
#define SVG_ROW		24
#define SVG_BAR		16

static double largest(const struct values *values, const struct panel *panel)
{
	const struct row *row;
	double max = 0;

	for (row = panel->rows; row->name; row++)
		if (value_of(values, row->name) > max)
			max = value_of(values, row->name);
	return max;
}

static int svg_height(void)
{
	const struct row *row;
	int height = SVG_TOP + 10;

	for (size_t i = 0; i < PANELS; i++) {
		height += SVG_TITLE;
		for (row = panels[i].rows; row->name; row++)
			height += SVG_ROW;
	}
	return height;
}

static void svg_row(FILE *out, const struct panel *panel, const struct row *row, double value,
		    double max, int y)
{
	double width = value <= 0 ? 0 : value / max * (SVG_WIDTH - SVG_LEFT - SVG_RIGHT);
	char buf[40];

	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", SVG_LEFT - 10,
		y + 13, row->label);
	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#3465a4\"/>\n",
		SVG_LEFT, y, width, SVG_BAR);
	fprintf(out, "<text x=\"%.1f\" y=\"%d\">%s %s</text>\n", SVG_LEFT + width + 6, y + 13,
		value < 0 ? "not measured" : grouped(value, panel->digits, buf),
		value < 0 ? "" : panel->unit);
}

static int svg_panel(FILE *out, const struct values *values, const struct panel *panel, int y)
{
	double max = largest(values, panel);
	const struct row *row;

	fprintf(out, "<text x=\"10\" y=\"%d\" font-weight=\"bold\">%s</text>\n", y + 22,
		panel->title);
	y += SVG_TITLE;
	for (row = panel->rows; row->name; row++, y += SVG_ROW)
		svg_row(out, panel, row, value_of(values, row->name), max, y);
	return y;
}

static void write_svg(FILE *out, const struct values *values)
{
	int height = svg_height(), y = SVG_TOP;

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" ",
		SVG_WIDTH, height);
	fprintf(out, "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n",
		SVG_WIDTH, height);
	fprintf(out, "<!-- %s-Identifier: MIT -->\n", "SPDX-License");
	fprintf(out, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
	fprintf(out, "<text x=\"10\" y=\"26\" font-size=\"16\">The device process</text>\n");
	for (size_t i = 0; i < PANELS; i++)
		y = svg_panel(out, values, &panels[i], y);
	fprintf(out, "</svg>\n");
}

static bool plot(const char *path, const struct values *values)
{
	FILE *out = strcmp(path, "-") ? fopen(path, "w") : stdout;
	int err;

	if (!out) {
		perror(path);
		return false;
	}
	write_svg(out, values);
	err = ferror(out);
	if (out != stdout)
		err |= fclose(out);
	return !err;
}

/* ---- limits ---- */

static bool row_within(const struct values *values, const struct row *row)
{
	double value = value_of(values, row->name);

	if (row->limit == NO_LIMIT)
		return true;
	if (value < 0)
		fprintf(stderr, "device: %s was not measured\n", row->name);
	else if (row->limit > 0 && value > row->limit)
		fprintf(stderr, "device: %s: %.2f is above the limit of %.2f\n", row->name, value,
			row->limit);
	else if (row->limit < 0 && value < -row->limit)
		fprintf(stderr, "device: %s: %.2f is below the limit of %.2f\n", row->name, value,
			-row->limit);
	else
		return true;
	return false;
}

static bool all_within(const struct values *values)
{
	const struct row *row;
	bool ok = true;

	for (size_t i = 0; i < PANELS; i++)
		for (row = panels[i].rows; row->name; row++)
			ok &= row_within(values, row);
	return ok;
}

int device_report(const struct device_options *options)
{
	struct values values = { };
	bool ok = true;

	values_read(&values);
	if (!values.n) {
		fprintf(stderr, "device: nothing was measured\n");
		return 1;
	}
	share_add(&values, "sdma_to_vram_mib_s", "sdma_to_vram_percent");
	share_add(&values, "sdma_to_ram_mib_s", "sdma_to_ram_percent");
	if (options->plot)
		ok = plot(options->plot, &values);
	if (options->json)
		write_json(&values);
	else if (!options->plot || strcmp(options->plot, "-"))
		write_text(&values);
	if (options->check)
		ok &= all_within(&values);
	return ok ? 0 : 1;
}
