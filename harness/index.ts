// The framework's public face, without the pages.
export { expect } from 'vitest';
export type { ShellOptions, Start, StartRequest, Subject } from './base/subject.ts';
export { Unsupported } from './base/subject.ts';
export type { Entry } from './evidence/entries.ts';
export type {
  Artefact,
  AuditRow,
  Control,
  Evidence,
  HostSummary,
  Observation,
  PlanStep,
  PlanTrace,
  RequirementEvidence,
  Sentence,
  Series,
  Step,
  Transcript,
  Verdict,
} from './evidence/model.ts';
export type { ControlResult, Observed, Value } from './evidence/recorder.ts';
export type { Requirement, Suite } from './evidence/suite.ts';
export type { Expected, Recorded, Seen } from './matchers/recorded.ts';
export type { NamespaceFile } from './observe/process.ts';
export { Host } from './observe/process.ts';
export type { AuditScope, Owners } from './reporter/audit.ts';
export type { ReporterOptions } from './reporter/reporter.ts';
export { EvidenceReporter } from './reporter/reporter.ts';
export type { ShardOptions } from './reporter/shards.ts';
export { shards } from './reporter/shards.ts';
export { Box } from './shell/box.ts';
export type { ControlCheck, ControlFixture, RequirementContext } from './spec/context.ts';
export type { Spec, SpecDefinition, TestRequirement } from './spec/define.ts';
export type { HostSide } from './spec/host-side.ts';
export type { RequirementOptions } from './spec/test-requirement.ts';
