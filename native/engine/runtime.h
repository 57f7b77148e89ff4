// The engine's runtime: its limits, its global objects, the command's module.
#pragma once

/** Makes the runtime and evaluates the module from bytecode. Ends the process if that fails. */
void start_from_bytecode();

/** After a snapshot was restored, and after `start_from_bytecode`: limits of this process. */
void set_limits();
