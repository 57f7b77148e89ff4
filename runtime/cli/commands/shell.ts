// `terrarium shell`: a new container in the foreground, or left running with --detach.
import { pathOf } from '../../base/bytes.ts';
import type { Container, ContainerEnd } from '../../container/container.ts';
import type { RunOptions } from '../../options/index.ts';
import { operationText, type PlanRow, planRows } from '../../plan/describe.ts';
import type { Io } from '../process/io.ts';
import { Signals } from '../process/signals.ts';
import { duration, table, writeJson } from '../text/columns.ts';
import { examples, formatOption } from './base-command.ts';
import { containerCommand, refuseNamedVolumes, runOptionsFrom } from './container-arguments.ts';

const HELP = `
The exit status is the command's own; 128+n if signal n ended it, 126 if it cannot be executed, 127 if it is not there,
125 if the container could not be started. With --format json the result is written to standard error at the end.
${examples(
  ['terrarium shell ./rootfs box', 'a shell on a terminal'],
  ['terrarium shell ./rootfs box --memory 64m --cpus 0.5 --pids-limit 64', 'the same with limits'],
  [
    'terrarium shell ./rootfs box --network ns:/run/netns/blue',
    'in a network made before with `ip netns add blue`',
  ],
  ['echo "id; ps" | terrarium shell ./rootfs box', 'commands from a pipe, without a terminal'],
  [
    'terrarium shell ./rootfs web --name web --detach -- echo-server 8080',
    'left running: see list, exec, stats, delete',
  ],
)}`;

export function shellCommand(io: Io) {
  return containerCommand('shell', 'run a shell, or a command, in a new container', io)
    .option('--trace', 'at the end, list every step with the time it took')
    .option('--trace-file <file>', 'write the result with every step to a file, as JSON')
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async (rootfs, hostname, command, { trace, traceFile, format, ...flags }) => {
      refuseNamedVolumes(flags, io);
      const options = runOptionsFrom(rootfs, hostname, command, flags, io);
      if (options.detach) {
        const container = await detached(options, io);
        if (format === 'json') writeJson(io.stdout, container.state());
        else io.stdout.write(`${container.id}\n`);
        return;
      }
      const { runAttached } = await import('../terminal/terminal.ts');
      const { result, exitCode, signalled } = await runAttached(options, io);
      if (trace) io.stderr.write(traceTable(result));
      if (traceFile !== undefined) await writeResult(traceFile, result);
      if (format === 'json') writeJson(io.stderr, result);
      io.finish(exitCode, signalled ? 'at once' : undefined);
    });
}

/** A signal before it runs undoes it; after that it stays, whatever becomes of this command. */
async function detached(options: RunOptions, io: Io): Promise<Container> {
  const { createContainer } = await import('../../container/container.ts');
  using signals = new Signals(io);
  return await createContainer({ ...options, signal: signals.aborting });
}

function traceTable({ trace, plan }: ContainerEnd): string {
  const rows = planRows(plan);
  return table(trace, [
    { heading: 'STEP', right: true, cell: (entry) => entry.index + 1 },
    { heading: 'PHASE', cell: (entry) => entry.phase },
    { heading: 'OPERATION', cell: (entry) => describe(rows[entry.index]) },
    {
      heading: 'TOOK',
      right: true,
      cell: (entry) => duration(Number(entry.endNs - entry.startNs)),
    },
    { heading: 'ERRNO', right: true, cell: (entry) => entry.errno },
  ]);
}

/** Steps carry their words, so that a reader of the file needs no plan. */
async function writeResult(file: string, { plan, trace, ...result }: ContainerEnd): Promise<void> {
  const { writeFileSync } = await import('node:fs');
  const rows = planRows(plan);
  const steps = trace.map((entry) => ({ ...entry, text: describe(rows[entry.index]) }));
  writeJson({ write: (text) => writeFileSync(pathOf(file), text) }, { ...result, trace: steps });
}

function describe(row: PlanRow | undefined): string {
  return row ? operationText(row.operation) : '';
}
