// Why a process does not end though it was killed: uninterruptible sleep, or a tracer. proc(5),
// proc_pid_wchan(5).
import { textIfReadable } from '../files.ts';
import { parseFields } from '../procfs.ts';

/** `text`: `process 12 (dd) does not end: state D, waiting in io_schedule`. */
export interface Stuck {
  readonly text: string;
  readonly hint: string;
}

/** Of these processes and their children the one that keeps the others, or the first. */
export function stuckAmong(pids: readonly number[]): Stuck {
  const all = [...new Set(pids.flatMap((pid) => [pid, ...childrenOf(pid)]))];
  const seen = all.flatMap((pid) => look(pid) ?? []);
  const found =
    seen.find(({ tracer }) => tracer !== 0) ?? seen.find(({ state }) => state === 'D') ?? seen[0];
  if (!found) return { text: `${named(pids)} do not end`, hint: '`terrarium gc` tries again' };
  const { pid, name, state, tracer, channel } = found;
  const what = `process ${pid} (${name}) does not end`;
  if (tracer !== 0)
    return {
      text: `${what}: it is traced by process ${tracer}${nameOf(tracer)}`,
      hint: `end the tracer (\`kill -9 ${tracer}\`), then try again`,
    };
  return {
    text: `${what}: state ${state}${channel === '' ? '' : `, waiting in ${channel}`}`,
    hint:
      state === 'D'
        ? 'it ends when its input or output does (a disk, a network file system, a frozen one); then try again'
        : 'try again',
  };
}

function look(pid: number) {
  const status = parseFields(text(`/proc/${pid}/status`));
  const state = status.get('State')?.charAt(0);
  if (state === undefined) return undefined;
  const channel = text(`/proc/${pid}/wchan`);
  return {
    ...{ pid, state, name: status.get('Name') ?? '?' },
    tracer: Number(status.get('TracerPid') ?? 0),
    // `0` is what runs, or what is not shown.
    channel: channel === '' || channel === '0' ? stackTop(pid) : channel,
  };
}

/** `[<0>] io_schedule+0x46/0x80` */
function stackTop(pid: number): string {
  return /^\[<[^>]*>\] ([^+\s]+)/.exec(text(`/proc/${pid}/stack`))?.[1] ?? '';
}

function childrenOf(pid: number): number[] {
  return text(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function nameOf(pid: number): string {
  const name = parseFields(text(`/proc/${pid}/status`)).get('Name');
  return name === undefined ? '' : ` (${name})`;
}

function named(pids: readonly number[]): string {
  return pids.length === 0 ? 'its processes' : `processes ${pids.join(', ')}`;
}

function text(path: string): string {
  return textIfReadable(path)?.trim() ?? '';
}
