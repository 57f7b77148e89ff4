// The connection of a shell to the parent namespace, and TCP between the suite's programs
// echo-server and echo-client.
import { readFileSync } from 'node:fs';
import { type Pair, pairOf } from '../observe/links.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface Reach {
  /** The hostname of the server's shell. */
  readonly greeter: string;
  /** The client's address, by the server and by the client itself. */
  readonly from?: string;
}

interface NetworkMatchers {
  /**
   * A veth pair connects it to the parent namespace, with different addresses at its ends (or on a
   * bridge).
   */
  toBeJoinedByVeth(): Promise<Recorded>;
  /** `echo-server PORT`, left in the background of the shell, listens in its network namespace. */
  toServe(port: number): Promise<Recorded>;
  /** A client in the shell gets a greeting with this hostname, and its line back. */
  toReach(address: string, port: number, expected: Reach): Promise<Recorded>;
  /** Such a client reaches no server of ours: refused, no route, or another program answers. */
  toReachNone(address: string, port: number): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends NetworkMatchers {}
}

const LISTEN = '0A';
/** For unreachable addresses: a packet without an answer. */
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
  /** `box: how do you do`: hostname of the greeting, and the echo; or the client's error. */
  readonly said: string;
  readonly isOurs: boolean;
  /** The client's address and port, by the client and by the server. */
  readonly local: string;
  readonly seen: string;
}

/** Runs a client. A server in the background may print in between. */
async function asked(box: Box, address: string, port: number, options = ''): Promise<Answer> {
  const printed = await box.type(`echo-client ${address} ${port} '${MESSAGE}'${options}`);
  const found = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? 'none';
  const greeter = /^greeting hello from (\S+), you are /m.exec(printed)?.[1];
  const lastWords = printed.trim().split('\n').at(-1) ?? '';
  return {
    said: greeter === undefined ? lastWords : `${greeter}: ${found(/^echo (.*)$/m)}`,
    isOurs: greeter !== undefined,
    local: found(/^local (\S+)$/m),
    seen: found(/^greeting hello from \S+, you are (\S+)$/m),
  };
}

const label = (address: string) =>
  address.startsWith('127.') ? 'who answers on the loopback' : 'who answers the client';

async function pairIfThere(box: Box): Promise<Pair | string> {
  try {
    return await pairOf(box.host.pid, box.program('link-list'));
  } catch (error) {
    // Without the list of all links.
    return (error instanceof Error ? error.message : String(error)).replace(/: it has .*/, '');
  }
}

export const networkMatchers = {
  async toBeJoinedByVeth(received: unknown): Promise<Outcome> {
    const box = boxOf(received);
    const pair = await pairIfThere(box);
    const label = 'veth pair with the parent namespace';
    if (typeof pair === 'string') return judge(box, label, { host: pair }, () => false, 'there');
    const { container, parent } = pair;
    const ends = [container, parent].map(({ index, name }) => `${index}: ${name}`).join(' ↔ ');
    return firstFailure(
      judge(box, label, { host: ends }, () => true, 'there'),
      judge(
        box,
        'address of each end',
        { inside: container.address, host: parent.address },
        () => container.address !== parent.address,
        'another at each',
      ),
    );
  },
  async toServe(received: unknown, port: number): Promise<Outcome> {
    const box = boxOf(received);
    const answer = /(listening on \S+|(socket|bind|listen): E\w+)\n/;
    const inside = (await box.background(`echo-server ${port} &`, answer)).trim();
    const host = listens(box, port) ? `listening on port ${port}` : 'no listening socket';
    const isListening = (said: string) => said.startsWith('listening');
    return judge(box, `echo-server ${port}`, { inside, host }, isListening, 'listening');
  },
  async toReach(received: unknown, address: string, port: number, expected: Reach) {
    const box = boxOf(received);
    const { said, local, seen } = await asked(box, address, port);
    const { greeter, from } = expected;
    const answer = judge(box, label(address), said, `${greeter}: ${MESSAGE}`);
    if (from === undefined) return answer;
    const sides = { inside: local, host: seen };
    const isFrom = (value: string) => local === seen && value.startsWith(`${from}:`);
    return firstFailure(
      answer,
      judge(box, 'the client’s address, by itself and by the server', sides, isFrom, `at ${from}`),
    );
  },
  async toReachNone(received: unknown, address: string, port: number): Promise<Outcome> {
    const box = boxOf(received);
    const { said, isOurs } = await asked(box, address, port, ` --timeout ${SHORT_S}`);
    return judge(box, label(address), said, () => !isOurs, 'no server of ours');
  },
};
