import type { ErrorDoc } from '@millrace/contracts';
import { page, prose } from './markdown.ts';

/** docs/reference/errors.md: every error code with its cause and its remedy, by area. */
export function errorsPage(codes: Readonly<Record<string, ErrorDoc>>): string {
  const areas = Map.groupBy(Object.entries(codes), ([code]) => code.split('.')[0] ?? '');
  return page('Error codes', '`packages/contracts/src/error-codes/`', [
    'Every exception of the platform carries one of these codes, in its log line as `code`, and in HTTP answers. What retries by itself is logged at WARN: no data is lost.',
    ...[...areas].map(([area, entries]) =>
      [`## ${area}`, ...entries.map(entrySection)].join('\n\n'),
    ),
  ]);
}

const entrySection = ([code, { summary, cause, remedy }]: [string, ErrorDoc]): string =>
  `### ${code}\n\n${prose(summary)}\n\n* Cause: ${prose(cause)}\n* Remedy: ${prose(remedy)}`;
