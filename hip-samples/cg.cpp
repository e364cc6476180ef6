// SPDX-License-Identifier: MIT
// A conjugate-gradient solver for the five-point Laplace operator, with explicit
// copies, managed memory and plain malloc(); a table says what each has moved.
#include <cmath>
#include <cstdlib>
#include <vector>

#include "check.hpp"
#include "counters.hpp"

static const int side = 128;
static const int n = side * side;
static const int iterations = 24;
static const int block = 256;
static const int blocks = (n + block - 1) / block;

__global__ void apply(const double *x, double *y)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x, col = i % side, row = i / side;

	if (i >= n)
		return;
	y[i] = 4 * x[i] - (col ? x[i - 1] : 0) - (col < side - 1 ? x[i + 1] : 0) -
	       (row ? x[i - side] : 0) - (row < side - 1 ? x[i + side] : 0);
}

// One partial sum for each block, through LDS.
__global__ void dot(const double *a, const double *b, double *partial)
{
	__shared__ double sums[block];
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	sums[threadIdx.x] = i < n ? a[i] * b[i] : 0;
	__syncthreads();
	for (unsigned int half = block / 2; half; half /= 2) {
		if (threadIdx.x < half)
			sums[threadIdx.x] += sums[threadIdx.x + half];
		__syncthreads();
	}
	if (!threadIdx.x)
		partial[blockIdx.x] = sums[0];
}

// y = a * x + b * y
__global__ void axpby(double a, const double *x, double b, double *y)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		y[i] = a * x[i] + b * y[i];
}

enum kind { EXPLICIT, MANAGED, MALLOC };

// Memory of one kind: what the CPU and what the GPU calls it.
struct Vector {
	kind how;
	double *cpu, *gpu;
	size_t bytes;

	Vector(kind k, int count) : how(k), bytes(count * sizeof(double))
	{
		if (how == MANAGED) {
			CHECK(hipMallocManaged(&cpu, bytes));
		} else {
			cpu = static_cast<double *>(std::aligned_alloc(4096, (bytes + 4095) & ~4095UL));
		}
		gpu = cpu;
		if (how == EXPLICIT)
			CHECK(hipMalloc(&gpu, bytes));
		for (int i = 0; i < count; i++)
			cpu[i] = 0;
	}

	~Vector()
	{
		if (how == MANAGED || how == EXPLICIT)
			CHECK(hipFree(gpu));
		if (how != MANAGED)
			std::free(cpu);
	}

	size_t to_gpu() const
	{
		if (how != EXPLICIT)
			return 0;
		CHECK(hipMemcpy(gpu, cpu, bytes, hipMemcpyHostToDevice));
		return bytes;
	}

	size_t to_cpu() const
	{
		if (how != EXPLICIT) {
			CHECK(hipDeviceSynchronize());
			return 0;
		}
		CHECK(hipMemcpy(cpu, gpu, bytes, hipMemcpyDeviceToHost));
		return bytes;
	}
};

static double sum(const Vector &a, const Vector &b, const Vector &partial, size_t &copied)
{
	double total = 0;

	dot<<<blocks, block>>>(a.gpu, b.gpu, partial.gpu);
	copied += partial.to_cpu();
	for (int i = 0; i < blocks; i++)
		total += partial.cpu[i];
	return total;
}

// What is left of the residual, of which the start is 1.
static double solve(kind how, const char *name)
{
	Counters before;
	Vector x(how, n), r(how, n), p(how, n), q(how, n), partial(how, blocks);
	double old, now, start, alpha;
	size_t copied = 0;

	for (int i = 0; i < n; i++)
		r.cpu[i] = p.cpu[i] = std::sin(i * 0.01);
	copied += x.to_gpu() + r.to_gpu() + p.to_gpu();
	start = old = sum(r, r, partial, copied);
	for (int i = 0; i < iterations; i++) {
		apply<<<blocks, block>>>(p.gpu, q.gpu);
		alpha = old / sum(p, q, partial, copied);
		axpby<<<blocks, block>>>(alpha, p.gpu, 1, x.gpu);
		axpby<<<blocks, block>>>(-alpha, q.gpu, 1, r.gpu);
		now = sum(r, r, partial, copied);
		axpby<<<blocks, block>>>(1, r.gpu, now / old, p.gpu);
		old = now;
	}
	copied += x.to_cpu();
	// The residual that the CPU finds must be the one that the GPU had.
	double found = 0;

	for (int i = 0; i < n; i++) {
		int col = i % side, row = i / side;
		double left = std::sin(i * 0.01) - 4 * x.cpu[i];

		left += col ? x.cpu[i - 1] : 0;
		left += col < side - 1 ? x.cpu[i + 1] : 0;
		left += row ? x.cpu[i - side] : 0;
		left += row < side - 1 ? x.cpu[i + side] : 0;
		found += left * left;
	}
	std::printf("%-10s %12.3e %12.3e %9zu %8lld %8lld %8lld\n", name, old / start,
		    found / start, copied / 1024, before.since("migrate_to_vram"),
		    before.since("migrate_to_ram"), before.since("fault_served"));
	expect(std::fabs(found - old) <= 1e-6 * start, "the CPU finds the GPU's residual");
	return old / start;
}

int main()
{
	double first;

	need_gpus(1);
	std::printf("%d unknowns, %d iterations\n", n, iterations);
	std::printf("%-10s %12s %12s %9s %8s %8s %8s\n", "memory", "residual", "by CPU",
		    "KiB copied", "to VRAM", "to DRAM", "faults");
	first = solve(EXPLICIT, "explicit");
	expect(first < 0.1, "it converges");
	expect(solve(MANAGED, "managed") == first, "managed: the same to the last bit");
	if (xnack())
		expect(solve(MALLOC, "malloc") == first, "malloc: the same to the last bit");
	else
		std::printf("%-10s needs HSA_XNACK=1\n", "malloc");
	return verdict("cg");
}
