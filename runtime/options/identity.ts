// The names a container goes by: its id on this host and its hostname inside.
import { byteLength } from '../base/bytes.ts';
import type { Parsed } from '../config/problems.ts';

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
  if (hostname === '')
    return { problem: 'is empty', hint: 'give the name that `hostname` shall print inside' };
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
