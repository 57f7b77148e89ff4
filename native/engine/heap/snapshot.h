// The heap snapshot in the executable: the command's modules evaluated, its option tree built.
//
// A build runs the executable without one twice (`--dump-heap FILE APART`), and attach.ts compares
// the two files. The kernel maps image and heap elsewhere in each run. So a word that differs by
// the distance of the two heaps is a pointer into the heap, and one that differs by that of the
// images is a pointer into the executable. Any other difference is refused. Pointers are kept
// relative to heap or image. A segment of the executable holds the words of the heap, a bitmap of
// the pointers into it, and the list of those into the image.
#pragma once
#include <cstddef>

bool has_snapshot();

/** Copies the snapshot into the heap's region. Ends the process if the file is damaged. */
void restore_snapshot();

/**
 * Evaluates the command, writes the heap, ends the process. `apart`: see `reserve_heap`; it must
 * differ between the two runs.
 */
[[noreturn]] void dump_snapshot(const char* path, size_t apart);
