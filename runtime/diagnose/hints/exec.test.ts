// Refused commands: where there is root the kernel itself refuses, and the help that comes with the
// error is looked at.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelOpError } from '../../base/errors.ts';
import { run } from '../../container/container.ts';
import { readHostFacts } from '../../host/read.ts';
import type { RunOptions } from '../../options/index.ts';

const BUSYBOX = join(import.meta.dirname, '../../../fixtures/rootfs/out/default/bin/busybox');
const facts = readHostFacts();
const lacking =
  facts.euid !== 0 ? 'root' : existsSync(BUSYBOX) ? '' : 'the default root file system';

describe.skipIf(lacking !== '')(
  `a command that is refused${lacking ? ` (needs ${lacking})` : ''}`,
  () => {
    let scratch: string;
    let rootfs: string;

    const put = (path: string, content: string | Buffer, mode = 0o755) => {
      writeFileSync(join(rootfs, path), content);
      chmodSync(join(rootfs, path), mode);
    };

    beforeAll(() => {
      scratch = mkdtempSync(join(tmpdir(), 'terrarium-hints-'));
      rootfs = join(scratch, 'rootfs');
      for (const path of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'closed', '../volume'])
        mkdirSync(join(rootfs, path), { recursive: true });
      copyFileSync(BUSYBOX, join(rootfs, 'bin/busybox'));
      for (const applet of ['sh', 'grep', 'true'])
        symlinkSync('busybox', join(rootfs, 'bin', applet));
      symlinkSync('/usr/bin/away', join(rootfs, 'bin/dangling'));
      symlinkSync('loop', join(rootfs, 'bin/loop'));
      put('bin/script', '#!/bin/bash\n');
      put('bin/crlf', '#!/bin/sh\r\n:\r\n');
      put('bin/via', '#!/bin/script\n');
      put('bin/nameless', '#!\n');
      put('bin/plain', 'echo hi\n');
      put('bin/readable', '#!/bin/sh\n', 0o644);
      put('bin/private', '#!/bin/sh\n', 0o700);
      put('bin/through', '#!/bin/readable\n');
      copyFileSync(BUSYBOX, join(rootfs, 'closed/true'));
      chmodSync(join(rootfs, 'closed'), 0o700);
      put('bin/foreign', header(process.arch === 'x64' ? 183 : 62, 2));
      put('bin/object', header(process.arch === 'x64' ? 62 : 183, 1));
      copyFileSync('/bin/ls', join(rootfs, 'bin/dynamic'));
      copyFileSync(BUSYBOX, join(scratch, 'volume/true'));
      process.env.TERRARIUM_STATE = join(scratch, 'state');
    });
    afterAll(() => {
      delete process.env.TERRARIUM_STATE;
      rmSync(scratch, { recursive: true });
    });

    async function failure(
      command: readonly string[],
      options: Partial<RunOptions> = {},
    ): Promise<{ code: string; hint: string }> {
      const error: unknown = await run({
        rootfs,
        hostname: 'box',
        network: 'none',
        stdio: 'ignore',
        command,
        ...options,
      }).then(
        () => 'it ran',
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof KernelOpError)) throw new Error(`not a KernelOpError: ${error}`);
      return { code: error.fields.code, hint: (error.hint ?? '').replaceAll(scratch, '') };
    }

    it.each<[code: string, command: string[], hint: RegExp, options?: Partial<RunOptions>]>([
      [
        'ENOENT',
        ['gerp'],
        /^gerp is in none of the directories of PATH \(.*, \/bin\); did you mean grep, in \/bin\?$/,
      ],
      [
        'ENOENT',
        ['sh'],
        /^PATH is \/a:\/b, and \/rootfs has none of these directories/,
        { env: ['PATH=/a:/b'] },
      ],
      [
        'ENOENT',
        ['/bin/gerp'],
        /^there is no \/bin\/gerp in \/rootfs; did you mean \/bin\/grep\?$/,
      ],
      ['ENOENT', ['/usr/bin/zsh'], /^there is no \/usr in \/rootfs; there is a \/bin\/sh$/],
      ['ENOENT', ['/bin/true/x'], /^\/bin\/true, a symbolic link to busybox, is no directory/],
      [
        'ENOENT',
        ['dangling'],
        /^\/bin\/dangling is a symbolic link to \/usr\/bin\/away, and there is no \/usr in \/rootfs$/,
      ],
      [
        'ENOENT',
        ['dynamic'],
        /^\/bin\/dynamic is there, but its loader \/lib\S+ is not: it is a dynamic program for \w+\. Copy the loader/,
      ],
      [
        'ENOENT',
        ['script'],
        /^\/bin\/script is a script for \/bin\/bash, which \/rootfs does not have; there is a \/bin\/sh$/,
      ],
      ['ENOENT', ['via'], /^\/bin\/script is a script for \/bin\/bash/],
      [
        'ENOENT',
        ['/bin/crlf'],
        /^the first line of \/bin\/crlf ends in CRLF, so the kernel looks for "\/bin\/sh\\r": sed /,
      ],
      [
        'ENOENT',
        ['/mnt/x'],
        /^\/mnt\/x is on the tmpfs that is mounted on \/mnt: nothing is in there at first$/,
        { tmpfs: ['/mnt'] },
      ],
      [
        'ELOOP',
        ['/bin/loop'],
        /^\/bin\/loop is a symbolic link that leads back to itself: \/bin\/loop says loop$/,
      ],
      [
        'ENOEXEC',
        ['plain'],
        /^\/bin\/plain is a text without #! .*: begin it with #!\/bin\/sh, or run sh \/bin\/plain$/,
      ],
      [
        'ENOEXEC',
        ['foreign'],
        /^\/bin\/foreign is a program for (arm64|x64), and this machine is (x64|arm64)/,
      ],
      ['ENOEXEC', ['object'], /^\/bin\/object is an ELF file, but no program/],
      ['ENOEXEC', ['nameless'], /^\/bin\/nameless begins with #! and names no interpreter/],
      ['EACCES', ['/bin'], /^\/bin is a directory, not a program$/],
      [
        'EACCES',
        ['readable'],
        /^\/bin\/readable has no execute permission \(mode 644\): chmod \+x \/bin\/readable$/,
      ],
      ['EACCES', ['through'], /^\/bin\/readable has no execute permission/],
      [
        'EACCES',
        ['private'],
        /^\/bin\/private has mode 700 and belongs to 0:0: user 1000:1000 may not execute it$/,
        { user: '1000:1000' },
      ],
      [
        'EACCES',
        ['/closed/true'],
        /^user 1000:1000 may not go through the directory \/closed/,
        { user: '1000:1000' },
      ],
    ])('%s %j is explained', async (code, command, hint, options = {}) => {
      expect(await failure(command, options)).toEqual({ code, hint: expect.stringMatching(hint) });
    });

    it.each([
      [
        'too many bytes',
        Array.from({ length: 30 }, () => 'x'.repeat(120_000)),
        /^arguments and environment have 36\d{5} bytes, and the kernel .* `ulimit -s`/,
      ],
      [
        'too many strings',
        Array.from({ length: 700_000 }, () => 'x'),
        /^arguments and environment have 70\d{5} bytes, .* 6 MiB/,
      ],
    ])('E2BIG names the limit: %s', async (_, args, hint) => {
      expect(await failure(['true', ...args])).toEqual({
        code: 'E2BIG',
        hint: expect.stringMatching(hint),
      });
    });

    it('with more arguments than 16,384 is executed, and all of them arrive', async () => {
      const args = Array.from({ length: 150_000 }, (_, index) => `${index % 10}`);
      const script = '[ $# = 150000 ] && [ "$1$2" = 01 ] && shift 149999 && [ "$1" = 9 ] && exit 7';
      const { exitCode } = await run({
        rootfs,
        hostname: 'box',
        network: 'none',
        stdio: 'ignore',
        command: ['sh', '-c', script, 'sh', ...args],
      });
      expect(exitCode).toBe(7);
    });

    it('in a volume is looked for there', async () => {
      const noexec = await failure(['/v/true'], { volumes: [`${scratch}/volume:/v:noexec`] });
      expect(noexec).toEqual({
        code: 'EACCES',
        hint: '/v/true is on a mount with the option noexec: mount it with exec',
      });
      const { hint } = await failure(['/v/ture'], { volumes: [`${scratch}/volume:/v`] });
      expect(hint).toBe('there is no /ture in /volume; did you mean /v/true?');
    });

    it('is executed when nothing is wrong with it', async () => {
      await expect(failure(['true'])).rejects.toThrow('it ran');
    });
  },
);

/** An ELF header and nothing else: e_machine and e_type of elf(5). */
function header(machine: number, type: number): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(type, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeUInt32LE(1, 20);
  return bytes;
}
