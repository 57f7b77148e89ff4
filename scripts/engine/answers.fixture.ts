// What the command answers from its sources, for command lines as JSON on standard input: all in
// one process, since Node takes longer to start than to answer.
import { readFileSync } from 'node:fs';
import { run } from '../../runtime/cli/program.ts';

const lines: string[][] = JSON.parse(readFileSync(0, 'utf8'));
const answers: object[] = [];
for (const argv of lines) {
  const written = { out: '', err: '' };
  let status = 0;
  const stream = (name: 'out' | 'err') => ({
    isTTY: false,
    write: (text: string | Uint8Array) => (written[name] += text),
  });
  await run(argv, {
    stdin: { isTTY: false },
    stdout: stream('out'),
    stderr: stream('err'),
    env: process.env,
    cwd: process.cwd(),
    finish: (code) => (status = code),
  });
  answers.push({ status, ...written });
}
process.stdout.write(JSON.stringify(answers));
