// Looks up where systemd wants the groups of this process's containers.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { pathOf } from '../../base/bytes.ts';
import type { CgroupLayout, HostFacts } from '../../host/facts.ts';
import { textIfReadable } from '../../host/files.ts';
import { placementOf } from '../../host/placement.ts';
import { hasAttribute } from '../../native/addon.ts';

/** sd_booted(3) */
const BOOTED = '/run/systemd/system';
/** What systemd marks a delegated group with; before its version 251 only root can see it. */
const MARKS = ['user.delegate', 'trusted.delegate'];

let scope: string | undefined;

/** Of this process: one scope for all of its containers that do not outlive it. */
function ownScope(): string {
  scope ??= `terrarium.${process.pid}.${randomBytes(4).toString('hex')}.scope`;
  return scope;
}

let refused: string | undefined;

/** systemd did not give us a scope: this process does without from now on, and says so. */
export function doWithoutScopes({ message }: Error): void {
  refused = message;
}

/** The facts with our place in systemd's tree, on a machine that systemd has booted. */
export function withPlacement(facts: HostFacts): HostFacts {
  const { cgroup } = facts;
  if (cgroup.mode !== 'v2' || !existsSync(pathOf(BOOTED))) return facts;
  const group = /^0::(.*)$/m.exec(textIfReadable('/proc/self/cgroup') ?? '')?.[1];
  if (group === undefined) return facts;
  const placement = placementOf(
    {
      root: cgroup.root,
      group,
      pid: process.pid,
      delegated: (path) => MARKS.some((name) => hasAttribute(path, name)),
      processes: (path) => numbers(textIfReadable(`${path}/cgroup.procs`)),
    },
    refused === undefined && sharesPids() ? ownScope() : undefined,
  );
  if (placement !== undefined) return { ...facts, cgroup: placed(cgroup, placement) };
  return refused === undefined ? facts : { ...facts, cgroup: { ...cgroup, unmanaged: refused } };
}

type V2 = Extract<CgroupLayout, { mode: 'v2' }>;

/** In a unit: the controllers that it was given. */
function placed(cgroup: V2, placement: NonNullable<V2['placement']>): V2 {
  if (placement.kind === 'scope') return { ...cgroup, enabled: [], placement };
  const words = (name: string) =>
    (textIfReadable(`${placement.group}/${name}`) ?? '').split(/\s+/).filter(Boolean);
  return {
    ...cgroup,
    controllers: words('cgroup.controllers'),
    enabled: words('cgroup.subtree_control'),
    placement,
  };
}

/** systemd must know our processes by the numbers that we know. */
function sharesPids(): boolean {
  return textIfReadable('/proc/1/comm')?.trim() === 'systemd';
}

function numbers(text = ''): number[] {
  return text.split('\n').filter(Boolean).map(Number);
}
