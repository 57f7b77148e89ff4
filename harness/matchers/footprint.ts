// Leftovers of a container on the host.
import { counted, Footprint, kindOf, type Trace } from '../observe/footprint.ts';
import { textIfThere } from '../observe/if-there.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, judge, type Outcome, type Recorded } from './recorded.ts';

interface FootprintMatchers {
  /**
   * While it runs, the host has something of it of each of these kinds: for a control.
   *
   * @param kinds `process`, `namespace`, `cgroup`, `link`, `mount`, or one that the subject keeps.
   */
  toBeSeenOnTheHost(...kinds: readonly string[]): Promise<Recorded>;
  /** After `end`, which ends it or removes its leftovers, the host has nothing of it. */
  toLeaveNothing(end: () => unknown): Promise<Recorded>;
  /**
   * After `end` there is no process, namespace, mount, link or name of it. Empty cgroups and the
   * subject's own objects may be left, and are reported.
   */
  toLeaveNothingAlive(end: () => unknown): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends FootprintMatchers {}
}

const LABEL = 'on the host';
const ALIVE = ['process', 'namespace', 'mount', 'link', 'name'];
/** What a shell had at the last observation: it may have exited since. */
const seen = new WeakMap<Box, Footprint>();

async function footprintOf(box: Box): Promise<Footprint> {
  const known = seen.get(box);
  if (known !== undefined && !box.host.runs()) return known;
  const { probes, rootfs, mountsBefore, keeps } = box;
  const footprint = await Footprint.of(box.host, {
    ...{ runtime: box.pid, probes, rootfs, mountsBefore, keeps },
  });
  seen.set(box, footprint);
  return footprint;
}

function keep(box: Box, name: string, traces: readonly Trace[]): void {
  const text = `${traces.join('\n')}\n`;
  box.recorder.artefact({ name: `${box.description}: ${name}`, mediaType: 'text/plain', text });
}

async function leaves(
  box: Box,
  end: () => unknown,
  allowed: (trace: Trace) => boolean,
): Promise<Outcome> {
  const footprint = await footprintOf(box);
  await end();
  const left = await footprint.inTheEnd(allowed);
  const [more, fewer] = [left.filter((trace) => !allowed(trace)), left.filter(allowed)];
  if (fewer.length > 0)
    box.recorder.observe({ label: 'left for later', host: counted(fewer), decisive: false });
  if (left.length > 0) keep(box, 'what is left', left);
  const outcome = judge(box, LABEL, { host: counted(more) }, 'nothing');
  return {
    ...outcome,
    message: () => [outcome.message(), ...more].join('\n'),
  };
}

/** A cgroup without a process in it. */
function isEmptyGroup(trace: Trace): boolean {
  const path = trace.slice(kindOf(trace).length + 1);
  return kindOf(trace) === 'cgroup' && textIfThere(`${path}/cgroup.procs`) === '';
}

export const footprintMatchers = {
  async toBeSeenOnTheHost(received: unknown, ...kinds: readonly string[]): Promise<Outcome> {
    const box = boxOf(received);
    const traces = (await footprintOf(box)).traces();
    keep(box, 'the host while it runs', traces);
    return judge(
      box,
      LABEL,
      { host: counted(traces) },
      (text) => kinds.every((kind) => new RegExp(`\\b\\d+ ${kind}\\b`).test(text)),
      `at least one ${kinds.join(', ')}`,
    );
  },
  async toLeaveNothing(received: unknown, end: () => unknown): Promise<Outcome> {
    return leaves(boxOf(received), end, () => false);
  },
  async toLeaveNothingAlive(received: unknown, end: () => unknown): Promise<Outcome> {
    return leaves(
      boxOf(received),
      end,
      (trace) =>
        isEmptyGroup(trace) || (kindOf(trace) !== 'cgroup' && !ALIVE.includes(kindOf(trace))),
    );
  },
};
