import type { ErrorDoc } from './error-doc.ts';

/** Errors of comparisons: of `millrace verify` and of the quality service. */
export const verifyErrors = {
  'verify.table-incomparable': {
    summary: 'A dimension cannot be compared with its source table.',
    cause:
      'The table is not there, the role may not see it, or its key has a type without a common text on both sides.',
    remedy: 'Check MILLRACE_POSTGRES_URL and the rights of its role; compare such a key by hand.',
  },
  'verify.sink-behind': {
    summary: 'The warehouse did not catch up with PostgreSQL in the time given.',
    cause:
      'The capture or the sink does not run, is further behind than --wait allows, or the table is being read for the first time.',
    remedy:
      'Look at `millrace cdc status` and the sink’s lag; then try again with a longer --wait.',
  },
  'verify.source-failed': {
    summary: 'PostgreSQL did not answer a comparison of a dimension.',
    cause:
      'It is away, refuses the role, or one statement took longer than MILLRACE_QUALITY_DIMENSION_STATEMENT_MAX.',
    remedy:
      'The message is PostgreSQL’s own. The next round tries anew; give large tables more time.',
  },
} as const satisfies Record<string, ErrorDoc>;
