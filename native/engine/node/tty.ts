// The used part of node:tty.
import { EventEmitter } from './events.ts';
import { writeFileSync } from './fs.ts';
import { host } from './host.ts';

export function isatty(fd: number): boolean {
  return Number.isInteger(fd) && fd >= 0 && fd <= 0x7fffffff && host.process.isatty(fd);
}

/**
 * Standard output or error of this process. The command writes to the descriptors itself, so that
 * they never become non-blocking, and uses these for a terminal's size.
 */
export class WriteStream extends EventEmitter {
  readonly fd: number;
  readonly isTTY: boolean;

  constructor(fd: number) {
    super();
    this.fd = fd;
    this.isTTY = isatty(fd);
  }

  /** The present size in characters; 0 if it is not a terminal (any more). */
  get columns(): number {
    return host.process.windowSize(this.fd)?.[0] ?? 0;
  }

  get rows(): number {
    return host.process.windowSize(this.fd)?.[1] ?? 0;
  }

  /** Waits until all is written. @throws as writeFileSync */
  write(text: string): boolean {
    writeFileSync(this.fd, text);
    return true;
  }
}
