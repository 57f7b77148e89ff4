// The package's entry: everything that a program needs to have containers. Its types are Node's, so
// that a compiler looks for @types/node by itself.
/// <reference types="node" preserve="true" />
export { decodeBytes, encodeBytes, type TextOrBytes } from './base/bytes.ts';
export {
  ConfigError,
  HostError,
  KernelOpError,
  StateError,
  TerrariumError,
} from './base/errors.ts';
export type { ContainerStats } from './cgroups/controllers/index.ts';
export type { LostLimit } from './cgroups/lost.ts';
export {
  type CallOptions,
  type CallResult,
  Container,
  type ContainerEnd,
  type ContainerProcess,
  type ContainerRunOptions,
  type ContainerState,
  type CreateOptions,
  collectGarbage,
  createContainer,
  createPool,
  type DamagedContainer,
  type Encoding,
  type ExecOptions,
  type ExecutedProcess,
  type ExitStatus,
  type Garbage,
  GarbageError,
  type Left,
  listContainers,
  openContainer,
  type Pool,
  type PoolOptions,
  type PoolRunOptions,
  planFor,
  RunError,
  type RunOptions,
  type RunResult,
  run,
  type StdioEntry,
  type StdioOption,
  type Streams,
  surveyContainers,
  type Terminal,
  type Undone,
} from './container/container.ts';
export { deleteContainer } from './container/end/delete.ts';
export { operationText } from './plan/describe.ts';
export type { Operation, Phase, Plan, Trace, TraceEntry } from './plan/operations.ts';
