import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { accessFileSchema } from '../access/access-words.ts';
import { ingestKeySchema, ingestKeysFileSchema } from '../ingest-keys/key-form.ts';
import { operationsTokensSchema } from '../operations-tokens/token-form.ts';
import type { ContractProblem } from '../project/contract-problem.ts';
import { customCheckSchemas, ruleSectionSchema } from '../quality/quality-forms.ts';
import { explainViolations } from './explain-violation.ts';
import { millracePropertySchema, millraceSectionSchema } from './millrace-section.ts';
import odcsSchema from './odcs-v3.1.0.schema.json' with { type: 'json' };
import type { DocumentPath, SourceDocument } from './source-document.ts';

/**
 * Validates an ODCS document by the standard's published JSON schema (3.1.0, draft 2019-09), and Millrace's
 * own sections by theirs. Form only: whether the names exist is project/cross-checks.ts.
 */
type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Compiled on first use, as quickly as it goes, since each service and command does so when it starts: the schemas are ours and the standard's, so
 * that they are schemas is for the test (to ask costs as much as to compile), and code that runs a few times is not made shorter.
 */
const quickly = { validateSchema: false, code: { optimize: false } } as const;

const lazyValidator = (schema: JsonSchema): (() => ValidateFunction) => {
  let validator: ValidateFunction | undefined;
  return () => {
    if (validator === undefined) {
      const ajv = new Ajv2019({ allErrors: true, verbose: true, strict: false, ...quickly });
      addFormats.default(ajv);
      validator = ajv.compile(schema);
    }
    return validator;
  };
};

const compiledBy = (schema: JsonSchema) => ({ schema, compiled: lazyValidator(schema) });

const validators = {
  odcs: { schema: odcsSchema as JsonSchema, compiled: lazyValidator(odcsSchema) },
  section: { schema: millraceSectionSchema, compiled: lazyValidator(millraceSectionSchema) },
  property: { schema: millracePropertySchema, compiled: lazyValidator(millracePropertySchema) },
  qualityRule: { schema: ruleSectionSchema, compiled: lazyValidator(ruleSectionSchema) },
  freshness: compiledBy(customCheckSchemas.freshness),
  range: compiledBy(customCheckSchemas.range),
  volume: compiledBy(customCheckSchemas.volume),
  drift: compiledBy(customCheckSchemas.drift),
  access: { schema: accessFileSchema, compiled: lazyValidator(accessFileSchema) },
  ingestKey: { schema: ingestKeySchema, compiled: lazyValidator(ingestKeySchema) },
  ingestKeysFile: { schema: ingestKeysFileSchema, compiled: lazyValidator(ingestKeysFileSchema) },
  operationsTokensFile: {
    schema: operationsTokensSchema,
    compiled: lazyValidator(operationsTokensSchema),
  },
} as const satisfies Record<string, { schema: JsonSchema; compiled: () => ValidateFunction }>;

/** The JSON schemas of all forms, draft 2019-09. */
export const formSchemas: readonly JsonSchema[] = Object.values(validators).map(
  ({ schema }) => schema,
);

/** Problems of `value`, which stands at `path` of the document. */
export const validateForm = (
  form: keyof typeof validators,
  document: SourceDocument,
  path: DocumentPath,
  value: unknown,
): readonly ContractProblem[] => {
  const { schema, compiled } = validators[form];
  const validate = compiled();
  if (validate(value)) return [];
  return explainViolations(validate.errors ?? [], value, schema).map((violation) =>
    document.problemAt([...path, ...violation.path], violation),
  );
};
