// The core's events for the loop.
#pragma once

/** Whether the addon's users wait for an event: ref and unref. */
bool events_alive();

/** Readable when there are some; -1 before `listen`. */
int events_fd();

/** Readable when `step_core` makes some; -1 before `listen`. */
int core_fd();

/** How long to wait for that at most; -1: as long as it takes. */
int core_wait_ms();

/** Reads what inits said, reaps, and queues events of it. */
void step_core();

/** Calls the listener for each, in their order. */
void deliver_events();
