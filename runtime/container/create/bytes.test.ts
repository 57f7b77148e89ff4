// Arguments, environment and paths that are no UTF-8, by API and command, against this machine's
// kernel: what comes out are the same bytes.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBytes, encodeBytes } from '../../base/bytes.ts';
import { KernelOpError } from '../../base/errors.ts';
import { namesIn } from '../../host/files.ts';
import { readHostFacts } from '../../host/read.ts';
import { createContainer, openContainer, run } from '../container.ts';
import { example, gone } from '../example-container.ts';

const BUSYBOX = join(import.meta.dirname, '../../../fixtures/rootfs/out/default/bin/busybox');
const COMMAND = join(import.meta.dirname, '../../../bin/terrarium');
const lacking =
  readHostFacts().euid !== 0 ? 'root' : existsSync(BUSYBOX) ? '' : 'the default root file system';

const latin = (text: string) => Buffer.from(text, 'latin1');

describe.skipIf(lacking !== '')(`bytes that are no text${lacking && ` (needs ${lacking})`}`, () => {
  let scratch: string;
  let rootfs: Buffer;
  const at = (path: string) => encodeBytes(`${scratch}/${path}`);

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'terrarium-bytes-'));
    rootfs = at('r\udce9sum\udce9');
    const root = decodeBytes(rootfs);
    for (const name of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp'])
      mkdirSync(encodeBytes(`${root}/${name}`), { recursive: true });
    copyFileSync(BUSYBOX, encodeBytes(`${root}/bin/busybox`));
    for (const name of ['sh', 'cat', 'echo', 'ls', 'sleep', 'caf\udce9'])
      symlinkSync('busybox', encodeBytes(`${root}/bin/${name}`));
    writeFileSync(
      encodeBytes(`${root}/etc/passwd`),
      latin('r\xe9mi:x:7:7::/home/r\xe9mi:/bin/sh\n'),
    );
    mkdirSync(at('v\udce8'));
    writeFileSync(at('v\udce8/f\udcff'), 'of the volume');
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  /** What a container writes, and how it ends. */
  async function written(options: Parameters<typeof run>[0]) {
    const path = join(scratch, 'written');
    const fd = openSync(path, 'w+');
    try {
      const result = await run({ ...options, stdio: [fd, fd, fd] });
      return { ...result, bytes: readFileSync(path) };
    } finally {
      closeSync(fd);
    }
  }

  it('reach the program as arguments, environment and directory', async () => {
    // All of them in one container: any bytes but NUL.
    const [args = []] = fc.sample(
      fc.array(fc.uint8Array({ min: 1, minLength: 1, maxLength: 20 }), {
        minLength: 300,
        maxLength: 300,
      }),
      1,
    );
    const script = 'cat /proc/$$/cmdline; echo "==="; cat /proc/$$/environ; echo "==="; pwd';
    const { exitCode, bytes } = await written({
      ...example('/bin/sh', '-c', script, 'sh'),
      rootfs,
      command: ['/bin/sh', '-c', script, 'sh', ...args],
      env: { X: latin('\xe9\xff'), [`K${'\udce8'}`]: 'é' },
      workdir: latin('/w\xe7'),
      user: latin('r\xe9mi'),
    });
    expect(exitCode).toBe(0);
    const [cmdline = '', environment = '', directory] = bytes.toString('latin1').split('===\n');
    const sent = args.map((arg) => Buffer.from(arg).toString('latin1'));
    expect(cmdline.split('\0').slice(4, -1)).toEqual(sent);
    expect(environment.split('\0')).toEqual(
      expect.arrayContaining(['X=\xe9\xff', 'K\xe8=\xc3\xa9', 'HOME=/home/r\xe9mi']),
    );
    expect(directory).toBe('/w\xe7\n');
  });

  it('name volumes, on the host and inside', async () => {
    const { exitCode, bytes } = await written({
      ...example(),
      rootfs,
      command: ['/bin/cat', latin('/m\xe8/f\xff')],
      volumes: [{ source: at('v\udce8'), destination: latin('/m\xe8'), readonly: true }],
    });
    expect([exitCode, bytes.toString()]).toEqual([0, 'of the volume']);
  });

  it('are in the state, in processes and in what is executed later', async () => {
    const options = { ...example(), rootfs, env: [latin('X=\xe9')], detach: true };
    await using made = await createContainer({
      ...options,
      command: ['/bin/sh', '-c', 'sleep 1001; :', latin('\xe9')],
    });
    const found = await openContainer(made.id);
    expect(found.state()).toMatchObject({
      rootfs: decodeBytes(rootfs),
      command: ['/bin/sh', '-c', 'sleep 1001; :', '\udce9'],
    });
    const out = join(scratch, 'executed');
    const fd = openSync(out, 'w');
    const executed = await found.exec({
      command: ['/bin/sh', '-c', 'echo "$X$Y$0"; pwd; exec /bin/sleep 1002', latin('\xe8')],
      env: [latin('Y=\xff')],
      workdir: latin('/w\xe7'),
      stdio: [fd, fd, fd],
    });
    closeSync(fd);
    await expect.poll(() => readFileSync(out, 'latin1')).toBe('\xe9\xff\xe8\n/w\xe7\n');
    const commands = (await found.processes()).map((process) => process.command);
    expect(commands[0]).toBe('/bin/sh -c sleep 1001; : \udce9');
    executed.kill(9);
    await executed.wait();
  });

  it('are shown as \\xe9 where something is wrong with them', async () => {
    const error = await run({ ...example(), rootfs, command: [latin('caf\xe8')] }).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof KernelOpError)) throw error;
    expect(error.message).toContain('execve caf\\xe8: ENOENT');
    expect(error.hint).toBe(
      `caf\\xe8 is in none of the directories of PATH (/usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin, /bin); did you mean caf\\xe9, in /bin?`,
    );
    const missing = run({ ...example('x'), rootfs: at('\udcff') });
    await expect(missing).rejects.toThrow(/^rootfs: does not exist \(got ".*\/\\xff"\)$/);
    const closed = run({ ...example('x'), rootfs: at(`${'\udcff'.repeat(300)}`) });
    await expect(closed).rejects.toThrow(/^rootfs: ENAMETOOLONG: name too long, stat \(got/);
  });

  describe('the command', () => {
    /**
     * A shell's command line, with the command as `t`, the root as `$r` and a state directory of
     * its own.
     */
    function typed(line: string) {
      const script = `r=$(printf '${scratch}/r\\351sum\\351') TERRARIUM_STATE=$(printf '${scratch}/s\\351')
export TERRARIUM_STATE; t() { '${COMMAND}' "$@"; }; cd '${scratch}'; ${line}`;
      const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', script], {
        timeout: 30_000,
      });
      return { out: stdout.toString('latin1'), err: stderr.toString('latin1'), status };
    }

    it('takes them from its arguments and its environment', () => {
      const { out, err, status } = typed(`Y=$(printf '\\377') t shell r?sum? box --network none \
-e "$(printf 'X=\\351')" -e Y -w "$(printf '/w\\347')" -v "$(printf 'v\\350:/m\\350')" -- \
sh -c 'echo "$X$Y$1"; pwd; ls /m*' sh "$(printf '\\302')" | od -An -tx1 | tr -d ' \\n'`);
      const hex = latin('\xe9\xff\xc2\n/w\xe7\n').toString('hex');
      expect([err, status]).toEqual(['', 0]);
      expect(out.slice(0, hex.length)).toBe(hex);
    });

    it('keeps state in a directory named by them, and undoes all of it', async () => {
      const { id } = example();
      const { out, err } =
        typed(`t shell "$r" box -d -n ${id} -- sh -c 'sleep 1003; :' "$(printf '0.\\351')" &&
t list -q && t list --format json && t exec ${id} -- echo "$(printf '\\351')" && t state ${id}
t delete -f ${id}; t gc`);
      expect(err).toBe('');
      expect(out.split('\n').slice(0, 2)).toEqual([id, id]);
      expect(out).toContain('"0.\\udce9"');
      expect(out).toContain('\xe9\nid ');
      expect(out).toContain('r\\xe9sum\\xe9');
      expect(namesIn(`${scratch}/s\udce9`)).toEqual(['.net']);
      expect(readdirSync(encodeBytes(`${scratch}/s\udce9/.net`))).toEqual([]);
      await gone(id);
    });

    it('removes what a damaged journal of such a name has, by the words of its hint', () => {
      typed(
        'mkdir -m 700 "$TERRARIUM_STATE"; echo x > "$TERRARIUM_STATE/b$(printf "\\351").journal"',
      );
      const { err } = typed('t list');
      const command = /`terrarium (.*)`/.exec(err)?.[1] ?? '';
      expect(command).toBe(`delete --force "$(printf -- 'b\\351')"`);
      expect(typed(`t ${command}`)).toEqual({ out: expect.any(String), err: '', status: 0 });
      expect(namesIn(`${scratch}/s\udce9`).filter((name) => !name.startsWith('.'))).toEqual([]);
      expect(typed('t doctor').out).toContain(`${scratch}/s\\xe9`);
    });

    it('explains them: escaped in a table and in JSON, as they are in a script', () => {
      const explained = (format: string) =>
        typed(`t explain "$r" box --network none --format ${format} -- echo "$(printf '\\351')"`);
      expect(explained('table').out).toMatch(/bind root .*\/r\\xe9sum\\xe9.*execve echo \\xe9\n/s);
      expect(explained('json').out).toContain('/r\\udce9sum\\udce9"');
      const script = explained('sh').out;
      expect(script).toContain("/r\xe9sum\xe9'");
      const made = execFileSync('/bin/sh', ['-s'], { input: latin(script), stdio: 'pipe' });
      expect(made).toEqual(latin('\xe9\n'));
    });

    it('never shows a replacement character', () => {
      for (const line of [
        't "$(printf \'\\351\')"',
        't shell "$(printf \'\\351\')" box',
        't shell "$r" "$(printf \'\\351\')"',
        't shell "$r" box -m "$(printf \'\\351\')" -u "$(printf \'\\351\')" -w "$(printf \'\\351\')"',
        't shell "$r" box --network "$(printf \'\\351\')"',
        't shell "$r" box "$(printf %b \'--\\0351\')"',
        't exec "$(printf \'\\351\')" -- true',
        't delete "$(printf \'\\351\')"',
        'TERRARIUM_STATE=/proc/$(printf \'\\351\') t shell "$r" box --network none -- true',
        'TERRARIUM_STATE=/etc/passwd/$(printf \'\\351\') t shell "$r" box --network none -- true',
      ]) {
        const { out, err, status } = typed(line);
        expect([line, status, out]).toEqual([line, 125, '']);
        expect(err, line).toMatch(/^terrarium: .*\\xe9/);
        expect(err, line).not.toMatch(/\xef\xbf\xbd|\xe9/);
        expect(err, line).not.toContain('unexpected');
      }
    });
  });
});
