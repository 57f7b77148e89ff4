// Options become columns; the error for an unknown name lists the known ones.
import { describe, expect, it } from 'vitest';
import { columnName, defaultColumns, KERNELS } from '../fetch/catalogue.ts';
import { kernelCommandLine, qemuCommand } from '../guest/command.ts';
import { speedFactor } from '../guest/inside/speed.ts';
import { matrixOptions } from './options.ts';
import { errorText } from './print-error.ts';

const columns = (...args: string[]) => matrixOptions(args, '/somewhere').columns.map(columnName);

describe('options', () => {
  it('without any are the default columns and the host', () => {
    const options = matrixOptions([], '/');
    expect(options.columns).toEqual(defaultColumns());
    expect(options.host).toBe(true);
    expect(new Set(options.columns.map(({ layout }) => layout))).toEqual(
      new Set(['v2', 'v1', 'hybrid']),
    );
  });

  it('name kernels and layouts', () => {
    expect(columns('--kernel', 'debian-6.12', '--cgroup', 'v2')).toEqual(['debian-6.12/v2']);
    expect(columns('--kernel', 'debian-6.1,debian-6.12', '--cgroup', 'v1,v2')).toEqual([
      'debian-6.1/v1',
      'debian-6.1/v2',
      'debian-6.12/v1',
      'debian-6.12/v2',
    ]);
    expect(columns('--kernel', 'host')).toEqual([]);
    expect(columns('--kernel-image', 'bzImage')).toEqual(['own/v2']);
    expect(
      matrixOptions(['--kernel-image', 'bzImage'], '/somewhere').columns[0]?.kernel,
    ).toMatchObject({ image: '/somewhere/bzImage' });
  });

  it.each([
    [['--kernel', 'nope']],
    [['--cgroup', 'v3']],
    [['--jobs', '0']],
    [['--unknown']],
    [['--shell', 'uml-7.2']],
    [['--kernel', 'debian-6.1-rt', '--cgroup', 'v1']],
  ])('%j is refused', (args) => {
    expect(() => matrixOptions(args, '/')).toThrow();
  });

  it('name a program of the user’s, which is run in guests, on the host only when asked', () => {
    const options = matrixOptions(['--exec', './t -v', '--files', 'a', '--files', 'b'], '/here');
    expect(options.exec).toEqual({ command: './t -v', files: ['a', 'b'], directory: '/here' });
    expect(options.host).toBe(false);
    expect(options.columns).toEqual(defaultColumns());
    expect(matrixOptions(['--exec', 't', '--kernel', 'host'], '/')).toMatchObject({
      ...{ host: true, columns: [] },
    });
  });

  it.each([
    [['--exec', 't', '--only', 'NS'], '--exec and --only cannot be used together'],
    [['--exec', 't', '--shell', 'debian-6.1'], '--exec and --shell cannot be used together'],
    [['--exec', ' '], '--exec names no program'],
    [['--files', 'a'], '--files needs --exec'],
    [['--kernel', 'nope'], 'no kernel is called nope'],
  ])('%j is refused with a line of help', (args, fact) => {
    const typed = () => matrixOptions(args, '/');
    expect(typed).toThrow(fact);
    expect(typed).toThrow(expect.objectContaining({ hint: expect.stringMatching(/^.+$/) }));
  });
});

describe('the catalogue', () => {
  it.each([
    ['debian-5.10', 'linux-image-5.10.0-46-cloud-amd64', 'linux-image-5.10.0-46-amd64'],
    ['debian-6.1', 'linux-image-6.1.0-56-cloud-amd64', 'linux-image-6.12.118+deb13-cloud-amd64'],
    ['debian-6.1-rt', 'linux-image-6.1.0-56-rt-amd64', 'linux-image-6.1.0-56-cloud-amd64'],
    ['debian-6.12', 'linux-image-6.12.118+deb13-cloud-amd64', 'linux-image-6.12-cloud-amd64'],
    ['debian-7.3', 'linux-image-7.3.4+deb13-cloud-amd64', 'linux-image-7.3.4+deb13-rt-amd64'],
  ])('%s takes %s and not %s', (name, taken, left) => {
    const pattern = KERNELS.find((kernel) => kernel.name === name)?.packages;
    expect(taken).toMatch(pattern ?? /^$/);
    expect(left).not.toMatch(pattern ?? /^$/);
  });
});

describe('a guest’s command line', () => {
  const request = {
    image: 'k',
    initrd: 'i',
    root: 'r',
    layout: 'v2',
    task: 'specs',
    accelerator: 'tcg',
    cpus: 2,
    memoryMiB: 512,
    append: ['quiet2'],
    directory: '/d',
  } as const;

  it('has no network and never reboots', () => {
    const command = qemuCommand(request).join(' ');
    expect(command).toContain('-nic none');
    expect(command).toContain('-no-reboot');
    expect(command).toContain('-accel tcg');
  });

  it('tells the kernel what to do, what was appended last', () => {
    expect(kernelCommandLine(request)).toMatch(
      /panic=-1 .*terrarium\.cgroup=v2 terrarium\.do=specs quiet2$/,
    );
  });

  it('names a second image, and whose init it has, only where there is one', () => {
    const system = { ...request, system: 's' };
    expect(qemuCommand(system).join(' ')).toMatch(/file=r,.*file=s,/);
    expect(kernelCommandLine(system)).toContain(' terrarium.system=1 ');
    expect(qemuCommand(request).join(' ')).not.toContain('d1');
    expect(kernelCommandLine(request)).not.toContain('terrarium.system');
  });
});

it('a factor of speed is never below one, and has a reserve', () => {
  expect(speedFactor(20, 30)).toBe(1);
  expect(speedFactor(300, 30)).toBe(15);
  expect(speedFactor(31, 30)).toBe(2);
});

describe('an error', () => {
  it('is a line of fact and a line of help, never a stack', () => {
    const error = Object.assign(new Error('no such thing\n    at somewhere'), { hint: 'look' });
    expect(errorText(error, 'usage')).toBe('terrarium: no such thing\n  hint: look');
    expect(errorText(new Error('fact'), 'usage')).toBe('terrarium: fact');
  });

  it('of an unknown option says where the options are listed', () => {
    const thrown = () => matrixOptions(['--nope'], '/');
    let text = '';
    try {
      thrown();
    } catch (error) {
      text = errorText(error, 'usage');
    }
    expect(text).toMatch(/^terrarium: Unknown option '--nope'.*\n {2}hint: usage$/);
  });
});
