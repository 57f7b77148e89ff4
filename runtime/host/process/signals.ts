// The names and numbers of signals, signal(7).
import { constants } from 'node:os';

/** The kernel's first real-time signal is 32, but the C library keeps two for itself. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** `15` for `TERM`, `SIGTERM` or `sigterm`, `37` for `RTMIN+3`; undefined for anything else. */
export function signalNumber(name: string): number | undefined {
  const wanted = name.toUpperCase().replace(/^SIG/, '');
  const [, standard] =
    Object.entries(constants.signals).find(([key]) => key === `SIG${wanted}`) ?? [];
  return standard ?? realTime(wanted);
}

/** `SIGTERM` for 15, `SIGRTMIN+3` for 37, as signal(7) and systemd write it. */
export function signalName(number: number): string {
  const [name] = Object.entries(constants.signals).find(([, value]) => value === number) ?? [];
  if (name !== undefined) return name;
  if (number < SIGRTMIN || number > SIGRTMAX) return `SIG${number}`;
  return number === SIGRTMIN ? 'SIGRTMIN' : `SIGRTMIN+${number - SIGRTMIN}`;
}

/** `RTMIN`, `RTMIN+0` to `RTMIN+30`, `RTMAX`, `RTMAX-0` to `RTMAX-30`. */
function realTime(name: string): number | undefined {
  const [, from, steps = ''] = /^RT(MIN|MAX)([+-]\d{1,2})?$/.exec(name) ?? [];
  if (from === undefined) return undefined;
  const number = (from === 'MIN' ? SIGRTMIN : SIGRTMAX) + Number(steps);
  return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
}
