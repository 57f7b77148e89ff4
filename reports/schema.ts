// The JSON Schema of evidence.json, for programs that read it: derived from what checks it here.
import { toJsonSchema } from '@valibot/to-json-schema';
import { EVIDENCE_VERSION, Evidence } from '../harness/evidence/model.ts';

/** Written beside every evidence.json as evidence.schema.json. */
export function evidenceSchema(): Readonly<Record<string, unknown>> {
  return {
    ...toJsonSchema(Evidence, { target: 'draft-07', ignoreActions: ['readonly'] }),
    $id: `https://terrarium.invalid/evidence.v${EVIDENCE_VERSION}.schema.json`,
    title: 'Evidence of one Terrarium run',
  };
}
