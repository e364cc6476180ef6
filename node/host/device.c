// SPDX-License-Identifier: MIT
/* The process that is a GPU, and its life. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../abi/simgpu_layout.h"
#include "../../abi/simgpu_regs.h"
#include "../std.h"
#include "device.h"

/* Arguments that device_start() adds, values included. */
#define ARGS_MORE 16
#define ARGS_MAX 64

static int event_open(void)
{
	return descriptor_keep(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
}

static void bar_open(struct device *device)
{
	device->bar = descriptor_keep(memfd_create("conode-bar", MFD_CLOEXEC), "BAR");
	if (ftruncate(device->bar, SIMGPU_BAR_SIZE))
		err(125, "BAR");
	device->registers = mmap(NULL, SIMGPU_REGS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
				 device->bar, SIMGPU_REGS_OFFSET);
	if (device->registers == MAP_FAILED)
		err(125, "BAR");
}

static void socket_open(struct device *device)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		err(125, "socketpair");
	device->server = descriptor_keep(ends[0], "socket");
	device->client = descriptor_keep(ends[1], "socket");
}

void device_open(struct device *device, unsigned int index, char **args,
		 const struct memory *memory, const char *log, const char *pid_file)
{
	*device = (struct device){ .index = index, .args = args, .memory = memory };
	snprintf(device->log, sizeof(device->log), "%s", log);
	snprintf(device->pid_file, sizeof(device->pid_file), "%s", pid_file);
	unlink(device->log);
	bar_open(device);
	device->vectors[0] = event_open();
	device->vectors[1] = event_open();
	device->kick = event_open();
	device->power = event_open();
	socket_open(device);
}

/* ---- its log and its pid ---- */

__printf(2, 3)
static void log_line(const struct device *device, const char *format, ...)
{
	FILE *file = fopen(device->log, "ae");
	va_list args;

	if (!file)
		return;
	fputs("supervise: ", file);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	fputc('\n', file);
	fclose(file);
}

/* Complete from the moment on that it has its name. */
static void pid_write(const struct device *device)
{
	char path[4100];
	FILE *file;

	snprintf(path, sizeof(path), "%s.new", device->pid_file);
	file = fopen(path, "we");
	if (!file)
		err(125, "%s", path);
	fprintf(file, "%d\n", device->pid);
	fclose(file);
	if (rename(path, device->pid_file))
		err(125, "%s", device->pid_file);
}

/* ---- its life ---- */

/* struct command - the program's arguments and the text of those we add */
struct command {
	char *argv[ARGS_MAX];
	size_t count;
	char text[ARGS_MORE][32];
	size_t texts;
};

__printf(2, 3)
static void command_add(struct command *command, const char *format, ...)
{
	char *text = command->text[command->texts++];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(command->text[0]), format, args);
	va_end(args);
	command->argv[command->count++] = text;
}

static void command_make(struct command *command, const struct device *device)
{
	char **arg;

	memset(command, 0, sizeof(*command));
	for (arg = device->args; *arg; arg++) {
		if (command->count == ARGS_MAX - ARGS_MORE - 1)
			errx(2, "--device: too many arguments");
		command->argv[command->count++] = *arg;
	}
	command_add(command, "--bar");
	command_add(command, "%d", FD_BAR);
	command_add(command, "--vectors");
	command_add(command, "%d,%d", FD_VECTORS, FD_VECTORS + 1);
	command_add(command, "--kick");
	command_add(command, "%d", FD_KICK);
	command_add(command, "--generation");
	command_add(command, "%u", device->generation);
	if (device->server < 0)
		return;
	command_add(command, "--ivshmem");
	command_add(command, "%d", FD_IVSHMEM);
	command_add(command, "--power");
	command_add(command, "%d", FD_POWER);
}

static size_t inherit_make(struct inherit *fds, const struct device *device)
{
	size_t count = device->memory->count;

	memcpy(fds, device->memory->fds, count * sizeof(*fds));
	fds[count++] = (struct inherit){ device->bar, FD_BAR };
	fds[count++] = (struct inherit){ device->vectors[0], FD_VECTORS };
	fds[count++] = (struct inherit){ device->vectors[1], FD_VECTORS + 1 };
	fds[count++] = (struct inherit){ device->kick, FD_KICK };
	if (device->server >= 0) {
		fds[count++] = (struct inherit){ device->server, FD_IVSHMEM };
		fds[count++] = (struct inherit){ device->power, FD_POWER };
	}
	return count;
}

void device_start(struct device *device)
{
	struct inherit fds[MEMORY_PARTS + 6];
	struct command command;
	size_t count;

	device->generation++;
	command_make(&command, device);
	count = inherit_make(fds, device);
	device->pid = spawn(command.argv, device->log, fds, count);
	pid_write(device);
	log_line(device, "process %d is generation %u", device->pid, device->generation);
	/* The process has it alone: QEMU is to see when it goes. */
	if (device->server >= 0)
		close(device->server);
	device->server = -1;
}

static void describe(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "signal %d, %s", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "status %d", WEXITSTATUS(status));
}

/*
 * Speaks for the dead: whoever waits for the device looks at its status when a
 * vector is signalled, and need not wait until its heart has been still for long.
 */
static void tell_guest(struct device *device)
{
	u32 *status = (u32 *)((char *)device->registers + SIMGPU_REG_STATUS);
	u64 one = 1;
	int i;

	__atomic_store_n(status, SIMGPU_STATUS_OFF, __ATOMIC_RELEASE);
	for (i = 0; i < SIMGPU_VECTOR_COUNT; i++)
		if (write(device->vectors[i], &one, sizeof(one)) < 0)
			log_line(device, "vector %d: %m", i);
}

bool device_has_ended(struct device *device, char *why, size_t size)
{
	int status;

	if (!device->pid || waitpid(device->pid, &status, WNOHANG) != device->pid)
		return false;
	device->pid = 0;
	unlink(device->pid_file);
	describe(status, why, size);
	log_line(device, "the process has ended: %s", why);
	tell_guest(device);
	return true;
}

void device_power(struct device *device)
{
	u64 count;

	if (read(device->power, &count, sizeof(count)) != sizeof(count))
		return;
	log_line(device, "power cycle");
	device_stop(device);
	device_start(device);
}

void device_stop(struct device *device)
{
	if (!device->pid)
		return;
	kill(device->pid, SIGKILL);
	waitpid(device->pid, NULL, 0);
	device->pid = 0;
	unlink(device->pid_file);
}
