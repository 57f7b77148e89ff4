// Which Node runs vitest: an editor takes the first one on PATH, and so does a person. Loads on
// every Node that vitest itself starts on, so it imports nothing.

/** What package.json pins, and what runs TypeScript as it is. */
const NEEDED_MAJOR = 24;

/** Why a Node (`process.versions.node`) cannot run the tests of this checkout, and what can. */
export function olderNode(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= NEEDED_MAJOR) return undefined;
  return `terrarium: the tests need Node ${NEEDED_MAJOR}, and this is Node ${version}
  hint: node_modules/.bin/node is one: \`npx vitest …\` takes it; give it to the editor (VS Code: vitest.nodeExecutable)`;
}
