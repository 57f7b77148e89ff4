// Which namespaces a shell is in, by its own words and by the host's: namespaces(7).
import { type NamespaceFile, namespaceOf } from '../observe/process.ts';
import { boxOf, judge, type Outcome, type Recorded } from './recorded.ts';

interface NamespaceMatchers {
  /** The shell's namespace of this kind is not the host's. */
  toBeInItsOwn(kind: NamespaceFile): Promise<Recorded>;
  /** It is the host's: what a control shows. */
  toShareTheHosts(kind: NamespaceFile): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends NamespaceMatchers {}
}

async function look(
  received: unknown,
  kind: NamespaceFile,
  expected: (namespace: string) => boolean,
): Promise<Outcome> {
  const box = boxOf(received);
  const inside = await box.type(`readlink /proc/self/ns/${kind}`);
  const host = box.host.namespace(kind);
  const outcome = judge(box, `${kind} namespace`, { inside, host }, expected);
  // What the shell says about itself must be what the kernel says about it.
  return inside === host
    ? outcome
    : {
        pass: false,
        message: () => `the shell says that it is in ${inside}, and the host finds it in ${host}`,
      };
}

export const namespaceMatchers = {
  toBeInItsOwn: (received: unknown, kind: NamespaceFile) =>
    look(received, kind, (namespace) => namespace !== namespaceOf('self', kind)),
  toShareTheHosts: (received: unknown, kind: NamespaceFile) =>
    look(received, kind, (namespace) => namespace === namespaceOf('self', kind)),
};
