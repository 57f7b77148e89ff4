// The commands that look at containers, change them and take them away.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of files
import type { Area } from './table.ts';

const EXEC = 'runtime/plan/exec.ts';

export const commands: Area = {
  title: 'Commands',
  mutants: [
    {
      name: 'exec-outlives-its-runtime',
      file: EXEC,
      find: '...confinement(process, context.seccomp, host),',
      replace: '...confinement(process, context.seccomp, host, { outlivesRuntime: true }),',
      requirements: ['CLEAN-02', 'EXEC-01'],
    },
    {
      name: 'exec-in-no-session',
      file: EXEC,
      find: "      { kind: 'setsid' },\n",
      replace: '',
      requirements: ['CLI-05', 'EXEC-01'],
    },
    {
      name: 'exec-terminal-of-root',
      file: EXEC,
      find: 'uid: process.user.uid, console: false',
      replace: 'uid: 0, console: false',
      requirements: ['CLI-07', 'EXEC-01'],
    },
    {
      name: 'kill-sends-sigkill-by-default',
      file: 'runtime/cli/commands/kill.ts',
      find: 'toSignal, 15)',
      replace: 'toSignal, 9)',
      requirements: ['CLI-05'],
    },
    {
      name: 'signal-by-number-not-taken',
      file: 'runtime/cli/process/exit-status.ts',
      find: '/^[1-9]\\d?$/.test(text) ? Number(text) : signalNumber(text);',
      replace: 'signalNumber(text);',
      requirements: ['CLI-08', 'CLI-05'],
    },
    {
      name: 'logs-do-not-follow',
      file: 'runtime/cli/commands/logs.ts',
      find: 'container.logs({ follow })',
      replace: 'container.logs({ follow: follow && id === "" })',
      requirements: ['CLI-12', 'CLI-05'],
    },
    {
      name: 'detached-does-not-print-its-id',
      file: 'runtime/cli/commands/shell.ts',
      find: 'else io.stdout.write(`${container.id}\\n`);',
      replace: 'else io.stdout.write("\\n");',
      requirements: ['CLI-05'],
    },
    {
      name: 'groups-below-not-removed',
      file: 'runtime/cgroups/remove.ts',
      find: '    for (const below of groupsBelow(path)) removeQuietly(below);\n',
      replace: '',
      requirements: ['CLEAN-01', 'CLEAN-02'],
    },
    {
      name: 'damaged-container-keeps-its-link',
      file: 'runtime/container/end/delete.ts',
      find: '  await attempt(() => removeLink(linkName(id)));\n',
      replace: '',
      requirements: ['CLEAN-06'],
    },
    {
      name: 'damaged-container-keeps-its-address',
      file: 'runtime/container/end/delete.ts',
      find: '  for (const path of claimsOf(id)) rmSync(pathOf(path), { force: true });\n',
      replace: '',
      requirements: ['CLEAN-06'],
    },
    {
      name: 'damaged-container-keeps-its-groups',
      file: 'runtime/container/end/delete.ts',
      find: '  for (const path of groupsNamed(id, roots))\n    await attempt',
      replace: '  for (const path of groupsNamed(id, []))\n    await attempt',
      requirements: ['CLEAN-06'],
    },
    {
      name: 'damaged-container-deleted-without-force',
      file: 'runtime/container/end/delete.ts',
      find: 'if (!force) throw damaged(id, reading);',
      replace: '',
      requirements: ['CLEAN-06'],
    },
    {
      name: 'link-of-that-name-not-replaced',
      file: 'runtime/execute/operations/link.ts',
      find: 'if (refused?.errno === EEXIST) {',
      replace: 'if (refused?.errno === -1) {',
      requirements: ['CLEAN-04', 'NET-05'],
    },
  ],
};
