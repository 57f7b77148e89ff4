// One more process: it is what the first one is, unless its caller says otherwise.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StateError } from '../../base/errors.ts';
import { readHostFacts } from '../../host/read.ts';
import { type Container, createContainer, type ExecOptions, openContainer } from '../container.ts';
import { example, Pipe } from '../example-container.ts';

const WHO = 'echo $(id -u):$(id -g):$(id -G) $(pwd) $HOME $KEPT';

async function outputOf(container: Container, options: ExecOptions): Promise<string> {
  using output = new Pipe();
  const executed = await container.exec({ ...options, stdio: [output.fd, output.fd, output.fd] });
  await executed.wait();
  return output.text.trimEnd();
}

describe.skipIf(readHostFacts().euid !== 0)('exec (needs root)', () => {
  it('has the user, directory and environment that the container was made with', async () => {
    const options = {
      ...example('sleep', '60'),
      user: 'student',
      workdir: '/tmp',
      env: ['KEPT=yes'],
    };
    await using made = await createContainer(options);
    const command = ['sh', '-c', WHO];
    const found = await openContainer(made.id);
    expect(await outputOf(found, { command })).toBe('1000:1000:1000 /tmp /home/student yes');
    expect(await outputOf(found, { command, user: '0' })).toBe('0:0:0 /tmp /root yes');
    expect(await outputOf(found, { command, user: '7:8', workdir: '/etc' })).toBe(
      '7:8:8 /etc / yes',
    );
  });

  it('may open as many files as the first process, whatever Node has raised its own limit to', async () => {
    const limits = 'ulimit -Sn; ulimit -Hn';
    using output = new Pipe();
    const options = example('sh', '-c', `${limits}; exec sleep 60`);
    const stdio = [output.fd, output.fd, output.fd] as const;
    await using container = await createContainer({ ...options, stdio });
    const own = /^Max open files +(\d+) +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    expect(Number(own?.[1])).toBeGreaterThan(1024);
    await output.until(`1024\n${own?.[2]}\n`);
    expect(await outputOf(container, { command: ['sh', '-c', limits] })).toBe(`1024\n${own?.[2]}`);
  });

  it('has the prompt of its user', async () => {
    const tmpfs = ['/tmp:mode=1777'];
    const options = { ...example('sleep', '60'), user: 'student', tmpfs };
    await using container = await createContainer(options);
    const terminal = { command: ['sh', '-c', 'echo "$PS1" >/tmp/prompt'], terminal: true };
    const prompt = async (who: Partial<ExecOptions>) => {
      await (await container.exec({ ...terminal, ...who })).wait();
      return outputOf(container, {
        command: ['sh', '-c', 'cat /tmp/prompt; rm /tmp/prompt'],
        user: '0',
      });
    };
    expect(await prompt({})).toBe('student@box:$PWD$');
    expect(await prompt({ user: '0' })).toBe('root@box:$PWD#');
  });

  it('is refused, as new limits are, when the container has ended', async () => {
    await using container = await createContainer(example('true'));
    await container.wait();
    expect(() => container.update({ memoryLimitBytes: 2 ** 26 })).toThrow(StateError);
    await expect(async () => container.exec({ command: ['true'] })).rejects.toThrow(StateError);
  });
});
