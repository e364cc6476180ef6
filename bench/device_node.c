// SPDX-License-Identifier: MIT
/* What of the device is measured inside a node. */
#include "device.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "queue.h"

#define BUSY_ROUNDS	2000
#define IDLE_ROUNDS	9
#define EVENT_ROUNDS	300
#define WARM_ROUNDS	20
/* The driver takes idle doorbells away and the device sleeps. */
#define IDLE_SECONDS	1.5
#define QUIET_SECONDS	8

struct bench {
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	struct t_queue q;
};

static int complain(const char *what)
{
	fprintf(stderr, "device: %s\n", what);
	return 1;
}

static void pause_for(double seconds)
{
	struct timespec ts = { .tv_sec = seconds, .tv_nsec = (seconds - (long)seconds) * 1e9 };

	nanosleep(&ts, NULL);
}

static int bench_open(struct bench *b, bool retry)
{
	if (t_open(&b->kfd))
		return complain("there is no GPU");
	b->gpu = &b->kfd.gpu[0];
	if (!t_has_queues())
		return complain("this device has no queues; --device simgpu has");
	if (retry && hsaKmtSetXNACKMode(1))
		return complain("XNACK cannot be switched on");
	return t_queue_open(&b->q, b->gpu, HSA_QUEUE_SDMA) ? complain("no queue") : 0;
}

static int bench_close(struct bench *b)
{
	return t_queue_close(&b->q) || t_close(&b->kfd);
}

/* ---- latency ---- */

/* Microseconds from the doorbell until the CPU sees what the device wrote. */
static double fence_latency(struct bench *b, uint32_t *word, uint32_t value)
{
	double start;

	if (t_fence(&b->q, word, value))
		return -1;
	start = t_now();
	t_submit(&b->q);
	while (t_word(word) != value)
		if (t_now() - start > T_SOON)
			return -1;
	return (t_now() - start) * 1e6;
}

static int fence_latencies(struct bench *b, uint32_t *word)
{
	static double us[BUSY_ROUNDS];
	int i;

	for (i = 0; i < WARM_ROUNDS; i++)
		fence_latency(b, word, ~i);
	for (i = 0; i < BUSY_ROUNDS; i++) {
		us[i] = fence_latency(b, word, i + 1);
		if (us[i] < 0)
			return complain("a fence did not come");
	}
	device_value("doorbell_us", device_median(us, BUSY_ROUNDS));
	device_value("doorbell_p99_us", us[BUSY_ROUNDS * 99 / 100]);
	return 0;
}

static int sleeping_latencies(struct bench *b, uint32_t *word)
{
	double us[IDLE_ROUNDS];
	int i;

	for (i = 0; i < IDLE_ROUNDS; i++) {
		pause_for(IDLE_SECONDS);
		us[i] = fence_latency(b, word, BUSY_ROUNDS + i + 1);
		if (us[i] < 0)
			return complain("a fence of a sleeping device did not come");
	}
	device_value("doorbell_asleep_us", device_median(us, IDLE_ROUNDS));
	return 0;
}

/* Microseconds from the doorbell until a thread that slept in the driver runs. */
static double event_latency(struct bench *b, HsaEvent *event)
{
	double start;

	if (t_signal(&b->q, event))
		return -1;
	start = t_now();
	t_submit(&b->q);
	if (hsaKmtWaitOnEvent(event, T_SOON * 1000))
		return -1;
	return (t_now() - start) * 1e6;
}

static int event_latencies(struct bench *b)
{
	static double us[EVENT_ROUNDS];
	HsaEvent *event = t_event(false);
	int i;

	if (!event)
		return complain("no event");
	for (i = 0; i < EVENT_ROUNDS; i++) {
		us[i] = event_latency(b, event);
		if (us[i] < 0)
			return complain("an event did not come");
	}
	hsaKmtDestroyEvent(event);
	device_value("event_us", device_median(us, EVENT_ROUNDS));
	return 0;
}

static int latencies(struct bench *b)
{
	uint32_t *word = t_host(T_PAGE);
	int ret;

	if (!word)
		return complain("no memory");
	ret = fence_latencies(b, word);
	if (!ret)
		ret = event_latencies(b);
	if (!ret)
		ret = sleeping_latencies(b, word);
	return ret || t_free(word, T_PAGE);
}

/* ---- rate ---- */

static int rate_of(struct bench *b, const char *name, char *dst, char *src)
{
	double start, rate, best = 0;

	for (int i = 0; i < COPY_ROUNDS; i++) {
		t_fill(src, COPY_BYTES, i);
		start = t_now();
		if (t_copy(&b->q, dst, src, COPY_BYTES) || !t_finish(&b->q))
			return complain("a copy did not end");
		rate = COPY_BYTES / (t_now() - start) / T_MIB;
		best = rate > best ? rate : best;
		if (t_wrong(dst, COPY_BYTES, i))
			return complain("a copy is wrong");
	}
	device_value(name, best);
	return 0;
}

