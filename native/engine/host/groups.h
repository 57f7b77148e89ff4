// The host's functions in groups: the members of `Host` in node/host.ts.
#pragma once
extern "C" {
#include "quickjs.h"
}

void add_files(JSContext* js, JSValueConst group);
void add_directories(JSContext* js, JSValueConst group);
void add_process(JSContext* js, JSValueConst group);
void add_signals(JSContext* js, JSValueConst group);
void add_loop(JSContext* js, JSValueConst group);
void add_text(JSContext* js, JSValueConst group);
void add_verbs(JSContext* js, JSValueConst group);
void add_system_verbs(JSContext* js, JSValueConst group);
void add_terminal_verbs(JSContext* js, JSValueConst group);
void add_seccomp_verb(JSContext* js, JSValueConst group);
