// SPDX-License-Identifier: MIT
/* One program in the node: started, fed, listened to, waited for. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "job.h"
#include "kmsg.h"

/* virtio-serial takes at most 32 KiB at a time. */
#define CHUNK 32768

/* From the program to a port of the host. */
struct stream {
	int from;	/* -1: ended or closed */
	int port;
	char data[CHUNK];
	size_t size;
	size_t done;
	u64 total;
};

/* From the host's input port to the program. */
struct feed {
	int to;		/* -1: the program's input is closed */
	bool ended;	/* the last frame has been seen */
	char data[CHUNK];
	size_t size;
	size_t done;
	char head[4];
	size_t head_size;
	u32 frame;	/* bytes of the current frame still to come */
};

struct job {
	pid_t pid;
	bool exited;
	int status;
	bool terminal;
	char **argv;
	char **envp;
	const char *cwd;
	struct wire_winsize winsize;
	bool no_input;
	struct stream out;
	struct stream err;
	struct feed in;
};

static const char *after(const char *string, const char *key)
{
	size_t len = strlen(key);

	return strncmp(string, key, len) ? NULL : string + len;
}

/* Appends to a list that is kept ended by NULL. */
static int list_add(char ***list, const char *string)
{
	size_t count = 0;
	char **more;

	while (*list && (*list)[count])
		count++;
	more = realloc(*list, (count + 2) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	more[count] = (char *)string;
	more[count + 1] = NULL;
	*list = more;
	return 0;
}

/*
 * arg=…     one per argument, the program first
 * env=K=V   added to the environment of the node
 * cwd=PATH  working folder
 * tty=R,C   give it a terminal of that size
 * stdin=null
 */
static int job_string(struct job *job, const char *string)
{
	if (after(string, "arg="))
		return list_add(&job->argv, after(string, "arg="));
	if (after(string, "env="))
		return list_add(&job->envp, after(string, "env="));
	if (after(string, "cwd="))
		job->cwd = after(string, "cwd=");
	if (after(string, "stdin=null"))
		job->no_input = true;
	if (after(string, "tty="))
		job->terminal = sscanf(after(string, "tty="), "%hu,%hu", &job->winsize.rows,
				       &job->winsize.columns) == 2;
	return 0;
}

static int job_parse(struct job *job, const struct message *message, char **base)
{
	const char *string;
	int ret = 0;

	job->cwd = "/";
	while (base && *base && !ret)
		ret = list_add(&job->envp, *base++);
	string = message_next(message, NULL);
	while (!ret && string) {
		ret = job_string(job, string);
		string = message_next(message, string);
	}
	if (!ret && !job->argv)
		ret = -EINVAL;
	return ret;
}

static void winsize_set(int fd, const struct wire_winsize *wanted)
{
	struct winsize size = { .ws_row = wanted->rows, .ws_col = wanted->columns };

	ioctl(fd, TIOCSWINSZ, &size);
}

static _Noreturn void fail_exec(const char *what, const char *name, int error)
{
	dprintf(2, "conode: %s '%s' in the node: %s\n", what, name, strerror(error));
	_exit(error == ENOENT ? 127 : 126);
}

/* The environment decides where the program is looked for. */
static _Noreturn void job_exec(const struct job *job)
{
	sigset_t none;
	int i;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	if (chdir(job->cwd)) {
		dprintf(2, "conode: the folder '%s' is not in the node: %s\n",
			job->cwd, strerror(errno));
		_exit(126);
	}
	environ = job->envp;
	execvp(job->argv[0], job->argv);
	fail_exec("cannot run", job->argv[0], errno);
}

struct ends {
	int in[2];
	int out[2];
	int err[2];
};

static int ends_open(const struct job *job, struct ends *ends)
{
	if (pipe2(ends->out, O_CLOEXEC) || pipe2(ends->err, O_CLOEXEC))
		return -errno;
	if (!job->no_input)
		return pipe2(ends->in, O_CLOEXEC) ? -errno : 0;
	ends->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ends->in[1] = -1;
	return ends->in[0] < 0 ? -errno : 0;
}

static int job_start_pipes(struct job *job)
{
	struct ends ends;
	int ret;

	ret = ends_open(job, &ends);
	if (ret)
		return ret;
	job->pid = fork();
	if (job->pid < 0)
		return -errno;
	if (!job->pid) {
		setsid();
		dup2(ends.in[0], 0);
		dup2(ends.out[1], 1);
		dup2(ends.err[1], 2);
		job_exec(job);
	}
	close(ends.in[0]);
	close(ends.out[1]);
	close(ends.err[1]);
	job->in.to = ends.in[1];
	job->in.ended = ends.in[1] < 0;
	job->out.from = ends.out[0];
	job->err.from = ends.err[0];
	return 0;
}

/* A terminal has one stream for everything that the program says. */
static int job_start_terminal(struct job *job)
{
	char name[64];
	int master, slave;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || unlockpt(master) || ptsname_r(master, name, sizeof(name)))
		return -errno;
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -errno;
	winsize_set(master, &job->winsize);
	job->pid = fork();
	if (job->pid < 0)
		return -errno;
	if (!job->pid) {
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		dup2(slave, 0);
		dup2(slave, 1);
		dup2(slave, 2);
		job_exec(job);
	}
	close(slave);
	job->out.from = master;
	job->in.to = dup(master);
	job->err.from = -1;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void nonblock(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Reads from the program when there is room; true when something moved. */
static bool stream_pull(struct stream *stream)
{
	ssize_t len;

	if (stream->from < 0 || stream->size)
		return false;
	len = read(stream->from, stream->data, sizeof(stream->data));
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len <= 0) {		/* a terminal ends with EIO */
		close_fd(&stream->from);
		return true;
	}
	stream->size = len;
	stream->done = 0;
	return true;
}

static bool stream_push(struct stream *stream)
{
	ssize_t len;

	if (!stream->size)
		return false;
	len = write(stream->port, stream->data + stream->done, stream->size - stream->done);
	if (len <= 0)
		return false;
	stream->done += len;
	stream->total += len;
	if (stream->done == stream->size)
		stream->size = 0;
	return true;
}

static void feed_end(struct feed *feed, bool terminal)
{
	feed->ended = true;
	if (terminal && feed->to >= 0) {
		char eof = 4;

		if (write(feed->to, &eof, 1) < 0)
			kmsg_note("the terminal did not take the end of the input");
		return;
	}
	close_fd(&feed->to);
}

/* Takes frames off the input port; never more than one chunk ahead. */
static bool feed_pull(struct feed *feed, int port, bool terminal)
{
	ssize_t len;

	if (feed->ended || feed->size)
		return false;
	if (!feed->frame) {
		len = read(port, feed->head + feed->head_size, 4 - feed->head_size);
		if (len <= 0)
			return false;
		feed->head_size += len;
		if (feed->head_size < 4)
			return true;
		memcpy(&feed->frame, feed->head, 4);
		feed->head_size = 0;
		if (!feed->frame)
			feed_end(feed, terminal);
		return true;
	}
	len = read(port, feed->data, feed->frame < CHUNK ? feed->frame : CHUNK);
	if (len <= 0)
		return false;
	feed->frame -= len;
	feed->size = feed->to >= 0 ? len : 0;	/* nobody reads: drop it */
	feed->done = 0;
	return true;
}

static bool feed_push(struct feed *feed)
{
	ssize_t len;

	if (!feed->size || feed->to < 0)
		return false;
	len = write(feed->to, feed->data + feed->done, feed->size - feed->done);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len < 0) {
		close_fd(&feed->to);
		feed->size = 0;
		return true;
	}
	feed->done += len;
	if (feed->done == feed->size)
		feed->size = 0;
	return true;
}

