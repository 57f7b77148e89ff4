// What a program that uses the package sees of it, as types: checked by the compiler wherever this
// file is.
import type { Readable, Writable } from 'node:stream';
import { expectTypeOf } from 'expect-type';
import { describe, it } from 'vitest';
import {
  type CallResult,
  ConfigError,
  type Container,
  type ContainerProcess,
  type ContainerRunOptions,
  type ContainerState,
  type ContainerStats,
  type CreateOptions,
  collectGarbage,
  createContainer,
  createPool,
  decodeBytes,
  type Encoding,
  type ExecOptions,
  type ExecutedProcess,
  type ExitStatus,
  encodeBytes,
  type Garbage,
  HostError,
  KernelOpError,
  listContainers,
  type Operation,
  openContainer,
  operationText,
  type Plan,
  type Pool,
  type PoolOptions,
  planFor,
  RunError,
  type RunOptions,
  type RunResult,
  run,
  type StateError,
  type StdioEntry,
  type StdioOption,
  type Terminal,
  TerrariumError,
  type Trace,
  type TraceEntry,
} from './index.ts';

describe('run', () => {
  it('takes options of which the root file system and the hostname are needed', () => {
    expectTypeOf(run<StdioOption, Encoding>).parameters.toEqualTypeOf<[options: RunOptions]>();
    expectTypeOf<{ rootfs: string; hostname: string }>().toExtend<RunOptions>();
    expectTypeOf<{ rootfs: string }>().not.toExtend<RunOptions>();
    expectTypeOf<{ hostname: string }>().not.toExtend<RunOptions>();
    expectTypeOf<RunOptions>().not.toHaveProperty('start');
    expectTypeOf<RunOptions['signal']>().toEqualTypeOf<AbortSignal | undefined>();
  });

  it('takes bytes where the kernel does', () => {
    expectTypeOf({
      rootfs: Buffer.of(0x2f, 0xe9),
      hostname: 'box',
      command: ['cat', Uint8Array.of(0xe9)],
      env: { KEY: Buffer.of(0xe9) },
      volumes: [{ source: Buffer.of(0x2f, 0xe9), destination: Buffer.of(0x2f, 0xe8) }],
      workdir: Buffer.of(0x2f, 0xe9),
    }).toExtend<RunOptions>();
    expectTypeOf<{ rootfs: string; hostname: Buffer }>().not.toExtend<RunOptions>();
    expectTypeOf({
      command: [Buffer.of(0xe9)],
      env: [Buffer.of(0x41, 0x3d)],
    }).toExtend<ExecOptions>();
    expectTypeOf(decodeBytes).toEqualTypeOf<(bytes: Uint8Array) => string>();
    expectTypeOf(encodeBytes).toEqualTypeOf<(text: string) => Buffer>();
  });

  it('takes the example of the documentation', () => {
    expectTypeOf({
      rootfs: '/rootfs',
      hostname: 'box',
      command: ['/bin/true'],
      network: 'none',
      memory: '256m',
      cpus: 1,
      pidsLimit: 64,
      stdio: 'ignore',
    } as const).toExtend<RunOptions>();
  });

  it('takes a network and streams that there are, and no others', () => {
    type Network = RunOptions['network'];
    expectTypeOf<'ns:/run/netns/blue'>().toExtend<Network>();
    expectTypeOf<'veth' | 'none' | 'host'>().toExtend<Network>();
    expectTypeOf<'bridge'>().not.toExtend<Network>();
    expectTypeOf<StdioOption>().toEqualTypeOf<
      | 'inherit'
      | 'ignore'
      | 'pipe'
      | readonly [stdin: StdioEntry, stdout: StdioEntry, stderr: StdioEntry]
    >();
    expectTypeOf<StdioEntry>().toEqualTypeOf<'inherit' | 'ignore' | 'pipe' | number>();
    expectTypeOf<[number, number]>().not.toExtend<StdioOption>();
    expectTypeOf<'pipes'>().not.toExtend<StdioOption>();
  });

  it('promises how it ended, what it took and what was performed', () => {
    expectTypeOf(run<StdioOption, Encoding>).returns.resolves.toEqualTypeOf<RunResult>();
    expectTypeOf<RunResult>().toExtend<ExitStatus>();
    expectTypeOf<RunResult['exitCode']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<RunResult['signal']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<RunResult['oomKilled']>().toBeBoolean();
    expectTypeOf<RunResult['cpuTimeUs']>().toBeNumber();
    expectTypeOf<RunResult['plan']>().toEqualTypeOf<Plan>();
    expectTypeOf<RunResult['trace']>().toEqualTypeOf<Trace>();
    expectTypeOf<TraceEntry['startNs']>().toBeBigInt();
  });
});

