// A program with a pool of containers: each line is a command for the next of them, in the
// background with & at its end.
// usage: pool-prompt.ts OPTIONS, with the options of createPool as JSON. A line may begin with
// NAME=value, as in a shell.
import { createInterface } from 'node:readline';
import { createPool } from '../../runtime/index.ts';

const LINE = /^(?:(?<name>\w+)=(?<value>\S*) )?(?<command>.*?)(?<behind> &)?$/;
const PROMPT = 'pool# ';

await using pool = await createPool(JSON.parse(process.argv[2] ?? ''));
process.stdout.write(PROMPT);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'exit') break;
  const { name, value = '', command = '', behind } = LINE.exec(line)?.groups ?? {};
  const env = name === undefined ? {} : { [name]: value };
  const ended = pool
    .run({ command: command.split(' '), env })
    .catch((error) => process.stdout.write(`${error}\n`));
  if (behind === undefined) await ended;
  process.stdout.write(PROMPT);
}
// A terminal that is being read keeps the process running, even when closed.
process.stdin.unref();