/* With a terminal the keys do it; this is for signals sent to the launcher. */
static void job_signal(const struct job *job, int number)
{
	if (!job->exited)
		kill(-job->pid, number);
}

static void job_message(struct job *job, const struct message *message)
{
	const void *payload = message->payload;

	if (message->type == WIRE_SIGNAL && message->size == sizeof(struct wire_signal)) {
		job_signal(job, ((const struct wire_signal *)payload)->number);
	} else if (message->type == WIRE_WINSIZE &&
		   message->size == sizeof(struct wire_winsize)) {
		if (job->terminal && job->out.from >= 0)
			winsize_set(job->out.from, payload);
	} else if (message->type == WIRE_CLOSE &&
		   message->size == sizeof(struct wire_close)) {
		/* The program gets SIGPIPE, as it would on the host. */
		if (((const struct wire_close *)payload)->stream == 1 && !job->terminal)
			close_fd(&job->out.from);
		else if (((const struct wire_close *)payload)->stream == 2)
			close_fd(&job->err.from);
	}
}

static void job_messages(struct job *job, const struct ports *ports)
{
	struct message message;

	while (message_receive(ports, &message) == 1) {
		job_message(job, &message);
		message_free(&message);
	}
}

/* As pid 1 init inherits every orphan. */
static void job_reap(struct job *job)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != job->pid)
			continue;
		job->exited = true;
		job->status = status;
	}
}

