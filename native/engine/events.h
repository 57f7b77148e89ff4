// The core's events for the loop.
#pragma once

/** Whether the addon's users wait for an event: ref and unref. */
bool events_alive();

/** Readable when there are some; -1 before `listen`. */
int events_fd();

/** Calls the listener for each, in their order. */
void deliver_events();
