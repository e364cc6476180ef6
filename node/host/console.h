/* SPDX-License-Identifier: MIT */
/* The node's console, read when the node itself can no longer speak. */
#ifndef CONODE_HOST_CONSOLE_H
#define CONODE_HOST_CONSOLE_H

#include "channel.h"

/*
 * Appends the first kernel complaint in the file @path to @text, or, when
 * there is none and @or_tail is set, the last lines of the file.
 * Return: true when there was a complaint.
 */
bool console_complaint(const char *path, struct queue *text, bool or_tail);

#endif
