// Three containers, one network: a server, a client that joins the server's network namespace and
// reaches it at 127.0.0.1, and a stranger that does not. A debugger joins its PID namespace, too;
// its root file system may differ from the server's.
// usage (as root): node joined-namespaces.ts [ROOTFS]

import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createContainer, run } from 'terrarium';

const [root = '/srv/rootfs'] = process.argv.slice(2);
const rootfs = resolve(root);
const client = ['sh', '-c', 'echo hello | nc -w 2 127.0.0.1 7000'];

await using server = await createContainer({
  rootfs,
  hostname: 'server',
  command: ['echo-server', '7000'],
  stdio: ['ignore', 'pipe', 'inherit'],
});
// Its first line reports that it listens.
for await (const line of createInterface({ input: server.stdout })) {
  console.log(`server: ${line}`);
  break;
}

const net = `ns:/proc/${server.pid}/ns/net` as const;
const joined = await run({
  rootfs,
  hostname: 'client',
  command: client,
  network: net,
  stdio: 'pipe',
});
console.log(`client: exit code ${joined.exitCode}, ${joined.stdout.split('\n').at(-1)}`);

const stranger = await run({ rootfs, hostname: 'stranger', command: client, stdio: 'pipe' });
console.log(`stranger: exit code ${stranger.exitCode}`);

const debugged = await run({
  rootfs,
  hostname: 'debugger',
  command: ['ps', '-o', 'pid,comm'],
  pid: `ns:/proc/${server.pid}/ns/pid`,
  network: net,
  stdio: 'pipe',
});
console.log(`debugger:\n${debugged.stdout}`);
