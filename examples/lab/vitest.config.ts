import { evidenceReporter } from 'terrarium/harness';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['*.spec.ts'], reporters: [evidenceReporter({ directory: 'out' })] },
});
