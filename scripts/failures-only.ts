// The reporter of a live demo: the terminal belongs to the demo, and only what went wrong is said, at the end.
import type { Reporter, TestModule } from 'vitest/node';

// biome-ignore lint/style/noDefaultExport: vitest loads reporters by default export
export default class FailuresOnly implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly { message: string }[]): void {
    const failures = errors.map((error) => error.message);
    for (const module of modules) {
      failures.push(
        ...module.errors().map((error) => `${module.relativeModuleId}: ${error.message}`),
      );
      for (const test of module.children.allTests('failed')) {
        failures.push(
          ...(test.result().errors ?? []).map((error) => `${test.name}: ${error.message}`),
        );
      }
    }
    for (const failure of failures) console.error(`terrarium: ${failure}`);
  }
}
