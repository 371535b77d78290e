/**
 * Who was refused, what and why: the first at once, those like it counted and told together, in the log and in the audit.
 * It waits for nobody: who is refused is not to be slowed by Kafka, and a flood of refusals must not fill it.
 */
import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { addressPrefix, createToldTogether } from '@millrace/runtime';
import type { Actor } from '../access/actor.ts';
import type { AuditLog, AuditStep } from './audit-log.ts';

export interface Refused {
  readonly code: ErrorCode;
  readonly actor: Pick<Actor, 'name' | 'role'> | undefined;
  /** Method and pattern of the route: `POST /api/v1/silences`. */
  readonly action: string;
  readonly address: string;
}

export interface RefusalAudit {
  note(refused: Refused): void;
  /** Tells what is counted and not told yet. */
  flush(): void;
}

/** Of the log and the audit, within ten seconds. */
const kindsMax = 50;

const unknown = { name: 'unknown', role: 'viewer' } as const;

export const createRefusalAudit = (options: {
  readonly log: Pick<AuditLog, 'write'>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): RefusalAudit => {
  const { log, logger, clock } = options;
  const tell = (step: AuditStep): void => {
    const { by, role, from, action, subject: code, detail } = step;
    logger.info({ audit: 'refused', by, role, from, action, code, detail }, 'refused');
    log.write(step).catch((error: unknown) => {
      logger.warn({ err: error }, 'a refusal could not be recorded');
    });
  };
  const stepNow = () => ({ id: randomUUID(), atMs: clock.nowMs() });
  const told = createToldTogether<AuditStep>({
    ...{ ...options, kindsMax, first: tell },
    again: (step, count) => tell({ ...step, ...stepNow(), detail: `${count} times more` }),
    others: (count) => logger.info({ audit: 'refused', count }, 'refused, of many kinds'),
  });
  return {
    note: ({ code, actor = unknown, action, address }) => {
      const { name: by, role } = actor;
      const from = addressPrefix(address);
      told.note(JSON.stringify([by, code, action, from]), () => ({
        ...stepNow(),
        ...{ by, role, from, action, subject: code, detail: '', outcome: 'refused' },
      }));
    },
    flush: told.flush,
  };
};
