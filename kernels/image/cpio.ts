// An initramfs: a cpio archive in the "newc" format that the kernel unpacks
// (Documentation/driver-api/early-userspace/buffer-format.rst). Pure.

export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly content: Uint8Array | string;
      readonly mode?: number;
    }
  | { readonly kind: 'link'; readonly path: string; readonly to: string }
  | {
      readonly kind: 'device';
      readonly path: string;
      readonly major: number;
      readonly minor: number;
    };

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const S_IFCHR = 0o020000;

/**
 * All entries, owned by root, without times: the same entries give the same bytes. A directory must
 * come before what is in it.
 */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) => record(entry, index + 1));
  return Buffer.concat([
    ...parts,
    ...member({ path: 'TRAILER!!!', inode: 0, mode: 0, links: 1, content: Buffer.alloc(0) }),
  ]);
}

function record(entry: CpioEntry, inode: number): Buffer[] {
  const { path } = entry;
  const none = Buffer.alloc(0);
  switch (entry.kind) {
    case 'directory':
      return member({ path, inode, mode: S_IFDIR | 0o755, links: 2, content: none });
    case 'file':
      return member({
        path,
        inode,
        mode: S_IFREG | (entry.mode ?? 0o644),
        links: 1,
        content: Buffer.from(entry.content),
      });
    case 'link':
      return member({
        path,
        inode,
        mode: S_IFLNK | 0o777,
        links: 1,
        content: Buffer.from(entry.to),
      });
    case 'device':
      return member({
        path,
        inode,
        mode: S_IFCHR | 0o600,
        links: 1,
        content: none,
        device: [entry.major, entry.minor],
      });
  }
}

interface Member {
  readonly path: string;
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly content: Buffer;
  readonly device?: readonly [major: number, minor: number];
}

/**
 * The header's thirteen numbers in hexadecimal, then the name and the content, each filled up to a
 * multiple of four bytes.
 */
function member({ path, inode, mode, links, content, device = [0, 0] }: Member): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const numbers = [inode, mode, 0, 0, links, 0, content.length, 0, 0, ...device, name.length, 0];
  const header = Buffer.from(
    `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`,
  );
  return [padded(Buffer.concat([header, name])), padded(content)];
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
