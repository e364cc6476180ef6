// SPDX-License-Identifier: MIT
/*
 * The packet processor of AQL queues.  A packet goes through the states below;
 * each of them can be entered again after a fault, and none is done twice.
 *
 *   FETCH -> EXECUTE -> INVALIDATE -> ADVANCE -> COMPLETE ... -> FETCH
 *              | ^
 *              | +-- ANSWER <-- ... -+	ROCr has been asked for scratch
 *              +----> NOTIFY --> ... +
 *                                    +-> (the queue has stopped)
 *
 * The slot is free when the read index has moved over it, so the completion
 * signal counts down after that; it works on the copy of the packet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/aql_packets.h"
#include "abi/hsa_kernel.h"
#include "access.h"
#include "dispatch.h"
#include "pm4.h"

enum aql_state {
	AQL_FETCH,		/* wait for a packet */
	AQL_EXECUTE,		/* do what it says, wait for what it waits for */
	AQL_INVALIDATE,		/* make its slot INVALID */
	AQL_ADVANCE,		/* write the read index */
	AQL_COMPLETE,		/* look at the completion signal */
	AQL_TIMESTAMPS,
	AQL_VALUE,
	AQL_NOTIFY,		/* look at the queue's inactive signal */
	AQL_NOTIFY_VALUE,
	AQL_MAILBOX,		/* tell who sleeps on the signal at hand */
	AQL_INTERRUPT,
	AQL_END,
	AQL_ANSWER,		/* wait until the inactive signal is 0 */
};

/**
 * struct aql - an AQL queue
 * @packet: the packet at hand
 * @seen: bit per signal of a barrier that has been seen 0
 * @called: the indirect buffer of the packet has been entered
 * @launched: the grid of the packet is being executed
 * @failed: the packet made no sense, pm4.stream.error says why
 * @asked: ROCr has been asked, and @resume follows its answer
 * @status: what ROCr is told by the inactive signal
 * @start: clock when the packet was fetched
 * @end: clock when it was complete
 * @signal: GPU virtual address of the signal at hand, 0: none
 * @mailbox: of that signal
 * @event_id: of that signal
 * @pm4: executes indirect buffers; its stream has no ring
 */
struct aql {
	enum aql_state state;
	struct aql_packet packet;
	u32 seen;
	bool called;
	bool launched;
	bool failed;
	bool asked;
	enum aql_state resume;
	u32 status;
	u64 start;
	u64 end;
	u64 signal;
	u64 mailbox;
	u32 event_id;
	struct pm4 pm4;
};

#define SIGNAL_FIELD(signal, member) \
	((signal) + offsetof(struct amd_signal, member))

static u32 packet_type(const struct aql *aql)
{
	return le16toh(aql->packet.header) & AQL_HEADER_TYPE;
}

/* GPU virtual address of the slot at the read index. */
static u64 slot_addr(const struct queue *q)
{
	return q->ring + (q->read * AQL_PACKET_SIZE & (q->ring_size - 1));
}

/*
 * The packet makes no sense: @status is for ROCr, @code and @data are for the
 * driver.
 */
static int bad_packet(struct queue *q, struct aql *aql, u32 status, u32 code,
		      u64 data)
{
	aql->status = status;
	aql->pm4.stream.error = (struct queue_failure){
		.code = code, .where = q->read, .data = data,
	};
	return -EPROTO;
}

/* The same for what ROCr has a code for. */
static int bad(struct queue *q, struct aql *aql, u32 status, u64 data)
{
	return bad_packet(q, aql, status, status, data);
}

/*
 * fetch() - take a copy of the packet at the read index
 *
 * A producer reserves a slot by moving the write index, then writes its body,
 * then its first dword.  Slots behind it may be complete before.
 */
static int fetch(struct queue *q, struct aql *aql)
{
	__le64 wptr;
	__le32 head;
	int err;

	err = access_read(q, q->wptr, &wptr, sizeof(wptr));
	if (err)
		return err;
	if ((s64)(le64toh(wptr) - q->read) <= 0)
		return -ENODATA;
	err = access_read(q, slot_addr(q), &head, sizeof(head));
	if (err)
		return err;
	if ((le32toh(head) & AQL_HEADER_TYPE) == AQL_INVALID)
		return -EBUSY;
	err = access_read(q, slot_addr(q), &aql->packet, sizeof(aql->packet));
	if (err)
		return err;
	aql->packet.header = htole16(le32toh(head));
	aql->packet.body16 = htole16(le32toh(head) >> 16);
	aql->start = queue_clock();
	aql->seen = 0;
	aql->called = false;
	aql->launched = false;
	aql->state = AQL_EXECUTE;
	return 0;
}

