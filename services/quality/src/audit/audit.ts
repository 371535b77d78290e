/**
 * Who did what by way of the service. What is to be done is on Kafka before it is begun, so that nothing is done that
 * nobody can be asked about; how it ended follows. From Kafka it goes to ClickHouse by carry-audit.ts.
 */
import { randomUUID } from 'node:crypto';
import { MillraceError } from '@millrace/contracts';
import type { AuditOutcome } from '@millrace/operations';
import type { Clock, Logger } from '@millrace/pipeline';
import { addressPrefix } from '@millrace/runtime';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../access/actor.ts';
import type { AuditLog, AuditStep } from './audit-log.ts';

export interface AuditedAction {
  /** A verb and its noun: `redrive dead-letters`. */
  readonly action: string;
  /** A contract, a topic, an alert. */
  readonly subject: string;
  /** Why and with what; never a row's content. */
  readonly detail?: string;
}

export interface AuditRecord extends AuditedAction {
  readonly outcome: AuditOutcome;
  /** Of an action whose begin was recorded: what `record` gave then. */
  readonly id?: string;
}

export interface Audit {
  /**
   * Does `work` in the name of who asks. Rejects with `operations.audit-unavailable` and without having begun when Kafka
   * does not take the record; else as `work` does. `note` replaces the detail by what came out.
   */
  action<T>(
    request: Pick<FastifyRequest, 'actor' | 'ip'>,
    what: AuditedAction,
    work: (note: (detail: string) => void) => Promise<T>,
  ): Promise<T>;
  /**
   * One step alone, for what goes on when the request has been answered. Resolves with the action's id once all replicas
   * in sync hold it; rejects with `operations.audit-unavailable`.
   */
  record(request: Pick<FastifyRequest, 'actor' | 'ip'>, record: AuditRecord): Promise<string>;
}

export interface AuditOptions {
  readonly log: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

const nobody: Pick<Actor, 'name' | 'role'> = { name: 'anybody', role: 'viewer' };

type Asker = Pick<FastifyRequest, 'actor' | 'ip'>;

/** Who asks, taken while the connection is there: a closed one has no address, and what was done is told all the same. */
export const askerOf = ({ actor, ip }: Asker): Asker => ({ actor, ip });

export const createAudit = ({ log, clock, logger }: AuditOptions): Audit => {
  const stepOf = (
    { actor = undefined, ip }: Asker,
    { id = randomUUID(), action, subject, detail = '', outcome }: AuditRecord,
  ): AuditStep => {
    const { name, role } = actor ?? nobody;
    const from = (ip as string | undefined) === undefined ? 'closed' : addressPrefix(ip);
    return {
      ...{ id, atMs: clock.nowMs(), by: name, role, from },
      action,
      subject,
      detail,
      outcome,
    };
  };

  const write = async (step: AuditStep): Promise<void> => {
    const { id, by, role, from, action, outcome } = step;
    logger.info({ audit: outcome, id, by, role, from, action }, 'audit');
    await log.write(step).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new MillraceError('operations.audit-unavailable', `${action}: not recorded (${why})`, {
        ...{ cause, retryable: true },
      });
    });
  };

  /** What was done is done, whether its end can be told or not; it stands there as begun then. */
  const writeEnd = (step: AuditStep): Promise<void> =>
    write(step).catch((error: unknown) =>
      logger.error({ err: error, id: step.id }, 'the end of an action could not be recorded'),
    );

  const record: Audit['record'] = async (request, record_) => {
    const step = stepOf(request, record_);
    await write(step);
    return step.id;
  };

  return {
    record,
    action: async (request, what, work) => {
      let detail = what.detail ?? '';
      const asker = askerOf(request);
      const id = await record(asker, { ...what, outcome: 'begun' });
      const end = (outcome: AuditOutcome) =>
        writeEnd(stepOf(asker, { ...what, id, detail, outcome }));
      try {
        const result = await work((text) => {
          detail = text;
        });
        await end('done');
        return result;
      } catch (error) {
        if (error instanceof MillraceError) detail = `${detail} ${error.code}`.trim();
        await end('failed');
        throw error;
      }
    },
  };
};
