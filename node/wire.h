/* SPDX-License-Identifier: MIT */
/*
 * What the launcher on the host and init in the node say to each other.
 *
 * Four virtio-serial ports join them.  PORT_CTL carries messages both ways:
 * a header and a payload.  PORT_IN carries the program's standard input as
 * frames (a little-endian length and that many bytes; length 0 is the end of
 * the input).  PORT_OUT and PORT_ERR are plain bytes; WIRE_EXIT tells how many
 * belong to the program, so that nothing is lost and nothing is waited for.
 *
 * Payloads of WIRE_SETUP and WIRE_RUN are strings "key=value", each ended by
 * a NUL, so that a value may hold any byte that an argument may hold.
 */
#ifndef CONODE_WIRE_H
#define CONODE_WIRE_H

#include "std.h"

#define PORT_CTL "conode.ctl"
#define PORT_IN "conode.in"
#define PORT_OUT "conode.out"
#define PORT_ERR "conode.err"

/* Longest payload: execve's own limit for arguments and environment is 2 MiB. */
#define WIRE_MAX (4u << 20)

/* Init sends WIRE_BEAT this often; silence means a node that hangs. */
#define WIRE_BEAT_SECONDS 3

enum wire_type {
	/* host to node */
	WIRE_SETUP = 1,		/* strings: see setup_apply() in guest/init.c */
	WIRE_RUN = 2,		/* strings: see job_parse() in guest/job.c */
	WIRE_SIGNAL = 3,	/* wire_signal: to the program's process group */
	WIRE_WINSIZE = 4,	/* wire_winsize: of the program's terminal */
	WIRE_CLOSE = 5,		/* wire_close: nobody reads this stream any more */
	WIRE_BYE = 6,		/* no payload: flush shared folders, answer WIRE_DONE */
	WIRE_LEAKS = 7,		/* no payload: run kmemleak, answer WIRE_CHECKED */

	/* node to host */
	WIRE_READY = 64,	/* text: the kernel's release */
	WIRE_FAILED = 65,	/* text: what did not work; the node is useless */
	WIRE_SPLAT = 66,	/* text: what the kernel complained about */
	WIRE_EXIT = 67,		/* wire_exit: the program ended */
	WIRE_BEAT = 68,		/* no payload */
	WIRE_DONE = 69,		/* no payload: the node may be switched off */
	WIRE_CHECKED = 70,	/* no payload: WIRE_LEAKS is finished */
};

/* Both ends are x86-64, hence little-endian and of the same alignment. */
struct wire_header {
	u32 type;
	u32 size;
};

struct wire_signal {
	s32 number;
};

struct wire_winsize {
	u16 rows;
	u16 columns;
};

struct wire_close {
	u32 stream;	/* 1: standard output, 2: standard error */
};

struct wire_exit {
	s32 status;		/* as from waitpid() */
	u32 reserved;
	u64 out_bytes;	/* written to PORT_OUT since WIRE_RUN */
	u64 err_bytes;	/* the same for PORT_ERR */
};

#endif
