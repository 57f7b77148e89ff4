// `--cap-add`, `--cap-drop`, and `--security-opt`: which of the protections that are on unless
// switched off are switched off.
import type { SeccompProfile } from '../config/config.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS } from '../config/defaults.ts';
import type { Problems } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';
import { option, texts } from './option.ts';

const heading = 'Security:';

export const security = {
  /** Capabilities beyond the usual 14: `NET_ADMIN`, `CAP_NET_ADMIN`, or `ALL`. */
  capAdd: option(texts(), {
    flag: '--cap-add <capability>',
    help: 'a capability beyond the usual 14, or ALL (repeatable)',
    heading,
    repeatable: true,
  }),
  /** Capabilities to go without; `ALL` for none but the added ones. */
  capDrop: option(texts(), {
    flag: '--cap-drop <capability>',
    help: 'a capability to go without, or ALL (repeatable)',
    heading,
    repeatable: true,
  }),
  /**
   * `seccomp=unconfined`, `no-new-privileges=false`, `systempaths=unconfined` (nothing of /proc and
   * /sys masked).
   */
  securityOpt: option(texts(), {
    flag: '--security-opt <option>',
    help: 'seccomp=unconfined, no-new-privileges=false, systempaths=unconfined (repeatable)',
    heading,
    repeatable: true,
  }),
};

export interface Protections {
  readonly seccomp: SeccompProfile;
  readonly noNewPrivileges: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

const ON: Protections = {
  noNewPrivileges: true,
  maskedPaths: DEFAULT_MASKED_PATHS,
  readonlyPaths: DEFAULT_READONLY_PATHS,
  seccomp: 'default',
};

/** Every form that is understood (docker's names), and what it changes. */
export const SECURITY_FORMS: Readonly<Record<string, Partial<Protections>>> = {
  'seccomp=default': { seccomp: 'default' },
  'seccomp=unconfined': { seccomp: 'unconfined' },
  'no-new-privileges': { noNewPrivileges: true },
  'no-new-privileges=true': { noNewPrivileges: true },
  'no-new-privileges=false': { noNewPrivileges: false },
  'systempaths=unconfined': { maskedPaths: [], readonlyPaths: [] },
};

/**
 * Everything on, less what the options switch off; the later of two wins. docker's older
 * `key:value` is read as `key=value`.
 */
export function parseSecurity(options: readonly string[], problems: Problems): Protections {
  const protections = { ...ON };
  const known = Object.keys(SECURITY_FORMS);
  for (const [index, option] of options.entries()) {
    const form = option.replace(':', '=');
    if (Object.hasOwn(SECURITY_FORMS, form)) Object.assign(protections, SECURITY_FORMS[form]);
    else
      problems.add(
        `securityOpt[${index}]`,
        option,
        'is no security option',
        suggestion(option, known, `known are ${known.join(', ')}`),
      );
  }
  return protections;
}
