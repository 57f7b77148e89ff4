# The released executable: QuickJS-ng, the host of native/engine, the command's bytecode, the init.
# Needs build/engine/source and build/engine/bundle.js (scripts/engine). ARCH=arm64 crosses, with
# CC and CXX for it; the compiler to bytecode always runs on this machine.
ENGINE := $(OUT)/engine$(if $(ARCH),/$(ARCH))
SOURCE := $(OUT)/engine/source
HOST_CC ?= cc
STRIP ?= strip
QUICKJS := quickjs libregexp libunicode dtoa
QUICKJS_HEADERS := $(wildcard $(SOURCE)/*.h)
HARDENED := -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 \
  $(if $(ARCH),,$(if $(filter x86_64,$(shell uname -m)),-fcf-protection))
ENGINE_FLAGS := -O2 -fPIE -fvisibility=hidden -ffunction-sections -fdata-sections $(HARDENED)
ENGINE_SOURCES := $(wildcard engine/*.cc engine/*/*.cc)
ENGINE_OBJECTS := $(ENGINE_SOURCES:engine/%.cc=$(ENGINE)/%.o)
ENGINE_CORE := $(patsubst core/%.cc,$(ENGINE)/core/%.o,$(wildcard core/*.cc))
QUICKJS_OBJECTS := $(QUICKJS:%=$(ENGINE)/quickjs/%.o)
INIT ?= $(MADE)/terrarium-init

engine: $(ENGINE)/terrarium

# Third-party code: no warnings.
$(ENGINE)/quickjs/%.o: $(SOURCE)/%.c $(QUICKJS_HEADERS) engine/engine.mk
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(ENGINE_FLAGS) -w -D_GNU_SOURCE -c -o $@ $<

ENGINE_HEADERS := $(wildcard engine/*.h engine/*/*.h core/*.h wire/*.h) $(QUICKJS_HEADERS)
$(ENGINE)/%.o: engine/%.cc $(ENGINE_HEADERS) engine/engine.mk
	@mkdir -p $(@D)
	$(CXX) -std=c++20 $(ENGINE_FLAGS) $(WARN) $(SECCOMP_HEADERS) -isystem $(SOURCE) -c -o $@ $<

$(ENGINE)/core/%.o: core/%.cc $(wildcard core/*.h wire/*.h) engine/engine.mk
	@mkdir -p $(@D)
	$(CXX) -std=c++20 $(ENGINE_FLAGS) $(WARN) $(SECCOMP_HEADERS) -c -o $@ $<

$(ENGINE)/payload.o $(ENGINE)/trial/payload.o: %/payload.o: engine/payload.cc %/bytecode $(INIT)
	@mkdir -p $(@D)
	$(CXX) -std=c++20 $(ENGINE_FLAGS) $(WARN) -DBYTECODE_FILE='"$*/bytecode"' \
	  -DINIT_FILE='"$(INIT)"' -c -o $@ $<

# Only this program contains the parser.
$(OUT)/engine/compile: engine/compile.c $(QUICKJS:%=$(SOURCE)/%.c) $(QUICKJS_HEADERS)
	@mkdir -p $(@D)
	$(HOST_CC) -std=gnu11 -O1 -w -D_GNU_SOURCE -I$(SOURCE) -o $@ $(filter %.c,$^) -lm -pthread

$(ENGINE)/bytecode: $(OUT)/engine/bundle.js $(OUT)/engine/compile
	@mkdir -p $(@D)
	$(OUT)/engine/compile $< $@

# The executable without a snapshot, with symbols for debuggers; `bare` is stripped.
$(ENGINE)/bare.debug: $(QUICKJS_OBJECTS) $(ENGINE_OBJECTS) $(ENGINE_CORE)
	$(CXX) -static-pie -pthread -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack \
	  -Wl,--build-id=none -o $@ $^ $(SECCOMP) -lm

$(ENGINE)/bare: $(ENGINE)/bare.debug
	$(STRIP) -o $@ $<

# Two runs with different addresses of image and heap, and different distances between them.
# qemu-user maps every program at the same address, so the second run gets an address space of
# another size. Without an emulator there is no snapshot.
OTHER_ADDRESS := $(if $(EMULATOR),-R 0x4000000000)
$(ENGINE)/terrarium: $(ENGINE)/bare engine/heap/attach.ts
ifneq ($(if $(ARCH),$(EMULATOR),here),)
	$(EMULATOR) $(ENGINE)/bare --dump-heap $(ENGINE)/heap.1 0
	$(EMULATOR) $(OTHER_ADDRESS) $(ENGINE)/bare --dump-heap $(ENGINE)/heap.2 1
	$(NODE) engine/heap/attach.ts $(ENGINE)/bare $(ENGINE)/heap.1 $(ENGINE)/heap.2 $@
else
	cp $(ENGINE)/bare $@
endif

.PHONY: engine
