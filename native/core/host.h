// Host operations: messages of native/wire/protocol.h (HostKind), performed by the runtime itself.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../wire/protocol.h"

using Bytes = std::vector<uint8_t>;

/** How an operation ended: 0, or the errno of the call named. */
struct HostOutcome {
  int error = 0;
  wire::Call call = wire::CALL_NONE;
  uint32_t extra = 0;
};

enum class AfterFailure { STOP, GO_ON };

/** Operations `from` to before `to` of a message. */
struct Range {
  uint32_t from = 0;
  uint32_t to = UINT32_MAX;
};

/**
 * Performs a message, or a range of it, in order, appending a wire::Result for each operation, its
 * index or'ed with `mark`.
 */
void perform_host(const uint8_t* message, Range range, uint32_t mark, AfterFailure after,
                  Bytes& results);

/**
 * Loads a BPF_PROG_TYPE_CGROUP_DEVICE program (struct bpf_insn[]) and attaches it to the group
 * whose directory is open: bpf(2).
 */
HostOutcome attach_device_program(int directory, const void* program, size_t size);
