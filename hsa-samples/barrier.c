// SPDX-License-Identifier: MIT
/* A queue and its signals: a barrier packet waits for a signal that the CPU sets. */
#include <string.h>
#include <unistd.h>

#include "check.h"

int main(void)
{
	struct machine m = machine_open();
	hsa_queue_t *queue = queue_open(&m);
	hsa_barrier_and_packet_t *packet;
	hsa_signal_t gate, done;
	uint64_t index;
	bool ok, early;

	CHECK(hsa_signal_create(1, 0, NULL, &gate));
	CHECK(hsa_signal_create(1, 0, NULL, &done));
	index = hsa_queue_add_write_index_relaxed(queue, 1);
	packet = (hsa_barrier_and_packet_t *)queue->base_address + index % queue->size;
	memset((char *)packet + 4, 0, sizeof(*packet) - 4);
	packet->dep_signal[0] = gate;
	packet->completion_signal = done;
	queue_publish(queue, index, PACKET_HEADER(HSA_PACKET_TYPE_BARRIER_AND));
	usleep(100000);
	early = hsa_signal_load_scacquire(done) != 1;
	hsa_signal_store_screlease(gate, 0);
	ok = signal_wait(done);
	printf("the packet %s the gate, and was complete %s\n",
	       early ? "did not wait for" : "waited for", ok ? "behind it" : "never");
	CHECK(hsa_queue_destroy(queue));
	CHECK(hsa_signal_destroy(gate));
	CHECK(hsa_signal_destroy(done));
	return verdict("barrier", ok && !early);
}
