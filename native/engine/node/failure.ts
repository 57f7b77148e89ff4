// What a failed call of the host throws: the hook of host.ts.
import { nodeError, systemError } from './errors.ts';
import { type HostPath, host } from './host.ts';
import { inspect } from './inspect.ts';

const EINVAL = 22;

/** Names of the arguments that are paths, as Node's errors have them. */
const ARGUMENTS: Readonly<Record<string, readonly [path: string, destination: string]>> = {
  link: ['existingPath', 'newPath'],
  symlink: ['target', 'path'],
};

/** A path in an error: invalid UTF-8 becomes U+FFFD, as in Node. */
export function textOf(path: HostPath): string {
  return typeof path === 'string' ? path : host.text.decodeUtf8(path, 0, path.length);
}

/** `errno` is positive. */
export function failure(
  errno: number,
  syscall: string,
  path?: HostPath,
  destination?: HostPath,
): Error {
  const from = path === undefined ? undefined : textOf(path);
  const to = destination === undefined ? undefined : textOf(destination);
  const [first, second] = ARGUMENTS[syscall] ?? ['path', 'path'];
  if (errno === EINVAL && from?.includes('\0')) return withNul(first, from);
  if (errno === EINVAL && to?.includes('\0')) return withNul(second, to);
  return systemError(errno, syscall, from, to);
}

function withNul(argument: string, path: string): Error {
  const wanted = 'must be a string, Uint8Array, or URL without null bytes';
  const message = `The argument '${argument}' ${wanted}. Received ${inspect(path)}`;
  return nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}
