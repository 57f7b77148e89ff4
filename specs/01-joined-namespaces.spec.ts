// The assignment's other method: a shell joins prepared namespaces that its arguments name.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Recorded } from '../harness/matchers/recorded.ts';
import type { NamespaceFile } from '../harness/observe/process.ts';
import type { Box } from '../harness/shell/box.ts';
import { OURS, testRequirement } from './suite.ts';
import { makeMount, makeNetwork, makePid, makePlace } from './support/beforehand.ts';

const KINDS = ['net', 'mnt', 'pid', 'uts', 'ipc'] as const satisfies NamespaceFile[];

const namespace = (kind: NamespaceFile) => async (box: Box) => ({
  inside: await box.type(`readlink /proc/self/ns/${kind}`),
  host: box.host.namespace(kind),
});

testRequirement('NS-07', OURS, async (context) => {
  const { shell, control, host, say } = context;
  await say('On the host, create namespaces without processes: a file keeps each of them.');
  const place = makePlace(context);
  const maker = await host.shell('the host, where the namespaces are made', 'subject');
  const places = 'mount -t tmpfs tmpfs $P && mount --make-private $P && touch $P/uts $P/ipc';
  expect(await maker.type(`P=${place}; ${places}`)).toBe('');
  // First, so that it does not contain the files of the others.
  const mnt = await makeMount(maker, place);
  const net = await makeNetwork(context, maker, place);
  expect(await maker.type('unshare --uts=$P/uts --ipc=$P/ipc true')).toBe('');
  await say('A PID namespace lives as long as its process 1: here that one sleeps.');
  const pid = await makePid(context, maker, place);
  const [uts, ipc] = [join(place, 'uts'), join(place, 'ipc')];
  const files = { net, mnt, pid, uts, ipc };

  await say('Open a container shell and pass the files as arguments.');
  const flags = { pid: '--pid', uts: '--uts', ipc: '--ipc', mnt: '--mount-ns' } as const;
  const further = (['pid', 'uts', 'ipc', 'mnt'] as const).flatMap((kind) => [
    flags[kind],
    `ns:${files[kind]}`,
  ]);
  const box = await shell({ hostname: 'joined', network: `ns:${net}`, further });
  const numbers = KINDS.map((kind) => ({ kind, link: `${kind}:[${statSync(files[kind]).ino}]` }));
  for (const { kind, link } of numbers)
    await expect(box).toAnswer(`${kind} namespace`, namespace(kind), link);
  await expect(box).toPrint('ps -o pid,comm | grep sleep', /^\s*1 sleep$/);
  await expect(box).toHaveRoot(box.rootfs);

  await say('The control: without these arguments the namespaces are new ones.');
  await control(
    () => shell({ hostname: 'unjoined' }),
    async (free) => {
      const others: Recorded[] = [];
      for (const { kind, link } of numbers)
        others.push(
          await expect(free).toAnswer(
            `${kind} namespace`,
            namespace(kind),
            (seen) => seen !== link,
          ),
        );
      return others;
    },
  );
  await say('The namespaces outlive the container: the UTS namespace still has its name.');
  expect(await box.exit()).toBe(0);
  await expect(maker).toPrint('nsenter --uts=$P/uts hostname', 'joined');
});
