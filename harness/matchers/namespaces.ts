// The namespaces of a shell, read on the host: namespaces(7).
import { type NamespaceFile, namespaceOf } from '../observe/process.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface NamespaceMatchers {
  /** The namespaces of this kind of the shell, of the others and of the host are all different. */
  toBeInItsOwn(kind: NamespaceFile, ...others: readonly Box[]): Promise<Recorded>;
  /** It is the host's: for a control. */
  toShareTheHosts(kind: NamespaceFile): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends NamespaceMatchers {}
}

async function look(
  box: Box,
  kind: NamespaceFile,
  expected: (namespace: string) => boolean,
  wanted: string,
): Promise<Outcome> {
  const host = box.host.namespace(kind);
  const said = await box.type(`readlink /proc/self/ns/${kind}`);
  // A shell without /proc cannot print it, so only the host's view counts.
  const inside = /^\w+:\[\d+\]$/.test(said) ? { inside: said } : {};
  const outcome = judge(box, `${kind} namespace`, { host, ...inside }, expected, wanted);
  return [host, undefined].includes(inside.inside)
    ? outcome
    : {
        pass: false,
        message: () => `the shell prints ${said}, and the host finds it in ${host}`,
      };
}

export const namespaceMatchers = {
  async toBeInItsOwn(
    received: unknown,
    kind: NamespaceFile,
    ...others: readonly Box[]
  ): Promise<Outcome> {
    const box = boxOf(received);
    const taken = [namespaceOf('self', kind)];
    const outcomes: Outcome[] = [];
    for (const each of others) {
      const host = each.host.namespace(kind);
      const isFree = !taken.includes(host);
      const label = `${kind} namespace of ${each.hostname}`;
      outcomes.push(judge(each, label, { host }, () => isFree, 'its own'));
      taken.push(host);
    }
    const isOwn = (namespace: string) => !taken.includes(namespace);
    return firstFailure(await look(box, kind, isOwn, 'its own'), ...outcomes);
  },
  toShareTheHosts: (received: unknown, kind: NamespaceFile) =>
    look(
      boxOf(received),
      kind,
      (namespace) => namespace === namespaceOf('self', kind),
      'the host’s',
    ),
};
