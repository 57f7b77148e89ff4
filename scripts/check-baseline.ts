// check-baseline FILE: whether a file is a valid baseline, before a long run begins.
import { readEvidence } from '../reports/write.ts';

try {
  readEvidence(process.argv[2] ?? '');
} catch (error) {
  console.error(`terrarium: baseline ${error instanceof Error ? error.message : String(error)}`);
  console.error('  hint: a baseline is a complete evidence.json of another run');
  process.exitCode = 1;
}
