// SPDX-License-Identifier: MIT
/*
 * The program: greeting, options, how it ends.  The test is the supervisor, QEMU
 * and the driver.  The program is the one that SIMGPU names.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "local.h"

#define RAM_SIZE	(16ULL << 20)
#define VRAM_BASE	(LOCAL_RAM_BASE + (8ULL << 20))
#define VRAM_SIZE	(4ULL << 20)

struct fixture {
	struct local l;		/* the driver's half; no device in this process */
	struct ivshmem_fds fds;
	int ram_fd;
	int socket;		/* QEMU's end */
	pid_t pid;
	u32 generation;
};

static int setup(void **state)
{
	static struct fixture f;
	unsigned int i;

	memset(&f, 0, sizeof(f));
	f.fds.bar = memfd_create("bar", 0);
	f.ram_fd = memfd_create("ram", 0);
	assert_int_equal(ftruncate(f.fds.bar, SIMGPU_BAR_SIZE), 0);
	assert_int_equal(ftruncate(f.ram_fd, RAM_SIZE), 0);
	f.fds.kick = eventfd(0, EFD_NONBLOCK);
	f.fds.power = eventfd(0, EFD_NONBLOCK);
	for (i = 0; i < SIMGPU_VECTOR_COUNT; i++)
		f.fds.vector[i] = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(transport_ivshmem(&f.l.transport, &f.fds), 0);
	f.l.bar = f.l.transport.bar;
	f.l.ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       f.ram_fd, 0);
	assert_ptr_not_equal(f.l.ram, MAP_FAILED);
	f.l.ram_size = RAM_SIZE;
	f.l.free_end = LOCAL_RAM_BASE + RAM_SIZE;
	f.socket = -1;
	*state = &f;
	return 0;
}

static void end(struct fixture *f)
{
	if (!f->pid)
		return;
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
	f->pid = 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	end(f);
	if (f->socket >= 0)
		close(f->socket);
	for (i = 0; i < SIMGPU_VECTOR_COUNT; i++)
		close(f->fds.vector[i]);
	close(f->fds.kick);
	close(f->fds.power);
	close(f->fds.bar);
	close(f->ram_fd);
	munmap(f->l.ram, RAM_SIZE);
	transport_close(&f->l.transport);
	return 0;
}

static u32 status(struct fixture *f)
{
	return load_acquire((u32 *)(f->l.bar + SIMGPU_REG_STATUS));
}

static u32 generation(struct fixture *f)
{
	return load_acquire((u32 *)(f->l.bar + SIMGPU_REG_GENERATION));
}

/* Start the program as its supervisor does; @greet: with a socket to QEMU. */
static void start(struct fixture *f, bool greet)
{
	char option[8][128];
	const char *argv[20] = { getenv("SIMGPU") };
	unsigned int n = 1, i;
	int pair[2] = { -1, -1 };

	assert_non_null(argv[0]);
	if (greet)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					    0, pair), 0);
	snprintf(option[0], sizeof(option[0]), "--bar=%d", f->fds.bar);
	snprintf(option[1], sizeof(option[1]), "--vectors=%d,%d",
		 f->fds.vector[0], f->fds.vector[1]);
	snprintf(option[2], sizeof(option[2]), "--kick=%d", f->fds.kick);
	snprintf(option[3], sizeof(option[3]), "--vram=%#llx:%#llx", VRAM_BASE,
		 VRAM_SIZE);
	snprintf(option[4], sizeof(option[4]), "--ram=%#llx:%#llx:%d:0",
		 LOCAL_RAM_BASE, RAM_SIZE, f->ram_fd);
	snprintf(option[5], sizeof(option[5]), "--generation=%u",
		 ++f->generation);
	snprintf(option[6], sizeof(option[6]), "--ivshmem=%d", pair[1]);
	snprintf(option[7], sizeof(option[7]), "--power=%d", f->fds.power);
	for (i = 0; i < (greet ? 8 : 6); i++)
		argv[n++] = option[i];
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (!f->pid) {
		fcntl(pair[1], F_SETFD, 0);
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	if (greet) {
		close(pair[1]);
		f->socket = pair[0];
	}
	assert_true(local_until(status(f) == SIMGPU_STATUS_READY &&
				generation(f) == f->generation, LOCAL_SOON_MS));
}

