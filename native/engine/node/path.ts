// The used part of node:path. Lone surrogates stay as they are: they stand for bytes that are no
// UTF-8 (runtime/base/bytes.ts).

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

export function normalize(path: string): string {
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
  return normalize(parts.filter((part) => part !== '').join('/') || '.');
}

export function resolve(...parts: readonly string[]): string {
  let path = '';
  for (const part of parts.toReversed()) {
    if (part !== '') path = path === '' ? part : `${part}/${path}`;
    if (isAbsolute(path)) break;
  }
  const whole = normalize(isAbsolute(path) ? path : `${process.cwd()}/${path}`);
  return whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole;
}

function withoutEnd(path: string): string {
  return path.replace(/(?<=[^/])\/+$/, '');
}

export function dirname(path: string): string {
  const trimmed = withoutEnd(path);
  const slash = trimmed.lastIndexOf('/');
  if (slash < 0) return '.';
  if (slash === 0 || /^\/+$/.test(trimmed)) return '/';
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
