// Calls into TypeScript.
#pragma once
extern "C" {
#include "quickjs.h"
}

/** Calls a TypeScript function, then runs microtasks. Exceptions go to the hook `failed`. */
void call_back(JSValueConst function, int count, JSValueConst* arguments);

/** Runs microtasks; unhandled rejections go to the hook `failed`. */
void run_microtasks();

/** Records rejections: JS_SetHostPromiseRejectionTracker. */
void track_rejection(JSContext* js, JSValueConst promise, JSValueConst reason, bool handled,
                     void* opaque);

/** Prints an error that the command cannot print itself, and exits with status 125. */
[[noreturn]] void give_up(const char* fact, const char* hint = nullptr);
[[noreturn]] void give_up_for(const char* call, int error);
[[noreturn]] void give_up_without_memory();
