// SPDX-License-Identifier: MIT
/* Kernel modules. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "module.h"

int module_load(const char *line)
{
	char path[4096];
	const char *parameters = strchr(line, ' ');
	size_t len = parameters ? (size_t)(parameters - line) : strlen(line);
	int fd, ret;

	if (len >= sizeof(path))
		return -ENAMETOOLONG;
	memcpy(path, line, len);
	path[len] = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, parameters ? parameters + 1 : "", 0);
	if (ret)
		ret = errno == EEXIST ? 0 : -errno;
	close(fd);
	return ret;
}

int module_load_early(void)
{
	char line[256], path[300];
	FILE *order;
	int ret = 0;

	order = fopen("/modules/order", "re");
	if (!order)
		return -errno;
	while (!ret && fgets(line, sizeof(line), order)) {
		line[strcspn(line, "\n")] = 0;
		snprintf(path, sizeof(path), "/modules/%s", line);
		ret = module_load(path);
		unlink(path);	/* the memory of the initramfs is the node's */
	}
	fclose(order);
	return ret;
}
