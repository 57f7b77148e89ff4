// The arguments of this process.
#pragma once

/** As main got them; they stay valid until the process ends. */
void set_arguments(int count, char** list);