/*
 * amd_queue_read() - read a field of the queue's struct amd_queue
 *
 * It lies around the read index, which the dword behind it proves.
 *
 * Return: 0, -EFAULT, or -ENOENT: the read index lies elsewhere.
 */
static int amd_queue_read(struct queue *q, size_t offset, void *buf, size_t len)
{
	const size_t rptr = offsetof(struct amd_queue, read_dispatch_id);
	__le32 proof;
	int err;

	err = access_read(q, q->rptr + sizeof(u64), &proof, sizeof(proof));
	if (err)
		return err;
	if (le32toh(proof) != rptr)
		return -ENOENT;
	return access_read(q, q->rptr - rptr + offset, buf, len);
}

/* The queue blocks until ROCr has reacted to @status, and goes on with @resume. */
static int ask(struct aql *aql, u32 status, enum aql_state resume)
{
	aql->status = status;
	aql->resume = resume;
	aql->asked = true;
	aql->state = AQL_NOTIFY;
	return -EAGAIN;
}

/* The kernel's first registers; of those that are too many none is written. */
struct sgprs {
	u32 *at;
	u32 count;
};

static void put_sgprs(struct sgprs *s, u32 properties, u32 which, const u32 *v, u32 n)
{
	if (!(properties & which))
		return;
	if (s->count + n <= DISPATCH_USER_SGPRS)
		memcpy(s->at + s->count, v, n * sizeof(u32));
	s->count += n;
}

static void put_sgprs64(struct sgprs *s, u32 properties, u32 which, u64 v)
{
	const u32 words[2] = { (u32)v, (u32)(v >> 32) };

	put_sgprs(s, properties, which, words, 2);
}

static u32 user_sgprs(struct queue *q, struct aql *aql, u32 properties,
		      const struct amd_queue *amd, u32 *sgprs)
{
	const struct aql_kernel_dispatch *p = (const void *)&aql->packet;
	const u32 private = le32toh(p->private_segment_size);
	struct sgprs s = { .at = sgprs };
	u32 srd[4];
	int i;

	for (i = 0; i < 4; i++)
		srd[i] = le32toh(amd->scratch_resource_descriptor[i]);
	put_sgprs(&s, properties, HSA_SGPR_PRIVATE_SEGMENT_BUFFER, srd, 4);
	put_sgprs64(&s, properties, HSA_SGPR_DISPATCH_PTR, slot_addr(q));
	put_sgprs64(&s, properties, HSA_SGPR_QUEUE_PTR,
		    q->rptr - offsetof(struct amd_queue, read_dispatch_id));
	put_sgprs64(&s, properties, HSA_SGPR_KERNARG_PTR,
		    le64toh(p->kernarg_address));
	put_sgprs64(&s, properties, HSA_SGPR_DISPATCH_ID, q->read);
	put_sgprs64(&s, properties, HSA_SGPR_FLAT_SCRATCH_INIT,
		    le64toh(amd->scratch_backing_memory_location));
	put_sgprs(&s, properties, HSA_SGPR_PRIVATE_SEGMENT_SIZE, &private, 1);
	return s.count;
}

/* Scratch that the packet wants; false: ROCr has to give the queue more. */
static bool take_scratch(struct launch *launch, const struct aql_kernel_dispatch *p,
			 const struct amd_queue *amd)
{
	u32 want = le32toh(p->private_segment_size);
	u32 tmpring = le32toh(amd->compute_tmpring_size);

	if (!want)
		return true;
	launch->wave_scratch = field(tmpring, HSA_TMPRING_WAVESIZE) * 1024;
	launch->scratch_waves = field(tmpring, HSA_TMPRING_WAVES);
	return want <= le32toh(amd->scratch_wave64_lane_byte_size) &&
	       (u64)want * 64 <= launch->wave_scratch;
}

/* The kernel's descriptor, and the queue's struct amd_queue if there is one. */
static int read_kernel(struct queue *q, struct aql *aql, struct hsa_kernel *kernel,
		       struct amd_queue *amd)
{
	const struct aql_kernel_dispatch *p = (const void *)&aql->packet;
	int err;

