// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gpu.h"
#include "log.h"

#define NS_PER_SEC	1000000000ULL

/* The heart beats ten times a second. */
#define BEAT_NS		(NS_PER_SEC / 10)

#define IDLE_MS		20

/* A command that does not get on for so many beats stops the heart. */
#define PATIENCE	10

static u64 read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (u64)t.tv_sec * NS_PER_SEC + (u64)t.tv_nsec;
}

u64 gpu_clock(void)
{
	return read_clock(CLOCK_MONOTONIC_RAW) / 10;
}

u64 gpu_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

struct timespec gpu_deadline(u64 ns)
{
	u64 at = gpu_ns() + ns;

	return (struct timespec) {
		.tv_sec = (time_t)(at / NS_PER_SEC),
		.tv_nsec = (long)(at % NS_PER_SEC),
	};
}

/* The heart: counters, HEARTBEAT, and a driver that disables a busy device. */
struct heart {
	u64 beats;
	u64 progress;
	unsigned int stuck;
};

/* The heart tells that commands are executed, not just that a thread lives. */
static bool gets_on(struct gpu *gpu, struct heart *h)
{
	u64 progress = load_relaxed(&gpu->cmd_progress);

	if (!load_relaxed(&gpu->cmd_busy) || progress != h->progress)
		h->stuck = 0;
	else
		h->stuck++;
	h->progress = progress;
	return h->stuck < PATIENCE && !load_relaxed(&gpu->hang);
}

static void beat(struct gpu *gpu, struct heart *h)
{
	u32 counters = SIMGPU_REG_COUNTERS;

	if (gets_on(gpu, h))
		gpu_write64(gpu, SIMGPU_REG_HEARTBEAT, ++h->beats);
	gpu_write64(gpu, counters + 8 * SIMGPU_COUNT_BUSY_NS,
		    read_clock(CLOCK_PROCESS_CPUTIME_ID));
	gpu_write64(gpu, counters + 8 * SIMGPU_COUNT_UPTIME_NS,
		    gpu_ns() - gpu->started);
	if (load_acquire(&gpu->enabled) &&
	    !(gpu_read32(gpu, SIMGPU_REG_CONTROL) & SIMGPU_CONTROL_ENABLE))
		copier_abort(&gpu->copier);
}

static void *heart_thread(void *arg)
{
	struct gpu *gpu = arg;
	struct heart heart = { 0 };

	pthread_mutex_lock(&gpu->lock);
	while (!load_relaxed(&gpu->stopping)) {
		struct timespec t = gpu_deadline(BEAT_NS);

		pthread_mutex_unlock(&gpu->lock);
		beat(gpu, &heart);
		pthread_mutex_lock(&gpu->lock);
		if (!load_relaxed(&gpu->stopping))
			pthread_cond_timedwait(&gpu->heart, &gpu->lock, &t);
	}
	pthread_mutex_unlock(&gpu->lock);
	return NULL;
}

static void init_cond(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

static u32 thread_count(const struct gpu_config *cfg)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (cfg->threads)
		return cfg->threads < GPU_MAX_THREADS ? cfg->threads :
							GPU_MAX_THREADS;
	if (cpus < 2)
		return 2;
	return cpus < GPU_MAX_THREADS ? (u32)cpus : GPU_MAX_THREADS;
}

int gpu_init(struct gpu *gpu, const struct gpu_config *cfg, struct transport *t)
{
	u32 i;

	memset(gpu, 0, sizeof(*gpu));
	gpu->cfg = *cfg;
	gpu->cfg.threads = thread_count(cfg);
	if (!gpu->cfg.idle_ms)
		gpu->cfg.idle_ms = IDLE_MS;
	gpu->transport = t;
	gpu->bar = t->bar;
	gpu->ready_end = &gpu->ready;
	gpu->poll_generation = 1;
	pthread_mutex_init(&gpu->lock, NULL);
	pthread_mutex_init(&gpu->own, NULL);
	init_cond(&gpu->work);
	init_cond(&gpu->poll);
	init_cond(&gpu->quiet);
	init_cond(&gpu->heart);
	eventring_init(&gpu->events);
	queue_set_engines(gpu);
	for (i = 0; i < SIMGPU_VMID_COUNT; i++)
		gpu->vm[i].vmid = i;
	return copier_init(&gpu->copier, gpu->cfg.threads, &gpu->cmd_progress);
}

