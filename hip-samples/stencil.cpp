// SPDX-License-Identifier: MIT
// A heat equation on two GPUs.  Each has half of the rod and reads its neighbour's
// edge directly, by peer access.
#include <cmath>
#include <vector>

#include "check.hpp"

static const int half = 4096;
static const int steps = 16;

// other_edge: the cell beside @side of this half, in the other GPU's memory
__global__ void step(const float *old, float *next, const float *other_edge, bool left)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	float before, after;

	if (i >= half)
		return;
	before = i ? old[i - 1] : left ? 1.0f : *other_edge;
	after = i < half - 1 ? old[i + 1] : left ? *other_edge : 0.0f;
	next[i] = old[i] + 0.25f * (before - 2.0f * old[i] + after);
}

static std::vector<float> on_cpu()
{
	std::vector<float> old(2 * half, 0.5f), next(2 * half);

	for (int s = 0; s < steps; s++) {
		for (int i = 0; i < 2 * half; i++) {
			float before = i ? old[i - 1] : 1.0f;
			float after = i < 2 * half - 1 ? old[i + 1] : 0.0f;

			next[i] = old[i] + 0.25f * (before - 2.0f * old[i] + after);
		}
		old.swap(next);
	}
	return old;
}

int main()
{
	std::vector<float> want = on_cpu(), got(2 * half, 0.5f);
	float *cells[2][2];
	float worst = 0;
	int can = 0;

	need_gpus(2);
	for (int gpu = 0; gpu < 2; gpu++) {
		CHECK(hipDeviceCanAccessPeer(&can, gpu, 1 - gpu));
		if (!can)
			skip("the GPUs do not reach each other's memory");
		CHECK(hipSetDevice(gpu));
		CHECK(hipDeviceEnablePeerAccess(1 - gpu, 0));
		for (int k = 0; k < 2; k++)
			CHECK(hipMalloc(&cells[gpu][k], half * sizeof(float)));
		CHECK(hipMemcpy(cells[gpu][0], &got[gpu * half], half * sizeof(float),
				hipMemcpyHostToDevice));
	}
	for (int s = 0; s < steps; s++) {
		int from = s % 2, to = 1 - from;

		for (int gpu = 0; gpu < 2; gpu++) {
			const float *edge = gpu ? cells[0][from] + half - 1 : cells[1][from];

			CHECK(hipSetDevice(gpu));
			step<<<half / 256, 256>>>(cells[gpu][from], cells[gpu][to], edge, !gpu);
		}
		for (int gpu = 0; gpu < 2; gpu++) {
			CHECK(hipSetDevice(gpu));
			CHECK(hipDeviceSynchronize());
		}
	}
	for (int gpu = 0; gpu < 2; gpu++)
		CHECK(hipMemcpy(&got[gpu * half], cells[gpu][steps % 2], half * sizeof(float),
				hipMemcpyDeviceToHost));
	for (int i = 0; i < 2 * half; i++)
		worst = std::fmax(worst, std::fabs(got[i] - want[i]));
	std::printf("%d cells, %d steps, largest difference to the CPU's %g\n", 2 * half, steps,
		    worst);
	expect(worst < 1e-5f, "as on the CPU");
	expect(got[half - 1] != got[0], "heat has moved");
	return verdict("stencil");
}
