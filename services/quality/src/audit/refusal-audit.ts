/**
 * Who was refused, what and why: the first at once, those like it counted and told together, in the log and in the audit.
 * It waits for nobody: who is refused is not to be slowed by Kafka, and a flood of refusals must not fill it.
 */
import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { addressPrefix } from '@millrace/runtime';
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

/** Alike within this time are one line more. */
const togetherMs = 10_000;
/** Different ones that are told apart within that time; the rest is counted as one. */
const kindsMax = 50;

const unknown = { name: 'unknown', role: 'viewer' } as const;

export const createRefusalAudit = (options: {
  readonly log: Pick<AuditLog, 'write'>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): RefusalAudit => {
  const { log, logger, clock, signal } = options;
  const repeated = new Map<string, { readonly step: AuditStep; count: number }>();
  let others = 0;
  const tell = (step: AuditStep): void => {
    const { by, role, from, action, subject: code, detail } = step;
    logger.info({ audit: 'refused', by, role, from, action, code, detail }, 'refused');
    log.write(step).catch((error: unknown) => {
      logger.warn({ err: error }, 'a refusal could not be recorded');
    });
  };
  const flush = (): void => {
    for (const { step, count } of repeated.values())
      if (count > 0)
        tell({ ...step, id: randomUUID(), atMs: clock.nowMs(), detail: `${count} times more` });
    if (others > 0) logger.info({ audit: 'refused', count: others }, 'refused, of many kinds');
    repeated.clear();
    others = 0;
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(togetherMs, signal).catch(() => undefined);
      flush();
    }
  };
  void loop();
  return {
    note: ({ code, actor = unknown, action, address }) => {
      const { name: by, role } = actor;
      const from = addressPrefix(address);
      const kind = JSON.stringify([by, code, action, from]);
      const known = repeated.get(kind);
      if (known !== undefined) known.count += 1;
      else if (repeated.size >= kindsMax) others += 1;
      else {
        const fields = { by, role, from, action, subject: code, detail: '' } as const;
        const step = {
          id: randomUUID(),
          atMs: clock.nowMs(),
          ...fields,
          outcome: 'refused',
        } as const;
        repeated.set(kind, { step, count: 0 });
        tell(step);
      }
    },
    flush,
  };
};