describe('what a program gets of the streams', () => {
  const options = { rootfs: '/rootfs', hostname: 'box', command: ['true'] };
  type Of<T extends (...given: never) => Promise<unknown>> = Awaited<ReturnType<T>>;

  it('is text, bytes or nothing, as it was asked for', () => {
    const calls = {
      none: () => run(options),
      ignored: () => run({ ...options, stdio: 'ignore' }),
      fed: () => run({ ...options, input: 'text' }),
      piped: () => run({ ...options, stdio: 'pipe' }),
      bytes: () => run({ ...options, stdio: 'pipe', encoding: 'buffer' }),
      some: () => run({ ...options, stdio: ['ignore', 'pipe', 2], input: undefined }),
      either: (stdio: 'pipe' | 'ignore') => run({ ...options, stdio }),
      open: (given: RunOptions) => run(given),
    };
    type Calls = typeof calls;
    expectTypeOf<Of<Calls['none']>['stdout']>().toEqualTypeOf<undefined>();
    expectTypeOf<Of<Calls['ignored']>['stderr']>().toEqualTypeOf<undefined>();
    expectTypeOf<Of<Calls['fed']>['stdout']>().toEqualTypeOf<undefined>();
    expectTypeOf<Of<Calls['piped']>['stdout']>().toEqualTypeOf<string>();
    expectTypeOf<Of<Calls['piped']>['stderr']>().toEqualTypeOf<string>();
    expectTypeOf<Of<Calls['bytes']>['stdout']>().toEqualTypeOf<Buffer>();
    expectTypeOf<Of<Calls['some']>['stdout']>().toEqualTypeOf<string>();
    expectTypeOf<Of<Calls['some']>['stderr']>().toEqualTypeOf<undefined>();
    expectTypeOf<Of<Calls['either']>['stdout']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Of<Calls['open']>['stdout']>().toEqualTypeOf<string | Buffer | undefined>();
  });

  it('is the same of a pool and of a command in a container', () => {
    const calls = {
      pooled: async () => {
        const pool = await createPool({ ...options, size: 1, stdio: 'pipe' });
        return pool.run({ command: ['true'] });
      },
      silent: async () => {
        const pool = await createPool({ ...options, size: 1 });
        return pool.run({ command: ['true'], encoding: 'buffer' });
      },
      inside: async (container: Container) =>
        container.run({
          command: ['true'],
          stdio: ['pipe', 'pipe', 'inherit'],
          encoding: 'buffer',
        }),
    };
    type Calls = typeof calls;
    expectTypeOf<Of<Calls['pooled']>['stdout']>().toEqualTypeOf<string>();
    expectTypeOf<Of<Calls['silent']>['stdout']>().toEqualTypeOf<undefined>();
    expectTypeOf<Of<Calls['inside']>['stdout']>().toEqualTypeOf<Buffer>();
    expectTypeOf<Of<Calls['inside']>['stderr']>().toEqualTypeOf<undefined>();
  });

  it('is a stream of a container or process that it holds', () => {
    const calls = {
      piped: () => createContainer({ ...options, stdio: 'pipe' }),
      none: () => createContainer(options),
      found: () => openContainer('id'),
      some: () => createContainer({ ...options, stdio: ['pipe', 'inherit', 2] }),
      inside: (container: Container) => container.exec({ command: ['cat'], stdio: 'pipe' }),
    };
    type Calls = typeof calls;
    expectTypeOf<Of<Calls['piped']>['stdout']>().toEqualTypeOf<Readable>();
    expectTypeOf<Of<Calls['piped']>['stdin']>().toEqualTypeOf<Writable>();
    expectTypeOf<Of<Calls['none']>['stdin']>().toEqualTypeOf<undefined>();
    expectTypeOf<Of<Calls['found']>['stdout']>().toEqualTypeOf<undefined>();
    expectTypeOf<Of<Calls['some']>['stdin']>().toEqualTypeOf<Writable>();
    expectTypeOf<Of<Calls['some']>['stderr']>().toEqualTypeOf<undefined>();
    expectTypeOf<Of<Calls['inside']>['stderr']>().toEqualTypeOf<Readable>();
    expectTypeOf<Of<Calls['piped']>>().toExtend<Container>();
  });

  it('comes with what only such verbs take', () => {
    expectTypeOf<RunOptions['timeout']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<RunOptions['input']>().toEqualTypeOf<string | Uint8Array | Readable | undefined>();
    expectTypeOf<CreateOptions>().not.toHaveProperty('timeout');
    expectTypeOf<ExecOptions>().not.toHaveProperty('input');
    expectTypeOf<ContainerRunOptions>().not.toHaveProperty('terminal');
    expectTypeOf(RunError).instance.toExtend<TerrariumError>();
    expectTypeOf(RunError).instance.toExtend<Pick<CallResult, 'stdout' | 'exitCode' | 'failed'>>();
    expectTypeOf(RunError).instance.toHaveProperty('code').toEqualTypeOf<string | undefined>();
  });
});

