// SPDX-License-Identifier: MIT
/*
 * The first process of a conode node.  It comes with the initramfs, puts the
 * host's file system in place, loads the modules that it is told to load, and
 * then runs programs for the launcher until the launcher has enough.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "job.h"
#include "kmsg.h"
#include "leak.h"
#include "module.h"
#include "port.h"
#include "root.h"

#define PORT_SECONDS 60
#define MODULES_MAX 16

static struct ports ports = { -1, -1, -1, -1 };
static struct utsname kernel;

/* Strings of the setup message, which stays allocated. */
static const char *modules[MODULES_MAX];
static size_t module_count;
static char **environment;
static size_t environment_count;

/* Ends the node: pid 1 that returns would be a panic. */
static _Noreturn void power_off(void)
{
	root_leave();
	reboot(RB_AUTOBOOT);	/* QEMU runs with -no-reboot: this is its end */
	for (;;)
		pause();
}

static _Noreturn __printf(1, 2) void fail(const char *format, ...)
{
	char text[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	kmsg_note("%s", text);
	if (ports.ctl >= 0)
		message_send(&ports, WIRE_FAILED, text, strlen(text));
	sleep(5);		/* the launcher switches the node off before */
	power_off();
}

static void phase_early(void)
{
	int ret = root_early();

	if (!ret)
		ret = kmsg_open() < 0 ? -errno : 0;
	if (ret)
		fail("%s: %s", root_step(), strerror(-ret));
	uname(&kernel);
}

static void phase_drivers(void)
{
	int ret = module_load_early();

	if (ret)
		fail("a module of the initramfs: %s", strerror(-ret));
}

static void phase_ports(void)
{
	int ret = ports_open(&ports, PORT_SECONDS);

	if (ret)
		fail("virtio ports: %s", strerror(-ret));
}

static void phase_root(void)
{
	int ret = root_enter();

	if (ret)
		fail("%s: %s", root_step(), strerror(-ret));
}

static void phase_system(void)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	struct rlimit files = { .rlim_cur = 1024, .rlim_max = 1 << 20 };
	struct rlimit core = { .rlim_cur = 0, .rlim_max = RLIM_INFINITY };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	umask(022);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
	if (sethostname("conode", 6))
		kmsg_note("no host name: %s", strerror(errno));
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback))
		kmsg_note("no loopback interface: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* What the udev rules of ROCm do. */
static void device_modes(void)
{
	char path[64];
	int minor;

	chmod("/dev/kfd", 0666);
	for (minor = 128; minor < 192; minor++) {
		snprintf(path, sizeof(path), "/dev/dri/renderD%d", minor);
		if (chmod(path, 0666))
			break;
	}
}

static void setup_module(const char *line)
{
	int ret = module_load(line);

	if (!ret)
		return;
	kmsg_settle(&ports);
	fail("insmod %s: %s\nlast lines of the kernel's log:\n%s",
	     line, strerror(-ret), kmsg_tail());
}

static void setup_share(const char *line)
{
	char tag[32];
	const char *path = strchr(line, ' ');
	int ret;

	if (!path || path - line >= (int)sizeof(tag))
		fail("bad share '%s'", line);
	snprintf(tag, sizeof(tag), "%.*s", (int)(path - line), line);
	ret = root_share(tag, path + 1);
	if (ret)
		fail("share %s: %s", path + 1, strerror(-ret));
}

/*
 * env=K=V            for every program
 * modules=DIR        becomes /lib/modules/<release>
 * share=TAG PATH     a folder of the host, writable
 * insmod=FILE ARGS   a kernel module
 */
static void setup_apply(const char *string)
{
	int ret;

	if (!strncmp(string, "env=", 4)) {
		environment = realloc(environment, (environment_count + 2) * sizeof(char *));
		if (!environment)
			fail("no memory");
		environment[environment_count++] = (char *)string + 4;
		environment[environment_count] = NULL;
	} else if (!strncmp(string, "modules=", 8)) {
		ret = root_modules(string + 8, kernel.release);
		if (ret)
			fail("%s: %s", string + 8, strerror(-ret));
	} else if (!strncmp(string, "share=", 6)) {
		setup_share(string + 6);
	} else if (!strncmp(string, "insmod=", 7) && module_count < MODULES_MAX) {
		modules[module_count++] = string + 7;
		setup_module(string + 7);
	} else {
		fail("setup '%s' makes no sense", string);
	}
}

static void phase_setup(void)
{
	struct message message;
	const char *string = NULL;

	if (message_wait(&ports, &message) != 1 || message.type != WIRE_SETUP)
		fail("the launcher did not say what to set up");
	while ((string = message_next(&message, string)))
		setup_apply(string);
	device_modes();
	leak_baseline();
	kmsg_settle(&ports);
	message_send(&ports, WIRE_READY, kernel.release, strlen(kernel.release));
}

static bool module_is_loaded(const char *line)
{
	char path[300], *at;
	const char *end = strchrnul(line, ' '), *name = memrchr(line, '/', end - line);

	name = name ? name + 1 : line;
	snprintf(path, sizeof(path), "/sys/module/%.*s", (int)(end - name), name);
	at = strrchr(path, '.');
	if (at)
		*at = 0;
	for (at = path + strlen("/sys/module/"); *at; at++)
		if (*at == '-')
			*at = '_';
	return !access(path, F_OK);
}

/* A program may have unloaded a module; the next one gets it back. */
static void modules_restore(void)
{
	size_t i;

	for (i = 0; i < module_count; i++) {
		if (module_is_loaded(modules[i]))
			continue;
		setup_module(modules[i]);
		device_modes();
	}
}

static void run(const struct message *message)
{
	int ret;

	modules_restore();
	ret = job_run(&ports, message, environment);
	if (ret)
		fail("cannot start a program: %s", strerror(-ret));
}

static void phase_serve(void)
{
	struct message message;

	for (;;) {
		if (message_wait(&ports, &message) != 1)
			fail("the launcher cannot be understood");
		if (message.type == WIRE_RUN) {
			run(&message);
		} else if (message.type == WIRE_LEAKS) {
			leak_check(&ports);
			message_send(&ports, WIRE_CHECKED, NULL, 0);
		} else if (message.type == WIRE_BYE) {
			break;
		}
		message_free(&message);	/* others came too late for a program */
	}
}

int main(void)
{
	phase_early();
	phase_drivers();
	phase_ports();
	phase_root();
	phase_system();
	phase_setup();
	phase_serve();
	root_leave();
	message_send(&ports, WIRE_DONE, NULL, 0);
	sleep(5);
	power_off();
}