static int rates(struct bench *b)
{
	char *host = t_host(COPY_BYTES), *vram = t_vram_bo(b->gpu, COPY_BYTES);
	int ret;

	if (!host || !vram)
		return complain("no memory to copy");
	ret = rate_of(b, "sdma_to_vram_mib_s", vram, host);
	if (!ret)
		ret = rate_of(b, "sdma_to_ram_mib_s", host, vram);
	return ret || t_free(host, COPY_BYTES) || t_free(vram, COPY_BYTES);
}

/* ---- idling ---- */

/* A line "name value" of the device's debugfs file; -1: there is none. */
static double device_counter(const char *name)
{
	static char text[16384];
	double value;
	char *line;

	if (t_read_file(T_DEBUGFS "gpu0/device", text, sizeof(text)) < 0)
		return -1;
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ' ' &&
		    sscanf(line + strlen(name), "%lf", &value) == 1)
			return value;
	return -1;
}

/* The share of a processor that the process takes while a queue is open and idle. */
static int idle_share(void)
{
	double busy, up;

	pause_for(IDLE_SECONDS);
	busy = device_counter("device_busy_ns");
	up = device_counter("device_uptime_ns");
	if (busy < 0 || up < 0)
		return complain("the device has no counters");
	pause_for(QUIET_SECONDS);
	busy = device_counter("device_busy_ns") - busy;
	up = device_counter("device_uptime_ns") - up;
	if (up <= 0)
		return complain("the device's clock stands still");
	device_value("idle_percent", 100 * busy / up);
	return 0;
}

int device_times(void)
{
	struct bench b;

	return bench_open(&b, false) || latencies(&b) || rates(&b) || idle_share() ||
	       bench_close(&b);
}

/* ---- faults ---- */

#define FAULT_BYTES	(32 * T_MIB)

/**
 * struct walk - memory that the device walks over, faulting
 * @name: prefix of what is printed
 * @huge: mapped by 2 MiB pages
 * @migrate: the pages go to VRAM, else they are mapped where they are
 */
struct walk {
	const char *name;
	bool huge;
	bool migrate;
};

static const struct walk walks[] = {
	{ "fault_map_4k", false, false },
	{ "fault_map_thp", true, false },
	{ "fault_move_4k", false, true },
	{ "fault_move_thp", true, true },
};

static int walk_attributes(const struct bench *b, const struct walk *walk, void *mem)
{
	return t_set(mem, FAULT_BYTES, HSA_SVM_ATTR_PREFERRED_LOC,
		     walk->migrate ? b->gpu->node : 0) ||
	       t_set(mem, FAULT_BYTES, walk->migrate ? HSA_SVM_ATTR_ACCESS :
		     HSA_SVM_ATTR_ACCESS_IN_PLACE, b->gpu->node);
}

static void walk_value(const struct walk *walk, const char *what, double value)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", walk->name, what);
	device_value(name, value);
}

/* What the driver counted: its own work, without waiting for the device. */
static int walk_print(const struct walk *walk, const struct t_counters *before)
{
	long long served = t_since(before, "fault_served");
	long long interrupts = t_since(before, "fault_interrupts");
	long long ns = t_since(before, "fault_ns"), waited = t_since(before, "fault_device_ns");

	if (served <= 0 || interrupts < 0 || ns < 0 || waited < 0)
		return complain("the driver counted no faults");
	walk_value(walk, "instructions", (double)(ns - waited) / served);
	walk_value(walk, "instructions_page", (double)(ns - waited) / (FAULT_BYTES / T_PAGE));
	walk_value(walk, "interrupts_2m", (double)interrupts / (FAULT_BYTES / T_HUGE));
	walk_value(walk, "pages", (double)(FAULT_BYTES / T_PAGE) / served);
	return 0;
}

static int walk_one(struct bench *b, const struct walk *walk, char *vram)
{
	char *mem = t_map_thp(FAULT_BYTES, walk->huge);
	struct t_counters before;
	long there;

	if (!mem)
		return complain("no memory");
	t_fill(mem, FAULT_BYTES, 1);
	if (walk_attributes(b, walk, mem) || t_counters(&before))
		return complain("attributes");
	for (size_t at = 0; at < FAULT_BYTES; at += T_HUGE)
		if (t_copy(&b->q, vram, mem + at, T_HUGE))
			return complain("no room in the ring");
	if (!t_finish(&b->q))
		return complain("the walk did not end");
	there = t_in_spm(mem, FAULT_BYTES);
	if (there != (walk->migrate ? (long)(FAULT_BYTES / T_PAGE) : 0))
		return complain("the pages are not where they should be");
	if (memcmp(vram, mem + FAULT_BYTES - T_HUGE, T_HUGE))
		return complain("the copy is wrong");
	munmap(mem, FAULT_BYTES);
	return walk_print(walk, &before);
}

int device_faults(void)
{
	struct bench b;
	char *vram;
	int ret = bench_open(&b, true);

	if (ret)
		return ret;
	vram = t_vram_bo(b.gpu, T_HUGE);
	if (!vram)
		return complain("no VRAM");
	/* The queue's own memory faults, too, when it is used first. */
	if (!t_finish(&b.q))
		return complain("the queue does not work");
	for (size_t i = 0; !ret && i < sizeof(walks) / sizeof(walks[0]); i++)
		ret = walk_one(&b, &walks[i], vram);
	return ret || t_free(vram, T_HUGE) || bench_close(&b);
}
