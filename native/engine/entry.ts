// The entry of the released executable's bundle. The build evaluates this module for the snapshot,
// so it must not read anything of the machine; `main` runs at each start.
import './node/globals.ts';
import about from '../../package.json' with { type: 'json' };
import { ignoreAsCallerDoes } from '../../runtime/cli/process/caller.ts';
import { processIo } from '../../runtime/cli/process/io.ts';
import { buildProgram, COMMANDS, run } from '../../runtime/cli/program.ts';
import { capabilityMask, capabilityNames } from '../../runtime/config/capabilities.ts';
import { DEFAULT_CAPABILITIES } from '../../runtime/config/defaults.ts';
import { takeOpenFiles } from '../../runtime/container/create/open-files.ts';
import { readDebug } from '../../runtime/debug/debug.ts';
import { knowFilter } from '../../runtime/execute/spawn/filter.ts';
import { ownArguments } from '../../runtime/host/process/invocation.ts';
import { architecture } from '../../runtime/host/read.ts';
import { nativePartsFrom } from '../../runtime/native/addon.ts';
import { seccompProgram } from '../../runtime/plan/seccomp.ts';
import { LateIo } from './late-io.ts';
import { host } from './node/host.ts';
import { processHooks } from './node/process.ts';
import { bufferVerbs } from './verbs.ts';

const usual = capabilityNames(capabilityMask(DEFAULT_CAPABILITIES));
const filter = host.verbs.compileSeccomp(seccompProgram(usual, architecture()));

nativePartsFrom(() => ({ addon: bufferVerbs(host.verbs), init: new Uint8Array() }));
knowFilter(usual, () => filter);

const io = new LateIo();
const program = await buildProgram(io, about.version, Object.keys(COMMANDS));

host.start(
  processHooks(async () => {
    readDebug(process.env);
    const ignored = host.process.ignoredSignals();
    process.env.TERRARIUM_IGNORED ??= String(ignored);
    takeOpenFiles(process.env);
    ignoreAsCallerDoes(process.env);
    io.begin(processIo());
    await run(ownArguments(process.argv.slice(2)), io, program);
  }),
);
