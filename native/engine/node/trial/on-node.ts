// The trial with Node's own modules.
import { trial } from './trial.ts';

await trial(process.argv.slice(2));
