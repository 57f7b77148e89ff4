// Builds the context of a test: its recorder, the subject's shells, the host, its control.

import { type ShellOptions, Unsupported } from '../base/subject.ts';
import { asControl, type ControlResult, type Recorder, type Value } from '../evidence/recorder.ts';
import type { Box } from '../shell/box.ts';
import type { ControlCheck, ControlFixture, RequirementContext } from './context.ts';
import { HostSide } from './host-side.ts';
import { openBox } from './open.ts';
import type { Setting } from './test-requirement.ts';

export class NotProvenHere extends Error {}

interface TestState {
  readonly id: string;
  readonly recorder: Recorder;
  readonly ends: (() => unknown)[];
  readonly signal: AbortSignal;
}

export function makeContext<Options extends ShellOptions>(
  { subject, rootfs, probes }: Setting<Options>,
  { id, recorder, ends, signal }: TestState,
): RequirementContext<Options> {
  const onCleanup = (end: () => unknown) => {
    ends.push(end);
  };
  const notProvenHere = (feature: string): never => {
    throw new NotProvenHere(feature);
  };
  const host = new HostSide({ rootfs, probes, recorder, onCleanup });
  const opening = { id, rootfs, probes, recorder, onCleanup, notProvenHere };
  return {
    id,
    subject,
    signal,
    shell: (options, using = subject) =>
      openBox({ ...opening, subject: using, terminal: true }, options),
    piped: (options) => openBox({ ...opening, subject, terminal: false }, options),
    control: controlFixture(recorder, host),
    host,
    say: (text) => recorder.say(text, id),
    observe: (observed) => recorder.observe(observed),
    inside: <V extends Value>(label: string, value: V) => {
      recorder.saw(label, 'inside', value);
      return value;
    },
    outside: <V extends Value>(label: string, value: V) => {
      recorder.saw(label, 'host', value);
      return value;
    },
    transcript: (transcript) => recorder.transcript(transcript),
    plan: (title, steps) => recorder.plan(title, steps),
    series: (series) => recorder.series(series),
    artefact: (artefact) => recorder.artefact(artefact),
    notProvenHere,
    onCleanup,
  };
}

function controlFixture(recorder: Recorder, host: HostSide): ControlFixture {
  function control(description: string, result: ControlResult): void;
  function control(open: Open, check: ControlCheck, description?: string): Promise<Box>;
  function control(
    first: string | Open,
    second: ControlResult | ControlCheck,
    description?: string,
  ): Promise<Box> | undefined {
    if (typeof first === 'function' && typeof second === 'function')
      return runControl(recorder, host, first, second, description);
    if (typeof first === 'string' && typeof second === 'object') recorder.control(first, second);
    return undefined;
  }
  return control;
}

type Open = () => Promise<Box>;

async function runControl(
  recorder: Recorder,
  host: HostSide,
  open: Open,
  check: ControlCheck,
  description?: string,
): Promise<Box> {
  const free = await asControl(open).catch((error: unknown) => {
    // The counterpart for a subject that cannot be opened without the isolation.
    if (error instanceof Unsupported) return asControl(() => host.shell());
    throw error;
  });
  const what = description ?? free.description;
  try {
    await asControl(() => check(free));
  } catch (error) {
    const [observed = ''] = String(error).split('\n', 1);
    recorder.control(what, { outcome: 'same', observed });
    throw error;
  }
  recorder.control(what, { outcome: 'opposite', observed: recorder.lastSeen });
  return free;
}
