// Two benchmarks at once would measure each other: the second is refused. The lock ends with its
// holder, however that ends.
import { createServer, type Server } from 'node:net';

/**
 * An abstract socket's name can be bound once, and is free when its process has ended: unix(7).
 * @throws Error when it is taken.
 */
export async function lockBenchmark(name = 'terrarium-bench'): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = 'another benchmark runs on this machine: they would measure each other';
      reject(cause.code === 'EADDRINUSE' ? new Error(why, { cause }) : cause);
    });
    server.listen(`\0${name}`, resolve);
  });
  server.unref();
  return server;
}
