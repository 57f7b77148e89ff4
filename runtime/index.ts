// The package's entry: everything that a program needs to have containers.
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
  type ExecOptions,
  type ExecutedProcess,
  type ExitStatus,
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
  type Terminal,
  type Undone,
} from './container/container.ts';
export { ConfigError, HostError, KernelOpError, StateError, TerrariumError } from './errors.ts';
export { operationText } from './plan/describe.ts';
export type { Operation, Phase, Plan, Trace, TraceEntry } from './plan/operations.ts';
