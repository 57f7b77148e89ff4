// What may stand for a placeholder of the help, such as the `<capability>` of `--cap-add`. This is
// all that completion knows beside the commands themselves.
import { constants } from 'node:os';
import { CAPABILITIES } from '../../config/capabilities.ts';
import { SECURITY_FORMS } from '../../options/security.ts';
import { commandLine } from '../../plan/command-line.ts';
import type { Io } from '../process/io.ts';

/** A word that fits, and what a shell may show beside it. */
export type Candidate = readonly [value: string, description?: string];

export interface Offer {
  readonly candidates?: readonly Candidate[];
  /** What the shell adds from the file system, after `prefix` of the word. Default: nothing. */
  readonly paths?: 'files' | 'directories';
  readonly prefix?: string;
}

interface Context {
  /** The value up to the cursor. */
  readonly typed: string;
  readonly env: Io['env'];
}

type Values = (context: Context) => Offer | Promise<Offer>;

const files: Values = () => ({ paths: 'files' });

/**
 * By the text between `<` and `>`, or `[` and `]`. Of the other placeholders only the user knows a
 * value.
 */
export const VALUES: Readonly<Record<string, Values>> = {
  capability: () => ({
    candidates: ['ALL', ...CAPABILITIES.map((name) => name.replace('CAP_', ''))].map((name) => [
      name,
    ]),
  }),
  file: files,
  id: containers,
  'key=value': ({ typed, env }) =>
    typed.includes('=')
      ? {}
      : { candidates: Object.keys(env).map((name) => [name, "pass the caller's on"]) },
  mode: ({ typed }) => ({
    ...namespaceFile(typed),
    candidates: [
      ['veth', 'a link to the host'],
      ['none', 'loopback only'],
      ['host', "the host's network"],
      ['ns:', 'join one'],
    ],
  }),
  namespace: ({ typed }) => ({
    ...namespaceFile(typed),
    candidates: [
      ['host', "share the host's"],
      ['ns:', 'join one'],
    ],
  }),
  'ns:path': ({ typed }) => ({ ...namespaceFile(typed), candidates: [['ns:', 'join one']] }),
  option: () => ({ candidates: Object.keys(SECURITY_FORMS).map((form) => [form]) }),
  rootfs: () => ({ paths: 'directories' }),
  signal: ({ typed }) => ({
    candidates: Object.keys(constants.signals).map((name) => [
      typed.startsWith('SIG') ? name : name.slice('SIG'.length),
    ]),
  }),
  'src:dst[:ro]': ({ typed }) => (typed.includes(':') ? {} : { paths: 'files' }),
  words: ({ typed }) => ({
    ...(/^type=bind,src=[^,]*$/.test(typed)
      ? { paths: 'files', prefix: 'type=bind,src=' }
      : undefined),
    candidates: [
      ['type=bind,src=', 'a directory or file of the host'],
      ['type=tmpfs,dst=', 'an empty file system in memory'],
    ],
  }),
};

function namespaceFile(typed: string): Offer {
  return typed.startsWith('ns:') ? { paths: 'files', prefix: 'ns:' } : {};
}

/** None for a user who may not read the state: a shell shows no error on a line being typed. */
async function containers(): Promise<Offer> {
  try {
    const { surveyContainers } = await import('../../container/state/survey.ts');
    return {
      candidates: surveyContainers().containers.map(({ id, status, hostname, command }) => [
        id,
        `${status}, ${hostname}: ${commandLine(command)}`,
      ]),
    };
  } catch {
    return {};
  }
}
