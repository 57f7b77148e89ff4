// Evidence made up for the tests of the page and the report's other formats: every verdict, long
// and hostile texts. Never shown as a result.

import {
  EVIDENCE_VERSION,
  type Evidence,
  type PlanStep,
  type RequirementEvidence,
  type Series,
  type Transcript,
} from '../harness/evidence/model.ts';
import type { Faults } from './runs/faults.ts';
import type { Mutants, Outcome } from './runs/mutants.ts';
import { sampleSuite } from './sample-suite.ts';

/**
 * What a hostile program might print: ends of elements, comments, entities, unpaired surrogates,
 * right-to-left marks.
 */
export const HOSTILE =
  '</script><script>alert(1)</script><!-- ]]> &amp; "\' \u202e\u0000 \ud800 – 漢字 🦎 </style></pre>';

export function sampleEvidence(): Evidence {
  const { title, requirements, sentences } = sampleSuite;
  const found = Object.keys(requirements).map(sampleRequirement);
  return {
    version: EVIDENCE_VERSION,
    title,
    subject: 'terrarium',
    program: 'the released executable, one of each topic from the sources',
    startedAt: '2026-03-01T10:20:30.000Z',
    durationMs: 41_300,
    commit: { id: '0123456789abcdef0123456789abcdef01234567', dirty: true },
    command: 'sudo npm run verify',
    host: {
      hostname: 'sample-host',
      kernel: '6.1.0-18-amd64',
      distribution: 'Debian GNU/Linux 12 (bookworm)',
      arch: 'x64',
      cpus: 2,
      memoryBytes: 8_345_600_000,
      cgroups: 'hybrid (v1 controllers, empty v2)',
      node: 'v24.11.0',
      lacks: ['the cpuset controller: it is not mounted on this host'],
    },
    sentences,
    areas: { NS: 'Namespaces', PS: 'Processes' },
    probes: [{ name: 'memory-hog', sha256: 'ab'.repeat(32) }],
    requirements: found,
    checks: {
      passed: 412,
      failed: [
        {
          name: 'runtime/config/units.test.ts › a size',
          failure: `expected 1 to be 2\n${HOSTILE}`,
        },
      ],
      skipped: 1,
    },
    audit: [
      { what: 'mounts', before: 34, after: 34, left: [] },
      {
        what: 'cgroups',
        before: 0,
        after: 2,
        left: ['/sys/fs/cgroup/memory/terrarium-a1b2', `/sys/fs/cgroup/pids/${'long-'.repeat(30)}`],
      },
      { what: 'links', before: 0, after: 0, left: [] },
      { what: 'namespaces', before: 12, after: 13, left: [], others: ['net:[4026533001]'] },
      { what: 'processes', before: 0, after: 0, left: [] },
      { what: 'state files', before: 0, after: 0, left: [] },
    ],
  };
}

/**
 * Injected faults: outcomes of each kind, and a case that came out wrong with a hostile message.
 */
export function sampleFaults(): Faults {
  const outcomes = [
    { id: 'refused', title: 'refused cleanly', verdict: 'right' },
    { id: 'hang', title: 'hung', verdict: 'wrong' },
    { id: 'node', title: 'ended by Node', verdict: 'apart' },
  ] as const;
  const sample = (scenario: string, outcome: string, number: number) => ({
    id: `${scenario}:init:mount:${number}:ENOMEM`,
    scenario,
    outcome,
    problems: outcome === 'hang' ? ['it did not end within 5 s'] : [],
    message: outcome === 'hang' ? HOSTILE : '',
    leftAfterGc: outcome === 'hang' ? ['/sys/fs/cgroup/memory/terrarium-a1b2'] : [],
  });
  const cases = ['shell', 'exec'].flatMap((scenario) =>
    ['refused', 'refused', 'hang', 'node'].map((outcome, number) =>
      sample(scenario, outcome, number),
    ),
  );
  return {
    format: 1,
    startedAt: '2026-02-28T09:00:00.000Z',
    durationMs: 301_000,
    commit: '0123456789abcdef0123456789abcdef01234567+',
    kernel: '6.1.0',
    cgroups: 'hybrid',
    seed: 7,
    tables: [
      {
        id: 'faults',
        title: 'System calls that fail',
        about: 'Each call fails once with an error of its man page.',
        population: 500,
        outcomes: [...outcomes],
        scenarios: ['shell', 'exec'],
        cases,
      },
    ],
  };
}

