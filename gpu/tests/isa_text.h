/* SPDX-License-Identifier: MIT */
/* The assembler, for tests: llvm-mc for gfx90a. */
#ifndef TESTS_ISA_TEXT_H
#define TESTS_ISA_TEXT_H

#include "../types.h"

/* Words of one instruction. */
struct isa_words {
	u32 word[3];
	unsigned int bytes;
};

/** isa_assembler() - there is one; else tests skip */
bool isa_assembler(void);

/**
 * isa_assemble() - assemble lines, one instruction each
 * @lines: text
 * @n: number of lines and of @out
 *
 * Return: number of instructions; fewer than @n if a line is refused, and what
 * the assembler says of it goes to stderr.
 */
unsigned int isa_assemble(const char *const *lines, unsigned int n,
			  struct isa_words *out);

/**
 * isa_assemble_some() - assemble lines of which some may be refused
 * @lines: text, one instruction each
 * @n: number of lines and of @out
 * @out: words; 0 bytes for a line that is refused
 */
void isa_assemble_some(const char *const *lines, unsigned int n,
		       struct isa_words *out);

#endif
