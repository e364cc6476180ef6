/* SPDX-License-Identifier: MIT */
/* One program in the node: started, fed, listened to, waited for. */
#ifndef CONODE_GUEST_JOB_H
#define CONODE_GUEST_JOB_H

#include "port.h"

/*
 * Runs the program that the WIRE_RUN message @message describes and reports
 * its end by WIRE_EXIT.  Everything that it has started and left behind is
 * killed first, so that the next program finds the node as this one did.
 * @base: strings "env=K=V" that all programs of the node get.
 */
int job_run(const struct ports *ports, const struct message *message, char **base);

#endif