	err = access_read(q, le64toh(p->kernel_object), kernel, sizeof(*kernel));
	if (err)
		return err;
	memset(amd, 0, sizeof(*amd));
	err = amd_queue_read(q, 0, amd, sizeof(*amd));
	return err == -ENOENT ? 0 : err;
}

static int launch(struct queue *q, struct aql *aql)
{
	const struct aql_kernel_dispatch *p = (const void *)&aql->packet;
	u64 object = le64toh(p->kernel_object);
	struct launch launch = {
		.group = { le16toh(p->workgroup_x), le16toh(p->workgroup_y),
			   le16toh(p->workgroup_z) },
		.grid = { le32toh(p->grid_x), le32toh(p->grid_y),
			  le32toh(p->grid_z) },
		.lds = le32toh(p->group_segment_size),
	};
	struct hsa_kernel kernel;
	struct amd_queue amd;
	u32 code, properties;
	int err;

	err = read_kernel(q, aql, &kernel, &amd);
	if (err)
		return err;
	properties = le16toh(kernel.properties);
	launch.code = kernel.entry_offset ? object + le64toh(kernel.entry_offset) : 0;
	launch.rsrc1 = le32toh(kernel.rsrc1);
	launch.rsrc2 = le32toh(kernel.rsrc2);
	launch.rsrc3 = le32toh(kernel.rsrc3);
	if (properties & HSA_PROPERTY_WAVE32 ||
	    user_sgprs(q, aql, properties, &amd, launch.user_sgpr) >
	    field(launch.rsrc2, HSA_RSRC2_USER_SGPRS))
		return bad(q, aql, SIMGPU_ERROR_CODE_OBJECT, object);
	if (!take_scratch(&launch, p, &amd))
		return ask(aql, HSA_SCRATCH_WANTED, AQL_EXECUTE);
	code = dispatch_check(&launch);
	if (code)
		return bad(q, aql, code, object);
	dispatch_begin(q, &launch);
	aql->launched = true;
	return 0;
}

/* Scratch that was given for one dispatch is given back. */
static int release_scratch(struct queue *q, struct aql *aql)
{
	const struct aql_kernel_dispatch *p = (const void *)&aql->packet;
	__le32 properties = 0;
	int err;

	if (!p->private_segment_size)
		return 0;
	err = amd_queue_read(q, offsetof(struct amd_queue, queue_properties),
			     &properties, sizeof(properties));
	if (err == -EFAULT)
		return err;
	if (!(le32toh(properties) & AMD_QUEUE_USE_SCRATCH_ONCE))
		return 0;
	return ask(aql, HSA_SCRATCH_UNUSED, AQL_INVALIDATE);
}

static int kernel_dispatch(struct queue *q, struct aql *aql)
{
	int err = 0;

	if (!aql->launched)
		err = launch(q, aql);
	if (err)
		return err;
	err = dispatch_poll(q, &aql->pm4.stream.error);
	if (err == -EPROTO)
		aql->status = aql->pm4.stream.error.code;
	return err ? err : release_scratch(q, aql);
}

/* Unused dimensions of a dispatch are 1. */
static int dispatch_packet(struct queue *q, struct aql *aql)
{
	const struct aql_kernel_dispatch *p = (const void *)&aql->packet;
	u32 dimensions = le16toh(p->setup) & AQL_DISPATCH_DIMENSIONS;
	u64 x = le16toh(p->workgroup_x), y = le16toh(p->workgroup_y);
	u64 z = le16toh(p->workgroup_z);

	if (!dimensions || !p->grid_x || !p->grid_y || !p->grid_z)
		return bad(q, aql, SIMGPU_ERROR_INVALID_DIM, le16toh(p->setup));
	if ((dimensions < 3 && (z != 1 || le32toh(p->grid_z) != 1)) ||
	    (dimensions < 2 && (y != 1 || le32toh(p->grid_y) != 1)))
		return bad(q, aql, SIMGPU_ERROR_INVALID_DIM, le16toh(p->setup));
	if (!x || !y || !z || x * y * z > DISPATCH_ITEMS)
		return bad(q, aql, SIMGPU_ERROR_WORKGROUP, x * y * z);
	if (le32toh(p->group_segment_size) > DISPATCH_LDS)
		return bad(q, aql, SIMGPU_ERROR_GROUP_MEMORY,
			   le32toh(p->group_segment_size));
	if (!p->kernel_object || le64toh(p->kernel_object) % 64)
		return bad(q, aql, SIMGPU_ERROR_CODE_OBJECT,
			   le64toh(p->kernel_object));
	return kernel_dispatch(q, aql);
}

