// Every man page of the command.
import about from '../../package.json' with { type: 'json' };
import { buildProgram, COMMANDS } from '../../runtime/cli/program.ts';
import { type Edition, manPage, pageName } from './mdoc.ts';

/**
 * Pages by the names of their files. Their date is SOURCE_DATE_EPOCH, in seconds
 * (reproducible-builds.org), or today.
 */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const quiet = { write: () => true, columns: 1000 };
  const io = {
    ...{ stdin: {}, stdout: quiet, stderr: quiet, env: {}, cwd: '/' },
    finish: () => {},
  };
  const program = await buildProgram(io, about.version, Object.keys(COMMANDS));
  const seconds = process.env.SOURCE_DATE_EPOCH;
  const edition: Edition = {
    version: about.version,
    date: seconds === undefined ? new Date() : new Date(Number(seconds) * 1000),
  };
  return new Map(
    [program, ...program.commands].map((command) => [
      `${pageName(command)}.1`,
      manPage(command, edition),
    ]),
  );
}
