// How a shell is joined with the parent namespace, and who answers whom over TCP: by the suite's
// programs echo-server and echo-client.
import { readFileSync } from 'node:fs';
import { type Pair, pairOf } from '../observe/links.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface Reach {
  /** Of the server's shell. */
  readonly greeter: string;
  /** Where the server sees the client, and the client itself. */
  readonly from?: string;
}

interface NetworkMatchers {
  /**
   * A veth pair joins it with the parent namespace, with an address at each end (or on its bridge),
   * and the two are different.
   */
  toBeJoinedByVeth(): Promise<Recorded>;
  /** `echo-server PORT`, left in the background of the shell, listens in its network namespace. */
  toServe(port: number): Promise<Recorded>;
  /** A client in the shell is greeted by a server of this hostname, and gets its line back. */
  toReach(address: string, port: number, expected: Reach): Promise<Recorded>;
  /** Such a client finds no server of ours: refused, no route, or another program answers. */
  toReachNone(address: string, port: number): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends NetworkMatchers {}
}

const LISTEN = '0A';
/** For what cannot be reached: a packet that nobody answers. */
const SHORT_S = 0.4;
const MESSAGE = 'how do you do';

/** Whether the kernel has a listening socket there: proc_pid_net(5), tcp. */
function listens({ host }: Box, port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync(`/proc/${host.pid}/net/tcp`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([, local, , state]) => state === LISTEN && local?.endsWith(`:${wanted}`));
}

interface Answer {
  /** The client's own address. */
  readonly local: string;
  /** Hostname by the greeting, or the client's last words. */
  readonly greeter: string;
  /** The client's address, as the server has it. */
  readonly seen: string;
  readonly echo: string;
}

/** Runs a client. A server in the background may print in between. */
async function asked(box: Box, address: string, port: number, options = ''): Promise<Answer> {
  const printed = await box.type(`echo-client ${address} ${port} '${MESSAGE}'${options}`);
  const found = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? 'none';
  const lastWords = printed.trim().split('\n').at(-1) ?? '';
  return {
    local: found(/^local ([\d.]+):/m),
    greeter: /^greeting hello from (\S+), you are /m.exec(printed)?.[1] ?? lastWords,
    seen: found(/^greeting hello from \S+, you are ([\d.]+):/m),
    echo: found(/^echo (.*)$/m),
  };
}

async function pairIfThere(box: Box): Promise<Pair | string> {
  try {
    return await pairOf(box.host.pid, box.program('link-list'));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const networkMatchers = {
  async toBeJoinedByVeth(received: unknown): Promise<Outcome> {
    const box = boxOf(received);
    const pair = await pairIfThere(box);
    const label = 'veth pair with the parent namespace';
    if (typeof pair === 'string') return judge(box, label, { host: pair }, () => false);
    const { container, parent } = pair;
    const ends = [container, parent].map(({ index, name }) => `${index}: ${name}`).join(' ↔ ');
    return firstFailure(
      judge(box, label, { host: ends }, () => true),
      judge(
        box,
        'address of each end',
        { inside: container.address, host: parent.address },
        () => container.address !== parent.address,
      ),
    );
  },
  async toServe(received: unknown, port: number): Promise<Outcome> {
    const box = boxOf(received);
    const answer = /(listening on \S+|(socket|bind|listen): E\w+)\n/;
    const inside = (await box.background(`echo-server ${port} &`, answer)).trim();
    const host = listens(box, port) ? `listening on port ${port}` : 'no socket listens there';
    return judge(box, `echo-server ${port}`, { inside, host }, (said) =>
      said.startsWith('listening'),
    );
  },
  async toReach(received: unknown, address: string, port: number, expected: Reach) {
    const box = boxOf(received);
    const { greeter, echo, local, seen } = await asked(box, address, port);
    const { from } = expected;
    return firstFailure(
      judge(box, 'who answers the client', greeter, expected.greeter),
      judge(box, 'what comes back', echo, MESSAGE),
      ...(from === undefined
        ? []
        : [judge(box, 'the client’s address', { inside: local, host: seen }, from)]),
    );
  },
  async toReachNone(received: unknown, address: string, port: number): Promise<Outcome> {
    const box = boxOf(received);
    const { greeter } = await asked(box, address, port, ` --timeout ${SHORT_S}`);
    return judge(box, 'who answers the client', greeter, (said) => !/^\S+$/.test(said));
  },
};
