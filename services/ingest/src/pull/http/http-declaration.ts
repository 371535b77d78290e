/** What a source's file says of an HTTP API: `from: { http: https://… }`. Reading it asks nobody. */
import jsonata from 'jsonata';
import { z } from 'zod';

const text = z.string().min(1);

const expression = text.refine(isExpression, 'is no JSONata expression');

function isExpression(source: string): boolean {
  try {
    return jsonata(source) !== undefined;
  } catch {
    return false;
  }
}

const url = z.url({ protocol: /^https?$/, message: 'is no http or https address' });

const auth = z
  .strictObject({
    basic: z.strictObject({ username: text, password: z.string() }).optional(),
    bearer: text.optional(),
    /** In a header, or in the address. */
    apiKey: z
      .strictObject({ header: text.optional(), parameter: text.optional(), value: text })
      .refine(
        ({ header, parameter }) => (header === undefined) !== (parameter === undefined),
        'needs either header or parameter',
      )
      .optional(),
    /** Client credentials (RFC 6749, 4.4). */
    oauth2: z
      .strictObject({
        tokenUrl: url,
        clientId: text,
        clientSecret: z.string(),
        scope: text.optional(),
      })
      .optional(),
  })
  .refine((given) => Object.keys(given).length === 1, 'needs one of basic, bearer, apiKey, oauth2');

const pages = z.union([
  /** RFC 8288: the `Link` header with `rel="next"`. */
  z.literal('link'),
  /** JSONata of the body that gives the next page's cursor, or its address. */
  z.strictObject({ cursor: expression, parameter: text.optional() }),
  /** Rows left out, until a page has none. */
  z.strictObject({ offset: text, start: z.int().min(0).default(0) }),
  /** Number of the page, until one has no rows. */
  z.strictObject({ page: text, start: z.int().min(0).default(1) }),
]);

const cursor = z.strictObject({
  /** JSONata of a record: a number, or a time in ISO 8601. Grows with every change. */
  field: expression,
  /** Query parameter that asks for records from there on. */
  parameter: text,
  start: z.union([text, z.number()]).optional(),
  /** Records come in the order of the cursor: then a round that broke off goes on from the largest one, and no page is kept. */
  sorted: z.boolean().default(false),
  /** How far behind the largest one the next round begins: `60s`, or a number for cursors that are numbers. */
  overlap: z.union([z.string().regex(/^\d+(ms|s|m|h|d)$/), z.number().min(0)]).default(0),
});

export const httpPlace = z.strictObject({
  http: url,
  headers: z.record(z.string(), z.string()).default({}),
  auth: auth.optional(),
  /** JSONata of the body that gives the records; the body itself when left out. */
  records: expression.optional(),
  pages: pages.optional(),
  cursor: cursor.optional(),
  /** Requests a second at most. */
  rate: z.number().positive().max(1000).optional(),
  /** Seconds that one request may take. */
  timeoutSeconds: z.number().positive().max(600).default(30),
});

export type HttpDeclaration = z.output<typeof httpPlace>;
export type PagesDeclaration = NonNullable<HttpDeclaration['pages']>;
export type CursorDeclaration = NonNullable<HttpDeclaration['cursor']>;
