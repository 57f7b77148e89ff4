// The core's events, for the loop.
#pragma once

/** Whether the core's events keep the loop alive: ref and unref. */
bool events_alive();

/** A descriptor that is readable when events are queued; -1 before `listen`. */
int events_fd();

/** A descriptor that is readable when `step_core` has work; -1 before `listen`. */
int core_fd();

/** The longest wait for that descriptor, in milliseconds; -1: no limit. */
int core_wait_ms();

/** Reads records of inits, reaps children, and queues the events. */
void step_core();

/** Calls the listener for each queued event, in order. */
void deliver_events();
