// `terrarium doctor`: what this host offers, and what cannot be proven on it.
import { visible } from '../../base/bytes.ts';
import type { Finding } from '../../doctor/finding.ts';
import { type Io, wantsColour } from '../process/io.ts';
import { writeJson } from '../text/columns.ts';
import { paint } from '../text/paint.ts';
import { baseCommand, examples, formatOption } from './base-command.ts';

const HELP = examples([
  'terrarium doctor',
  'each feature, whether it is there, and what is lost without it',
]);

export function doctorCommand(io: Io) {
  return baseCommand('doctor', 'show what this host offers to containers', io)
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async ({ format }) => {
      const [{ hostFacts }, { observeHost }, { diagnose }, { stateRoot }] = await Promise.all([
        import('../../container/create/prepare.ts'),
        import('../../host/observe.ts'),
        import('../../doctor/doctor.ts'),
        import('../../execute/journal/state-directory.ts'),
      ]);
      const facts = hostFacts();
      const findings = diagnose(facts, observeHost(facts.kernel.release, stateRoot()));
      if (format === 'json') writeJson(io.stdout, { facts, findings });
      else io.stdout.write(report(findings, wantsColour(io.stdout, io.env)));
    });
}

function report(findings: readonly Finding[], colour: boolean): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const colours = { ok: 'green', limited: 'yellow', missing: 'red' } as const;
  return findings
    .map(({ name, status, detail, consequence }) => {
      const word = colour ? paint([colours[status]], status.padEnd(7)) : status.padEnd(7);
      const lost =
        consequence === undefined ? '' : `${' '.repeat(width + 11)}${visible(consequence)}\n`;
      return `${name.padEnd(width)}  ${word}  ${visible(detail)}\n${lost}`;
    })
    .join('');
}
