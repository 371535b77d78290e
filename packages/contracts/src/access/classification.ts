/** The words of ODCS `classification` that Millrace knows, and what they mean for who may read a column. */

/** From open to closed; who may read one level may read those before it. */
export const classifications = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Classification = (typeof classifications)[number];

/** Of a column that says nothing. */
export const defaultClassification: Classification = 'internal';
/** What every analyst may read; columns above it are masked for those without the right. */
export const analystClassification: Classification = 'internal';

/** True when whoever may read up to `limit` may read `level`. */
export const mayRead = (limit: Classification, level: Classification | undefined): boolean =>
  classifications.indexOf(level ?? defaultClassification) <= classifications.indexOf(limit);
