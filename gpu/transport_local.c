// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transport.h"

static void local_close(struct transport *t)
{
	unsigned int i;

	for (i = 0; i < SIMGPU_VECTOR_COUNT; i++)
		close(t->vector[i]);
	close(t->kick);
	munmap(t->bar, SIMGPU_BAR_SIZE);
}

int transport_local(struct transport *t)
{
	unsigned int i;
	int err;

	t->close = local_close;
	t->bar = mmap(NULL, SIMGPU_BAR_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->bar == MAP_FAILED)
		return -errno;
	t->kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (t->kick < 0)
		goto err_unmap;
	for (i = 0; i < SIMGPU_VECTOR_COUNT; i++) {
		t->vector[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (t->vector[i] < 0)
			goto err_close;
	}
	return 0;

err_close:
	err = -errno;
	while (i--)
		close(t->vector[i]);
	close(t->kick);
	munmap(t->bar, SIMGPU_BAR_SIZE);
	return err;
err_unmap:
	err = -errno;
	munmap(t->bar, SIMGPU_BAR_SIZE);
	return err;
}
