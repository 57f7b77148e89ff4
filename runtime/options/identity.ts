// What makes a container that one: its root file system, its hostname inside, its id on this host.
import { byteLength } from '../base/bytes.ts';
import { parsePath } from '../config/paths.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import type { Given } from './index.ts';
import { bytes, option, required, text } from './option.ts';

export const root = {
  /** Absolute path of the directory that becomes `/` inside. */
  rootfs: required(bytes(), {
    operand: '<rootfs>',
    help: 'directory that becomes / inside',
  }),
  /**
   * 1 to 64 letters, digits, hyphens, underscores and dots; shown by `hostname` and in the prompt.
   */
  hostname: required(text(), {
    operand: '<hostname>',
    help: 'what `hostname` prints inside',
  }),
};

export const name = {
  /**
   * Name of the container, unique on this host: a letter or digit, then up to 63 letters, digits,
   * `_`, `.`, `-`. Default: made up.
   */
  id: option(text(), {
    flag: '-n, --name <name>',
    help: 'name of the container, unique on this host (default: made up)',
    heading: 'Options:',
  }),
};

/** Each undefined where it is wrong. `otherwise`: the id of a container that is given none. */
export function readIdentity(given: Given, otherwise: string, problems: Problems) {
  const { rootfs, hostname, id = otherwise } = given;
  return {
    rootfs: rootfs === undefined ? rootfs : problems.accept('rootfs', rootfs, parseRootfs(rootfs)),
    hostname:
      hostname === undefined
        ? undefined
        : problems.accept('hostname', hostname, parseHostname(hostname)),
    id: problems.accept('id', id, parseId(id)),
  };
}

/**
 * Becomes a directory name, a part of cgroup paths and, hashed, of link names: no separators,
 * nothing hidden, no way up.
 */
export function parseId(id: string): Parsed<string> {
  const hint =
    'a letter or digit, then up to 63 letters, digits, underscores, dots and hyphens, no two dots in a row';
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(id) && !id.includes('..')
    ? { value: id }
    : { problem: 'is no id for a container', hint };
}

/**
 * At most 64 bytes (__NEW_UTS_LEN, uname(2)). The kernel would take any bytes; what is taken here
 * are the labels of RFC 1123 and the underscore, which container names have. So a prompt,
 * /etc/hosts and a URL can all carry it, and it needs no quoting in a shell.
 */
export function parseHostname(hostname: string): Parsed<string> {
  if (hostname === '') return { problem: 'is empty', hint: "give the container's hostname" };
  const bytes = byteLength(hostname);
  if (bytes > 64)
    return { problem: `is ${bytes} bytes long`, hint: 'the kernel keeps 64 bytes at most' };
  const allowed =
    'letters, digits, hyphens and underscores, in parts of at most 63 with dots between them';
  if (!/^[A-Za-z0-9_.-]+$/.test(hostname))
    return { problem: 'has characters that a hostname cannot have', hint: allowed };
  const wrong = hostname
    .split('.')
    .find((label) => label === '' || label.length > 63 || /^-|-$/.test(label));
  if (wrong === undefined) return { value: hostname };
  return {
    problem: wrong === '' ? 'has an empty part' : `has a part that no hostname can have: ${wrong}`,
    hint: `${allowed}; no hyphen first or last`,
  };
}

function parseRootfs(path: string): Parsed<string> {
  const parsed = parsePath(path, 'on the host');
  if ('problem' in parsed || parsed.value !== '/') return parsed;
  return {
    problem: "is the host's own root",
    hint: 'a container on it would see every file of the host; give the directory of a root file system',
  };
}
