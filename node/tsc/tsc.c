// SPDX-License-Identifier: MIT
/*
 * tsc - prints how fast this machine's time stamp counter runs, in kHz
 *
 * QEMU without KVM gives a guest the host's counter.  A guest cannot measure it: its
 * loops do not run evenly enough.  Then it reads the HPET for the time, each time
 * through QEMU's one lock.
 *
 * Status 1: the counter does not run evenly, or cannot be measured.
 */
#include <cpuid.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define TRIES		20
#define WINDOW_NS	10000000	/* 10 ms */
#define MOST_PPM	100		/* between two windows */

#define LEAF_POWER	0x80000007	/* AMD APM volume 3, E.4.6; Intel SDM, CPUID */
#define POWER_TSC	0x100		/* TscInvariant */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Both clocks at one time, as well as can be: of some tries the quickest. */
static void read_both(uint64_t *ns, uint64_t *ticks)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 8; i++) {
		uint64_t before = __rdtsc(), t = now_ns(), after = __rdtsc();

		if (after - before >= best)
			continue;
		best = after - before;
		*ns = t;
		*ticks = before + best / 2;
	}
}

static uint64_t window_khz(void)
{
	const struct timespec pause = { .tv_nsec = WINDOW_NS };
	uint64_t ns[2], ticks[2];

	read_both(&ns[0], &ticks[0]);
	nanosleep(&pause, NULL);
	read_both(&ns[1], &ticks[1]);
	return (ticks[1] - ticks[0]) * 1000000ull / (ns[1] - ns[0]);
}

int main(void)
{
	unsigned int eax, ebx, ecx, edx;
	uint64_t last, khz;

	if (!__get_cpuid(LEAF_POWER, &eax, &ebx, &ecx, &edx) || !(edx & POWER_TSC))
		return 1;
	last = window_khz();
	for (int i = 0; i < TRIES; i++) {
		khz = window_khz();
		if ((khz > last ? khz - last : last - khz) <= khz * MOST_PPM / 1000000) {
			printf("%llu\n", (unsigned long long)khz);
			return 0;
		}
		last = khz;
	}
	return 1;
}
