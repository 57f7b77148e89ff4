// One poll loop: the core's events, timers, immediates, descriptors, signals.
#pragma once
extern "C" {
#include "quickjs.h"
}

/** Calls a function of TypeScript, then its microtasks; what it throws goes to the hook `failed`. */
void call_back(JSValueConst function, int count, JSValueConst* arguments);

/** Runs microtasks; rejections that nothing handled go to the hook `failed`. */
void run_microtasks();

/** Until nothing keeps it alive. */
void run_loop();

/** Notes rejections: JS_SetHostPromiseRejectionTracker. */
void track_rejection(JSContext* js, JSValueConst promise, JSValueConst reason, bool handled,
                     void* opaque);

/** Says what cannot be said by the command itself, and ends the process with status 125. */
[[noreturn]] void give_up(const char* fact);