describe('a container', () => {
  it('is made, found and listed', () => {
    expectTypeOf(createContainer<StdioOption>).parameters.toEqualTypeOf<[options: CreateOptions]>();
    expectTypeOf(createContainer<StdioOption>).returns.resolves.toEqualTypeOf<Container>();
    expectTypeOf(openContainer).parameters.toEqualTypeOf<[id: string]>();
    expectTypeOf(openContainer).returns.resolves.toExtend<Container>();
    expectTypeOf(listContainers).returns.items.toEqualTypeOf<ContainerState>();
    expectTypeOf(collectGarbage).returns.resolves.toEqualTypeOf<Garbage>();
    expectTypeOf<CreateOptions['start']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<CreateOptions['signal']>().toEqualTypeOf<AbortSignal | undefined>();
    expectTypeOf<ExecOptions['signal']>().toEqualTypeOf<AbortSignal | undefined>();
  });

  it('is disposed of by await using', () => {
    expectTypeOf<Container>().toExtend<AsyncDisposable>();
  });

  it('has verbs and states', () => {
    expectTypeOf<Container['start']>().returns.resolves.toBeVoid();
    expectTypeOf<Container['wait']>().returns.resolves.toEqualTypeOf<ExitStatus>();
    type Verb = 'start' | 'wait' | 'delete' | 'logs';
    expectTypeOf<Parameters<Container[Verb]>[0]>().extract<object>().toHaveProperty('signal');
    expectTypeOf<Container['kill']>().toEqualTypeOf<(signal?: number | string) => void>();
    expectTypeOf<Awaited<ReturnType<Container['exec']>>>().toExtend<ExecutedProcess>();
    expectTypeOf<Container['stats']>().returns.toEqualTypeOf<ContainerStats>();
    expectTypeOf<Container['processes']>().returns.items.toEqualTypeOf<ContainerProcess>();
    expectTypeOf<Container['logs']>().returns.toExtend<AsyncIterable<Uint8Array>>();
    expectTypeOf<Container['terminal']>().toEqualTypeOf<Terminal | undefined>();
    expectTypeOf<ContainerState['status']>().toEqualTypeOf<
      'creating' | 'created' | 'running' | 'stopped' | 'unknown'
    >();
    expectTypeOf<Pick<Container, 'id'>>().toEqualTypeOf<{ readonly id: string }>();
  });
});

describe('a plan', () => {
  it('is plain data, each operation of a kind', () => {
    expectTypeOf(planFor).returns.toHaveProperty('plan').toEqualTypeOf<Plan>();
    expectTypeOf(operationText).toEqualTypeOf<(op: Operation) => string>();
    expectTypeOf<Plan['inside'][number]>().toExtend<Operation>();
    expectTypeOf<Extract<Operation, { kind: 'sethostname' }>>().toEqualTypeOf<{
      readonly kind: 'sethostname';
      readonly name: string;
    }>();
  });
});

describe('an error', () => {
  it('is recognised by its class, and carries fields', () => {
    expectTypeOf<ConfigError | HostError | StateError | KernelOpError>().toExtend<TerrariumError>();
    expectTypeOf(TerrariumError).instance.toExtend<Error>();
    expectTypeOf(TerrariumError)
      .instance.toHaveProperty('hint')
      .toEqualTypeOf<string | undefined>();
    expectTypeOf(TerrariumError).instance.toHaveProperty('cleanupErrors').toEqualTypeOf<Error[]>();
    expectTypeOf(KernelOpError)
      .instance.toHaveProperty('fields')
      .toHaveProperty('errno')
      .toBeNumber();
    expectTypeOf(KernelOpError)
      .instance.toHaveProperty('fields')
      .toHaveProperty('syscall')
      .toBeString();
    expectTypeOf(ConfigError)
      .instance.toHaveProperty('problems')
      .items.toHaveProperty('path')
      .toBeString();
    expectTypeOf(HostError).instance.toHaveProperty('missing').toBeString();
  });
});

describe('createPool', () => {
  it('takes what its containers have in common, and its size', () => {
    expectTypeOf(createPool<StdioOption>).parameters.toEqualTypeOf<[options: PoolOptions]>();
    expectTypeOf<{ rootfs: string; hostname: string; size: number }>().toExtend<PoolOptions>();
    expectTypeOf<{ rootfs: string; hostname: string }>().not.toExtend<PoolOptions>();
    expectTypeOf<PoolOptions>().not.toHaveProperty('command');
    expectTypeOf<PoolOptions>().not.toHaveProperty('id');
    expectTypeOf<PoolOptions>().not.toHaveProperty('ip');
  });

  it('resolves with a pool whose runs need a command, and which is disposed of', () => {
    expectTypeOf(createPool<StdioOption>).returns.resolves.toEqualTypeOf<Pool>();
    expectTypeOf<Pool>().toExtend<AsyncDisposable>();
    expectTypeOf<{ command: readonly string[] }>().toExtend<Parameters<Pool['run']>[0]>();
    expectTypeOf<{ env: readonly string[] }>().not.toExtend<Parameters<Pool['run']>[0]>();
    expectTypeOf<Awaited<ReturnType<Pool['run']>>>().toExtend<RunResult>();
  });
});
