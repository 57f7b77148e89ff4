// `terrarium state`: one container, in full.
import { quoted } from '../../base/bytes.ts';
import type { Io } from '../process/io.ts';
import { fields, writeJson } from '../text/columns.ts';
import { baseCommand, examples, formatOption } from './base-command.ts';
import { warnOfLost } from './lost-line.ts';

const HELP = examples(
  ['terrarium state web', 'for reading'],
  ['terrarium state web --format json', 'for programs'],
);

export function stateCommand(io: Io) {
  return baseCommand('state', 'show the state of a container', io)
    .argument('<id>', 'the container, by its id or its hostname')
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async (id, { format }) => {
      const { openNamed } = await import('../../container/named.ts');
      const state = (await openNamed(id)).state();
      warnOfLost(io, state);
      if (format === 'json') writeJson(io.stdout, state);
      else {
        const shown = ([name, value]: [string, unknown]) =>
          [
            name,
            value === undefined || value === null
              ? undefined
              : typeof value === 'object'
                ? quoted(value)
                : String(value),
          ] as const;
        io.stdout.write(fields(Object.entries(state).map(shown)));
      }
    });
}
