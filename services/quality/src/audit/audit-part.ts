/** The audit as a part: it is carried to ClickHouse, and answered at /audit. Writing it is audit.ts. */
import { auditOutcomes } from '@millrace/operations';
import type { Part, PartContext } from '../part.ts';
import type { AuditLog } from './audit-log.ts';
import { carryAudit, operationsTable } from './carry-audit.ts';
import { type AuditFilter, readAudit } from './read-audit.ts';

const querystring = {
  type: 'object',
  additionalProperties: false,
  properties: {
    by: { type: 'string', maxLength: 200 },
    action: { type: 'string', maxLength: 200 },
    subject: { type: 'string', maxLength: 1000 },
    outcome: { enum: auditOutcomes },
    hours: { type: 'number', exclusiveMinimum: 0, maximum: 24 * 3660, default: 24 * 30 },
    most: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    before: { type: 'integer', minimum: 0 },
  },
} as const;

export const createAuditPart = (context: PartContext, log: AuditLog): Part => {
  const { clickhouse, config, history, clock } = context;
  const table = history.table(operationsTable(config.auditRetentionMs));
  return {
    watches: [carryAudit(context, log, table.append)],
    register: (server) => {
      server.get<{ Querystring: AuditFilter }>(
        '/audit',
        { config: { role: 'operator' }, schema: { querystring } },
        ({ query }) => readAudit(clickhouse, query, clock.nowMs()),
      );
    },
  };
};
