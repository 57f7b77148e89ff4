// What C++ keeps of the engine. It lies in the heap's own region, so that a snapshot carries it.
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

/** Whether the heap is being made for the snapshot: then nothing of the machine is looked at. */
bool dumping();
