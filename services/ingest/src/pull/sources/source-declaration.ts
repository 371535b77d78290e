/** A source as a file under `sources/` declares it: where rows come from, which stream they are for, how they are read. */
import { setting } from '@millrace/runtime';
import { z } from 'zod';
import { formats } from '../formats/format.ts';
import { type HttpDeclaration, httpPlace } from '../http/http-declaration.ts';
import type { MappingText } from '../mapping/compile-mapping.ts';
import { type QueryDeclaration, queryPlace } from '../query/query-declaration.ts';

const durationSetting = setting.duration({ env: 'every', description: '', min: 100 });

const asDuration = (text: string, context: z.RefinementCtx): number => {
  const parsed = durationSetting.parse(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: `"${text}" ${parsed.problem}; write 30s, 5m, 1h` });
  return z.NEVER;
};
const duration = z.string().transform(asDuration);

/** `never`: by hand alone. */
const frequency = z
  .string()
  .transform((text, context) =>
    text === 'never' ? Number.POSITIVE_INFINITY : asDuration(text, context),
  );

const text = z.string().min(1);
/** One ASCII character: files are cut by bytes. */
const character = z.string().regex(/^[\t -~]$/, 'is not one ASCII character');

const filesPlace = z.strictObject({
  /** A file, a folder or a glob, from the project's directory. */
  files: text,
  /** How long a file must have been left alone before it is read. */
  settle: duration.default(2000),
});

const s3Place = z.strictObject({
  /** `s3://bucket/prefix/` or a glob behind it. */
  s3: z.string().regex(/^s3:\/\/[^/]+(?:\/.*)?$/, 'is not of the form s3://bucket/prefix'),
  endpoint: z.url().optional(),
  region: text.default('us-east-1'),
  accessKeyId: text.optional(),
  secretAccessKey: text.optional(),
  sessionToken: text.optional(),
  /** The bucket in the path and not in the host name; the default where an endpoint is given. */
  pathStyle: z.boolean().optional(),
});

/** Kinds of places by the word that names them under `from`. */
export const placeSchemas = {
  files: filesPlace,
  s3: s3Place,
  http: httpPlace,
  query: queryPlace,
} as const;
export type PlaceKind = keyof typeof placeSchemas;
export type FilesDeclaration = z.output<typeof filesPlace>;
export type S3Declaration = z.output<typeof s3Place>;

export type PlaceDeclaration =
  | ({ readonly kind: 'files' } & FilesDeclaration)
  | ({ readonly kind: 's3' } & S3Declaration)
  | ({ readonly kind: 'http' } & HttpDeclaration)
  | ({ readonly kind: 'query' } & QueryDeclaration);

/** Everything but `from`, which is read by its own kind's schema. */
export const sourceSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'is not made of a-z, 0-9, dot, dash and underscore')
    .optional(),
  /** Id of the contract. */
  to: text,
  from: z.record(z.string(), z.unknown()),
  format: z.enum(formats).optional(),
  csv: z
    .strictObject({
      delimiter: character.optional(),
      quote: z.union([character, z.literal('')]).optional(),
      escape: character.optional(),
      header: z.union([z.boolean(), z.array(text).min(1)]).optional(),
    })
    .optional(),
  encoding: text
    .refine(
      isEncoding,
      'is no label of an encoding that is known here, such as utf-8 or windows-1252',
    )
    .optional(),
  map: z
    .union([text, z.record(z.string(), z.union([text, z.number()]).transform(String))])
    .optional(),
  times: z.strictObject({ format: text.optional(), zone: text.optional() }).optional(),
  /** Columns that no field of the contract is named for. */
  otherColumns: z.enum(['reject', 'ignore']).default('reject'),
  /** How often the place is looked at; `never` for a source that no service follows. */
  every: frequency.default(30_000),
});

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label) !== undefined;
  } catch {
    return false;
  }
}

type SourceShape = z.output<typeof sourceSchema>;

export interface SourceDeclaration
  extends Omit<SourceShape, 'from' | 'name' | 'map' | 'otherColumns' | 'every'> {
  readonly name: string;
  /** For messages, e.g. `sources/flights.yaml`. */
  readonly file: string;
  readonly from: PlaceDeclaration;
  readonly map?: MappingText | undefined;
  readonly dropsUnknown: boolean;
  /** Infinite for a source that is loaded by hand alone. */
  readonly everyMs: number;
}
