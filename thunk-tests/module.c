// SPDX-License-Identifier: MIT

#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNLOAD_SECONDS	60

bool t_module_can_reload(void)
{
	return getenv("CONODE_MODULE") && (getenv("CONODE_MODULE_ARGS") || getenv("CONODE_SPM"));
}

int t_module_unload(void)
{
	return syscall(SYS_delete_module, "amdgpu", O_NONBLOCK) ? -errno : 0;
}

static bool is_unloaded(void *arg)
{
	int *err = arg;

	*err = t_module_unload();
	return !*err;
}

int t_module_unload_soon(void)
{
	int err = 0;

	return t_wait(is_unloaded, &err, UNLOAD_SECONDS) ? 0 : err;
}

int t_module_load(void)
{
	const char *args = getenv("CONODE_MODULE_ARGS"), *spm = getenv("CONODE_SPM");
	char params[1024];
	int fd, ret;

	if (args)
		snprintf(params, sizeof(params), "%s", args);
	else
		snprintf(params, sizeof(params), "spm=%s", spm);
	fd = open(getenv("CONODE_MODULE"), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

int t_close_for_good(struct t_kfd *kfd)
{
	char path[64], target[64];
	ssize_t n;

	if (t_close(kfd))
		return -1;
	for (int fd = 3; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		if (!strncmp(target, "/dev/dri/", 9))
			close(fd);
	}
	return 0;
}
