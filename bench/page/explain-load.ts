// What is said of throughput, of processor and system calls, and of limits. Pure.
import { type Analysis, between, type TargetSummary } from '../analysis/analysis.ts';
import {
  about,
  emulationNote,
  figure,
  isMachine,
  isShown,
  percent,
  ranked,
  toBare,
  versus,
  withUnit,
} from './phrases.ts';

/** One idle tick of the twenty in a window makes no processor idle: medians are judged. */
const FULL = 0.95;

export function explainThroughput(analysis: Analysis): string[] {
  const { samples } = analysis;
  const order = ranked(analysis, 'http.rate');
  return [
    ...order.map(({ target, measured }) => {
      const found = samples.saturation(target.name);
      const isSwept = samples.xs(target.name, 'http.rate').length >= 3;
      const knee =
        found === undefined || (found.knee === found.peak && !isSwept)
          ? ''
          : `; within 5 % of its most from ${found.knee} connections on`;
      const against = measured.toBare === undefined ? '' : `, ${toBare(measured)}`;
      return `${target.label}: ${withUnit(measured)} with ${measured.x} connections${against}${knee}; ${fullAt(analysis, target, measured.x ?? 0)}.`;
    }),
    ...linkAlone(analysis),
    ...loopClosed(analysis),
    ...emulationNote(order),
  ];
}

function fullAt({ samples }: Analysis, { name }: TargetSummary, x: number): string {
  const share = (quantity: string) =>
    samples.estimate({ target: name, quantity, x })?.median ?? Number.NaN;
  const [server, client] = [share('http.serverCpu'), share('http.clientCpu')];
  const words = `its processor was busy for ${percent(server)} of the time, the client’s for ${percent(client)}`;
  if (server >= FULL)
    return `${words}: ${client < FULL ? 'the server’s side was full' : 'both were full'}`;
  return client >= FULL
    ? `${words}: the client was full, so this is a lower bound`
    : `${words}: neither was full, waiting for each other takes the rest`;
}

/** Loopback is no link: containers are reached over a veth pair, and so is this control. */
function linkAlone({ samples, targets }: Analysis): string[] {
  const link = between(samples, 'bare-veth', 'bare', 'http.rate');
  if (link === undefined) return [];
  const others = targets.flatMap(({ name, label, family }) => {
    const found = between(samples, name, 'bare-veth', 'http.rate');
    const isAlike = family === 'container' || family === 'sandbox';
    return found === undefined || !isAlike ? [] : [{ label, ...found }];
  });
  const same = others.filter(({ claim }) => claim === 'no difference shown');
  const differ = others.filter(({ claim }) => isShown(claim));
  const loss = link.claim === 'less' ? ': what they lose to bare metal is the link’s' : '';
  return [
    `Bare metal is reached over loopback, containers over a veth pair. The host itself behind a veth pair has a rate ${versus(link.ratio, link.claim, 'bare metal over loopback')}.`,
    ...about(
      same.map(({ label }) => label),
      (list) => `Against the host behind a veth pair no difference is shown for ${list}${loss}.`,
    ),
    ...about(
      differ.map(({ label, ratio }) => `${label} (${figure(ratio.median)} times)`),
      (list) => `Against the host behind a veth pair a difference is shown for ${list}.`,
    ),
  ];
}

/** Coordinated omission: what a closed loop does not see would be missing from Little's law. */
function loopClosed({ samples, targets }: Analysis): string[] {
  const quantity = 'http.little';
  const shares = targets.flatMap(({ name: target }) =>
    samples
      .xs(target, quantity)
      .flatMap((x) => samples.estimate({ target, quantity, x })?.median ?? []),
  );
  if (shares.length === 0) return [];
  const least = Math.min(1, ...shares);
  return [
    `The client is a closed loop: a slow answer delays the next request instead of piling up. By Little’s law rate × mean latency is the number of connections; measured, it was at the median of the windows at least ${percent(least)} of them, so ${percent(1 - least)} of the waiting at most is missing from the latencies.`,
  ];
}

export function explainProcessor(analysis: Analysis): string[] {
  const cpu = ranked(analysis, 'cpu.sysbench').filter(({ target }) => target.name !== 'bare');
  const same = cpu.filter(({ measured }) => measured.claim === 'no difference shown');
  const filtered = analysis.targets.filter(({ facts }) => facts?.seccomp === 2);
  const claimed = (key: string, what: string) => {
    const found = ranked(analysis, key)
      .filter(({ measured: { claim } }) => isShown(claim))
      .map(
        ({ target, measured }) =>
          `${target.label} ${figure(measured.toBare?.median ?? Number.NaN)}`,
      );
    const where = 'in multiples of bare metal’s, where a difference is shown';
    return about(found, (list) => `${what}, ${where}: ${list}.`);
  };
  return [
    ...about(
      same.map(({ target }) => target.label),
      (list) =>
        `Computing is not shown to differ from bare metal’s for ${list}: their instructions run on the processor itself.`,
    ),
    ...claimed('cpu.sysbench', 'Rate of computing'),
    ...claimed('call.getpid', 'Time of the shortest system call'),
    ...claimed('call.openClose', 'Time to open and close a file'),
    ...claimed('call.pageFault', 'Time of a page fault'),
    ...claimed('call.forkExec', 'Time of vfork and exec'),
    ...about(
      filtered.map(({ label }) => label),
      (list) => `A seccomp filter, which runs at each system call, is seen inside by ${list}.`,
    ),
    ...emulationNote(cpu),
  ];
}

export function explainLimits(analysis: Analysis): string[] {
  const cpu = ranked(analysis, 'limit.cpu');
  const memory = ranked(analysis, 'limit.memory');
  const [most, least] = [cpu[0], cpu.at(-1)];
  return [
    ...(most === undefined || least === undefined
      ? []
      : [
          `Of half a processor asked for, ${most.target.label} received most, ${figure(most.measured.value.median)} times that, and ${least.target.label} least, ${figure(least.measured.value.median)} times.`,
        ]),
    ...memory.flatMap(({ target, measured: { value } }) => {
      const why = isMachine(target) ? ': the guest’s kernel takes its part of the same memory' : '';
      if (value.median > 1.05)
        return [`${target.label} did not hold its program to the memory asked for.`];
      if (value.median >= 0.95) return [];
      return [
        `A program in ${target.label} reaches ${percent(value.median)} of the 256 MiB${why}.`,
      ];
    }),
    ...emulationNote(memory.length > 0 ? memory : cpu),
  ];
}
