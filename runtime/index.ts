// The package's entry: everything that a program needs to have containers. Its types are Node's, so
// that a compiler looks for @types/node by itself.
/// <reference types="node" preserve="true" />
export { decodeBytes, encodeBytes, type TextOrBytes } from './bytes.ts';
export type { ContainerStats } from './cgroups/stats.ts';
export {
  Container,
  type ContainerProcess,
  type ContainerState,
  type CreateOptions,
  collectGarbage,
  createContainer,
  createPool,
  type DamagedContainer,
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
  type RunOptions,
  type RunResult,
  run,
  type StdioOption,
  surveyContainers,
  type Terminal,
  type Undone,
} from './container/container.ts';
export { deleteContainer } from './container/delete.ts';
export { ConfigError, HostError, KernelOpError, StateError, TerrariumError } from './errors.ts';
export { operationText } from './plan/describe.ts';
export type { Operation, Phase, Plan, Trace, TraceEntry } from './plan/operations.ts';
