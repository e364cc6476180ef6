# SPDX-License-Identifier: MIT
#
# Fuzzers, included by ../Makefile: $(O)/fuzz/NAME for each of $(fuzzers).
# clang with libFuzzer, ASan and UBSan.

FUZZ_CC ?= clang-14

fuzzers := sdma pm4 aql cmdring eventring pagetable

fuzz_flags := $(filter-out -O2,$(CFLAGS)) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined
fuzz_blocks = $(blocks:%.c=$(O)/fuzz/blocks/%.o) $(O)/fuzz/blocks/tests/engine.o

$(O)/fuzz/blocks/%.o: $(here)%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) $(fuzz_flags) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

fuzz_link = $(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(LDLIBS)

$(addprefix $(O)/fuzz/,sdma pm4 aql): $(O)/fuzz/%: $(O)/fuzz/blocks/fuzz/%.o \
		$(O)/fuzz/blocks/fuzz/engine.o $(fuzz_blocks)
	$(fuzz_link)

# It has cmdring.c inside, to give it commands one by one.
$(O)/fuzz/cmdring: $(O)/fuzz/blocks/fuzz/cmdring.o \
		$(filter-out %/cmdring.o,$(fuzz_blocks))
	$(fuzz_link)

$(O)/fuzz/eventring $(O)/fuzz/pagetable: $(O)/fuzz/%: $(O)/fuzz/blocks/fuzz/%.o \
		$(fuzz_blocks)
	$(fuzz_link)

fuzz: $(fuzzers:%=$(O)/fuzz/%)

.PHONY: fuzz
