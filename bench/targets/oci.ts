// runc and crun, each with a bundle that asks for what Terrarium gives.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, requireProgram } from '../programs/find.ts';
import { ociConfig, syscallNames } from './bundle.ts';
import { isHybrid, mountsWithoutUnified } from './hybrid.ts';
import { ALL_MEASURES, type Asked, type Opened, type Place, type World } from './target.ts';

export const OCI: readonly Place[] = [ociPlace('runc'), ociPlace('crun')];

function ociPlace(program: 'runc' | 'crun'): Place {
  return {
    name: program,
    title: program,
    family: 'container',
    note: 'the OCI runtime alone, without an engine; the same mounts, capabilities and filter as Terrarium',
    program,
    package: program,
    measures: ALL_MEASURES,
    patienceS: 15,
    guessS: 0.15,
    limitedByGroup: [],
    open: async (world) => open(program, world),
  };
}

function open(program: 'runc' | 'crun', world: World): Opened {
  requireProgram(program, program);
  const state = join(world.scratch, `${program}-state`);
  const syscalls = syscallNames(join(world.repository, 'build/bench/floor'));
  const mounts = program === 'crun' && isHybrid() ? mountsWithoutUnified(world.scratch) : undefined;
  return {
    address: world.link.container,
    files: [...filesOf(program), join(world.root, 'bin/bench-workload')],
    way(asked) {
      const bundle = join(world.scratch, `${program}-bundles`, asked.id);
      mkdirSync(bundle, { recursive: true });
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(bundleOf(asked, world, syscalls)));
      return {
        mounts,
        leaves: asked.detached === true,
        argv: [
          program,
          '--root',
          state,
          'run',
          ...(asked.detached ? ['--detach'] : []),
          '--bundle',
          bundle,
          asked.id,
        ],
        stop: [program, '--root', state, 'delete', '--force', asked.id],
      };
    },
    close: async () => {},
  };
}

function bundleOf(asked: Asked, { root, link }: World, syscalls: readonly string[]): unknown {
  const limits = {
    memory: { limit: asked.memoryMiB * 1048576, swap: asked.memoryMiB * 1048576 },
    cpu: {
      cpus: asked.cpus,
      ...(asked.quota === undefined
        ? {}
        : { quota: Math.round(asked.quota * 100_000), period: 100_000 }),
    },
    pids: { limit: 64 },
  };
  return ociConfig({
    rootfs: root,
    cgroupsPath: `${asked.group.parent}/${asked.id}`,
    syscalls,
    args: asked.argv,
    limits,
    network: asked.linked ? link.namespace : undefined,
  });
}
