// The check of a message, apart from the rest of the init: it makes no system call.
#pragma once
#include "../wire/protocol.h"

enum class Purpose { PLAN, COMMAND };

/**
 * Whether `received` bytes at `message` (8-byte aligned) are what protocol.h describes: every
 * offset and count inside, every kind known, OP_EXECVE last and only there. Then no operation reads
 * beyond it.
 */
bool sound(const uint8_t* message, uint32_t received, Purpose purpose);
