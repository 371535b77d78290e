/** What a source's file says of a query: `from: { query: postgres://… or mysql://…, table: … }`. Reading it asks nobody. */
import { z } from 'zod';
import { readMysqlAddress } from './mysql/mysql-address.ts';

const name = z.string().regex(/^[^\0"]+$/, 'is no name');

export const queryPlace = z
  .strictObject({
    query: z
      .url({
        protocol: /^(postgres(ql)?|mysql|mariadb)$/,
        message: 'is no postgres://, mysql:// or mariadb:// address',
      })
      .superRefine((url, context) => {
        if (url.startsWith('postgres')) return;
        const { problem } = readMysqlAddress(url);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      }),
    /** `schema.table` (of MySQL: `database.table`), or a view. */
    table: z
      .string()
      .regex(/^[^\0".]+(\.[^\0".]+)?$/, 'is not of the form schema.table')
      .optional(),
    /** A SELECT in its place, without a semicolon. */
    select: z.string().min(1).optional(),
    /** Column that grows with every change, never null, and has an index with `key` behind it. */
    cursor: name,
    /** Column that tells rows with the same cursor apart; not needed where `cursor` is unique. */
    key: name.optional(),
    /** Rows of a chunk. */
    chunk: z.int().min(1).max(100_000).default(5000),
    /** Rows whose cursor is a time younger than this wait for the next round: for times that applications set. */
    lagSeconds: z.number().min(0).max(86_400).default(0),
  })
  .refine(({ table, select }) => (table === undefined) !== (select === undefined), {
    message: 'needs either table or select',
  });

export type QueryDeclaration = z.output<typeof queryPlace>;
