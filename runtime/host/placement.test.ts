// Where systemd wants a container's groups, by the paths that units really have.
import { describe, expect, it } from 'vitest';
import { type OwnPlace, placementOf } from './placement.ts';

const AT = '/sys/fs/cgroup';
const SCOPE = 'terrarium.7.scope';

/** `delegated`: groups with their processes; ours is 7. */
function placed(group: string, delegated: Readonly<Record<string, number[]>> = {}, scope = SCOPE) {
  const place: OwnPlace = {
    ...{ root: AT, group, pid: 7 },
    delegated: (path) => path.slice(AT.length) in delegated,
    processes: (path) => delegated[path.slice(AT.length)] ?? [],
  };
  return placementOf(place, scope);
}

describe('without a delegated unit', () => {
  it.each([
    [
      '/user.slice/user-1000.slice/session-1.scope',
      'user-1000.slice',
      '/user.slice/user-1000.slice',
    ],
    ['/system.slice/web.service', 'system.slice', '/system.slice'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'system-getty.slice', undefined],
    ['/init.scope', '-.slice', ''],
    ['/', '-.slice', ''],
  ])('%s has its scope in %s', (group, slice, directory) => {
    const above = directory ?? group.slice(0, group.lastIndexOf('/'));
    const directories = { directory: `${AT}${above}` };
    expect(placed(group)).toMatchObject({ kind: 'scope', slice, name: SCOPE, ...directories });
    expect(placed(group)).toEqual(expect.objectContaining(serviceOf(group)));
  });

  it('a user manager’s own units are in the user’s slice, whatever the manager has', () => {
    const manager = '/user.slice/user-1000.slice/user@1000.service';
    const group = `${manager}/app.slice/terminal.scope`;
    expect(placed(group, { [manager]: [] })).toMatchObject({ slice: 'user-1000.slice' });
  });

  it('there is no place when no scope can be asked for, and none above our namespace', () => {
    expect(placementOf({ ...own('/system.slice/web.service') }, undefined)).toBeUndefined();
    expect(placed('/../other.service')).toBeUndefined();
  });
});

describe('in a delegated unit', () => {
  const unit = '/system.slice/web.service';
  const here = { kind: 'unit', unit: 'web.service', group: `${AT}${unit}` };

  it('groups are below it, and the only process moves into a leaf', () => {
    expect(placed(unit, { [unit]: [7] })).toEqual({ ...here, leaf: `${AT}${unit}/terrarium` });
  });

  it.each(['main', 'terrarium'])('a process in its subgroup %s stays there', (below) => {
    expect(placed(`${unit}/${below}`, { [unit]: [] })).toEqual(here);
  });

  it('other processes of the group are not moved: there is a scope, and it says so', () => {
    expect(placed(unit, { [unit]: [7, 8] })).toEqual({
      ...{ kind: 'scope', slice: 'system.slice', directory: `${AT}/system.slice` },
      ...{ name: SCOPE, service: 'web.service', occupied: 'web.service' },
    });
  });
});

function own(group: string): OwnPlace {
  return { root: AT, group, pid: 7, delegated: () => false, processes: () => [] };
}

function serviceOf(group: string): { readonly service?: string } {
  const service = /[^/]+\.service$/.exec(group)?.[0];
  return service === undefined ? {} : { service };
}
