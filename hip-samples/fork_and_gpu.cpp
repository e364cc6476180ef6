// SPDX-License-Identifier: MIT
// fork() while memory is in VRAM: the child has a copy of its own.
#include <sys/wait.h>
#include <unistd.h>

#include "check.hpp"
#include "counters.hpp"

static const int n = 1 << 14;
static const size_t bytes = n * sizeof(int);

__global__ void add_one(int *v, int count)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < count)
		v[i]++;
}

// The child: what it inherits is 2i, and what it writes is its own.
static int child(int *v)
{
	int wrong = 0;

	for (int i = 0; i < n; i++)
		wrong += v[i] != 2 * i;
	for (int i = 0; i < n; i++)
		v[i] = -1;
	return wrong ? 1 : 0;
}

int main()
{
	int *v, wrong = 0, status = -1;
	pid_t pid;

	need_gpus(1);
	if (!xnack())
		skip("needs HSA_XNACK=1: what fork() makes read-only is found by faults");
	v = static_cast<int *>(std::aligned_alloc(4096, bytes));
	for (int i = 0; i < n; i++)
		v[i] = 2 * i;
	CHECK(hipMemPrefetchAsync(v, bytes, 0, nullptr));
	CHECK(hipDeviceSynchronize());
	report("before fork()", v, bytes);
	std::fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(child(v));
	add_one<<<n / 256, 256>>>(v, n);
	CHECK(hipDeviceSynchronize());
	waitpid(pid, &status, 0);
	expect(WIFEXITED(status) && !WEXITSTATUS(status), "the child sees its copy");
	report("after the child", v, bytes);
	for (int i = 0; i < n; i++)
		wrong += v[i] != 2 * i + 1;
	expect(!wrong, "the parent has the GPU's work, not the child's");
	std::free(v);
	return verdict("fork_and_gpu");
}
