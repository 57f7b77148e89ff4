// One poll loop: the core's events, timers, immediates, descriptors, signals.
#pragma once

/** Until nothing keeps it alive. */
void run_loop();
