// The used part of node:path. Lone surrogates are kept: they stand for bytes that are not
// UTF-8 (runtime/base/bytes.ts).

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

/** A fast path, since a start checks dozens of paths: these calls are in C. */
function isNormal(path: string): boolean {
  return isAbsolute(path) && !path.includes('//') && !path.includes('/.');
}

export function normalize(path: string): string {
  if (isNormal(path)) return path;
  const absolute = isAbsolute(path);
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!absolute) kept.push('..');
  }
  const text = kept.join('/');
  const tail = path.endsWith('/') && text !== '' ? '/' : '';
  if (absolute) return `/${text}${tail}`;
  if (text !== '') return text + tail;
  return path.endsWith('/') ? './' : '.';
}

export function join(...parts: readonly string[]): string {
  let path = '';
  for (const part of parts) if (part !== '') path = path === '' ? part : `${path}/${part}`;
  return normalize(path === '' ? '.' : path);
}

export function resolve(...parts: readonly string[]): string {
  let path = '';
  for (let at = parts.length - 1; at >= 0 && !isAbsolute(path); at--) {
    const part = parts[at] ?? '';
    if (part !== '') path = path === '' ? part : `${part}/${path}`;
  }
  const whole = normalize(isAbsolute(path) ? path : `${process.cwd()}/${path}`);
  return whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole;
}

/** Removes trailing slashes, except from `/`. */
function withoutEnd(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end--;
  return end === path.length ? path : path.slice(0, end);
}

export function dirname(path: string): string {
  const trimmed = withoutEnd(path);
  const slash = trimmed.lastIndexOf('/');
  if (slash < 0) return '.';
  if (slash === 0) return '/';
  // POSIX leaves the meaning of two leading slashes open; node:path keeps them.
  return trimmed.slice(0, isAbsolute(trimmed) && slash === 1 ? 2 : slash);
}

export function basename(path: string, suffix = ''): string {
  const trimmed = withoutEnd(path);
  const name = trimmed.slice(trimmed.lastIndexOf('/') + 1);
  return suffix !== '' && name !== suffix && name.endsWith(suffix)
    ? name.slice(0, -suffix.length)
    : name;
}

export function extname(path: string): string {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 || name === '..' ? '' : name.slice(dot);
}

const sep = '/';
const posix = { basename, dirname, extname, isAbsolute, join, normalize, resolve, sep };
// biome-ignore lint/style/noDefaultExport: node:path has one, and commander imports it
export default posix;
