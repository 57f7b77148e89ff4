// Each target is asked what it looks like from inside: kernel, processors, memory, filter,
// namespaces, and the program's checksum.
import * as v from 'valibot';
import type { Started } from '../programs/starter.ts';
import { Facts } from '../samples/records.ts';
import type { Turn } from './context.ts';

/**
 * Resolves with the start that was asked in.
 * @throws Error when it cannot start, or is not what it should be.
 */
export async function askFacts(turn: Turn): Promise<Started> {
  const { name: target } = turn.target;
  const started = await turn.inGroup({}, (group) => turn.toItsEnd(group, ['/bin/bench-facts']));
  const line = started.out.find((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`ended with ${started.code}: ${started.lastWords()}`);
  const facts = v.parse(v.looseObject({}), JSON.parse(line));
  turn.bench.record(v.parse(Facts, { kind: 'facts', target, ...facts }));
  return started;
}
