// The arguments of this process.
#pragma once

/** As main got them; they live as long as the process. */
void set_arguments(int count, char** list);
