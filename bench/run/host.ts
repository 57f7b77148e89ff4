// This machine as a record: what figures have to be read with.
import { cpus, loadavg, release } from 'node:os';
import { textIfThere } from '../../harness/observe/if-there.ts';
import { hostSummary } from '../../harness/reporter/provenance.ts';
import { kernelConfig } from '../../runtime/host/observe.ts';
import { versionOf } from '../programs/find.ts';
import type { RunRecord } from '../samples/records.ts';

const TOOLS = ['sysbench', 'gcc', 'conmon', 'containerd'];
/** Kernel options that change what is measured here. */
const OPTIONS = ['HZ', 'PREEMPT', 'PREEMPT_DYNAMIC', 'MITIGATION_RETPOLINE', 'SLUB_DEBUG', 'KASAN'];
const SETTINGS = {
  governor: '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor',
  'transparent huge pages': '/sys/kernel/mm/transparent_hugepage/enabled',
  'simultaneous multithreading': '/sys/devices/system/cpu/smt/control',
  'clock source': '/sys/devices/system/clocksource/clocksource0/current_clocksource',
  'address space randomisation': '/proc/sys/kernel/randomize_va_space',
};

export function describeHost(): RunRecord['host'] {
  const { kernel, distribution, cgroups, memoryBytes } = hostSummary();
  const processors = cpus();
  const cpuinfo = textIfThere('/proc/cpuinfo');
  const versions = TOOLS.map((name) => [name, versionOf(name)] as const);
  const settings = Object.entries(SETTINGS).map(([name, path]) => [name, textIfThere(path).trim()]);
  const known = (pairs: readonly (readonly (string | undefined)[])[]): Record<string, string> =>
    Object.fromEntries(pairs.filter(([, value]) => value));
  return {
    ...{ kernel, distribution, cgroups, memoryMiB: Math.round(memoryBytes / 1048576) },
    ...{ processor: processors[0]?.model ?? 'unknown', processors: processors.length },
    load: loadavg()[0] ?? 0,
    hypervisor: /^flags.*\bhypervisor\b/m.test(cpuinfo) ? 'a virtual machine itself' : 'hardware',
    clockMHz: Number(/^cpu MHz\s*: ([\d.]+)/m.exec(cpuinfo)?.[1] ?? 0),
    versions: { node: process.versions.node, ...known(versions) },
    settings: { ...known(settings), ...kernelOptions() },
  };
}

/** None where the kernel's configuration is not known. */
function kernelOptions(): Record<string, string> {
  const config = kernelConfig(release());
  if (config.size === 0) return {};
  const names = OPTIONS.map((name) => `CONFIG_${name}`);
  return Object.fromEntries(names.map((name) => [name, config.get(name) ?? 'n']));
}
