// check-baseline FILE: whether a file can be compared with, before a run of a minute begins.
import { readEvidence } from '../reports/write.ts';

try {
  readEvidence(process.argv[2] ?? '');
} catch (error) {
  console.error(`terrarium: baseline ${error instanceof Error ? error.message : String(error)}`);
  console.error('  hint: a baseline is the whole evidence.json of another run');
  process.exitCode = 1;
}