/* Wait for the end of the program. */
static int ended(struct fixture *f)
{
	int result = -1;
	pid_t pid = 0;

	(void)local_until((pid = waitpid(f->pid, &result, WNOHANG)) != 0,
			  LOCAL_SOON_MS);
	assert_int_equal(pid, f->pid);
	f->pid = 0;
	return result;
}

static int nop(struct fixture *f)
{
	return local_command(&f->l, &(struct simgpu_cmd) {
		.opcode = SIMGPU_CMD_NOP,
	});
}

/* One message as QEMU 7.2 reads it.  Return: the descriptor, or -1. */
static int receive(struct fixture *f, s64 *number)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = number, .iov_len = sizeof(*number) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	int fd = -1;

	assert_int_equal(recvmsg(f->socket, &msg, 0), sizeof(*number));
	c = CMSG_FIRSTHDR(&msg);
	if (c)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void expect_eventfd(struct fixture *f, s64 peer, int same_as)
{
	u64 count = 1;
	s64 number;
	int fd = receive(f, &number);

	assert_int_equal(number, peer);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, &count, 8), 8);
	assert_int_equal(read(same_as, &count, 8), 8);
	close(fd);
}

static void qemu_is_greeted(void **state)
{
	struct fixture *f = *state;
	s64 number;
	int fd;

	start(f, true);
	assert_int_equal(receive(f, &number), -1);
	assert_int_equal(number, 0);
	assert_int_equal(receive(f, &number), -1);
	assert_int_equal(number, SIMGPU_PEER_GUEST);
	fd = receive(f, &number);
	assert_int_equal(number, -1);
	assert_int_equal(lseek(fd, 0, SEEK_END), SIMGPU_BAR_SIZE);
	close(fd);
	expect_eventfd(f, SIMGPU_PEER_GUEST, f->fds.vector[0]);
	expect_eventfd(f, SIMGPU_PEER_GUEST, f->fds.vector[1]);
	/* The device waits for its kick itself, so only that it is one. */
	fd = receive(f, &number);
	assert_int_equal(number, SIMGPU_PEER_DEVICE);
	close(fd);
	expect_eventfd(f, SIMGPU_PEER_POWER, f->fds.power);
}

static void it_ends_when_qemu_does(void **state)
{
	struct fixture *f = *state;
	unsigned int i;
	s64 number;
	int fd;

	start(f, true);
	/* The whole greeting. */
	for (i = 0; i < 7; i++) {
		fd = receive(f, &number);
		if (fd >= 0)
			close(fd);
	}
	close(f->socket);
	f->socket = -1;
	assert_int_equal(ended(f), 0);
	assert_int_equal(status(f), SIMGPU_STATUS_OFF);
}

static void it_ends_when_qemu_does_not_listen(void **state)
{
	struct fixture *f = *state;

	start(f, true);
	close(f->socket);
	f->socket = -1;
	assert_int_equal(ended(f), 0);
	assert_int_equal(status(f), SIMGPU_STATUS_OFF);
}

static void it_ends_when_told(void **state)
{
	struct fixture *f = *state;

	start(f, false);
	local_enable(&f->l);
	assert_int_equal(nop(f), 0);
	kill(f->pid, SIGTERM);
	assert_int_equal(ended(f), 0);
	assert_int_equal(status(f), SIMGPU_STATUS_OFF);
}

static void it_works_on_memory_that_others_map(void **state)
{
	struct fixture *f = *state;
	struct simgpu_copy c = {
		.dst = SIMGPU_COPY_LOCAL, .src = LOCAL_RAM_BASE, .npages = 700,
	};
	u8 *vram = f->l.ram + (VRAM_BASE - LOCAL_RAM_BASE);

	start(f, false);
	local_enable(&f->l);
	memset(f->l.ram, 0x42, 700 * PAGE_SIZE);
	assert_int_equal(local_copy(&f->l, SIMGPU_CMD_COPY, &c, 1), 0);
	assert_memory_equal(vram, f->l.ram, 700 * PAGE_SIZE);
	assert_int_equal(vram[700 * PAGE_SIZE], 0);
}

