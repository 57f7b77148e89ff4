import type { Plan } from './operations.ts';
export function script(plan: Plan): string { return plan.id; }
