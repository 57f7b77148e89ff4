// What a container's /etc/hosts says, and when there is none of its own.
import { expect, test } from 'vitest';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import { configFrom } from '../options/config-from.ts';
import type { RunOptions } from '../options/index.ts';
import { hosts } from './hosts.ts';

function lines(options: Partial<RunOptions>, address?: string, ofHost = ''): string[] {
  const config = configFrom({ rootfs: '/srv/rootfs', hostname: 'box', ...options }, EXAMPLE_HOST, {
    id: 'made-up',
  });
  const { host } = hosts(config, { stateRoot: '/state', address, hostsOfHost: () => ofHost });
  return host.flatMap((op) => (op.kind === 'file' ? op.text.split('\n').filter(Boolean) : []));
}

test('the name resolves to the address of the link, else to 127.0.1.1', () => {
  const own = lines({}, '198.18.0.2');
  expect(own.at(-1)).toBe('198.18.0.2\tbox');
  expect(own.slice(0, 2)).toEqual([
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
  ]);
  expect(lines({ network: 'none' }).at(-1)).toBe('127.0.1.1\tbox');
  expect(lines({ network: 'ns:/run/netns/blue' }).at(-1)).toBe('127.0.1.1\tbox');
});

test('a name with a domain has a short one', () => {
  expect(lines({ hostname: 'web.example.org' }).at(-1)).toBe('127.0.1.1\tweb.example.org web');
  expect(lines({ hostname: 'localhost.example.org' }).at(-1)).toBe(
    '127.0.1.1\tlocalhost.example.org',
  );
});

test('localhost stays what it is', () => {
  expect(lines({ hostname: 'localhost' }, '198.18.0.2').join()).not.toContain('198.18');
});

test("with the host's network the host's file, and the name where that lacks it", () => {
  const ofHost = '127.0.0.1 localhost\n10.0.0.1 gateway # box\n';
  expect(lines({ network: 'host' }, undefined, ofHost)).toEqual([
    '127.0.0.1 localhost',
    '10.0.0.1 gateway # box',
    '127.0.1.1\tbox',
  ]);
  expect(lines({ network: 'host' }, undefined, '10.0.0.7 BOX\n')).toEqual(['10.0.0.7 BOX']);
});

test('a volume at /etc/hosts wins', () => {
  expect(lines({ volumes: ['/srv/hosts:/etc/hosts'] })).toEqual([]);
});