/* What a dead device leaves behind is memory; a new one starts from nothing. */
static void after_a_crash_a_new_one_can_start(void **state)
{
	struct fixture *f = *state;
	u8 *vram = f->l.ram + (VRAM_BASE - LOCAL_RAM_BASE);
	struct simgpu_copy c = {
		.dst = SIMGPU_COPY_LOCAL, .src = LOCAL_RAM_BASE, .npages = 4,
	};
	int result;

	start(f, false);
	local_enable(&f->l);
	memset(f->l.ram, 0x77, 4 * PAGE_SIZE);
	assert_int_equal(local_copy(&f->l, SIMGPU_CMD_COPY, &c, 1), 0);
	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_CRASH, 0), 0);
	result = ended(f);
	assert_true(WIFSIGNALED(result) || WEXITSTATUS(result));
	assert_int_equal(vram[100], 0x77);

	/* CONTROL is still set from before: the new process waits for a 0. */
	f->l.bar[SIMGPU_REG_CMD_WPTR]++;
	start(f, false);
	assert_int_equal(*(u64 *)(f->l.bar + SIMGPU_REG_CMD_RPTR), 0);
	transport_wake(&f->l.transport);
	usleep(250000);
	assert_int_equal(*(u32 *)(f->l.bar + SIMGPU_REG_ENABLED), 0);
	assert_int_equal(*(u64 *)(f->l.bar + SIMGPU_REG_CMD_RPTR), 0);
	/* The handshake: cleared, seen by everybody within 100 ms, set. */
	*(u32 *)(f->l.bar + SIMGPU_REG_CONTROL) = 0;
	transport_wake(&f->l.transport);
	usleep(1000000);
	local_enable(&f->l);
	assert_int_equal(nop(f), 0);
}

static void a_stopped_one_is_silent(void **state)
{
	struct fixture *f = *state;
	u64 *beat = (u64 *)(f->l.bar + SIMGPU_REG_HEARTBEAT);
	int result;
	u64 seen;

	start(f, false);
	local_enable(&f->l);
	assert_int_equal(local_inject(&f->l, SIMGPU_INJECT_STOP, 0), 0);
	assert_int_equal(waitpid(f->pid, &result, WUNTRACED), f->pid);
	assert_true(WIFSTOPPED(result));
	seen = load_acquire(beat);
	assert_false(local_until(load_acquire(beat) != seen, 300));
	kill(f->pid, SIGCONT);
	assert_true(local_until(load_acquire(beat) != seen, LOCAL_SOON_MS));
}

static int run_with(const char *first, const char *second)
{
	const char *program = getenv("SIMGPU");
	int result = -1;
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execl(program, program, first, second, NULL);
		_exit(127);
	}
	waitpid(pid, &result, 0);
	return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

static void wrong_options_are_refused(void **state)
{
	static const char * const row[][2] = {
		{ "--nonsense", NULL },
		{ "stray", NULL },
		{ "--bar=3", NULL },
		{ "--bar", "x" },
		{ "--bar", "-1" },
		{ "--bar", "3x" },
		{ "--vectors", "3" },
		{ "--vram", "0x1000" },
		{ "--ram", "1:2:3" },
		{ "--ram", "1:2:3:4:5" },
		{ "--link-atomics", "perhaps" },
		{ "--threads", "100000" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		if (run_with(row[i][0], row[i][1]) != 2)
			fail_msg("row %u", i);
	assert_int_equal(run_with("--help", NULL), 0);
	assert_int_equal(run_with("--version", NULL), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(qemu_is_greeted),
		test(it_ends_when_qemu_does),
		test(it_ends_when_qemu_does_not_listen),
		test(it_ends_when_told),
		test(it_works_on_memory_that_others_map),
		test(after_a_crash_a_new_one_can_start),
		test(a_stopped_one_is_silent),
		cmocka_unit_test(wrong_options_are_refused),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
