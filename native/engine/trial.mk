# The engine with node/trial instead of the command (scripts/engine/build.ts). Never released.
TRIAL := $(ENGINE)/trial

trial: $(TRIAL)/trial

$(TRIAL)/bytecode: $(TRIAL)/bundle.js $(OUT)/engine/compile
	$(OUT)/engine/compile $< $@

$(TRIAL)/trial: $(QUICKJS_OBJECTS) $(ENGINE_CORE) \
  $(filter-out $(ENGINE)/payload.o,$(ENGINE_OBJECTS)) $(TRIAL)/payload.o
	$(CXX) -static-pie -pthread -Wl,--gc-sections -o $@ $^ $(SECCOMP) -lm

.PHONY: trial
