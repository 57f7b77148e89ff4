// watch of node:fs: one inotify(7) descriptor per watcher.
import { hasCode } from './errors.ts';
import { EventEmitter } from './events.ts';
import { type HostPath, host } from './host.ts';

/** IN_ATTRIB, IN_CREATE, IN_MODIFY, IN_DELETE(_SELF), IN_MOVE(D)_*, as libuv requests. */
const MASK = 0x4 | 0x100 | 0x2 | 0x200 | 0x400 | 0x800 | 0x40 | 0x80;
/** IN_ATTRIB and IN_MODIFY; libuv calls everything else `rename`. */
const CHANGES = 0x4 | 0x2;
const ROOM = 4096;
/** struct inotify_event without its name: wd, mask, cookie, len. */
const HEAD = 16;

type OnChange = (event: 'change' | 'rename') => void;

class Watcher extends EventEmitter {
  readonly #fd: number;
  #watch: number;

  constructor(path: HostPath, changed: OnChange) {
    super();
    this.#fd = host.files.inotify(path, MASK);
    this.#watch = host.loop.watchFd(this.#fd, 'read', () => this.#read(changed));
  }

  close(): void {
    if (this.#watch === 0) return;
    host.loop.unwatchFd(this.#watch);
    this.#watch = 0;
    host.files.close(this.#fd);
  }

  #read(changed: OnChange): void {
    const events = new Uint8Array(ROOM);
    let length = 0;
    try {
      length = host.files.read(this.#fd, events, 0, ROOM, -1);
    } catch (error) {
      if (!hasCode(error, 'EAGAIN')) this.emit('error', error);
    }
    const words = new Uint32Array(events.buffer);
    for (let at = 0; at + HEAD <= length && this.#watch !== 0; ) {
      const [mask = 0, , name = 0] = words.subarray(at / 4 + 1);
      changed((mask & ~CHANGES) === 0 ? 'change' : 'rename');
      at += HEAD + name;
    }
  }
}

export function watch(path: HostPath, changed: OnChange): Watcher {
  return new Watcher(path, changed);
}
