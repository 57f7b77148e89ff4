// The modes of the workload: each is the whole of what a target is asked to run. They return an
// exit code.
#pragma once
#include "../clock.h"

int serve(int argc, char** argv);
int calls(int argc, char** argv);

/** Says the line that a start-up measurement waits for. */
void ready(void);
