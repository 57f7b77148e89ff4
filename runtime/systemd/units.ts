// Scopes that systemd makes and ends for us. Loaded when the first is asked for: sockets of Node's
// and D-Bus take milliseconds that a start without systemd does not spend.
import { setTimeout as delay } from 'node:timers/promises';
import { addresses, Bus, Refused } from './bus.ts';
import { type Scope, startScope, stopUnit } from './message.ts';

/** Resolves when the process is in its scope. @throws HostError, Refused */
export async function requestScope(scope: Scope): Promise<void> {
  using bus = await openBus();
  // A name whose last scope systemd is still putting away is free in a moment.
  for (let tries = 40; ; tries--) {
    try {
      return await bus.job(startScope(scope));
    } catch (error) {
      if (!isRefused(error, 'UnitExists') || tries === 0) throw error;
      await delay(25);
    }
  }
}

/** Resolves when the unit has ended, or is not known. @throws HostError, Refused */
export async function requestStop(name: string): Promise<void> {
  using bus = await openBus();
  try {
    await bus.job(stopUnit(name));
  } catch (error) {
    // It has gone by itself.
    if (!isRefused(error, 'NoSuchUnit')) throw error;
  }
}

function isRefused(error: unknown, why: string): boolean {
  return error instanceof Refused && error.code.endsWith(`.${why}`);
}

function openBus(): Promise<Bus> {
  return Bus.open(addresses(process.geteuid?.() ?? -1, process.env.XDG_RUNTIME_DIR));
}
