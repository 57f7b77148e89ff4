// Programs whose output, its order, and exit status are compared.
import { once } from 'node:events';
import { watch, writeFileSync, writeSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const print = (...words: readonly unknown[]) => {
  writeSync(1, `${words.map((word) => String(word)).join(' ')}\n`);
};

const onExit = () => process.on('exit', (code) => print('exit', code, process.exitCode));

export const SCENARIOS: Readonly<Record<string, (...words: string[]) => unknown>> = {
  nothing: onExit,
  words: (...words) => print(JSON.stringify(words)),
  variable: (name) =>
    print(JSON.stringify(process.env[name ?? '']), Object.hasOwn(process.env, name ?? '')),
  cwd: () => print(process.cwd()),

  exitCode() {
    onExit();
    process.exitCode = 3;
  },
  exit() {
    onExit();
    setTimeout(() => print('too late'), 1);
    process.exit(4);
  },
  exitOfExitCode() {
    process.exitCode = 5;
    onExit();
    process.exit();
  },
  exitInExit() {
    process.on('exit', () => process.exit(6));
    onExit();
  },
  exitCodeInExit() {
    process.on('exit', () => {
      process.exitCode = 8;
    });
  },
  exitTwice() {
    process.on('exit', () => {
      print('once');
      process.exit(9);
    });
    process.exit(2);
  },

  thrown() {
    onExit();
    setTimeout(() => print('too late'), 1);
    throw new Error('of the program');
  },
  thrownLater() {
    onExit();
    setTimeout(() => {
      throw new Error('of a timer');
    }, 1);
    setTimeout(() => print('too late'), 50);
  },
  thrownByMicrotask() {
    onExit();
    queueMicrotask(() => {
      throw new Error('of a microtask');
    });
    setTimeout(() => print('too late'), 1);
  },
  rejected() {
    onExit();
    setTimeout(() => print('too late'), 1);
    void Promise.reject(new Error('of a promise'));
  },
  rejectedAndCaught() {
    const promise = Promise.reject(new Error('caught'));
    queueMicrotask(() => promise.catch((error) => print(error.message)));
  },
  rejectedAndCaughtLater() {
    process.on('uncaughtException', ({ message }) => print('uncaught', message));
    const promise = Promise.reject(new Error('too late'));
    setTimeout(() => promise.catch((error) => print('caught', error.message)), 1);
  },
  uncaught() {
    onExit();
    process.on('uncaughtException', ({ message }, origin) => print('caught', message, origin));
    setTimeout(() => print('it goes on'), 5);
    setTimeout(() => {
      throw new Error('one');
    }, 1);
  },
  uncaughtTwice() {
    process.on('uncaughtException', () => {
      throw new Error('of the handler');
    });
    throw new Error('one');
  },
  captured() {
    process.on('uncaughtException', () => print('never'));
    process.setUncaughtExceptionCaptureCallback((error) => {
      print('captured', error.message);
      process.setUncaughtExceptionCaptureCallback(null);
      process.exitCode = 7;
    });
    throw new Error('one');
  },
  capturedWhileAwaiting: async () => {
    process.setUncaughtExceptionCaptureCallback((error) => print('captured', error.message));
    setTimeout(() => {
      throw new Error('one');
    }, 1);
    await delay(20);
    print('it goes on');
  },

  async order() {
    setTimeout(() => print('timer 1'), 1);
    setTimeout((word: string) => print('timer', word), 1, '1 again');
    setTimeout(() => print('timer 20'), 20);
    setTimeout(() => print('timer 10'), 10);
    queueMicrotask(() => print('microtask'));
    clearTimeout(setTimeout(() => print('cleared'), 1));
    clearImmediate(setImmediate(() => print('cleared')));
    clearTimeout(undefined);
    print('first');
    await delay(40);
    setImmediate((word: string) => print('immediate', word), 'with a word');
    print('last');
  },
  random() {
    print(Math.random());
  },
  microtasksBetween() {
    for (const name of ['a', 'b'])
      setImmediate(() => {
        print(name);
        queueMicrotask(() => print(`after ${name}`));
      });
  },
  interval() {
    let rounds = 0;
    const timer = setInterval(() => {
      print('round', ++rounds);
      if (rounds === 3) clearInterval(timer);
    }, 2);
  },
  unref() {
    onExit();
    setTimeout(() => print('never'), 20).unref();
    setTimeout(() => print('kept'), 20)
      .unref()
      .ref();
    setTimeout(() => print('at once'), 1);
    setInterval(() => {}, 1000).unref();
  },
  immediateInImmediate() {
    setTimeout(() => print('timer'), 0);
    const start = performance.now();
    while (performance.now() - start < 3);
    setImmediate(() => {
      print('one');
      setImmediate(() => print('two'));
    });
  },

  async signals() {
    const seen = (name: string) => (signal: string, number: number) => print(name, signal, number);
    const first = seen('first');
    process.on('SIGUSR2', first).on('SIGUSR2', seen('second')).once('SIGHUP', seen('once'));
    process.kill(process.pid, 'SIGUSR2');
    await delay(10);
    process.removeListener('SIGUSR2', first);
    process.kill(process.pid, 12);
    await delay(10);
    print(process.listenerCount('SIGUSR2'), process.listenerCount('SIGHUP'));
    process.kill(process.pid, 'SIGHUP');
    await delay(10);
    // Without a listener it ends this process.
    process.kill(process.pid, 'SIGHUP');
    await delay(1000);
    print('still there');
  },
  signalsKeepNothingAlive() {
    onExit();
    process.on('SIGTERM', () => print('never'));
  },
  async signalWhileWaiting() {
    const came = once(process, 'SIGTERM');
    const timer = setTimeout(() => print('never'), 60_000);
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 2);
    print(await came);
    clearTimeout(timer);
  },
  pipe() {
    // SIGPIPE is ignored: the error is EPIPE.
    try {
      for (;;) writeSync(3, 'x'.repeat(4096));
    } catch (error) {
      print(error instanceof Error ? error.message : error);
    }
  },

  async connect(path = '') {
    const socket = createConnection(path);
    socket.on('close', () => print('close'));
    await once(socket, 'connect');
    print('connected');
    socket.on('data', (bytes: Buffer) => {
      print('data', bytes.toString('latin1'));
      if (bytes.includes('end')) socket.destroy();
      else socket.write('end');
    });
    print('all of it:', socket.write('hello'));
  },
  async refused(path = '') {
    try {
      await once(createConnection(path), 'connect');
    } catch (error) {
      const { message, code, errno, syscall, address } = error as NodeJS.ErrnoException & {
        address?: string;
      };
      print(message, code, errno, syscall, address);
    }
  },
  unheard(path = '') {
    process.on('uncaughtException', ({ message }) => print('uncaught', message));
    createConnection(path).on('close', () => print('close'));
  },
  large(path = '', size = '0') {
    let received = 0;
    const socket = createConnection(path);
    socket.on('data', (bytes: Buffer) => {
      received += bytes.length;
      if (received === Number(size)) {
        print('received', received);
        socket.destroy();
      }
    });
    socket.on('connect', () => socket.write(Buffer.alloc(Number(size), 120)));
  },

  watched(path = '') {
    const watcher = watch(path, (event) => {
      print(event);
      watcher.close();
      watcher.close();
    });
    watcher.on('error', print);
    writeFileSync(path, 'new');
  },

  stack: () => print((new Error('here').stack ?? '').length > 0),
};
