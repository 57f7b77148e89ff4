// References from C++ to the engine's values, in the heap's region: the snapshot includes them.
#pragma once
extern "C" {
#include "quickjs.h"
}

struct Roots {
  JSContext* context;
  JSValue main;
  JSValue signal;
  JSValue failed;
  JSValue exit;
  JSValue failure;
  JSValue listener;  // of the addon's events
};

Roots& roots();

/** Whether the build is making the snapshot, which must not depend on the machine. */
bool dumping();