void gpu_fini(struct gpu *gpu)
{
	copier_fini(&gpu->copier);
	bus_fini(&gpu->bus);
	eventring_fini(&gpu->events);
	pthread_cond_destroy(&gpu->heart);
	pthread_cond_destroy(&gpu->quiet);
	pthread_cond_destroy(&gpu->poll);
	pthread_cond_destroy(&gpu->work);
	pthread_mutex_destroy(&gpu->lock);
	pthread_mutex_destroy(&gpu->own);
}

/* What an earlier process has left in the BAR goes; STATUS comes last. */
static void fill_registers(struct gpu *gpu)
{
	u32 features = SIMGPU_FEATURE_DISPATCH |
		       (gpu->cfg.link_atomics ? SIMGPU_FEATURE_LINK_ATOMICS : 0);

	gpu_write32(gpu, SIMGPU_REG_STATUS, SIMGPU_STATUS_OFF);
	memset(gpu->bar + SIMGPU_REGS_OFFSET + SIMGPU_REG_COUNTERS, 0,
	       8 * SIMGPU_COUNTER_COUNT);
	memset(gpu->bar + SIMGPU_DONE_OFFSET, 0,
	       SIMGPU_CMD_COUNT * sizeof(struct simgpu_done));
	gpu_write32(gpu, SIMGPU_REG_ENABLED, 0);
	gpu_write64(gpu, SIMGPU_REG_HEARTBEAT, 0);
	gpu_write64(gpu, SIMGPU_REG_CMD_RPTR, 0);
	gpu_write64(gpu, SIMGPU_REG_CMD_EVENT, 0);
	gpu_write64(gpu, SIMGPU_REG_EVENT_WPTR, 0);
	gpu_write32(gpu, SIMGPU_REG_ABI, SIMGPU_ABI_VERSION);
	gpu_write32(gpu, SIMGPU_REG_FEATURES, features);
	gpu_write64(gpu, SIMGPU_REG_VRAM_BASE, gpu->bus.vram_base);
	gpu_write64(gpu, SIMGPU_REG_VRAM_SIZE, gpu->bus.vram_size);
	gpu_write32(gpu, SIMGPU_REG_GENERATION, gpu->cfg.generation);
	gpu_write32(gpu, SIMGPU_REG_INDEX, gpu->cfg.index);
	gpu_write32(gpu, SIMGPU_REG_MAGIC, SIMGPU_MAGIC);
	/* A bit that was set for an earlier process is not meant for this one. */
	gpu->seen_disabled = !(gpu_read32(gpu, SIMGPU_REG_CONTROL) &
			       SIMGPU_CONTROL_ENABLE);
}

static int start_workers(struct gpu *gpu)
{
	while (gpu->workers < gpu->cfg.threads) {
		int err = pthread_create(&gpu->worker[gpu->workers], NULL,
					 queue_worker, gpu);

		if (err)
			return -err;
		gpu->workers++;
	}
	return 0;
}

static void join_workers(struct gpu *gpu)
{
	pthread_mutex_lock(&gpu->lock);
	store_relaxed(&gpu->stopping, 1);
	pthread_cond_broadcast(&gpu->work);
	pthread_cond_broadcast(&gpu->poll);
	pthread_cond_broadcast(&gpu->quiet);
	pthread_cond_broadcast(&gpu->heart);
	pthread_mutex_unlock(&gpu->lock);
	while (gpu->workers)
		pthread_join(gpu->worker[--gpu->workers], NULL);
}

int gpu_start(struct gpu *gpu)
{
	int err;

	if (!gpu->bus.vram_size)
		return -EINVAL;
	gpu->started = gpu_ns();
	fill_registers(gpu);
	err = start_workers(gpu);
	if (err)
		goto err_workers;
	err = -pthread_create(&gpu->command_thread, NULL, cmdring_thread, gpu);
	if (err)
		goto err_workers;
	err = -pthread_create(&gpu->heart_thread, NULL, heart_thread, gpu);
	if (err)
		goto err_command;
	gpu_write32(gpu, SIMGPU_REG_STATUS, SIMGPU_STATUS_READY);
	return 0;

err_command:
	store_relaxed(&gpu->stopping, 1);
	transport_wake(gpu->transport);
	pthread_join(gpu->command_thread, NULL);
err_workers:
	join_workers(gpu);
	return err;
}

void gpu_stop(struct gpu *gpu)
{
	store_relaxed(&gpu->stopping, 1);
	copier_abort(&gpu->copier);
	transport_wake(gpu->transport);
	pthread_join(gpu->command_thread, NULL);
	join_workers(gpu);
	pthread_join(gpu->heart_thread, NULL);
	queue_drop_all(gpu);
	gpu_write32(gpu, SIMGPU_REG_STATUS, SIMGPU_STATUS_OFF);
}
