// The engine's runtime: its limits, its global objects, the command's module.
#pragma once

/** Makes the runtime and evaluates the module from bytecode. Ends the process if that fails. */
void start_from_bytecode();

/** Sets this process's limits, after `restore_snapshot` or `start_from_bytecode`. */
void set_limits();
