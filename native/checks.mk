# Fuzzers, sanitizers and clang-tidy over the native code; scripts/fuzz.ts and scripts/native-checks.sh
# run them. Needs clang and its runtime library; nothing here is part of a build.
OUT := ../build/checks
CLANG ?= clang++
CHECKED := -std=c++20 -g -O1 -Wall -Wextra -Werror
SANITIZED := -fsanitize=address,undefined -fno-sanitize-recover=all
TARGETS := init message netlink
INIT_HOSTED := $(filter-out init/sys.cc,$(wildcard init/*.cc))
HEADERS := $(wildcard init/*.h core/*.h wire/*.h checks/*.h) checks.mk

fuzzers: $(TARGETS:%=$(OUT)/fuzz-%)

$(OUT)/fuzz-init: checks/fuzz-init.cc checks/kernel.cc $(INIT_HOSTED) $(HEADERS)
$(OUT)/fuzz-message: checks/fuzz-message.cc init/message.cc $(HEADERS)
$(OUT)/fuzz-netlink: checks/fuzz-netlink.cc core/netlink.cc core/thread.cc $(HEADERS)
$(OUT)/fuzz-%:
	@mkdir -p $(OUT)
	$(CLANG) $(CHECKED) -fsanitize=fuzzer $(SANITIZED) -o $@ $(filter %.cc,$^)

.PHONY: fuzzers

# ThreadSanitizer over spawner, poller and netlink thread; the init is the real one.
CORE := $(wildcard core/*.cc)
$(OUT)/engine: checks/engine.cc $(CORE) $(HEADERS)
	@mkdir -p $(OUT)
	$(CLANG) $(CHECKED) -pthread -fsanitize=thread -o $@ $(filter %.cc,$^) -l:libseccomp.a
