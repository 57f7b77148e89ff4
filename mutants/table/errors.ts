// Bad input that is accepted, errors that name the wrong step, help that is missing.
import type { Area } from './table.ts';

const CPU = 'runtime/options/cpu.ts';

export const errors: Area = {
  title: 'Errors',
  mutants: [
    {
      name: 'hint-names-the-next-step',
      file: 'runtime/diagnose/step-error.ts',
      find: 'step: index + 1,',
      replace: 'step: index + 2,',
      requirements: ['CLEAN-03'],
    },
    {
      name: 'step-of-the-init-counted-without-the-clone',
      file: 'runtime/execute/start-errors.ts',
      find: 'startStepError(options, host.length + 1 + link.length + failed.index, failed)',
      replace: 'startStepError(options, host.length + link.length + failed.index, failed)',
      requirements: ['CLEAN-03', 'CLI-01'],
    },
    {
      name: 'no-hint-where-the-shell-is-missing',
      file: 'runtime/diagnose/diagnose.ts',
      find: 'return execHint(error, op, probe);',
      replace: 'return undefined;',
      requirements: ['BAD-04'],
    },
    {
      name: 'architecture-not-looked-at',
      file: 'runtime/diagnose/hints/program.ts',
      find: 'const code = number(18, 2);',
      replace: 'const code = number(20, 2);',
      requirements: ['BAD-05'],
    },
    {
      name: 'loader-not-looked-at',
      file: 'runtime/diagnose/hints/program.ts',
      find: 'const PT_INTERP = 3;',
      replace: 'const PT_INTERP = 4;',
      requirements: ['BAD-06'],
    },
    {
      name: 'missing-root-taken',
      file: 'runtime/container/create/inspect.ts',
      find: "if (!found) throw wrong('does not exist', HOW_TO_HAVE_ONE);",
      replace: 'if (!found) return;',
      requirements: ['BAD-01'],
    },
    {
      name: 'file-taken-for-a-root',
      file: 'runtime/container/create/inspect.ts',
      find: 'if (!found.isDirectory())',
      replace: 'if (!found.isDirectory() && !found.isFile())',
      requirements: ['BAD-02'],
    },
    {
      name: 'empty-root-taken',
      file: 'runtime/container/create/inspect.ts',
      find: 'found.nlink <= 2 &&',
      replace: 'found.nlink <= 1 &&',
      requirements: ['BAD-03'],
    },
    {
      name: 'slash-in-hostname-taken',
      file: 'runtime/options/identity.ts',
      find: '/^[A-Za-z0-9_.-]+$/',
      replace: '/^[A-Za-z0-9_./-]+$/',
      requirements: ['BAD-09'],
    },
    {
      name: 'newline-in-hostname-taken',
      file: 'runtime/options/identity.ts',
      find: '/^[A-Za-z0-9_.-]+$/',
      replace: '/^[A-Za-z0-9_.\\n-]+$/',
      requirements: ['BAD-10'],
    },
    {
      name: 'dots-in-id-taken',
      file: 'runtime/options/identity.ts',
      find: "/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(id) && !id.includes('..')",
      replace: '/^[A-Za-z0-9./][A-Za-z0-9_./-]{0,63}$/.test(id)',
      requirements: ['BAD-20'],
    },
    {
      name: 'zero-processors-taken',
      file: CPU,
      find: 'if (cpus < 0.01)',
      replace: 'if (cpus < 0)',
      requirements: ['BAD-15'],
    },
    {
      name: 'address-outside-the-range-taken',
      file: 'runtime/options/network.ts',
      find: 'if (first !== 198 || (second !== 18 && second !== 19))',
      replace: 'if (first === 0)',
      requirements: ['BAD-17'],
    },
    {
      name: 'root-not-asked-for',
      file: 'runtime/container/create/prepare.ts',
      find: 'if (hostFacts().euid === 0) return;',
      replace: 'if (hostFacts().euid >= 0) return;',
      requirements: ['BAD-23'],
    },
    {
      name: 'no-suggestion-for-an-option',
      file: 'runtime/cli/text/usage-hint.ts',
      find: 'return suggestion(flag, flags, OTHERWISE) ?? OTHERWISE;',
      replace: 'return OTHERWISE;',
      requirements: ['BAD-29'],
    },
    {
      name: 'explain-builds-without-a-pid-namespace',
      file: 'runtime/plan/script-spawn.ts',
      find: 'const options = flags.map((flag) =>',
      replace: "const options = flags.filter((flag) => flag !== 'newpid').map((flag) =>",
      requirements: ['CLI-06'],
    },
    {
      name: 'bytes-that-are-no-utf-8-are-lost',
      file: 'runtime/base/bytes.ts',
      find: "return text.includes('\\ufffd') ? decodeEach(buffer) : text;",
      replace: "return text.includes('\\ufffd') && buffer.length < 0 ? decodeEach(buffer) : text;",
      requirements: ['BYTES-01'],
    },
  ],
};
