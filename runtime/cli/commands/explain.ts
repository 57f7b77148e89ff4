// `terrarium explain`: the plan that `shell` would perform; nothing is performed.
import { Option } from '@commander-js/extra-typings';
import { visible } from '../../base/bytes.ts';
import type { Plan } from '../../plan/operations.ts';
import type { Io } from '../process/io.ts';
import { examples } from './base-command.ts';
import { containerCommand, runOptionsFrom } from './container-arguments.ts';

const HELP = examples(
  [
    'terrarium explain ./rootfs box --memory 64m',
    'every step, numbered, in the order the kernel is asked',
  ],
  [
    'terrarium explain ./rootfs box --format sh > by-hand.sh',
    'a script of unshare, mount and ip that builds the same by hand',
  ],
);

export function explainCommand(io: Io) {
  return containerCommand('explain', 'show the plan of a container without performing it', io)
    .addOption(
      new Option('--format <format>', 'a table, JSON, or a shell script')
        .choices(['table', 'json', 'sh'])
        .default('table'),
    )
    .addHelpText('after', HELP)
    .action(async (rootfs, hostname, command, { format, ...flags }) => {
      const { planFor } = await import('../../container/container.ts');
      const { describePlan } = await import('../../plan/describe.ts');
      const { plan } = await planFor(runOptionsFrom(rootfs, hostname, command, flags, io));
      const text = format === 'sh' ? await scriptOf(plan) : describePlan(plan, format);
      // The script is for a shell, which takes bytes as they are.
      io.stdout.write(format === 'table' ? text.split('\n').map(visible).join('\n') : text);
    });
}

/** Loaded for this alone: describe.ts is on the way of every start. */
async function scriptOf(plan: Plan): Promise<string> {
  const { script } = await import('../../plan/script.ts');
  return script(plan);
}