enum { ON_SIGNAL, ON_CTL, ON_KMSG, ON_IN, ON_TO, ON_OUT, ON_ERR,
	ON_OUT_PORT, ON_ERR_PORT, ON_COUNT };

static void poll_add(struct pollfd *pfd, int fd, short events, bool wanted)
{
	pfd->fd = wanted ? fd : -1;
	pfd->events = events;
	pfd->revents = 0;
}

static void job_poll(struct job *job, const struct ports *ports, int signals, int kmsg)
{
	struct pollfd pfd[ON_COUNT];

	poll_add(&pfd[ON_SIGNAL], signals, POLLIN, true);
	poll_add(&pfd[ON_CTL], ports->ctl, POLLIN, true);
	poll_add(&pfd[ON_KMSG], kmsg, POLLIN, true);
	poll_add(&pfd[ON_IN], ports->in, POLLIN, !job->in.ended && !job->in.size);
	poll_add(&pfd[ON_TO], job->in.to, POLLOUT, job->in.size);
	poll_add(&pfd[ON_OUT], job->out.from, POLLIN, !job->out.size);
	poll_add(&pfd[ON_ERR], job->err.from, POLLIN, !job->err.size);
	poll_add(&pfd[ON_OUT_PORT], job->out.port, POLLOUT, job->out.size);
	poll_add(&pfd[ON_ERR_PORT], job->err.port, POLLOUT, job->err.size);
	poll(pfd, ON_COUNT, WIRE_BEAT_SECONDS * 1000);
}

static void drain_signals(int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) > 0)
		;
}

/* Moves bytes until nothing moves any more. */
static void job_pump(struct job *job, const struct ports *ports)
{
	bool moved;

	do {
		moved = stream_push(&job->out);
		moved |= stream_push(&job->err);
		moved |= stream_pull(&job->out);
		moved |= stream_pull(&job->err);
		moved |= feed_push(&job->in);
		moved |= feed_pull(&job->in, ports->in, job->terminal);
	} while (moved);
}

static void beat(const struct ports *ports, time_t *last)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - *last < WIRE_BEAT_SECONDS)
		return;
	*last = now.tv_sec;
	message_send(ports, WIRE_BEAT, NULL, 0);
}

static bool job_is_finished(const struct job *job)
{
	return job->exited && job->out.from < 0 && job->err.from < 0 &&
	       !job->out.size && !job->err.size;
}

/*
 * What the program left behind must not outlive it.  Its pipes end with the
 * last process that holds them.
 */
static void job_end_rest(struct job *job)
{
	kill(-1, SIGKILL);
	close_fd(&job->in.to);
	job->in.ended = true;
	job->in.size = 0;
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void job_follow(struct job *job, const struct ports *ports, int signals, int kmsg)
{
	bool ended = false;
	time_t last = 0;

	nonblock(job->out.from);
	nonblock(job->err.from);
	nonblock(job->in.to);
	while (!job_is_finished(job)) {
		job_poll(job, ports, signals, kmsg);
		drain_signals(signals);
		job_reap(job);
		job_messages(job, ports);
		job_pump(job, ports);
		kmsg_check(ports);
		beat(ports, &last);
		if (job->exited && !ended) {
			job_end_rest(job);
			ended = true;
		}
	}
	/* The killed leftovers may take a moment to let go of the devices. */
	while (waitpid(-1, NULL, 0) > 0)
		;
}

int job_run(const struct ports *ports, const struct message *message, char **base)
{
	struct job *job = calloc(1, sizeof(*job));
	int signals = signals_open(), kmsg = kmsg_open();
	struct wire_exit report = { 0 };
	int ret;

	if (!job || signals < 0 || kmsg < 0)
		return -ENOMEM;
	job->in.to = -1;
	job->out.from = -1;
	job->err.from = -1;
	job->out.port = ports->out;
	job->err.port = ports->err;
	ret = job_parse(job, message, base);
	if (!ret)
		ret = job->terminal ? job_start_terminal(job) : job_start_pipes(job);
	if (!ret) {
		job_follow(job, ports, signals, kmsg);
		kmsg_settle(ports);
		report.status = job->status;
		report.out_bytes = job->out.total;
		report.err_bytes = job->err.total;
		ret = message_send(ports, WIRE_EXIT, &report, sizeof(report));
	}
	close(signals);
	free(job->argv);
	free(job->envp);
	free(job);
	return ret;
}
