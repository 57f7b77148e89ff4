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

# The released executable's host and its QuickJS, and the same with the trial of node/trial; blocks
# are malloc's. Needs build/engine, so `npm run build`.
BUILT := ../build/engine
ASAN := -g -O1 -fsanitize=address -fno-omit-frame-pointer -isystem $(BUILT)/source
ENGINE := checks/heap.cc \
  $(filter-out engine/heap/heap.cc engine/payload.cc,$(wildcard engine/*.cc engine/*/*.cc))
ENGINE_OBJECTS := $(patsubst %.cc,$(OUT)/engine-asan/%.o,$(ENGINE) $(CORE)) \
  $(patsubst %,$(OUT)/engine-asan/%.o,quickjs libregexp libunicode dtoa)
$(OUT)/engine-asan/%.o: %.cc $(HEADERS) $(wildcard engine/*.h engine/*/*.h)
	@mkdir -p $(@D)
	g++ -std=c++20 $(ASAN) -fsanitize=undefined -fno-sanitize=vptr -fno-sanitize-recover=all \
	  -c -o $@ $<
$(OUT)/engine-asan/%.o: $(BUILT)/source/%.c
	@mkdir -p $(@D)
	gcc -std=gnu11 $(ASAN) -w -D_GNU_SOURCE -c -o $@ $<
$(OUT)/terrarium-asan: BYTECODE := $(BUILT)/bytecode
$(OUT)/trial-asan: BYTECODE := $(BUILT)/trial/bytecode
$(OUT)/terrarium-asan: $(BUILT)/bytecode
$(OUT)/trial-asan: $(BUILT)/trial/bytecode
$(OUT)/terrarium-asan $(OUT)/trial-asan: engine/payload.cc $(ENGINE_OBJECTS) ../build/terrarium-init
	g++ -std=c++20 $(ASAN) -fsanitize=undefined -pthread -DBYTECODE_FILE='"$(BYTECODE)"' \
	  -DINIT_FILE='"../build/terrarium-init"' -o $@ engine/payload.cc $(ENGINE_OBJECTS) \
	  -l:libseccomp.a -lm

TIDY := clang-tidy --quiet
# The engine is looked at where `npm run build` has fetched its source.
QUICKJS := ../build/engine/source
tidy:
	$(TIDY) init/*.cc -- -std=c++20 -ffreestanding -fno-exceptions -fno-rtti
	$(TIDY) core/*.cc binding/*.cc -- -std=c++20 -DNAPI_VERSION=9 -DNAPI_CPP_EXCEPTIONS \
	  -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS \
	  -isystem $(NODE_HEADERS) -isystem $(ADDON_API)
	$(if $(wildcard $(QUICKJS)/quickjs.h),$(TIDY) engine/*.cc engine/*/*.cc -- -std=c++20 \
	  -isystem $(QUICKJS) \
	  -DBYTECODE_FILE='"/dev/null"' -DINIT_FILE='"/dev/null"')
.PHONY: tidy
