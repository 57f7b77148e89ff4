// What is said of throughput, of processor and system calls, and of limits. Pure.
import { type Analysis, between } from '../analysis/analysis.ts';
import * as phrases from './phrases.ts';
import { emulationNote, figure, labelsOf, percent, ranked, say } from './phrases.ts';

/** One idle tick of the twenty in a window makes no processor idle: medians are judged. */
const FULL = 0.95;

export function explainThroughput(analysis: Analysis): string[] {
  const { samples } = analysis;
  const order = ranked(analysis, 'http.rate');
  return [
    ...order.map((target) => {
      const { name, label, amount, measured } = target;
      const { toBare, x = 0 } = measured;
      const found = samples.saturation(name);
      const isKnown = found?.knee !== found?.peak || samples.xs(name, 'http.rate').length >= 3;
      const knee = say`; within 5 % of its most from ${isKnown ? found?.knee : undefined} connections on`;
      const against = toBare === undefined ? '' : `, ${target.ratio}`;
      return `${label}: ${amount} with ${x} connections${against}${knee}; ${fullAt(analysis, name, x)}.`;
    }),
    ...linkAlone(analysis),
    ...loopClosed(analysis),
    ...emulationNote(order),
  ];
}

function fullAt({ samples }: Analysis, target: string, x: number): string {
  const share = (quantity: string) =>
    samples.estimate({ target, quantity, x })?.median ?? Number.NaN;
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
  const alike = targets.filter(({ family }) => family === 'container' || family === 'sandbox');
  const others = alike.flatMap(({ name, label }) => {
    const found = between(samples, name, 'bare-veth', 'http.rate');
    return found === undefined ? [] : [{ label, ...found }];
  });
  const same = others.filter(({ claim }) => claim === 'no difference shown');
  const differ = others.filter(({ claim }) => phrases.isShown(claim));
  const loss = link.claim === 'less' ? ': what they lose to bare metal is the link’s' : '';
  const ratio = phrases.versus(link.ratio, link.claim, 'bare metal over loopback');
  const ratios = differ.map((one) => `${one.label} (${figure(one.ratio.median)} times)`);
  return [
    `Bare metal is reached over loopback, containers over a veth pair. The host itself behind a veth pair has a rate ${ratio}.`,
    ...say`Against the host behind a veth pair no difference is shown for ${same.map(({ label }) => label)}${loss}.`,
    ...say`Against the host behind a veth pair a difference is shown for ${ratios}.`,
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
  return say`The client is a closed loop: a slow answer delays the next request instead of piling up. By Little’s law rate × mean latency is the number of connections; measured, it was at the median of the windows at least ${percent(least)} of them, so ${percent(1 - least)} of the waiting at most is missing from the latencies.`;
}

export function explainProcessor(analysis: Analysis): string[] {
  const cpu = ranked(analysis, 'cpu.sysbench').filter((target) => !phrases.isBare(target));
  const same = cpu.filter(({ measured }) => measured.claim === 'no difference shown');
  const filtered = analysis.targets.filter(({ facts }) => facts?.seccomp === 2);
  const claimed = (key: string, what: string) => {
    const shown = ranked(analysis, key).filter(({ measured }) => phrases.isShown(measured.claim));
    const found = shown.map(
      ({ label, measured }) => `${label} ${figure(measured.toBare?.median ?? Number.NaN)}`,
    );
    return say`${what}, in multiples of bare metal’s, where a difference is shown: ${found}.`;
  };
  return [
    ...say`Computing is not shown to differ from bare metal’s for ${labelsOf(same)}: their instructions run on the processor itself.`,
    ...claimed('cpu.sysbench', 'Rate of computing'),
    ...claimed('call.getpid', 'Time of the shortest system call'),
    ...claimed('call.openClose', 'Time to open and close a file'),
    ...claimed('call.pageFault', 'Time of a page fault'),
    ...claimed('call.forkExec', 'Time of vfork and exec'),
    ...say`A seccomp filter, which runs at each system call, is seen inside by ${labelsOf(filtered)}.`,
    ...emulationNote(cpu),
  ];
}

export function explainLimits(analysis: Analysis): string[] {
  const cpu = ranked(analysis, 'limit.cpu');
  const memory = ranked(analysis, 'limit.memory');
  const [most, least] = [cpu[0], cpu.at(-1)];
  const times = (found: phrases.Found | undefined) =>
    figure(found?.measured.value.median ?? Number.NaN);
  return [
    ...say`Of half a processor asked for, ${most?.label} received most, ${times(most)} times that, and ${least?.label} least, ${times(least)} times.`,
    ...memory.flatMap((target) => {
      const { label, measured } = target;
      const share = measured.value.median;
      const isGuest = phrases.isMachine(target);
      const why = isGuest ? ': the guest’s kernel takes its part of the same memory' : '';
      if (share > 1.05) return [`${label} did not hold its program to the memory asked for.`];
      if (share >= 0.95) return [];
      return [`A program in ${label} reaches ${percent(share)} of the 256 MiB${why}.`];
    }),
    ...emulationNote(memory.length > 0 ? memory : cpu),
  ];
}
