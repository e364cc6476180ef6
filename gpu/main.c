// SPDX-License-Identifier: MIT
/* The device process: options, greeting, until QEMU or the parent is gone. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "gpu.h"
#include "log.h"

#define EXIT_USAGE	2

/* How often the parent is looked for, besides its death signal. */
#define PARENT_MS	500

static const char usage[] =
"Usage: simgpu --bar FD --vectors FD,FD --kick FD --vram GPA:SIZE\n"
"              --ram GPA:SIZE:FD:OFFSET [--ram ...] [OPTION...]\n"
"\n"
"Be a GPU of a virtual machine whose memory is shared through the given file\n"
"descriptors.  Numbers may be decimal, octal (0...) or hexadecimal (0x...).\n"
"\n"
"  --bar FD              shared memory behind BAR2, 8 MiB\n"
"  --vectors FD,FD       eventfds of the guest's vectors EVENT and DONE\n"
"  --kick FD             eventfd that the driver signals\n"
"  --vram GPA:SIZE       which part of guest memory is this GPU's\n"
"  --ram GPA:SIZE:FD:OFFSET\n"
"                        guest memory at GPA is FD from OFFSET on; repeatable\n"
"  --index N             which of the node's GPUs this is (0)\n"
"  --generation N        one more at each start (0)\n"
"  --link-atomics coherent|none\n"
"                        are atomics to system memory atomic against the CPU?\n"
"                        (coherent)\n"
"  --threads N           threads that run queues (one a CPU, at least 2)\n"
"  --ivshmem FD          greet QEMU's ivshmem-doorbell on this socket, and end\n"
"                        when it closes\n"
"  --power FD            eventfd of the power peer, for the greeting\n"
"  --verbose             say more on stderr\n"
"  --version             print the version of the device interface\n"
"  --help                print this text\n"
"\n"
"Ends with 0 when QEMU or the parent process ends, or at SIGTERM.\n";

#define MAX_RAM		BUS_WINDOWS

struct ram_option {
	u64 base;
	u64 size;
	int fd;
	u64 offset;
};

struct options {
	struct gpu_config cfg;
	struct ivshmem_fds fds;
	int socket;
	u64 vram_base;
	u64 vram_size;
	struct ram_option ram[MAX_RAM];
	unsigned int ram_count;
};

static void die_usage(const char *what, const char *value)
{
	fprintf(stderr, "simgpu: %s '%s'; see simgpu --help\n", what, value);
	exit(EXIT_USAGE);
}

/* The next of numbers that are separated by @end; moves @text behind it. */
static u64 parse_number(const char *option, const char **text, char end)
{
	char *stop;
	u64 value;

	errno = 0;
	value = strtoull(*text, &stop, 0);
	if (errno || stop == *text || **text == '-' || *stop != end)
		die_usage(option, *text);
	*text = end ? stop + 1 : stop;
	return value;
}

static u32 parse_u32(const char *option, const char *text, u32 limit)
{
	const char *p = text;
	u64 value = parse_number(option, &p, '\0');

	if (value > limit)
		die_usage(option, text);
	return (u32)value;
}

static int parse_fd(const char *option, const char **text, char end)
{
	const char *start = *text;
	u64 value = parse_number(option, text, end);

	if (value > 1 << 20)
		die_usage(option, start);
	return (int)value;
}

static void parse_ram(struct options *o, const char *text)
{
	struct ram_option *r = &o->ram[o->ram_count];

	if (o->ram_count == MAX_RAM)
		die_usage("too many --ram", text);
	r->base = parse_number("--ram", &text, ':');
	r->size = parse_number("--ram", &text, ':');
	r->fd = parse_fd("--ram", &text, ':');
	r->offset = parse_number("--ram", &text, '\0');
	o->ram_count++;
}

static bool parse_link_atomics(const char *text)
{
	if (!strcmp(text, "coherent"))
		return true;
	if (strcmp(text, "none"))
		die_usage("--link-atomics", text);
	return false;
}

enum option_id {
	OPT_BAR = 256,
	OPT_VECTORS,
	OPT_KICK,
	OPT_VRAM,
	OPT_RAM,
	OPT_INDEX,
	OPT_GENERATION,
	OPT_LINK_ATOMICS,
	OPT_THREADS,
	OPT_IVSHMEM,
	OPT_POWER,
	OPT_VERBOSE,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "bar", required_argument, NULL, OPT_BAR },
	{ "vectors", required_argument, NULL, OPT_VECTORS },
	{ "kick", required_argument, NULL, OPT_KICK },
	{ "vram", required_argument, NULL, OPT_VRAM },
	{ "ram", required_argument, NULL, OPT_RAM },
	{ "index", required_argument, NULL, OPT_INDEX },
	{ "generation", required_argument, NULL, OPT_GENERATION },
	{ "link-atomics", required_argument, NULL, OPT_LINK_ATOMICS },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "ivshmem", required_argument, NULL, OPT_IVSHMEM },
	{ "power", required_argument, NULL, OPT_POWER },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ }
};

