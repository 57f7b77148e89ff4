// Steps aside in the middle of work that takes a while, so that nothing else in the process waits
// for all of it.

/** Resolves when everything that is ready now has had its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
