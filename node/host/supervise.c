// SPDX-License-Identifier: MIT
/*
 * Starts a node, has it run the jobs of a plan, and passes streams, signals
 * and exit status between the caller and each program.  The node never
 * outlives this process: QEMU gets SIGKILL when it ends, however it ends.
 *
 * usage: supervise [options] --run DIR --plan FILE -- QEMU ARGUMENTS...
 *
 * --memory BYTES makes one part of the node's RAM, --device PROGRAM ARGUMENT... ;
 * one GPU; both may be repeated, and spawn.h says under which numbers QEMU and
 * the devices find what they share.  A device process that dies is reported,
 * and the node goes on.
 *
 * One job talks to our own standard streams and its status is ours.  With
 * --results FILE there may be many; each gets a line there,
 * "name outcome status milliseconds", and its complaints are in FILE.name.splat.
 * The names "boot" and "end" stand for the node before and after its jobs.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "channel.h"
#include "console.h"
#include "device.h"
#include "memory.h"
#include "plan.h"
#include "qemu.h"

/* Exit statuses of our own: conode(1). */
enum { STATUS_TIMEOUT = 124, STATUS_NODE = 125 };

/* A program that ignores SIGTERM or three SIGINT loses its node. */
#define TERM_GRACE 10
#define INTERRUPTS_MAX 3

enum state {
	STATE_BOOT,	/* until WIRE_READY */
	STATE_RUN,	/* until WIRE_EXIT */
	STATE_DRAIN,	/* until all its output has come */
	STATE_LEAKS,	/* until WIRE_CHECKED */
	STATE_BYE,	/* until WIRE_DONE */
	STATE_OVER,
};

struct output {
	int from;		/* the node */
	int to;			/* -1: nobody reads */
	size_t most;		/* bytes that a write takes without blocking */
	u64 total;		/* bytes that came for this job */
	struct queue queue;
	u32 stream;
};

struct supervisor {
	struct qemu qemu;
	struct device devices[DEVICES_MAX];
	unsigned int device_count;
	struct plan plan;
	int current;			/* index of the job */
	enum state state;
	double deadline;		/* of the state; 0: none */
	double last_beat;
	double started;			/* the current job */
	struct queue ctl_in;
	struct queue ctl_out;
	struct queue feed;
	bool input_ended;
	struct output out;
	struct output err;
	struct wire_exit report;
	struct queue splat;		/* what the kernel complained about */
	int interrupts;
	int status;			/* our exit status when over */
	const char *outcome;
	bool at_end;			/* it went wrong after the last job */
	int signals;
};

static struct {
	const char *run_directory;
	const char *plan;
	const char *results;
	const char *log;		/* where the console's log goes at the end */
	const char *device_log;		/* of device N: this, N and ".log" */
	struct memory memory;
	char **devices[DEVICES_MAX];	/* program and arguments */
	unsigned int device_count;
	int boot_timeout;
	int hang_timeout;
	bool verbose;
} options = { .boot_timeout = 120, .hang_timeout = 120 };

static struct termios saved_terminal;
static bool terminal_is_raw;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static const char *run_path(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", options.run_directory, name);
	return path;
}

/* ---- the caller's terminal ---- */

static void terminal_restore(void)
{
	if (terminal_is_raw)
		tcsetattr(0, TCSADRAIN, &saved_terminal);
	terminal_is_raw = false;
}

static void terminal_raw(void)
{
	struct termios raw;

	if (tcgetattr(0, &saved_terminal))
		return;
	raw = saved_terminal;
	cfmakeraw(&raw);
	tcsetattr(0, TCSADRAIN, &raw);
	terminal_is_raw = true;
}

