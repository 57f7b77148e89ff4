// Uses up one resource of the kernel and prints the help for the call that failed, as JSON. Its
// limits are those of this process, or of namespaces that the test has made for it.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { exhaustedResource } from './exhausted.ts';

const [, , what = '', ...directory] = process.argv;
const [place = '/nowhere'] = directory;
const user = (name: string, value: number) =>
  writeFileSync(`/proc/sys/user/${name}`, String(value));

function again(call: (count: number) => void): never {
  for (let count = 0; ; count++) call(count);
}

const CALLS: Readonly<Record<string, () => void>> = {
  open: () => again(() => openSync('/dev/null', 'r')),
  write: () => again((count) => writeFileSync(`${place}/${count}`, Buffer.alloc(65536))),
  mkdir: () => again((count) => mkdirSync(`${place}/${count}`)),
  symlink: () => again((count) => symlinkSync('x', `${place}/${count}`)),
  copy: () => again((count) => copyFileSync(process.execPath, `${place}/${count}`)),
  ftruncate: () => ftruncateSync(openSync(`${place}/large`, 'w'), 2 ** 50),
  ptmx: () => again(() => openSync(`${place}/ptmx`, 'r+')),
  watch: () => {
    user('max_inotify_instances', 0);
    watch(place);
  },
  watches: () => {
    user('max_inotify_watches', 0);
    watch(place);
  },
  spawn: () => {
    spawnSync('prlimit', ['--pid', String(process.pid), '--nproc=1:1']);
    process.setuid?.(54321);
    throw spawnSync('/bin/true').error ?? new Error('it was started');
  },
};

try {
  CALLS[what]?.();
  console.log(JSON.stringify({ fact: 'nothing failed' }));
} catch (error) {
  const found = exhaustedResource(error);
  console.log(JSON.stringify({ fact: found?.message ?? String(error), hint: found?.hint }));
}
