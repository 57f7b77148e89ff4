// Replacements of Node's modules in the released executable. Bun loads one of these in 1 to 4 ms,
// and a start needs little of them: the rest is loaded on the first call.
import { constants } from 'node:os';

/** Functions of a module that is loaded at the first call. */
function late(module: string, ...names: readonly string[]): string {
  return names
    .map(
      (name) =>
        `export const ${name} = (...args) => process.getBuiltinModule('${module}').${name}(...args);`,
    )
    .join('\n');
}

// The numbers are the same on every Linux supported by Bun; reading them counts processors, 2 ms.
const { signals, errno } = constants;

/** By name, the source of the replacement. */
export const LATE_MODULES: Readonly<Record<string, string>> = {
  'node:child_process': `export default {}; ${late('node:child_process', 'execFileSync', 'spawn', 'spawnSync')}`,
  'node:crypto':
    'export const randomBytes = (size) => Buffer.from(crypto.getRandomValues(new Uint8Array(size)));',
  'node:module': late('node:module', 'createRequire'),
  'node:os': `
    import { readFileSync } from 'node:fs';
    const uts = (file, name) => {
      try { return readFileSync('/proc/sys/kernel/' + file, 'utf8').trimEnd(); }
      catch { return process.getBuiltinModule('node:os')[name](); }
    };
    export const hostname = () => uts('hostname', 'hostname');
    export const release = () => uts('osrelease', 'release');
    export const constants = ${JSON.stringify({ signals, errno })};`,
  // The whole module is native/engine/node/path.ts.
  'node:path': '',
  'node:process': 'export default process;',
  'node:timers/promises': late('node:timers/promises', 'setTimeout'),
  // The call of node:tty itself; its classes are for terminals only.
  'node:tty': `
    export const isatty = (fd) => process.binding('tty_wrap').isTTY(fd);
    export const ReadStream = function (fd) { return new (process.getBuiltinModule('node:tty').ReadStream)(fd); };`,
  'node:util': late(
    'node:util',
    'getSystemErrorMessage',
    'inspect',
    'stripVTControlCharacters',
    'styleText',
  ),
  'node:zlib': late('node:zlib', 'gunzipSync'),
};
