// Who the workload runs as: `--user` looked up in the root file system's own /etc/passwd and /etc/group.
import type { User } from './config.ts';
import { isText } from './paths.ts';
import type { Parsed } from './problems.ts';
import { suggestion } from './suggest.ts';

/** Text of the container's /etc/passwd and /etc/group; undefined where there is none. */
export interface UserDatabase {
  readonly passwd?: string | undefined;
  readonly group?: string | undefined;
}

export interface ResolvedUser {
  readonly user: User;
  /** From passwd; else `root` or the number. */
  readonly name: string;
  readonly home: string;
}

/** Beyond it signed arithmetic somewhere turns an id into another, at worst root's (CVE-2024-40635). */
const MAXIMUM = 2 ** 31 - 1;

/** useradd(8)'s, and what is not ASCII: a root file system may be older than UTF-8. */
const NAME = /^[A-Za-z_\u00a0-\uffff][\w.\u00a0-\uffff-]{0,31}\$?$/;

const SYNTAX = 'UID, UID:GID, NAME or NAME:GROUP';

/**
 * The ids for `UID`, `UID:GID`, `NAME`, `NAME:GROUP`, exactly: no signs, blanks, leading zeros or trailing letters (CVE-2026-30892).
 * Without a group: the group of passwd (0 for a uid that is not there) and the supplementary groups that list the name.
 * With one: that group only. The primary group is among the supplementary ones, so that a set-group-ID program cannot shed it (CVE-2022-36109).
 */
export function parseUser(text: string, database: UserDatabase): Parsed<ResolvedUser> {
  const parts = text.split(':');
  const [who = '', group] = parts;
  if (parts.length > 2 || who === '' || group === '')
    return { problem: 'is no user', hint: SYNTAX };
  const accounts = rows(database.passwd, 7);
  const account = find(who, accounts);
  if ('problem' in account) return account;
  const groups = rows(database.group, 4);
  const primary = find(group ?? account.value.row?.[3] ?? '0', groups);
  if ('problem' in primary) return { ...primary, problem: `has a group that ${primary.problem}` };

  const { id: uid } = account.value;
  const [name = uid === 0 ? 'root' : who, , , , , home] = account.value.row ?? [];
  const supplementary =
    group === undefined
      ? groups
          .filter((row) => row[3]?.split(',').includes(name))
          .flatMap((row) => id(row[2] ?? '') ?? [])
      : [];
  return {
    value: {
      name,
      user: {
        uid,
        gid: primary.value.id,
        additionalGids: [...new Set([primary.value.id, ...supplementary])],
      },
      home: home && isText(home) && home.startsWith('/') ? home : uid === 0 ? '/root' : '/',
    },
  };
}

/** A number as it is, a name from the file; the row it was found in. */
function find(
  text: string,
  file: readonly string[][],
): Parsed<{ id: number; row: readonly string[] | undefined }> {
  if (/^\d+$/.test(text)) {
    const number = id(text);
    if (number !== undefined)
      return { value: { id: number, row: file.find((row) => row[2] === text) } };
    return {
      problem: 'is not a number an id can be',
      hint: `ids are 0 to ${MAXIMUM}, without leading zeros`,
    };
  }
  if (!NAME.test(text)) return { problem: 'is neither a number nor a name', hint: SYNTAX };
  const row = file.find(([name]) => name === text);
  const number = id(row?.[2] ?? '');
  if (row && number !== undefined) return { value: { id: number, row } };
  const names = file.flatMap(([name]) => name ?? []);
  return {
    problem: 'is not known in the root file system',
    hint: suggestion(
      text,
      names,
      'names are looked up in its /etc/passwd and /etc/group; a number always works',
    ),
  };
}

function id(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,9})$/.test(text) && Number(text) <= MAXIMUM ? Number(text) : undefined;
}

function rows(text: string | undefined, fields: number): string[][] {
  return (text ?? '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(':'))
    .filter((row) => row.length >= fields);
}
