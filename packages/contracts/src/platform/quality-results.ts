/** `millrace.quality_results`: what came out of the quality rules, for whoever wants to follow it. */
import type { PlatformStream } from './platform-stream.ts';

const internal = { classification: 'internal' } as const;

export const qualityResults: PlatformStream = {
  name: 'quality_results',
  purpose: 'What came out of each look at a quality rule of a contract.',
  key: ['contract'],
  identity: 'result_id',
  orderBy: ['contract', 'rule', 'checked_at'],
  retentionDays: 30,
  fields: [
    { name: 'result_id', type: 'string', ...internal, doc: 'Names this result.' },
    { name: 'contract', type: 'string', few: true, ...internal, doc: 'Whose rule it is.' },
    { name: 'rule', type: 'string', few: true, ...internal, doc: 'Id of the rule.' },
    { name: 'checked_at', type: 'time', ...internal, doc: 'When the look ended.' },
    {
      ...{ name: 'outcome', type: 'string', few: true, ...internal },
      doc: 'passed, warning, failed, error or skipped.',
    },
    { name: 'place', type: 'string', few: true, ...internal, doc: 'table or topic.' },
    {
      ...{ name: 'scope', type: 'string', few: true, ...internal },
      doc: 'all: the whole table; new: rows since the last look; window: a minute of the topic.',
    },
    {
      ...{ name: 'measured', type: 'double', nullable: true, ...internal },
      doc: 'In the unit of the rule; null when nothing could be measured.',
    },
    { name: 'expected', type: 'string', few: true, ...internal, doc: 'As the rule says it.' },
    { name: 'rows_checked', type: 'long', nullable: true, ...internal, doc: 'Rows looked at.' },
    { name: 'rows_failed', type: 'long', nullable: true, ...internal, doc: 'Those that failed.' },
    {
      ...{ name: 'share', type: 'double', ...internal },
      doc: 'Rows looked at of those that came, 0 to 1.',
    },
    { name: 'message', type: 'string', ...internal, doc: 'One line for persons.' },
    {
      ...{ name: 'action', type: 'string', few: true, ...internal },
      doc: 'What the rule does when it fails.',
    },
  ],
};
