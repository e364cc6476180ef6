// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "transport.h"

#define IVSHMEM_PROTOCOL	0

static void ivshmem_close(struct transport *t)
{
	munmap(t->bar, SIMGPU_BAR_SIZE);
}

int transport_ivshmem(struct transport *t, const struct ivshmem_fds *fds)
{
	struct stat st;

	if (fstat(fds->bar, &st))
		return -errno;
	if (st.st_size < SIMGPU_BAR_SIZE)
		return -EINVAL;
	t->bar = mmap(NULL, SIMGPU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      fds->bar, 0);
	if (t->bar == MAP_FAILED)
		return -errno;
	t->kick = fds->kick;
	memcpy(t->vector, fds->vector, sizeof(t->vector));
	t->close = ivshmem_close;
	return 0;
}

/* A message is a number and maybe one file descriptor. */
static int send_message(int socket, s64 number, int fd)
{
	u64 word = htole64((u64)number);
	struct iovec iov = { .iov_base = &word, .iov_len = sizeof(word) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do {
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == sizeof(word) ? 0 : -EIO;
}

int ivshmem_greet(int socket, const struct ivshmem_fds *fds)
{
	const struct {
		s64 number;
		int fd;
	} messages[] = {
		{ IVSHMEM_PROTOCOL, -1 },
		{ SIMGPU_PEER_GUEST, -1 },
		{ -1, fds->bar },
		{ SIMGPU_PEER_GUEST, fds->vector[SIMGPU_VECTOR_EVENT] },
		{ SIMGPU_PEER_GUEST, fds->vector[SIMGPU_VECTOR_DONE] },
		{ SIMGPU_PEER_DEVICE, fds->kick },
		{ SIMGPU_PEER_POWER, fds->power },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(messages); i++)
		err = send_message(socket, messages[i].number, messages[i].fd);
	return err;
}
