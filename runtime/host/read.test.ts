import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cgroupLayout } from './cgroup-layout.ts';
import { parseMountInfo } from './mountinfo.ts';
import { observeHost, parseKernelConfig } from './observe.ts';
import { readHostFacts } from './read.ts';

const said = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8' }).trim();

describe('readHostFacts on this machine', () => {
  const facts = readHostFacts();

  it('agrees with uname, id and getconf', () => {
    expect(facts.kernel.release).toBe(said('uname', '-r'));
    expect(facts.hostname).toBe(said('uname', '-n'));
    expect(facts.euid).toBe(Number(said('id', '-u')));
    expect(facts.pageSizeBytes).toBe(Number(said('getconf', 'PAGESIZE')));
    expect(facts.cpus).toBe(Number(said('getconf', '_NPROCESSORS_ONLN')));
    expect(facts.memoryTotalBytes).toBe(
      Number(said('getconf', '_PHYS_PAGES')) * facts.pageSizeBytes,
    );
  });

  it('names only cgroup directories that are there', () => {
    const { cgroup } = facts;
    const directories =
      cgroup.mode === 'none'
        ? []
        : cgroup.mode === 'v2'
          ? [cgroup.root]
          : Object.values(cgroup.hierarchies);
    expect(directories.filter((path) => !existsSync(`${path}/cgroup.procs`))).toEqual([]);
    const mounted = /^.* - cgroup/m.test(readFileSync('/proc/self/mountinfo', 'utf8'));
    expect(cgroup.mode !== 'none').toBe(mounted);
  });

  it('finds the cgroups that the whole mount table says', () => {
    const table = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
    const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
    expect(facts.cgroup).toEqual(cgroupLayout(table, { read, exists: existsSync }));
  });

  it('names each namespace type once', () => {
    expect(facts.namespaces).toContain('mount');
    expect(new Set(facts.namespaces).size).toBe(facts.namespaces.length);
    expect(facts.namespaces.includes('time')).toBe(existsSync('/proc/self/ns/time'));
  });
});

describe('observeHost', () => {
  it('looks at the directory that would hold the state, and makes none', () => {
    const { stateDirectory } = observeHost('0.0.0-none', '/run/terrarium-not-there/below');
    expect(stateDirectory.freeBytes).toBeGreaterThan(0);
    expect(existsSync('/run/terrarium-not-there')).toBe(false);
  });

  it('reads a kernel configuration', () => {
    const config = parseKernelConfig(
      '# CONFIG_X is not set\nCONFIG_VETH=m\nCONFIG_LSM="landlock,bpf"\n',
    );
    expect([...config]).toEqual([
      ['CONFIG_VETH', 'm'],
      ['CONFIG_LSM', '"landlock,bpf"'],
    ]);
  });
});
