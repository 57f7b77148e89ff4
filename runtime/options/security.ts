// `--security-opt`: which of the protections that are on unless switched off are switched off.
import type { SeccompProfile } from '../config/config.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS } from '../config/defaults.ts';
import type { Problems } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';

export interface Protections {
  readonly seccomp: SeccompProfile;
  readonly noNewPrivileges: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

const ON: Protections = {
  seccomp: 'default',
  noNewPrivileges: true,
  maskedPaths: DEFAULT_MASKED_PATHS,
  readonlyPaths: DEFAULT_READONLY_PATHS,
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
