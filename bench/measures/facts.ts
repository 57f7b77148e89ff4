// Each target is asked what it looks like from inside: kernel, processors, memory, filter,
// namespaces, and the program's checksum.
import * as v from 'valibot';
import type { Started } from '../programs/starter.ts';
import { Facts } from '../samples/records.ts';
import { type Bench, inGroup, runToEnd, type Subject } from './context.ts';

/**
 * Resolves with the start that was asked in. @throws Error when it cannot start, or is not what it
 * should be.
 */
export async function askFacts(bench: Bench, subject: Subject): Promise<Started | undefined> {
  if (subject.opened.inProcess !== undefined || subject.place.name === 'bare-veth')
    return undefined;
  return inGroup(bench, subject, {}, async (group) => {
    const limitMs = subject.place.patienceS * 1000;
    const started = await runToEnd(
      bench,
      subject,
      group,
      { argv: ['/bin/bench-workload', 'facts'] },
      limitMs,
    );
    const { out, err, code } = started;
    const line = out.find((each) => each.startsWith('{'));
    if (line === undefined)
      throw new Error(`ended with ${code}: ${[...out, ...err].join(' / ').slice(-300)}`);
    const facts: unknown = JSON.parse(line);
    bench.record(
      v.parse(Facts, {
        kind: 'facts',
        target: subject.place.name,
        ...v.parse(v.looseObject({}), facts),
      }),
    );
    return started;
  });
}