/** Mutants of each outcome, one of them of the core. */
export function sampleMutants(): Mutants {
  const one = (outcome: Outcome, number: number) => ({
    ...{ name: `${outcome}-${number}`, area: number === 1 ? 'exec' : 'Network' },
    ...{ file: 'runtime/plan/plan.ts', find: '<a & b>', replace: '', core: outcome === 'refuted' },
    ...{ outcome, by: 'NS-01', said: `expected ${HOSTILE}` },
  });
  return {
    format: 1,
    startedAt: '2026-02-28T09:00:00.000Z',
    durationMs: 301_000,
    commit: '0123456789abcdef0123456789abcdef01234567',
    kernel: '6.1.0',
    cgroups: 'v2',
    population: 120,
    mutants: [one('refuted', 1), one('refuted', 2), one('survived', 3), one('equivalent', 4)],
  };
}

/**
 * The same run before NET-03 and SAFE-04 broke, when CLI-04 did not hold yet and LIM-04 could be
 * shown.
 */
export function sampleBaseline(): Evidence {
  const current = sampleEvidence();
  const verdicts: Readonly<Record<string, RequirementEvidence['verdict']>> = {
    'CLI-04': 'refuted',
  };
  return {
    ...current,
    startedAt: '2026-02-20T08:00:00.000Z',
    commit: { id: 'fedcba9876543210fedcba9876543210fedcba98', dirty: false },
    requirements: current.requirements.map((each) => ({
      ...each,
      verdict: verdicts[each.id] ?? 'proven',
    })),
  };
}

function sampleRequirement(id: string, position: number): RequirementEvidence {
  const { title = '', sentences = [] } = sampleSuite.requirements[id] ?? {};
  return {
    id,
    title,
    sentences,
    verdict: 'proven',
    control: {
      description: 'the same command on the host',
      outcome: 'opposite',
      observed: 'the host’s own value',
    },
    furtherControls: [],
    steps: [
      { atMs: 0, text: 'start a shell from the default root filesystem' },
      { atMs: 310, text: 'ask it, and ask the host' },
    ],
    observations: [
      {
        label: 'value',
        inside: `4026532${position}`,
        host: '4026531840',
        control: '4026531840',
        decisive: true,
      },
      { label: 'shell’s PID', inside: '1', host: String(12_000 + position), decisive: false },
    ],
    transcripts: [transcript(id)],
    plans: [{ title: 'the shell', steps: planSteps().slice(0, 6) }],
    series: [],
    artefacts: [],
    startedAtMs: Math.floor(position / 2) * 900 + 400,
    durationMs: 820 - (position % 5) * 60,
    worker: 1 + (position % 2),
    rerun: `sudo npm run spec -- ${id}`,
    file: `specs/${id.toLowerCase().replace(/-\d+$/, '')}.spec.ts`,
    ...special(id),
  };
}

function special(id: string): Partial<RequirementEvidence> {
  switch (id) {
    case 'NET-03':
      return {
        verdict: 'refuted',
        failure: `expected '198.18.0.1' to be '198.18.0.2'\n\n- Expected\n+ Received\n\n- 198.18.0.2\n+ 198.18.0.1\n\nat specs/50-network.spec.ts:61`,
        plans: [{ title: 'the container with the server', steps: planSteps() }],
        observations: [
          {
            label: 'peer address the server saw',
            inside: '198.18.0.1',
            host: '198.18.0.1',
            control: 'connection refused',
            decisive: true,
          },
          { label: 'a value without end', inside: 'x'.repeat(300), decisive: false },
        ],
      };
    case 'LIM-01':
      return {
        transcripts: [
          transcript(id),
          { ...transcript(id), role: 'control', title: 'the same hog without --memory' },
        ],
        series: [memorySeries()],
        plans: [{ title: 'the container', steps: planSteps() }],
        artefacts: [
          {
            name: 'memory.oom_control',
            mediaType: 'text/plain',
            text: 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
          },
        ],
      };
    case 'LIM-04':
      return {
        verdict: 'not-proven-here',
        missing: 'the cpuset controller: it is not mounted on this host',
        plans: [],
        transcripts: [],
      };
    case 'SAFE-04':
      return {
        verdict: 'refuted',
        failure: `no evidence: the test did not finish: ${HOSTILE}`,
        control: { description: HOSTILE, outcome: 'same', observed: HOSTILE },
        steps: [{ atMs: 12, text: HOSTILE }],
        observations: [
          { label: HOSTILE, inside: HOSTILE, host: HOSTILE, control: HOSTILE, decisive: true },
        ],
        transcripts: [
          { title: HOSTILE, role: 'subject', command: HOSTILE, cast: cast([[0.1, HOSTILE]]) },
        ],
        artefacts: [{ name: HOSTILE, mediaType: 'text/plain', text: HOSTILE }],
      };
    default:
      return id.startsWith('BAD')
        ? {
            control: {
              description: 'a refused command line has no counterpart',
              outcome: 'not-run',
              observed: '',
            },
          }
        : {};
  }
}

