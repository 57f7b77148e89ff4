// The entry of the trial's bundle: with our modules.
import '../globals.ts';
import { host } from '../host.ts';
import { processHooks } from '../process.ts';
import { trial } from './trial.ts';

host.start(processHooks(() => trial(process.argv.slice(2))));
