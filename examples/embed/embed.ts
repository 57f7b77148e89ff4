// A web service that runs other people's shell scripts: each in its own container, with limits, and
// with an answer in any case.
// usage (as root): node embed.ts [ROOTFS] [PORT]
//   curl --data 'echo hi; exit 3' http://127.0.0.1:8080/
import { createServer, type ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { ConfigError, RunError, run } from 'terrarium';

const [root = '/srv/rootfs', port = '8080'] = process.argv.slice(2);
const rootfs = resolve(root);

const server = createServer(async (request, response) => {
  // A client that hangs up ends the script, too.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const { stdout, stderr, exitCode } = await run({
      rootfs,
      hostname: 'script',
      command: ['sh', '-s'],
      input: request,
      stdio: 'pipe',
      network: 'none',
      readOnly: true,
      memory: '64m',
      pidsLimit: 32,
      timeout: 2000,
      maxBuffer: 100_000,
      signal: gone.signal,
    });
    answer(response, 200, { stdout, stderr, exitCode });
  } catch (error) {
    if (error instanceof RunError) {
      const { stdout, stderr, timedOut, isMaxBuffer } = error;
      answer(response, 200, { stdout, stderr, timedOut, isMaxBuffer });
    } else answer(response, error instanceof ConfigError ? 400 : 500, { error: String(error) });
  }
});

function answer(response: ServerResponse, status: number, result: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(result));
}

server.listen(Number(port), '127.0.0.1', () => console.log('listening on', server.address()));
process.once('SIGTERM', () => server.close());
