// A course's own lab: two requirements on its students' program, and their tests.
// The program is ./jail ROOTFS; JAIL=./mine npm run verify examines another one.
import { defineSpec, expect, type Subject } from 'terrarium/harness';

const rootfs = process.env.ROOTFS ?? '/srv/rootfs';

const jail: Subject = {
  name: 'jail',
  // It takes no options, so requirements that need one are unsupported.
  supports: [],
  start: ({ rootfs }) => ({ commandLine: [process.env.JAIL ?? './jail', rootfs] }),
};

const { testRequirement } = defineSpec({
  title: 'Lab 3: a jail',
  sentences: [
    { key: 'ps', heading: 'Processes', text: 'ps in the jail shows the jail’s processes alone.' },
    { key: 'root', heading: 'Files', text: 'Files outside of the root cannot be reached.' },
  ],
  requirements: {
    'LAB-01': { title: 'the jail has a PID namespace of its own', sentences: ['ps'] },
    'LAB-02': { title: 'the jail’s / is the root that was given', sentences: ['root'] },
  },
  subject: jail,
  rootfs,
});

testRequirement('LAB-01', async ({ shell, control, host, say }) => {
  await say('Open the jail. Its shell must be process 1 of a namespace of its own.');
  const box = await shell();
  await expect(box).toBeInItsOwn('pid');
  await expect(box).toPrint('echo $$', '1', 'PID of the shell');
  await say('The control: a shell on the host is in the host’s, under another number.');
  await control(
    () => host.shell(),
    async (free) => [
      await expect(free).toShareTheHosts('pid'),
      await expect(free).not.toPrint('echo $$', '1', 'PID of the shell'),
    ],
  );
});

testRequirement('LAB-02', async ({ shell, control, host, say }) => {
  await say('Open the jail. Its / must be the directory that was given, by device and inode.');
  const box = await shell();
  await expect(box).toHaveRoot(rootfs);
  await say('The control: a shell on the host has another one.');
  await control(
    () => host.shell(),
    (free) => expect(free).not.toHaveRoot(rootfs),
  );
});
