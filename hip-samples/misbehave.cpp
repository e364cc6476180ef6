// SPDX-License-Identifier: MIT
// Kernels that do what no kernel should.  The client gets HIP's normal error or
// is aborted by it, and the next program runs.  Without an argument: each one in
// a process of its own, one after the other.
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <csignal>
#include <cstring>

#include "check.hpp"

__global__ void bad_address(int *p)
{
	*p = 1;
}

__global__ void trap(int *p)
{
	if (!*p)
		__builtin_trap();
}

__global__ void assertion(int *p)
{
	assert(*p == 1);
}

__global__ void illegal(int *p)
{
	if (!*p)
		asm volatile(".long 0xfc00dead");
}

__global__ void void_jump(int *p)
{
	if (!*p)
		asm volatile("s_mov_b32 s0, 0x1000\n\ts_mov_b32 s1, 0x7e57\n\t"
			     "s_setpc_b64 s[0:1]" ::: "s0", "s1");
}

__global__ void for_ever(volatile int *p)
{
	while (!*p)
		;
}

// Integers have no exception: the result is something, and the kernel ends.
__global__ void divide(int *p)
{
	p[1] = 7 / p[0];
}

__global__ void much_lds(int *p)
{
	extern __shared__ int lds[];

	lds[threadIdx.x] = threadIdx.x;
	__syncthreads();
	*p = lds[63 - threadIdx.x];
}

static int run(const char *what)
{
	hipError_t error;
	int *p;

	CHECK(hipMalloc(&p, 4096));
	CHECK(hipMemset(p, 0, 4096));
	CHECK(hipDeviceSynchronize());
	if (!std::strcmp(what, "bad_address"))
		bad_address<<<4, 64>>>(reinterpret_cast<int *>(0x7e5700000000));
	else if (!std::strcmp(what, "trap"))
		trap<<<4, 64>>>(p);
	else if (!std::strcmp(what, "assertion"))
		assertion<<<1, 1>>>(p);
	else if (!std::strcmp(what, "illegal"))
		illegal<<<4, 64>>>(p);
	else if (!std::strcmp(what, "void_jump"))
		void_jump<<<4, 64>>>(p);
	else if (!std::strcmp(what, "divide"))
		divide<<<1, 1>>>(p);
	else if (!std::strcmp(what, "much_lds"))
		much_lds<<<1, 64, 70000>>>(p);
	else if (!std::strcmp(what, "for_ever"))
		for_ever<<<64, 256>>>(p);
	else
		return 2;
	error = hipGetLastError();
	if (!std::strcmp(what, "for_ever")) {
		sleep(1);
		std::raise(SIGKILL);
	}
	if (error == hipSuccess)
		error = hipDeviceSynchronize();
	std::printf("%s: %s\n", what, hipGetErrorName(error));
	return error == hipSuccess ? 0 : 3;
}

// How each of them ends: a status, or minus a signal.
static const struct {
	const char *name;
	int end;
} rows[] = {
	{ "bad_address", -SIGABRT }, { "trap", -SIGABRT },	{ "assertion", -SIGABRT },
	{ "illegal", -SIGABRT },     { "void_jump", -SIGABRT }, { "for_ever", -SIGKILL },
	{ "much_lds", 3 },	     { "divide", 0 },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		return run(argv[1]);
	for (auto &row : rows) {
		pid_t pid = fork();
		int status = 0, end;

		if (!pid) {
			execl("/proc/self/exe", argv[0], row.name, nullptr);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		end = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
		std::printf("%-12s %s %d\n", row.name, end < 0 ? "signal" : "status",
			    end < 0 ? -end : end);
		expect(end == row.end, row.name);
	}
	return verdict("misbehave");
}
