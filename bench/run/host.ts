// This machine as a record: what figures have to be read with.
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { parseMountInfo } from '../../runtime/host/mountinfo.ts';
import { versionOf } from '../programs/find.ts';
import type { RunRecord } from '../samples/records.ts';

const TOOLS = ['wrk', 'sysbench', 'gcc', 'conmon', 'containerd'];
/** Kernel options that change what is measured here. */
const OPTIONS = [
  'CONFIG_HZ',
  'CONFIG_PREEMPT',
  'CONFIG_PREEMPT_DYNAMIC',
  'CONFIG_MITIGATION_RETPOLINE',
  'CONFIG_SLUB_DEBUG',
  'CONFIG_KASAN',
];

export function describeHost(): RunRecord['host'] {
  const processors = cpus();
  const cpuinfo = readOr('/proc/cpuinfo');
  const versions = TOOLS.flatMap((name) => {
    const version = name === 'wrk' ? '4' : versionOf(name);
    return version === undefined ? [] : [[name, version] as const];
  });
  return {
    kernel: release(),
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(readOr('/etc/os-release'))?.[1] ?? 'unknown',
    processor: processors[0]?.model ?? 'unknown',
    processors: processors.length,
    memoryMiB: Math.round(totalmem() / 1048576),
    load: loadavg()[0] ?? 0,
    hypervisor: /^flags.*\bhypervisor\b/m.test(cpuinfo) ? 'a virtual machine itself' : 'hardware',
    cgroups: layout(),
    clockMHz: Number(/^cpu MHz\s*: ([\d.]+)/m.exec(cpuinfo)?.[1] ?? 0),
    versions: { node: process.versions.node, ...Object.fromEntries(versions) },
    settings: { ...files(), ...kernelOptions() },
  };
}

function layout(): string {
  const types = new Set(parseMountInfo(readOr('/proc/self/mountinfo')).map(({ fstype }) => fstype));
  if (types.has('cgroup')) return types.has('cgroup2') ? 'hybrid' : 'v1';
  return types.has('cgroup2') ? 'v2' : 'none';
}

function files(): Record<string, string> {
  const paths = {
    governor: '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor',
    'transparent huge pages': '/sys/kernel/mm/transparent_hugepage/enabled',
    'simultaneous multithreading': '/sys/devices/system/cpu/smt/control',
    'clock source': '/sys/devices/system/clocksource/clocksource0/current_clocksource',
    'address space randomisation': '/proc/sys/kernel/randomize_va_space',
  };
  const read = Object.entries(paths).map(([name, path]) => [name, readOr(path).trim()] as const);
  return Object.fromEntries(read.filter(([, value]) => value !== ''));
}

/** From /proc/config.gz, where the kernel shows it. */
function kernelOptions(): Record<string, string> {
  if (!existsSync('/proc/config.gz')) return {};
  const text = gunzipSync(readFileSync('/proc/config.gz')).toString();
  return Object.fromEntries(
    OPTIONS.map((name) => [name, new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? 'n']),
  );
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
