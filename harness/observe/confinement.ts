// The confinement of a process, line by line, with host PIDs: two processes of one container must
// not differ in any line.
import { readFileSync } from 'node:fs';
import { identityOf } from './identity.ts';
import { statusOf } from './process.ts';

/** Fields of proc_pid_status(5). */
const FIELDS = [
  ...['Uid', 'Gid', 'Groups', 'Umask', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'],
  ...['NoNewPrivs', 'Seccomp', 'Seccomp_filters', 'Cpus_allowed_list'],
];

/** Namespaces, cgroups, root, and the privileges of the kernel's status. */
export function confinementOf(pid: number): Readonly<Record<string, string>> {
  const { namespaces, root, cgroups } = identityOf(pid);
  const kinds = Object.entries(namespaces).map(([kind, link]) => [`${kind} namespace`, link]);
  return {
    ...Object.fromEntries(kinds),
    'device and inode of /': root,
    cgroups: cgroups.join(', '),
    ...Object.fromEntries(FIELDS.map((field) => [field, statusOf(pid, field)])),
    'OOM score adjustment': readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim(),
  };
}

/** The lines in which two processes differ, with commas between them; or `none`. */
export function differences(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): string {
  const lines = Object.keys(one).filter((line) => one[line] !== other[line]);
  return lines.join(', ') || 'none';
}
