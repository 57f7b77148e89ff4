// The heap as the executable carries it: the command's modules evaluated, its options built.
//
// A build runs the executable without one twice (`--dump-heap FILE`), and attach.ts compares the
// two files: the kernel maps each run elsewhere, so words that differ are pointers. They are kept
// relative to the image's beginning, and a bitmap says where they are. It is a segment of the
// executable, at the place that the heap had.
#pragma once

bool has_snapshot();

/** Makes its pointers those of this process. Ends the process if the file is damaged. */
void restore_snapshot();

/** Evaluates the command, writes the heap, ends the process. */
[[noreturn]] void dump_snapshot(const char* path);
