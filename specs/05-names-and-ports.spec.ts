// A container's network without any configuration: its own name, and ports for every user.
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { OURS, testRequirement } from './suite.ts';

testRequirement('NET-07', OURS, async (context) => {
  const { shell, control, host, say, onCleanup } = context;
  await say('Open a container shell, and resolve its own name: by ping, and in the file.');
  const box = await shell({ hostname: 'web.example.org' });
  const { address } = (await host.pair(box)).container;
  const ping = (name: string) => `ping -c 1 -W 1 ${name} 2>&1 | head -n 1`;
  const answer = (name: string) => `PING ${name} (${address}): 56 data bytes`;
  await expect(box).toPrint(ping('web.example.org'), answer('web.example.org'), 'ping of its name');
  await expect(box).toPrint(ping('web'), answer('web'), 'ping of its first part');
  await expect(box).toPrint('grep web /etc/hosts', `${address}\tweb.example.org web`);
  await say('The control: a file of the host mounted over /etc/hosts has no such name.');
  const file = join(tmpdir(), `hosts-${box.pid}`);
  writeFileSync(file, '127.0.0.1 localhost\n');
  onCleanup(() => rmSync(file));
  await control(
    () => shell({ volumes: [`${file}:/etc/hosts:ro`] }),
    (bare) => expect(bare).toPrint(ping('box'), /bad address/, 'ping of its name'),
  );
});

testRequirement('NET-08', OURS, async ({ shell, control, say }) => {
  const further = ['--user', 'student', '--cap-drop', 'ALL'];
  await say('Open a shell for a non-root user without capabilities.');
  const box = await shell({ further });
  await expect(box).toAnswer('user', ({ host }) => ({ host: host.status('Uid') }), /^1000\s/);
  await expect(box).toAnswer(
    'capabilities',
    ({ host }) => ({ host: host.status('CapEff') }),
    /^0+$/,
  );
  await say('It can serve on port 80, which elsewhere needs root, and can ping.');
  await expect(box).toServe(80);
  await expect(box).toPrint('cat /proc/sys/net/ipv4/ping_group_range', /^0\s+2147483647$/);
  await say('The control: in the host’s network it cannot.');
  await control(
    () => shell({ network: 'host', further }),
    (free) => expect(free).toPrint('echo-server 80', 'bind: EACCES'),
  );
});
