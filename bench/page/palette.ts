// One stroke for each target, the same in every figure: a colour of the theme and a dash pattern,
// so that colour alone decides nothing.
export interface Stroke {
  readonly colour: string;
  readonly dash: string;
  readonly width: number;
}

const SOLID = '';
const DASHED = '6 3';
const DOTTED = '2 2.5';

const STROKES: Readonly<Record<string, Stroke>> = {
  bare: stroke('ink', SOLID, 2.2),
  'bare-again': stroke('quiet', DASHED),
  'bare-veth': stroke('quiet', DOTTED),
  terrarium: stroke('subject', SOLID, 2.6),
  'terrarium-api': stroke('subject', DASHED, 2.6),
  runc: stroke('t3', SOLID),
  crun: stroke('t2', SOLID),
  bwrap: stroke('t5', SOLID),
  unshare: stroke('t5', DOTTED),
  nspawn: stroke('t6', DASHED),
  podman: stroke('control', SOLID),
  lxc: stroke('t6', SOLID),
  docker: stroke('control', DASHED),
  q35: stroke('t1', SOLID),
  microvm: stroke('t1', DASHED),
  uml: stroke('phase-spawn', DASHED),
  floor: stroke('ink', SOLID, 2.2),
  'floor-again': stroke('quiet', DASHED),
  api: stroke('subject', SOLID, 2.6),
  'api-veth': stroke('subject', DOTTED, 2.2),
  'api-bare': stroke('subject', DASHED, 1.6),
  'api-pool': stroke('t2', DASHED, 2.2),
  'floor-bare': stroke('ink', DASHED, 1.4),
  'floor-veth': stroke('ink', DOTTED, 1.6),
  cli: stroke('phase-inside', SOLID),
};

function stroke(colour: string, dash: string, width = 1.8): Stroke {
  return { colour: `var(--${colour})`, dash, width };
}

export function strokeOf(target: string): Stroke {
  return STROKES[target] ?? stroke('quiet', SOLID);
}
