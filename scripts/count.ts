// count.ts SINCE [--evidence FILE]… [--matrix FILE] [--faults FILE] [--package FILE]
// [--platforms FILE] [--subjects FILE] [--mutants FILE]: prints the last line of a
// continuous-integration run, and exits non-zero if it failed.
import { countLine } from './ci/count.ts';

const { line, fails } = countLine(process.argv.slice(2), (said) => console.error(said));
console.log(line);
if (fails) process.exitCode = 1;
