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

# The addon for an AddressSanitizer that is preloaded into Node; gcc's, as the addon is built with it.
NODE_HEADERS := ../node_modules/node-api-headers/include
ADDON_API := ../node_modules/node-addon-api
$(OUT)/terrarium.node: $(CORE) $(wildcard binding/*.cc) $(wildcard binding/*.h) $(HEADERS)
	@mkdir -p $(OUT)
	g++ -std=c++20 -g -O1 -fPIC -shared -pthread -fvisibility=hidden -DNAPI_VERSION=9 \
	  -DNAPI_CPP_EXCEPTIONS \
	  -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS -isystem $(NODE_HEADERS) -isystem $(ADDON_API) \
	  -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -o $@ \
	  $(filter %.cc,$^) -l:libseccomp.a -Wl,--exclude-libs,ALL

TIDY := clang-tidy --quiet
tidy:
	$(TIDY) init/*.cc -- -std=c++20 -ffreestanding -fno-exceptions -fno-rtti
	$(TIDY) core/*.cc binding/*.cc -- -std=c++20 -DNAPI_VERSION=9 -DNAPI_CPP_EXCEPTIONS \
	  -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS \
	  -isystem $(NODE_HEADERS) -isystem $(ADDON_API)
.PHONY: tidy
