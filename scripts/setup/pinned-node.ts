// Checks the Node that runs vitest: editors take the first one on PATH. Loads on every Node that
// vitest itself supports, so it imports nothing.

/** The version pinned in package.json, which runs TypeScript directly. */
const NEEDED_MAJOR = 24;

/** Why a Node (`process.versions.node`) cannot run the tests of this checkout, with a hint. */
export function olderNode(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= NEEDED_MAJOR) return undefined;
  return `terrarium: the tests need Node ${NEEDED_MAJOR}, and this is Node ${version}
  hint: node_modules/.bin/node is one: \`npx vitest …\` takes it; give it to the editor (VS Code: vitest.nodeExecutable)`;
}