__printf(1, 2)
static void say(const char *format, ...)
{
	va_list args;

	terminal_restore();
	fputs("conode: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Something happened that does not end the node: the terminal stays as it is. */
__printf(1, 2)
static void remark(const char *format, ...)
{
	va_list args;

	fputs("conode: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(terminal_is_raw ? "\r\n" : "\n", stderr);
}

static void quote(const struct queue *text)
{
	const char *at = text->data, *end = text->data + text->size;

	while (at < end) {
		const char *stop = memchr(at, '\n', end - at);

		if (!stop)
			stop = end;
		fprintf(stderr, "  | %.*s\n", (int)(stop - at), at);
		at = stop + 1;
	}
}

/* ---- how it ends ---- */

static struct job *job_of(struct supervisor *sv)
{
	return &sv->plan.jobs[sv->current];
}

static void finish(struct supervisor *sv, const char *outcome, int status)
{
	sv->outcome = outcome;
	sv->status = status;
	sv->at_end = sv->state == STATE_BYE;
	sv->state = STATE_OVER;
}

static void result_splat(struct supervisor *sv, const char *name)
{
	char path[4096];
	FILE *file;

	if (!sv->splat.size)
		return;
	snprintf(path, sizeof(path), "%s.%s.splat", options.results, name);
	file = fopen(path, "we");
	if (!file)
		err(STATUS_NODE, "%s", path);
	fwrite(sv->splat.data, 1, sv->splat.size, file);
	fclose(file);
}

static void result_write(struct supervisor *sv, const char *outcome, int status)
{
	const char *name = job_of(sv)->name;
	FILE *file;

	if (!options.results)
		return;
	if (!sv->started)
		name = "boot";
	else if (sv->at_end)
		name = "end";
	result_splat(sv, name);
	file = fopen(options.results, "ae");
	if (!file)
		err(STATUS_NODE, "%s", options.results);
	fprintf(file, "%s %s %d %.0f\n", name, outcome, status,
		sv->started > 0 ? (now() - sv->started) * 1000 : 0);
	fclose(file);
}

static int shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void end_timeout(struct supervisor *sv)
{
	struct job *job = job_of(sv);

	if (sv->state == STATE_BOOT) {
		say("the node did not come up within %d s", options.boot_timeout);
		console_complaint(run_path("console.log"), &sv->splat, true);
		quote(&sv->splat);
		finish(sv, "noboot", STATUS_NODE);
	} else if (sv->state == STATE_RUN || sv->state == STATE_DRAIN) {
		if (sv->interrupts < 0) {
			say("the program did not end on the signal; the node is switched off");
			finish(sv, "killed", 128 - sv->interrupts);
			return;
		}
		say("%s: time-out: no end after %d s", job->name, job->timeout);
		finish(sv, "timeout", STATUS_TIMEOUT);
	} else {
		say("the node did not finish");
		finish(sv, "hang", STATUS_NODE);
	}
}

static void end_hang(struct supervisor *sv)
{
	say("the node hangs: no sign of life for %d s", options.hang_timeout);
	if (!sv->splat.size)
		console_complaint(run_path("console.log"), &sv->splat, true);
	quote(&sv->splat);
	finish(sv, "hang", STATUS_NODE);
}

static void quote_file(const char *path)
{
	struct queue text = { 0 };

	console_complaint(path, &text, true);
	quote(&text);
	free(text.data);
}

/* QEMU ended before the node said goodbye. */
static void end_crash(struct supervisor *sv)
{
	struct queue text = { 0 };
	bool crashed = console_complaint(run_path("console.log"), &text, true);

	if (sv->state == STATE_BOOT && !crashed) {
		say("QEMU ended before the node was up");
		quote_file(run_path("qemu.log"));
		quote(&text);
	} else {
		say("the node crashed");
		quote(&text);
	}
	queue_add(&sv->splat, text.data ? text.data : "", text.size);
	free(text.data);
	finish(sv, "crash", STATUS_NODE);
}

/* ---- jobs ---- */

static size_t write_limit(int fd)
{
	struct stat st;

	/* A pipe that polls writable has room for one page. */
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? 65536 : 4096;
}

static int open_output(const char *path, int otherwise)
{
	int fd;

	if (!path)
		return otherwise;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		err(STATUS_NODE, "%s", path);
	return fd;
}

static void output_start(struct output *output, const char *path, int otherwise)
{
	output->to = open_output(path, otherwise);
	output->most = write_limit(output->to);
	output->total = 0;
}

static void output_end(struct output *output, const char *path)
{
	if (path && output->to >= 0)
		close(output->to);
	output->to = -1;
}

static void job_start(struct supervisor *sv)
{
	struct job *job = job_of(sv);

	output_start(&sv->out, job->out, 1);
	output_start(&sv->err, job->err, 2);
	sv->input_ended = job->no_input;
	queue_message(&sv->ctl_out, WIRE_RUN, job->strings.data, job->strings.size);
	sv->started = now();
	sv->state = STATE_RUN;
	sv->deadline = job->timeout ? now() + job->timeout : 0;
	if (job->terminal)
		terminal_raw();
}

static void say_goodbye(struct supervisor *sv)
{
	queue_message(&sv->ctl_out, WIRE_BYE, NULL, 0);
	sv->state = STATE_BYE;
	sv->deadline = now() + 60;
}

/* The job is over with all that belongs to it. */
static void job_end(struct supervisor *sv)
{
	int status = shell_status(sv->report.status);
	bool splat = sv->splat.size > 0;

	if (splat) {
		say("the kernel complained during '%s':", job_of(sv)->name);
		quote(&sv->splat);
	}
	result_write(sv, splat ? "splat" : "exit", status);
	sv->outcome = "exit";
	sv->status = splat ? STATUS_NODE : options.results ? 0 : status;
	/* A kernel that has complained is no ground for another test. */
	if (splat || sv->current + 1 == sv->plan.job_count) {
		say_goodbye(sv);
		return;
	}
	sv->current++;
	job_start(sv);
}

static void job_check_leaks(struct supervisor *sv)
{
	queue_message(&sv->ctl_out, WIRE_LEAKS, NULL, 0);
	sv->state = STATE_LEAKS;
	sv->deadline = now() + 300;
}

static void job_drained(struct supervisor *sv)
{
	struct job *job = job_of(sv);

	output_end(&sv->out, job->out);
	output_end(&sv->err, job->err);
	terminal_restore();
	if (job->leaks && !sv->splat.size)
		job_check_leaks(sv);
	else
		job_end(sv);
}

static bool output_is_complete(const struct output *output, u64 total)
{
	return output->total >= total && !output->queue.size;
}

/* ---- what the node says ---- */

static void on_ready(struct supervisor *sv, const struct message *message)
{
	if (options.verbose)
		say("Linux %.*s is up", (int)message->size, message->payload);
	if (sv->splat.size) {
		say("the kernel complained while the node came up:");
		quote(&sv->splat);
		finish(sv, "noboot", STATUS_NODE);
		return;
	}
	job_start(sv);
}

/* The console may know what the node's own look at the log came too early for. */
static void on_done(struct supervisor *sv)
{
	if (!sv->splat.size &&
	    console_complaint(run_path("console.log"), &sv->splat, false)) {
		say("the kernel complained at the end:");
		quote(&sv->splat);
		finish(sv, "splat", STATUS_NODE);
		return;
	}
	finish(sv, sv->outcome, sv->status);
}

static void on_message(struct supervisor *sv, const struct message *message)
{
	sv->last_beat = now();
	switch (message->type) {
	case WIRE_READY:
		on_ready(sv, message);
		break;
	case WIRE_FAILED:
		say("the node failed: %.*s", (int)message->size, message->payload);
		quote(&sv->splat);
		finish(sv, "noboot", STATUS_NODE);
		break;
	case WIRE_SPLAT:
		queue_add(&sv->splat, message->payload, message->size);
		break;
	case WIRE_EXIT:
		if (message->size == sizeof(sv->report) && sv->state == STATE_RUN) {
			memcpy(&sv->report, message->payload, sizeof(sv->report));
			sv->state = STATE_DRAIN;
			sv->deadline = 0;
		}
		break;
	case WIRE_CHECKED:
		if (sv->state == STATE_LEAKS)
			job_end(sv);
		break;
	case WIRE_DONE:
		on_done(sv);
		break;
	}
}

static void ctl_read(struct supervisor *sv)
{
	struct message message;

	if (queue_fill(&sv->ctl_in, sv->qemu.ctl) < 0)
		return;		/* QEMU is ending: main_loop() sees it */
	while (sv->state != STATE_OVER && queue_peek(&sv->ctl_in, &message)) {
		on_message(sv, &message);
		queue_drop(&sv->ctl_in, message.whole);
	}
}

/* ---- streams ---- */

/* Our reader has gone: so has the program's. */
static void output_broken(struct supervisor *sv, struct output *output)
{
	struct wire_close gone = { .stream = output->stream };

	queue_message(&sv->ctl_out, WIRE_CLOSE, &gone, sizeof(gone));
	output->to = -1;
	queue_drop(&output->queue, output->queue.size);
}

static void output_read(struct output *output)
{
	ssize_t len = queue_fill(&output->queue, output->from);

	if (len <= 0)
		return;
	output->total += len;
	if (output->to < 0)
		queue_drop(&output->queue, output->queue.size);
}

static void output_write(struct supervisor *sv, struct output *output)
{
	size_t size = output->queue.size < output->most ? output->queue.size : output->most;
	ssize_t len = write(output->to, output->queue.data, size);

	if (len > 0)
		queue_drop(&output->queue, len);
	else if (len < 0 && errno != EAGAIN && errno != EINTR)
		output_broken(sv, output);
}

static void feed_frame(struct supervisor *sv, const void *data, u32 size)
{
	queue_add(&sv->feed, &size, sizeof(size));
	queue_add(&sv->feed, data, size);
}

static void input_read(struct supervisor *sv)
{
	char chunk[32768];
	ssize_t len = read(0, chunk, sizeof(chunk));

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (len < 0)
		len = 0;	/* a closed or broken input has ended */
	feed_frame(sv, chunk, len);
	sv->input_ended = len == 0;
}

/* ---- GPUs ---- */

static const char *device_log(unsigned int index)
{
	static char path[4096];

	if (!options.device_log)
		return "/dev/null";
	snprintf(path, sizeof(path), "%s%u.log", options.device_log, index);
	return path;
}

static void devices_open(struct supervisor *sv)
{
	char name[32];
	unsigned int i;

	sv->device_count = options.device_count;
	for (i = 0; i < sv->device_count; i++) {
		snprintf(name, sizeof(name), "gpu%u.pid", i);
		device_open(&sv->devices[i], i, options.devices[i], &options.memory,
			    device_log(i), run_path(name));
		device_start(&sv->devices[i]);
	}
}

/* One that leaves by itself with status 0 has seen QEMU go. */
static void devices_reap(struct supervisor *sv)
{
	struct device *device;
	char why[80];

	for (device = sv->devices; device < sv->devices + sv->device_count; device++) {
		if (!device_has_ended(device, why, sizeof(why)))
			continue;
		if (strcmp(why, "status 0"))
			remark("GPU %u: its process has ended (%s); the node goes on",
			       device->index, why);
	}
}

static void devices_stop(struct supervisor *sv)
{
	unsigned int i;

	for (i = 0; i < sv->device_count; i++)
		device_stop(&sv->devices[i]);
}

/* ---- signals ---- */

static void winsize_send(struct supervisor *sv)
{
	struct wire_winsize message;
	struct winsize size;

	if (ioctl(0, TIOCGWINSZ, &size))
		return;
	message.rows = size.ws_row;
	message.columns = size.ws_col;
	queue_message(&sv->ctl_out, WIRE_WINSIZE, &message, sizeof(message));
}

static void signal_pass(struct supervisor *sv, int number)
{
	struct wire_signal message = { .number = number };

	queue_message(&sv->ctl_out, WIRE_SIGNAL, &message, sizeof(message));
	if (number != SIGINT && number != SIGQUIT && sv->interrupts >= 0) {
		sv->interrupts = -number;
		sv->deadline = now() + TERM_GRACE;
	}
}

static void on_signal(struct supervisor *sv, int number)
{
	if (number == SIGCHLD) {
		devices_reap(sv);
		return;
	}
	if (number == SIGWINCH) {
		if (sv->state == STATE_RUN && job_of(sv)->terminal)
			winsize_send(sv);
		return;
	}
	if (sv->state == STATE_RUN && !options.results) {
		if (number != SIGINT || sv->interrupts < 0 ||
		    ++sv->interrupts < INTERRUPTS_MAX) {
			signal_pass(sv, number);
			return;
		}
	}
	finish(sv, "killed", 128 + number);
}

static int signals_open(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGWINCH };
	sigset_t set;
	size_t i;
	int fd;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		signal(numbers[i], SIG_DFL);	/* an ignored one would be lost */
		sigaddset(&set, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		err(STATUS_NODE, "signalfd");
	return fd;
}

static void signals_read(struct supervisor *sv)
{
	struct signalfd_siginfo info;

	while (read(sv->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(sv, info.ssi_signo);
}

/* ---- the loop ---- */

enum {
	ON_SIGNAL, ON_CTL, ON_FEED, ON_INPUT, ON_OUT, ON_ERR, ON_OUT_TO, ON_ERR_TO,
	ON_POWER, ON_COUNT = ON_POWER + DEVICES_MAX
};

static void poll_add(struct pollfd *pfd, int fd, short events)
{
	pfd->fd = events ? fd : -1;
	pfd->events = events;
	pfd->revents = 0;
}

static int poll_wait(struct supervisor *sv, struct pollfd *pfd)
{
	bool input = sv->state == STATE_RUN && !sv->input_ended && !sv->feed.size;
	double soon = now() + 1;
	unsigned int i, count = ON_POWER + sv->device_count;

	if (sv->deadline && sv->deadline < soon)
		soon = sv->deadline;
	poll_add(&pfd[ON_SIGNAL], sv->signals, POLLIN);
	poll_add(&pfd[ON_CTL], sv->qemu.ctl, POLLIN | (sv->ctl_out.size ? POLLOUT : 0));
	poll_add(&pfd[ON_FEED], sv->qemu.in, sv->feed.size ? POLLOUT : 0);
	poll_add(&pfd[ON_INPUT], 0, input ? POLLIN : 0);
	/* Bounded: what is not written yet is not read further. */
	poll_add(&pfd[ON_OUT], sv->out.from, sv->out.queue.size ? 0 : POLLIN);
	poll_add(&pfd[ON_ERR], sv->err.from, sv->err.queue.size ? 0 : POLLIN);
	poll_add(&pfd[ON_OUT_TO], sv->out.to, sv->out.queue.size ? POLLOUT : 0);
	poll_add(&pfd[ON_ERR_TO], sv->err.to, sv->err.queue.size ? POLLOUT : 0);
	for (i = 0; i < sv->device_count; i++)
		poll_add(&pfd[ON_POWER + i], sv->devices[i].power, POLLIN);
	return poll(pfd, count, soon > now() ? (int)((soon - now()) * 1000) + 1 : 0);
}

static void step(struct supervisor *sv)
{
	struct pollfd pfd[ON_COUNT];
	unsigned int i;

	poll_wait(sv, pfd);
	if (pfd[ON_SIGNAL].revents)
		signals_read(sv);
	if (pfd[ON_OUT].revents)
		output_read(&sv->out);
	if (pfd[ON_ERR].revents)
		output_read(&sv->err);
	if (pfd[ON_OUT_TO].revents)
		output_write(sv, &sv->out);
	if (pfd[ON_ERR_TO].revents)
		output_write(sv, &sv->err);
	if (pfd[ON_INPUT].revents)
		input_read(sv);
	if (pfd[ON_CTL].revents & (POLLIN | POLLHUP))
		ctl_read(sv);
	for (i = 0; i < sv->device_count; i++)
		if (pfd[ON_POWER + i].revents)
			device_power(&sv->devices[i]);
	queue_flush(&sv->ctl_out, sv->qemu.ctl);
	queue_flush(&sv->feed, sv->qemu.in);
	if (sv->state == STATE_DRAIN &&
	    output_is_complete(&sv->out, sv->report.out_bytes) &&
	    output_is_complete(&sv->err, sv->report.err_bytes))
		job_drained(sv);
}

static void main_loop(struct supervisor *sv)
{
	while (sv->state != STATE_OVER) {
		step(sv);
		if (sv->state == STATE_OVER)
			break;
		if (qemu_has_ended(&sv->qemu)) {
			ctl_read(sv);	/* its last words */
			if (sv->state != STATE_OVER)
				end_crash(sv);
		} else if (sv->deadline && now() > sv->deadline) {
			end_timeout(sv);
		} else if (sv->state != STATE_BOOT &&
			   now() - sv->last_beat > options.hang_timeout) {
			end_hang(sv);
		}
	}
}

/* ---- beginning and end ---- */

static void clean_up(void)
{
	static const char * const names[] = { "qemu.log", "plan", "owner" };
	size_t i;

	if (options.log)
		rename(run_path("console.log"), options.log);
	unlink(run_path("console.log"));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		unlink(run_path(names[i]));
	rmdir(options.run_directory);
}

static void die_with(const char *argument)
{
	pid_t parent = atoi(argument);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		errx(STATUS_NODE, "the launcher has gone");
}

/* "--device PROGRAM ARGUMENT... ;": getopt has the program, we look for the end. */
static void device_read(char *program, int argc, char **argv)
{
	char **args = &argv[optind - 1];

	if (options.device_count == DEVICES_MAX)
		errx(2, "--device: at most %d", DEVICES_MAX);
	if (*args != program)
		errx(2, "--device: the program is an argument of its own");
	options.devices[options.device_count++] = args;
	while (optind < argc && strcmp(argv[optind], ";"))
		optind++;
	if (optind == argc)
		errx(2, "--device: there is no ';' at its end");
	argv[optind++] = NULL;
}

static void options_read(int argc, char **argv)
{
	static const struct option known[] = {
		{ "run", required_argument, NULL, 'r' },
		{ "plan", required_argument, NULL, 'p' },
		{ "results", required_argument, NULL, 'R' },
		{ "log", required_argument, NULL, 'l' },
		{ "boot-timeout", required_argument, NULL, 'b' },
		{ "hang-timeout", required_argument, NULL, 'h' },
		{ "die-with", required_argument, NULL, 'd' },
		{ "memory", required_argument, NULL, 'm' },
		{ "device", required_argument, NULL, 'D' },
		{ "device-log", required_argument, NULL, 'L' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", known, NULL)) >= 0) {
		switch (option) {
		case 'r':
			options.run_directory = optarg;
			break;
		case 'p':
			options.plan = optarg;
			break;
		case 'R':
			options.results = optarg;
			break;
		case 'l':
			options.log = optarg;
			break;
		case 'b':
			options.boot_timeout = atoi(optarg);
			break;
		case 'h':
			options.hang_timeout = atoi(optarg);
			break;
		case 'd':
			die_with(optarg);
			break;
		case 'm':
			memory_add(&options.memory, optarg);
			break;
		case 'D':
			device_read(optarg, argc, argv);
			break;
		case 'L':
			options.device_log = optarg;
			break;
		case 'v':
			options.verbose = true;
			break;
		default:
			exit(2);
		}
	}
	if (!options.run_directory || !options.plan || optind >= argc)
		errx(2, "usage: supervise [options] --run DIR --plan FILE -- QEMU ARGUMENTS...");
}

/* A caller may have closed its standard streams; those numbers stay taken. */
static void streams_reserve(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd < 3)
		;
	if (fd >= 3)
		close(fd);
}

/* QEMU gets the RAM and one end of each device's socket. */
static void node_start(struct supervisor *sv, char **argv)
{
	struct inherit fds[MEMORY_PARTS + DEVICES_MAX];
	size_t count = options.memory.count;
	unsigned int i;

	devices_open(sv);
	memcpy(fds, options.memory.fds, count * sizeof(*fds));
	for (i = 0; i < sv->device_count; i++)
		fds[count++] = (struct inherit){ sv->devices[i].client, FD_GPU + i };
	qemu_start(&sv->qemu, argv, run_path("qemu.log"), fds, count);
	for (i = 0; i < sv->device_count; i++)
		close(sv->devices[i].client);
}

static void supervise(struct supervisor *sv, char **qemu)
{
	sv->signals = signals_open();
	node_start(sv, qemu);
	sv->out = (struct output){ .from = sv->qemu.out, .to = -1, .stream = 1 };
	sv->err = (struct output){ .from = sv->qemu.err, .to = -1, .stream = 2 };
	queue_message(&sv->ctl_out, WIRE_SETUP, sv->plan.setup.data, sv->plan.setup.size);
	sv->deadline = now() + options.boot_timeout;
	main_loop(sv);
	terminal_restore();
	qemu_stop(&sv->qemu);
	devices_stop(sv);
}

int main(int argc, char **argv)
{
	static struct supervisor sv = { .outcome = "exit" };

	streams_reserve();
	options_read(argc, argv);
	plan_read(&sv.plan, options.plan);
	supervise(&sv, argv + optind);
	/* job_end() has written the result of a job that ended by itself. */
	if (strcmp(sv.outcome, "exit"))
		result_write(&sv, sv.outcome, sv.status);
	clean_up();
	return sv.status;
}
