// SPDX-License-Identifier: MIT
/* The node's file system: the host's, read-only, under a memory overlay. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../std.h"
#include "root.h"

#define OPTIONS_9P "trans=virtio,version=9p2000.L,msize=1048576"
#define SHARES_MAX 8

static const char *step = "";
static char *shares[SHARES_MAX];
static int share_count;

const char *root_step(void)
{
	return step;
}

/* mkdir -p */
static int make_directory(const char *path)
{
	char part[4096];
	char *at;

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (at = strchr(part + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return mkdir(part, 0755) && errno != EEXIST ? -errno : 0;
}

static int mount_at(const char *source, const char *path, const char *type,
		    unsigned long flags, const char *options)
{
	step = path;
	if (make_directory(path))
		return -errno;
	return mount(source, path, type, flags, options) ? -errno : 0;
}

int root_early(void)
{
	int ret;

	ret = mount_at("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
	if (ret && ret != -EBUSY)
		return ret;
	ret = mount_at("proc", "/proc", "proc", 0, NULL);
	return ret ? ret : mount_at("sysfs", "/sys", "sysfs", 0, NULL);
}

static int overlay_mount(void)
{
	int ret;

	ret = mount_at("hostroot", "/host", "9p", MS_RDONLY, OPTIONS_9P ",cache=loose");
	if (ret)
		return ret;
	ret = mount_at("overlay", "/over", "tmpfs", 0, "mode=0755");
	if (ret)
		return ret;
	if (make_directory("/over/upper") || make_directory("/over/work"))
		return -errno;
	return mount_at("root", "/new", "overlay", 0,
			"lowerdir=/host,upperdir=/over/upper,workdir=/over/work");
}

static int root_switch(void)
{
	step = "switch root";
	umount2("/proc", MNT_DETACH);
	umount2("/sys", MNT_DETACH);
	umount2("/dev", MNT_DETACH);
	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		return -errno;
	return 0;
}

static const struct {
	const char *type;
	const char *path;
	const char *options;
	int required;
} mounts[] = {
	{ "proc", "/proc", NULL, 1 },
	{ "sysfs", "/sys", NULL, 1 },
	{ "devtmpfs", "/dev", "mode=0755", 1 },
	{ "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", 1 },
	{ "tmpfs", "/dev/shm", "mode=1777", 1 },
	{ "tmpfs", "/run", "mode=0755", 1 },
	{ "debugfs", "/sys/kernel/debug", NULL, 0 },
	{ "tracefs", "/sys/kernel/tracing", NULL, 0 },
	{ "cgroup2", "/sys/fs/cgroup", NULL, 0 },
	{ "hugetlbfs", "/dev/hugepages", NULL, 0 },
	{ "mqueue", "/dev/mqueue", NULL, 0 },
};

/* What udev would have made. */
static void device_links(void)
{
	static const char * const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			fprintf(stderr, "conode: no %s\n", links[i][1]);
}

static void cgroup_delegate(void)
{
	static const char * const controllers[] = { "+memory", "+pids", "+cpu" };
	size_t i;
	int fd;

	fd = open("/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* One by one: a kernel of ours need not have all of them. */
	for (i = 0; i < ARRAY_SIZE(controllers); i++)
		if (write(fd, controllers[i], strlen(controllers[i])) < 0)
			continue;
	close(fd);
}

int root_enter(void)
{
	size_t i;
	int ret;

	ret = overlay_mount();
	if (!ret)
		ret = root_switch();
	for (i = 0; !ret && i < ARRAY_SIZE(mounts); i++) {
		ret = mount_at(mounts[i].type, mounts[i].path, mounts[i].type,
			       MS_NOSUID, mounts[i].options);
		if (!mounts[i].required)
			ret = 0;
	}
	if (ret)
		return ret;
	device_links();
	cgroup_delegate();
	return 0;
}

int root_share(const char *tag, const char *path)
{
	int ret;

	if (share_count == SHARES_MAX)
		return -ENOSPC;
	/* mmap: writable shared mappings work, and nothing stays unwritten for long. */
	ret = mount_at(tag, path, "9p", 0, OPTIONS_9P ",cache=mmap");
	if (!ret)
		shares[share_count++] = strdup(path);
	return ret;
}

int root_modules(const char *directory, const char *release)
{
	char path[256];

	snprintf(path, sizeof(path), "/lib/modules/%s", release);
	if (!strcmp(path, directory))
		return 0;
	step = path;
	if (make_directory(path))
		return -errno;
	return mount(directory, path, NULL, MS_BIND, NULL) ? -errno : 0;
}

void root_leave(void)
{
	sync();
	while (share_count > 0)
		umount2(shares[--share_count], 0);
}