/* Value of a signal. */
static int signal_value(struct queue *q, u64 signal, s64 *value)
{
	__le64 word;
	int err;

	err = access_read(q, SIGNAL_FIELD(signal, value), &word, sizeof(word));
	if (!err)
		*value = le64toh(word);
	return err;
}

/*
 * barrier() - BARRIER_AND and BARRIER_OR
 *
 * Each signal needs to have been 0 once since the packet was fetched, not all at
 * the same time.
 */
static int barrier(struct queue *q, struct aql *aql)
{
	const struct aql_barrier *p = (const void *)&aql->packet;
	bool all = packet_type(aql) == AQL_BARRIER_AND;
	const u32 full = (1U << AQL_BARRIER_DEPS) - 1;
	s64 value;
	u32 i;
	int err;

	for (i = 0; i < AQL_BARRIER_DEPS; i++) {
		u64 signal = le64toh(p->dep_signal[i]);

		if (!IS_ALIGNED(signal, 8))
			return bad(q, aql, SIMGPU_ERROR_PACKET, signal);
		if (aql->seen & 1U << i)
			continue;
		if (!signal) {
			if (all)
				aql->seen |= 1U << i;
			continue;
		}
		err = signal_value(q, signal, &value);
		if (err)
			return err;
		if (!value)
			aql->seen |= 1U << i;
	}
	return (all ? aql->seen == full : aql->seen != 0) ? 0 : -EBUSY;
}

static bool condition_holds(u32 condition, s64 value, s64 reference)
{
	switch (condition) {
	case AQL_CONDITION_EQ:
		return value == reference;
	case AQL_CONDITION_NE:
		return value != reference;
	case AQL_CONDITION_LT:
		return value < reference;
	default:
		return value >= reference;
	}
}

static int barrier_value(struct queue *q, struct aql *aql)
{
	const struct aql_barrier_value *p = (const void *)&aql->packet;
	u64 signal = le64toh(p->signal);
	u32 condition = le32toh(p->condition);
	s64 value;
	int err;

	if (condition > AQL_CONDITION_GTE)
		return bad(q, aql, SIMGPU_ERROR_VENDOR_PACKET, condition);
	if (!IS_ALIGNED(signal, 8))
		return bad(q, aql, SIMGPU_ERROR_VENDOR_PACKET, signal);
	if (!signal)
		return 0;
	err = signal_value(q, signal, &value);
	if (err)
		return err;
	return condition_holds(condition, value & (s64)le64toh(p->mask),
			       (s64)le64toh(p->value)) ? 0 : -EBUSY;
}

/* The INDIRECT_BUFFER packet inside a vendor packet. */
static int enter_indirect(struct queue *q, struct aql *aql)
{
	const struct aql_pm4_ib *p = (const void *)&aql->packet;
	u32 header = le32toh(p->ib_header), control = le32toh(p->ib_control);
	u64 base = join64(p->ib_base_lo, p->ib_base_hi);
	u32 size = field(control, PM4_IB_SIZE);

	if (field(header, PM4_HEADER_TYPE) != PM4_TYPE_3 ||
	    field(header, PM4_HEADER_OPCODE) != PM4_INDIRECT_BUFFER ||
	    field(header, PM4_HEADER_COUNT) != 2)
		return bad(q, aql, SIMGPU_ERROR_VENDOR_PACKET, header);
	if (!IS_ALIGNED(base, 4))
		return bad(q, aql, SIMGPU_ERROR_VENDOR_PACKET, base);
	if (control & PM4_IB_CHAIN)
		return bad(q, aql, SIMGPU_ERROR_VENDOR_PACKET, control);
	if (size && stream_call(q, &aql->pm4.stream, base, size))
		return bad(q, aql, SIMGPU_ERROR_VENDOR_PACKET, control);
	aql->called = true;
	return 0;
}

