// The core's engine, for the terminal verbs.
#pragma once
#include "../host/value.h"

class Engine;

/** Of a container or pump: the first argument of most verbs. */
inline uint32_t id_of(const Call& call) { return static_cast<uint32_t>(call.wide(0)); }

/** Null before `listen`. */
Engine* core_engine();
