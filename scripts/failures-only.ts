// The reporter of a live demo, which owns the terminal: at the end a line for each verdict, with
// the reason if it is not "proven".
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { wantsColour } from '../runtime/cli/process/io.ts';

const GREEN = 32;
const RED = 31;
const YELLOW = 33;

// biome-ignore lint/style/noDefaultExport: vitest loads reporters by default export
export default class FailuresOnly implements Reporter {
  readonly #paint = wantsColour(process.stdout, process.env)
    ? (code: number, text: string) => `\x1b[${code}m${text}\x1b[39m`
    : (_: number, text: string) => text;

  onTestRunEnd(modules: readonly TestModule[], errors: readonly { message: string }[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const shown = tests.filter(({ options }) => options.mode !== 'skip');
    process.stdout.write('\n');
    for (const test of shown) process.stdout.write(`${this.#verdict(test)}\n`);
    const failures = [
      ...errors.map(({ message }) => message),
      ...modules.flatMap((module) =>
        module.errors().map(({ message }) => `${module.relativeModuleId}: ${message}`),
      ),
      ...shown.flatMap((test) =>
        (test.result().errors ?? []).map(({ message }) => `${test.name}: ${message}`),
      ),
    ];
    for (const failure of failures) console.error(`terrarium: ${failure}`);
  }

  #verdict(test: TestCase): string {
    const result = test.result();
    if (result.state === 'passed') return `${this.#paint(GREEN, '✓ proven')}  ${test.name}`;
    if (result.state !== 'skipped') return `${this.#paint(RED, '✗ refuted')}  ${test.name}`;
    const missing = this.#paint(YELLOW, `not proven here: ${result.note ?? 'no reason given'}`);
    return `– ${missing}  ${test.name}`;
  }
}