function transcript(id: string): Transcript {
  const typed = (text: string, at: number): [number, string][] =>
    [...text].map((letter, index) => [at + index * 0.06, letter]);
  const prompt = '\u001b[1;32mroot@demo\u001b[0m:\u001b[1;34m/\u001b[0m# ';
  return {
    title: `the shell of ${id}`,
    role: 'subject',
    command: 'terrarium shell build/rootfs demo --memory 64m --cpus 0.5',
    cast: cast([
      [0.1, prompt],
      ...typed('memory-hog 256', 0.6),
      [1.6, '\r\n'],
      ...[8, 24, 40, 56].map((size, index): [number, string] => [
        1.9 + index * 0.2,
        `\rtouched ${size} MiB`,
      ]),
      [2.9, '\r\n\u001b[31mKilled\u001b[0m\r\n'],
      [3, prompt],
      ...typed('echo $?x', 3.4),
      [4, '\b \b'],
      [4.2, '\r\n137\r\n'],
      [4.3, prompt],
      [
        5,
        'ls --color\r\n\u001b[1;34mbin\u001b[0m   \u001b[1;34mdev\u001b[0m   \u001b[1;34metc\u001b[0m   \u001b[1;34mproc\u001b[0m   \u001b[30;42mtmp\u001b[0m   \u001b[1;36minit\u001b[0m\r\n',
      ],
      [5.1, `${prompt}exit\r\n`],
    ]),
  };
}

function cast(events: readonly (readonly [number, string])[]): string {
  const header = { version: 2, width: 80, height: 24, timestamp: 0 };
  return [header, ...events.map(([at, text]) => [Number(at.toFixed(3)), 'o', text])]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

function memorySeries(): Series {
  const points = (limit: number) =>
    Array.from({ length: 60 }, (_, step): [number, number] => [
      step / 20,
      Math.min(limit, 2 + step * 4.4),
    ]);
  return {
    title: 'memory of the group',
    unit: 'MiB',
    limit: { label: 'limit 64 MiB', value: 64 },
    lines: [
      { label: 'with --memory 64m', role: 'subject', points: points(64) },
      { label: 'without', role: 'control', points: points(256) },
    ],
  };
}

function planSteps(): PlanStep[] {
  const steps: readonly (readonly [phase: string, text: string, us: number])[] = [
    ['host', 'claim /run/terrarium/addresses/198.18.0.0', 21],
    ['host', 'mkdir /sys/fs/cgroup/memory/terrarium-a1b2', 64],
    ['host', 'write 67108864 to memory.limit_in_bytes', 12],
    ['host', 'write 50000 to cpu.cfs_quota_us', 9],
    ['spawn', 'clone3 with newns, newpid, newnet, newuts, newipc', 412],
    ['link', 'veth tra1b2h (198.18.0.1) to eth0 (198.18.0.2/30)', 380],
    ['inside', 'unshare newcgroup', 11],
    ['inside', 'mount proc on /proc (nosuid,nodev,noexec)', 33],
    ['inside', 'mount tmpfs on /dev (nosuid,strictatime) mode=755,size=65536k', 27],
    ['inside', 'bind /dev/null on /dev/null', 8],
    ['inside', 'mask /proc/kcore', 6],
    ['inside', 'pivot_root', 38],
    ['inside', 'sethostname demo', 2],
    ['inside', 'seccomp default', 45],
    ['exec', 'execve /bin/sh', 190],
  ];
  let at = 0;
  return steps.map(([phase, text, us], index) => {
    const startNs = at;
    at += us * 1000 + 1500;
    return {
      index: index + 1,
      phase,
      text,
      startNs,
      durationNs: us * 1000,
      ...(text === 'mask /proc/kcore' ? { error: 'ENOENT' } : {}),
    };
  });
}
