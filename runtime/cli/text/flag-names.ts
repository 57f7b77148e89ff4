// Which flag stands for which field of RunOptions, so that an error speaks of what was typed.

import { OPTIONS } from '../../options/index.ts';
import type { Flag, Operand } from '../../options/option.ts';

/** `--volume` for `volumes[2]`; a path that is no field of RunOptions stays as it is. */
export function flagOf(path: string): string {
  const field = /^\w+/.exec(path)?.[0] ?? '';
  const option = Object.entries(OPTIONS).find(([name]) => name === field)?.[1];
  return option ? typed(option.declared) : path;
}

/** `--volume`, `<rootfs>`, `command`. */
function typed(declared: Flag | Operand): string {
  if ('flag' in declared) return /--[\w-]+/.exec(declared.flag)?.[0] ?? declared.flag;
  return declared.operand.replace(/^\[(\w+).*$/, '$1');
}
