// What is not undone, not written down, or undone too early.
import type { Area } from './table.ts';

const EXECUTE = 'runtime/execute/execute.ts';
const REMOVE = 'runtime/container/end/remove.ts';

export const cleanup: Area = {
  title: 'Cleaning up',
  mutants: [
    {
      name: 'pdeathsig-left-out',
      file: 'runtime/plan/process.ts',
      find: "...(outlivesRuntime ? [] : [{ kind: 'pdeathsig' as const }]),",
      replace: '',
      requirements: ['CLEAN-02'],
    },
    {
      name: 'groups-not-removed-at-the-end',
      file: REMOVE,
      find: 'const failures = stubborn.length > 0 ? await undoAll(stubborn, options) : [];',
      replace: 'const failures: Error[] = [];',
      requirements: ['CLEAN-01', 'CLEAN-05'],
    },
    {
      name: 'groups-taken-for-removed',
      file: REMOVE,
      find: "if (undo.kind !== 'rmcgroup' || !removeEmptyCgroup(undo.path)) return false;",
      replace: "if (undo.kind !== 'rmcgroup') return false;",
      requirements: ['CLEAN-01'],
    },
    {
      name: 'state-not-removed',
      file: REMOVE,
      find:
        '  if (journal) removeState(journal.base, journal.record.head.detach);\n' +
        '  else removeState(baseOf(id));\n',
      replace: '',
      requirements: ['CLEAN-01'],
    },
    {
      name: 'address-not-given-back',
      file: 'runtime/execute/operations/undo.ts',
      find: 'if (holderOfClaim(undo.path) === undo.holder) removeIfThere(undo.path);',
      replace: '',
      requirements: ['CLEAN-01'],
    },
    {
      name: 'failed-start-undoes-nothing',
      file: EXECUTE,
      find: 'const failures = await undoAll(this.#undos);',
      replace: 'const failures: Error[] = [];',
      requirements: ['CLEAN-03'],
    },
    {
      name: 'failed-start-keeps-its-state',
      file: 'runtime/container/create/create.ts',
      find: '      removeState(begun.base);\n',
      replace: '      begun.close();\n',
      requirements: ['CLEAN-03'],
    },
    {
      name: 'failed-start-removes-what-was-there',
      file: EXECUTE,
      find: 'files.slice(from, failed?.index ?? to)',
      replace: 'files.slice(from, to)',
      requirements: ['CLEAN-03'],
    },
    {
      name: 'group-in-use-is-taken-over',
      file: 'runtime/execute/operations/vacate.ts',
      find: 'if (occupants(path).length > 0) return false;',
      replace: 'if (occupants(path).length > 0) return true;',
      requirements: ['CLEAN-03'],
      equivalent: 'nothing was removed, so that making the group is refused a second time',
    },
    {
      name: 'aborted-start-goes-on',
      file: EXECUTE,
      find: "signal?.addEventListener('abort', end, { once: true });",
      replace: '',
      requirements: ['CLEAN-05'],
    },
    {
      name: 'processes-in-the-group-not-killed',
      file: 'runtime/cgroups/remove.ts',
      find: "process.kill(pid, 'SIGKILL');",
      replace: "process.kill(pid, 'SIGCONT');",
      requirements: ['CLEAN-02', 'CLEAN-06'],
    },
    {
      name: 'undos-not-intended-in-the-journal',
      file: EXECUTE,
      find: 'if (undos.length > 0) this.#journal.intend(this.#intended);',
      replace: '',
      requirements: ['CLEAN-02'],
    },
    {
      name: 'gc-undoes-nothing',
      file: 'runtime/container/end/gc.ts',
      find: 'const failed = await undoAll(undos, options);',
      replace: 'const failed = await undoAll([], options);',
      requirements: ['CLEAN-02'],
    },
    {
      name: 'gc-keeps-state',
      file: 'runtime/container/end/gc.ts',
      find: '  removeState(baseOf(id));\n',
      replace: '',
      requirements: ['CLEAN-02'],
    },
    {
      name: 'gc-takes-running-containers',
      file: 'runtime/container/state/state.ts',
      find: "abandoned: view === 'over' ||",
      replace: "abandoned: view !== 'over' ||",
      requirements: ['CLEAN-06', 'CLEAN-02'],
    },
    {
      name: 'damaged-journal-hides-all',
      file: 'runtime/container/state/survey.ts',
      find: "if (reading.kind !== 'damaged') continue;",
      replace: "if (reading.kind === 'damaged') throw new Error('damaged');\n    continue;",
      requirements: ['CLEAN-06'],
    },
    {
      name: 'same-name-twice',
      file: 'runtime/execute/journal/journal.ts',
      find: "if (!isErrno(cause, 'EEXIST')) throw",
      replace:
        "if (isErrno(cause, 'EEXIST')) return new Journal(base, openDraft(draft, stateRoot), head);\n      if (!isErrno(cause, 'EEXIST')) throw",
      requirements: ['CLEAN-07', 'BAD-19'],
    },
    {
      name: 'link-of-a-detached-one-stays',
      file: 'runtime/container/end/remove.ts',
      find: "return undos.filter(({ kind }) => kind !== 'rmlink');",
      replace: 'return [...undos];',
      requirements: ['NET-05', 'CLEAN-01'],
      equivalent:
        'the pair goes with its namespace; where another process holds that, this deletes it earlier',
    },
    {
      name: 'containers-of-a-pool-share-their-memory-file-system',
      file: 'runtime/options/mount-words.ts',
      find: "      type: 'tmpfs',\n      options: [...new Set([...safe, ...rest]), ...given],",
      replace: "      type: 'bind',\n      source: '/tmp',\n      options: ['rbind'],",
      requirements: ['POOL-01'],
    },
  ],
};
