// What is said of throughput, of processor and system calls, and of limits. Pure.
import { type Analysis, between, type TargetSummary } from '../analysis/analysis.ts';
import {
  emulationNote,
  enumerate,
  figure,
  percent,
  ranked,
  toBare,
  versus,
  withUnit,
} from './phrases.ts';

/**
 * A window has some twenty clock ticks of a processor: one idle tick in them is no idle processor,
 * and so medians are judged.
 */
const FULL = 0.95;

export function explainThroughput(analysis: Analysis): string[] {
  const { samples } = analysis;
  const order = ranked(analysis, 'http.rate');
  return [
    ...order.map(({ target, measured }) => {
      const found = samples.saturation(target.name);
      const knee =
        found === undefined ||
        (found.knee === found.peak && samples.xs(target.name, 'http.rate').length < 3)
          ? ''
          : `; within 5 % of its most from ${found.knee} connections on`;
      const against = toBare(measured);
      return `${target.label}: ${withUnit(measured)} with ${measured.x} connections${against === undefined ? '' : `, ${against}`}${knee}; ${fullAt(analysis, target, measured.x ?? 0)}.`;
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
  if (server >= FULL && client < FULL) return `${words}: the server’s side was full`;
  if (client >= FULL && server < FULL)
    return `${words}: the client was full, so this is a lower bound`;
  return server >= FULL
    ? `${words}: both were full`
    : `${words}: neither was full, waiting for each other takes the rest`;
}

/** Loopback is no link: containers are reached over a veth pair, and so is this control. */
function linkAlone({ samples, targets }: Analysis): string[] {
  const link = between(samples, 'bare-veth', 'bare', 'http.rate');
  if (link === undefined) return [];
  const others = targets.flatMap(({ name, label, family }) => {
    const found =
      family === 'container' || family === 'sandbox'
        ? between(samples, name, 'bare-veth', 'http.rate')
        : undefined;
    return found === undefined ? [] : [{ label, ...found }];
  });
  const same = others
    .filter(({ claim }) => claim === 'no difference shown')
    .map(({ label }) => label);
  const differ = others
    .filter(({ claim }) => claim === 'more' || claim === 'less')
    .map(({ label, ratio }) => `${label} (${figure(ratio.median)} times)`);
  return [
    `Bare metal is reached over loopback, containers over a veth pair. The host itself behind a veth pair has a rate ${versus(link.ratio, link.claim, 'bare metal over loopback')}.`,
    ...(same.length === 0
      ? []
      : [
          `Against the host behind a veth pair no difference is shown for ${enumerate(same)}${link.claim === 'less' ? ': what they lose to bare metal is the link’s' : ''}.`,
        ]),
    ...(differ.length === 0
      ? []
      : [`Against the host behind a veth pair a difference is shown for ${enumerate(differ)}.`]),
  ];
}

/** Coordinated omission: what a closed loop does not see would be missing from Little's law. */
function loopClosed({ samples, targets }: Analysis): string[] {
  const shares = targets.flatMap(({ name }) =>
    samples
      .xs(name, 'http.little')
      .flatMap((x) => samples.estimate({ target: name, quantity: 'http.little', x })?.median ?? []),
  );
  if (shares.length === 0) return [];
  const least = Math.min(1, ...shares);
  return [
    `The client is a closed loop: a slow answer delays the next request instead of piling up. By Little’s law rate × mean latency is the number of connections; measured, it was at the median of the windows at least ${percent(least)} of them, so ${percent(1 - least)} of the waiting at most is missing from the latencies.`,
  ];
}

export function explainProcessor(analysis: Analysis): string[] {
  const cpu = ranked(analysis, 'cpu.sysbench').filter(({ target }) => target.name !== 'bare');
  const words = (key: string, what: string) => {
    const claimed = ranked(analysis, key).filter(
      ({ measured }) => measured.claim === 'more' || measured.claim === 'less',
    );
    const list = claimed.map(
      ({ target, measured }) => `${target.label} ${figure(measured.toBare?.median ?? Number.NaN)}`,
    );
    return list.length === 0
      ? []
      : [`${what}, in multiples of bare metal’s, where a difference is shown: ${enumerate(list)}.`];
  };
  const same = cpu
    .filter(({ measured }) => measured.claim === 'no difference shown')
    .map(({ target }) => target.label);
  return [
    ...(same.length === 0
      ? []
      : [
          `Computing is not shown to differ from bare metal’s for ${enumerate(same)}: their instructions run on the processor as anybody’s do.`,
        ]),
    ...words('cpu.sysbench', 'Rate of computing'),
    ...words('call.getpid', 'Time of the shortest system call'),
    ...words('call.openClose', 'Time to open and close a file'),
    ...words('call.pageFault', 'Time of a page fault'),
    ...words('call.forkExec', 'Time of vfork and exec'),
    ...filters(analysis),
    ...emulationNote(cpu),
  ];
}

/** Seccomp as the targets themselves report it. */
function filters({ targets }: Analysis): string[] {
  const with2 = targets.filter(({ facts }) => facts?.seccomp === 2).map(({ label }) => label);
  return with2.length === 0
    ? []
    : [`A seccomp filter, which runs at each system call, is seen inside by ${enumerate(with2)}.`];
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
    ...memory
      .filter(({ measured }) => measured.value.median < 0.95)
      .map(({ target, measured }) => {
        const kernel =
          target.family === 'vm' || target.family === 'paravirtual'
            ? ': the guest’s kernel takes its part of the same memory'
            : '';
        return `A program in ${target.label} reaches ${percent(measured.value.median)} of the 256 MiB${kernel}.`;
      }),
    ...memory
      .filter(({ measured }) => measured.value.median > 1.05)
      .map(({ target }) => `${target.label} did not hold its program to the memory asked for.`),
    ...emulationNote(memory.length > 0 ? memory : cpu),
  ];
}
