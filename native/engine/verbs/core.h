// The core's engine, for the verbs of terminals.
#pragma once

class Engine;

/** Null before `listen`. */
Engine* core_engine();
