// One stroke for each target, the same in every figure: a colour of the theme and a dash pattern,
// so that colour alone decides nothing.

const [SOLID, DASHED, DOTTED] = ['', '6 3', '2 2.5'];

type Stroke = readonly [colour: string, dash: string, width?: number];

const STROKES: Readonly<Record<string, Stroke>> = {
  bare: ['ink', SOLID, 2.2],
  'bare-again': ['quiet', DASHED],
  'bare-veth': ['quiet', DOTTED],
  terrarium: ['subject', SOLID, 2.6],
  'terrarium-api': ['subject', DASHED, 2.6],
  'terrarium-api-veth': ['subject', DOTTED, 2.2],
  'terrarium-api-bare': ['subject', DASHED, 1.6],
  'terrarium-api-pool': ['t2', DASHED, 2.2],
  runc: ['t3', SOLID],
  'runc-newest': ['t3', DASHED],
  crun: ['t2', SOLID],
  'crun-newest': ['t2', DOTTED],
  gvisor: ['t1', DOTTED],
  bwrap: ['t5', SOLID],
  unshare: ['t5', DOTTED],
  nspawn: ['t6', DASHED],
  podman: ['control', SOLID],
  lxc: ['t6', SOLID],
  docker: ['control', DASHED],
  q35: ['t1', SOLID],
  microvm: ['t1', DASHED],
  uml: ['phase-spawn', DASHED],
  baseline: ['ink', SOLID, 2.2],
  'baseline-again': ['quiet', DASHED],
  'baseline-bare': ['ink', DASHED, 1.4],
  'baseline-veth': ['ink', DOTTED, 1.6],
};

export function strokeOf(target: string) {
  const [colour, dash, width = 1.8] = STROKES[target] ?? ['quiet', SOLID];
  return { colour: `var(--${colour})`, dash, width };
}