/* Execute PM4 packets in memory, one in a step. */
static int pm4_ib(struct queue *q, struct aql *aql)
{
	int err = 0;

	if (!aql->called)
		err = enter_indirect(q, aql);
	if (err || !aql->pm4.stream.depth)
		return err;
	err = pm4_packet(q, &aql->pm4);
	if (err == -EPROTO)
		aql->status = SIMGPU_ERROR_VENDOR_PACKET;
	/* The last packet was passed over. */
	if (err && err != -ENODATA)
		return err;
	return aql->pm4.stream.depth ? -EAGAIN : 0;
}

static int vendor(struct queue *q, struct aql *aql)
{
	u8 format = le16toh(aql->packet.body16) & 0xff;

	switch (format) {
	case AQL_VENDOR_PM4_IB:
		return pm4_ib(q, aql);
	case AQL_VENDOR_BARRIER_VALUE:
		return barrier_value(q, aql);
	default:
		return bad(q, aql, SIMGPU_ERROR_VENDOR_PACKET, format);
	}
}

/*
 * execute() - what the packet says
 *
 * Packets are executed one after the other, so the barrier bit holds by itself.
 * All accesses of packets before are done; the fence is for other threads.
 */
static int execute(struct queue *q, struct aql *aql)
{
	u64 signal = le64toh(aql->packet.completion_signal);

	if (!IS_ALIGNED(signal, 8))
		return bad(q, aql, SIMGPU_ERROR_PACKET, signal);
	full_barrier();
	switch (packet_type(aql)) {
	case AQL_VENDOR:
		return vendor(q, aql);
	case AQL_KERNEL_DISPATCH:
		return dispatch_packet(q, aql);
	case AQL_BARRIER_AND:
	case AQL_BARRIER_OR:
		return barrier(q, aql);
	default:
		/* AGENT_DISPATCH is for agents that call functions. */
		return bad(q, aql, SIMGPU_ERROR_PACKET, le16toh(aql->packet.header));
	}
}

/* The slot must be INVALID before a producer can see that it is free. */
static int invalidate(struct queue *q, struct aql *aql)
{
	__le32 head = htole32(AQL_INVALID |
			      (u32)le16toh(aql->packet.body16) << 16);

	return access_write(q, slot_addr(q), &head, sizeof(head));
}

static int advance(struct queue *q)
{
	__le64 word = htole64(q->read + 1);
	int err;

	err = access_write(q, q->rptr, &word, sizeof(word));
	if (err)
		return err;
	q->read++;
	queue_packet_done(q);
	return 0;
}

/* Who sleeps on the signal at hand; it may be gone when its value is 0. */
static int look_at_signal(struct queue *q, struct aql *aql)
{
	struct {
		__le64 mailbox;
		__le32 event_id;
		__le32 reserved;
	} words;
	int err;

	err = access_read(q, SIGNAL_FIELD(aql->signal, event_mailbox_ptr), &words,
			  sizeof(words));
	if (err)
		return err;
	aql->mailbox = le64toh(words.mailbox);
	aql->event_id = le32toh(words.event_id);
	return 0;
}

static int complete(struct queue *q, struct aql *aql)
{
	int err;

	aql->end = queue_clock();
	aql->signal = le64toh(aql->packet.completion_signal);
	if (!aql->signal) {
		aql->state = AQL_END;
		return 0;
	}
	err = look_at_signal(q, aql);
	if (!err)
		aql->state = AQL_TIMESTAMPS;
	return err;
}

/* With profiling, a signal says when its packet started and ended. */
static int timestamps(struct queue *q, struct aql *aql)
{
	const __le64 words[2] = { htole64(aql->start), htole64(aql->end) };
	__le32 properties = 0;
	int err;

	err = amd_queue_read(q, offsetof(struct amd_queue, queue_properties),
			     &properties, sizeof(properties));
	if (err == -EFAULT)
		return err;
	if (!(le32toh(properties) & AMD_QUEUE_PROFILING))
		return 0;
	return access_write(q, SIGNAL_FIELD(aql->signal, start_ts), words,
			    sizeof(words));
}

static int count_down(struct queue *q, struct aql *aql)
{
	return access_atomic(q, SIGNAL_FIELD(aql->signal, value), ATOMIC_SUB, 8, 1,
			     0, NULL);
}

