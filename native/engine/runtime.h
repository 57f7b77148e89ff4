// The engine's runtime: its limits, its global objects, the command's module.
#pragma once
extern "C" {
#include "quickjs.h"
}

/** Makes the runtime and evaluates the module from bytecode. Ends the process if that fails. */
void start_from_bytecode();

/** Seeds Math.random and hash tables of this process. `maps`: of the snapshot; null without. */
void set_seed(const JSSnapshot* maps);

/** Sets this process's limits, after `restore_snapshot` or `start_from_bytecode`. */
void set_limits();
