// One poll loop: the core's events, timers, immediates, descriptors, signals.
#pragma once

/** Runs until no handle keeps it alive. */
void run_loop();