/* The signal by which user space learns that the queue has stopped or waits. */
static int notify(struct queue *q, struct aql *aql)
{
	const struct aql_kernel_dispatch *p = (const void *)&aql->packet;
	__le64 word = 0;
	int err;

	err = amd_queue_read(q, offsetof(struct amd_queue, queue_inactive_signal),
			     &word, sizeof(word));
	if (err == -EFAULT)
		return err;
	aql->signal = le64toh(word);
	if (!aql->signal || !IS_ALIGNED(aql->signal, 8)) {
		/* Nobody can be asked. */
		if (!aql->failed)
			return bad(q, aql, SIMGPU_ERROR_CODE_OBJECT,
				   le64toh(p->kernel_object));
		aql->state = AQL_END;
		return 0;
	}
	err = look_at_signal(q, aql);
	if (!err)
		aql->state = AQL_NOTIFY_VALUE;
	return err;
}

static int notify_value(struct queue *q, struct aql *aql)
{
	__le64 word = htole64(aql->status);

	return access_write(q, SIGNAL_FIELD(aql->signal, value), &word,
			    sizeof(word));
}

static int mailbox(struct queue *q, struct aql *aql)
{
	__le64 word = htole64(aql->event_id);

	if (!aql->mailbox)
		return 0;
	return access_write(q, aql->mailbox, &word, sizeof(word));
}

static int interrupt(struct queue *q, struct aql *aql)
{
	if (!aql->mailbox)
		return 0;
	return queue_interrupt(q, SIMGPU_INT_CP_EOP, aql->event_id) ? -EBUSY : 0;
}

static int answer(struct queue *q, struct aql *aql)
{
	s64 value;
	int err;

	err = signal_value(q, aql->signal, &value);
	if (err)
		return err;
	if (value)
		return -EBUSY;
	aql->asked = false;
	aql->state = aql->resume;
	return 0;
}

/* Do what the state says and go to the next one. */
static int run_state(struct queue *q, struct aql *aql)
{
	int (*act)(struct queue *q, struct aql *aql);
	enum aql_state next;
	int err;

	switch (aql->state) {
	case AQL_FETCH:
		return fetch(q, aql);
	case AQL_COMPLETE:
		return complete(q, aql);
	case AQL_NOTIFY:
		return notify(q, aql);
	case AQL_ANSWER:
		return answer(q, aql);
	case AQL_ADVANCE:
		err = advance(q);
		if (!err)
			aql->state = AQL_COMPLETE;
		return err;
	case AQL_EXECUTE:
		act = execute;
		next = AQL_INVALIDATE;
		break;
	case AQL_INVALIDATE:
		act = invalidate;
		next = AQL_ADVANCE;
		break;
	case AQL_TIMESTAMPS:
		act = timestamps;
		next = AQL_VALUE;
		break;
	case AQL_VALUE:
		act = count_down;
		next = AQL_MAILBOX;
		break;
	case AQL_NOTIFY_VALUE:
		act = notify_value;
		next = AQL_MAILBOX;
		break;
	case AQL_MAILBOX:
		act = mailbox;
		next = AQL_INTERRUPT;
		break;
	default:
		act = interrupt;
		next = AQL_END;
		break;
	}
	err = act(q, aql);
	if (!err)
		aql->state = next;
	return err;
}

static enum step aql_step(struct queue *q)
{
	struct aql *aql = q->priv;
	struct queue_failure *error = &aql->pm4.stream.error;
	int err;

	do {
		err = run_state(q, aql);
		if (err == -EPROTO) {
			aql->failed = true;
			aql->state = AQL_NOTIFY;
			err = 0;
		}
		if (err)
			return stream_step(q, &aql->pm4.stream, err);
	} while (aql->state != AQL_END);
	if (aql->failed)
		return queue_fail(q, error->code, error->where, error->data);
	aql->state = aql->asked ? AQL_ANSWER : AQL_FETCH;
	return STEP_PROGRESS;
}

static int aql_start(struct queue *q)
{
	q->priv = calloc(1, sizeof(struct aql));
	q->read = 0;
	return q->priv ? 0 : -ENOMEM;
}

static void aql_stop(struct queue *q)
{
	free(q->priv);
	q->priv = NULL;
}

const struct engine engine_aql = {
	.name	= "aql",
	.start	= aql_start,
	.step	= aql_step,
	.stop	= aql_stop,
	.dispatches = true,
};