static void parse_option(struct options *o, int option, const char *arg)
{
	switch (option) {
	case OPT_BAR:
		o->fds.bar = parse_fd("--bar", &arg, '\0');
		break;
	case OPT_VECTORS:
		o->fds.vector[0] = parse_fd("--vectors", &arg, ',');
		o->fds.vector[1] = parse_fd("--vectors", &arg, '\0');
		break;
	case OPT_KICK:
		o->fds.kick = parse_fd("--kick", &arg, '\0');
		break;
	case OPT_VRAM:
		o->vram_base = parse_number("--vram", &arg, ':');
		o->vram_size = parse_number("--vram", &arg, '\0');
		break;
	case OPT_RAM:
		parse_ram(o, arg);
		break;
	case OPT_INDEX:
		o->cfg.index = parse_u32("--index", arg, 255);
		break;
	case OPT_GENERATION:
		o->cfg.generation = parse_u32("--generation", arg, ~0U);
		break;
	case OPT_LINK_ATOMICS:
		o->cfg.link_atomics = parse_link_atomics(arg);
		break;
	case OPT_THREADS:
		o->cfg.threads = parse_u32("--threads", arg, GPU_MAX_THREADS);
		break;
	case OPT_IVSHMEM:
		o->socket = parse_fd("--ivshmem", &arg, '\0');
		break;
	case OPT_POWER:
		o->fds.power = parse_fd("--power", &arg, '\0');
		break;
	case OPT_VERBOSE:
		log_limit = LOG_DEBUG;
		break;
	case OPT_VERSION:
		printf("simgpu: device interface %d\n", SIMGPU_ABI_VERSION);
		exit(EXIT_SUCCESS);
	case OPT_HELP:
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	default:
		fputs("simgpu: see simgpu --help\n", stderr);
		exit(EXIT_USAGE);
	}
}

static void need(bool present, const char *option)
{
	if (!present)
		die_usage("missing option", option);
}

static void parse_options(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options) {
		.cfg.link_atomics = true,
		.socket = -1,
		.fds = { .bar = -1, .kick = -1, .power = -1,
			 .vector = { -1, -1 } },
	};
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		parse_option(o, option, optarg);
	if (optind < argc)
		die_usage("unknown argument", argv[optind]);
	need(o->fds.bar >= 0, "--bar");
	need(o->fds.vector[0] >= 0, "--vectors");
	need(o->fds.kick >= 0, "--kick");
	need(o->vram_size, "--vram");
	need(o->ram_count, "--ram");
	need(o->socket < 0 || o->fds.power >= 0, "--power");
}

static int fail(const struct options *o, const char *what, int err)
{
	log_line(o->cfg.index, LOG_ERROR, "%s: %s", what, strerror(-err));
	return err;
}

static int add_memory(struct gpu *gpu, const struct options *o)
{
	unsigned int i;
	int err;

	for (i = 0; i < o->ram_count; i++) {
		const struct ram_option *r = &o->ram[i];

		err = bus_add_ram(&gpu->bus, r->base, r->size, r->fd,
				  r->offset);
		if (err)
			return fail(o, "--ram", err);
	}
	err = bus_set_vram(&gpu->bus, o->vram_base, o->vram_size);
	return err ? fail(o, "--vram", err) : 0;
}

static int power_up(struct gpu *gpu, struct transport *t,
		    const struct options *o)
{
	int err;

	err = transport_ivshmem(t, &o->fds);
	if (err)
		return fail(o, "--bar", err);
	err = gpu_init(gpu, &o->cfg, t);
	if (err)
		return fail(o, "start", err);
	err = add_memory(gpu, o);
	if (err)
		return err;
	err = gpu_start(gpu);
	return err ? fail(o, "start", err) : 0;
}

/* QEMU waits for this, and the guest finds a device that is READY. */
static int greet(const struct options *o)
{
	int err = o->socket < 0 ? 0 : ivshmem_greet(o->socket, &o->fds);

	/* An end of QEMU is an end as good as a later one. */
	if (!err || err == -EPIPE || err == -ECONNRESET)
		return 0;
	return fail(o, "--ivshmem", err);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* QEMU never says anything: what can be read is the end. */
static bool socket_closed(int fd, short revents)
{
	char byte;

	if (!(revents & (POLLIN | POLLHUP | POLLERR)))
		return false;
	return read(fd, &byte, 1) <= 0;
}

static const char *wait_for_end(const struct options *o, int signals,
				pid_t parent)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = o->socket, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, ARRAY_SIZE(fds), PARENT_MS) < 0 && errno != EINTR)
			return "poll failed";
		if (fds[0].revents)
			return "told to";
		if (socket_closed(fds[1].fd, fds[1].revents))
			return "QEMU has ended";
		if (getppid() != parent)
			return "the parent has ended";
	}
}

int main(int argc, char **argv)
{
	static struct transport transport;
	static struct options options;
	pid_t parent = getppid();
	struct gpu *gpu;
	int signals, err;

	parse_options(&options, argc, argv);
	/* Threads inherit both. */
	signals = open_signals();
	prctl(PR_SET_TIMERSLACK, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);

	gpu = malloc(sizeof(*gpu));
	if (!gpu)
		return EXIT_FAILURE;
	if (power_up(gpu, &transport, &options))
		return EXIT_FAILURE;
	log_line(options.cfg.index, LOG_INFO,
		 "ready: generation %u, %llu MiB at %#llx",
		 options.cfg.generation,
		 (unsigned long long)options.vram_size >> 20,
		 (unsigned long long)options.vram_base);
	err = greet(&options);
	if (!err)
		log_line(options.cfg.index, LOG_INFO, "ends: %s",
			 wait_for_end(&options, signals, parent));
	gpu_stop(gpu);
	gpu_fini(gpu);
	transport_close(&transport);
	free(gpu);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
