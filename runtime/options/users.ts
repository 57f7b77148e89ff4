// Who the workload runs as: `--user` looked up in the root file system's own /etc/passwd and
// /etc/group.
import type { User } from '../config/config.ts';
import { isText } from '../config/paths.ts';
import type { Parsed } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';

/** A file of accounts: its text, or its lines, which are asked for as often as they are needed. */
export type AccountFile =
  | string
  /** `cutAtMiB`: the last time not all lines came, since the file is larger. */
  | (Iterable<string> & { readonly cutAtMiB?: number | undefined });

/** The container's /etc/passwd and /etc/group; undefined where there is none. */
export interface UserDatabase {
  readonly passwd?: AccountFile | undefined;
  readonly group?: AccountFile | undefined;
}

export interface ResolvedUser {
  readonly user: User;
  /** From passwd; else `root` or the number. */
  readonly name: string;
  readonly home: string;
}

/**
 * Beyond it signed arithmetic somewhere turns an id into another, at worst root's (CVE-2024-40635).
 */
const MAXIMUM = 2 ** 31 - 1;

/** useradd(8)'s, and what is not ASCII: a root file system may be older than UTF-8. */
const NAME = /^[A-Za-z_\u00a0-\uffff][\w.\u00a0-\uffff-]{0,31}\$?$/;

const SYNTAX = 'UID, UID:GID, NAME or NAME:GROUP';

/**
 * The ids for `UID`, `UID:GID`, `NAME`, `NAME:GROUP`, exactly: no signs, blanks, leading zeros or
 * trailing letters (CVE-2026-30892). Without a group: the group of passwd (0 for a uid that is not
 * there) and the supplementary groups that list the name. With one: that group only. The primary
 * group is among the supplementary ones, so that a set-group-ID program cannot shed it
 * (CVE-2022-36109).
 */
export function parseUser(text: string, database: UserDatabase): Parsed<ResolvedUser> {
  const parts = text.split(':');
  const [who = '', group] = parts;
  if (parts.length > 2 || who === '' || group === '')
    return { problem: 'is no user', hint: SYNTAX };
  const passwd: Rows = { path: '/etc/passwd', file: database.passwd, fields: 7 };
  const groups: Rows = { path: '/etc/group', file: database.group, fields: 4 };
  const account = find(who, passwd);
  if ('problem' in account) return account;
  const primary = find(group ?? account.value.row?.[3] ?? '0', groups);
  if ('problem' in primary) return { ...primary, problem: `has a group that ${primary.problem}` };

  const { id: uid } = account.value;
  const [name = uid === 0 ? 'root' : who, , , , , home] = account.value.row ?? [];
  const supplementary = group === undefined ? groupsOf(name, groups) : { value: [] };
  if ('problem' in supplementary) return supplementary;
  return {
    value: {
      name,
      user: {
        uid,
        gid: primary.value.id,
        additionalGids: [...new Set([primary.value.id, ...supplementary.value])],
      },
      home: home && isText(home) && home.startsWith('/') ? home : uid === 0 ? '/root' : '/',
    },
  };
}

/** A file of accounts whose rows have at least `fields` of them. */
interface Rows {
  readonly path: string;
  readonly file: AccountFile | undefined;
  readonly fields: number;
}

type Row = readonly string[];

/** A number as it is, a name from the file; the row it was found in. */
function find(text: string, file: Rows): Parsed<{ id: number; row: Row | undefined }> {
  if (/^\d+$/.test(text)) {
    const number = id(text);
    if (number !== undefined)
      return { value: { id: number, row: first(file, (row) => row[2] === text) } };
    return {
      problem: 'is not a number an id can be',
      hint: `ids are 0 to ${MAXIMUM}, without leading zeros`,
    };
  }
  if (!NAME.test(text)) return { problem: 'is neither a number nor a name', hint: SYNTAX };
  const row = first(file, ([name]) => name === text);
  const number = id(row?.[2] ?? '');
  if (row && number !== undefined) return { value: { id: number, row } };
  if (row)
    return {
      problem: `has no number that an id can be in ${file.path}: ${row[2]?.slice(0, 20)}`,
      hint: 'a number always works',
    };
  return {
    problem: 'is not known in the root file system',
    hint: tooLarge(file) ?? suggestion(text, namesOf(file), OTHERWISE),
  };
}

const OTHERWISE = 'names are looked up in its /etc/passwd and /etc/group; a number always works';

/**
 * Any row may name the user: one that is not read could be missed, which is worse than refusing.
 */
function groupsOf(name: string, file: Rows): Parsed<number[]> {
  const groups: number[] = [];
  for (const row of rows(file)) {
    const number = row[3]?.split(',').includes(name) ? id(row[2] ?? '') : undefined;
    if (number !== undefined) groups.push(number);
  }
  const hint = tooLarge(file);
  if (hint === undefined) return { value: groups };
  return { problem: 'may be in groups that were not looked at', hint: hint };
}

function tooLarge({ path, file }: Rows): string | undefined {
  const cut = typeof file === 'object' ? file.cutAtMiB : undefined;
  return cut === undefined
    ? undefined
    : `only the first ${cut} MiB of its ${path} were looked at; UID:GID always works`;
}

function id(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,9})$/.test(text) && Number(text) <= MAXIMUM ? Number(text) : undefined;
}

function first(file: Rows, wanted: (row: Row) => boolean): Row | undefined {
  for (const row of rows(file)) if (wanted(row)) return row;
  return undefined;
}

/** Looking for the nearest takes some microseconds each. */
const MOST_NAMES = 20_000;

function* namesOf(file: Rows): Iterable<string> {
  let count = 0;
  for (const [name = ''] of rows(file)) {
    yield name;
    if (++count === MOST_NAMES) return;
  }
}

function* rows({ file = '', fields }: Rows): Iterable<Row> {
  for (const line of typeof file === 'string' ? file.split('\n') : file) {
    if (line.startsWith('#')) continue;
    const row = line.split(':');
    if (row.length >= fields) yield row;
  }
}
