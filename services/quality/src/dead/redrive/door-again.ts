/** Rejected events: through the door again, as `millrace ingest rejected redrive` sends them. The door knows a repeat by its id. */
import { MillraceError } from '@millrace/contracts';
import { openRedriveAudit, redrive } from '@millrace/dead-letters';
import type { PartContext } from '../../part.ts';
import type { IndexedLetter } from '../read-letters.ts';
import { type LetterFate, type LetterFates, notSent } from './letter-fate.ts';

type DoorContext = Pick<PartContext, 'clickhouse' | 'config' | 'connection' | 'project'>;

const unrepaired = { set: [], unset: [], rename: [] } as const;

export interface DoorFates {
  readonly fates: LetterFates;
  /** `ingest.redrive-stopped`: the door does not answer. What was done by then is told, the rest is not sent. */
  readonly stopped?: MillraceError;
}

export const doorAgain = async (
  { clickhouse, config, connection, project }: DoorContext,
  letters: readonly IndexedLetter[],
  by: string,
  perSecond: number,
): Promise<DoorFates> => {
  const fates = new Map<string, LetterFate>();
  const idOf = (rejectionId: string) => `ingest:${rejectionId}`;
  let audit: Awaited<ReturnType<typeof openRedriveAudit>>;
  try {
    const { registryUrl } = config;
    audit = await openRedriveAudit(connection, registryUrl, project.contracts, null, by);
  } catch (error) {
    if (!(error instanceof MillraceError && error.code === 'ingest.rejected-absent')) throw error;
    return { fates: new Map(letters.map(({ id }) => [id, notSent(error.message)])) };
  }
  try {
    await redrive(
      letters.map(({ id }) => id.slice('ingest:'.length)),
      {
        ...{ clickhouse, audit, repair: unrepaired, rate: perSecond },
        door: {
          url: config.rejectedDoorUrl,
          ...(config.rejectedDoorKey !== undefined && { key: config.rejectedDoorKey }),
        },
        onFate: ({ rejectionId }, { outcome, code }) =>
          fates.set(
            idOf(rejectionId),
            outcome === 'accepted' || outcome === 'duplicate'
              ? { kind: 'sent' }
              : outcome === 'not_sent'
                ? notSent(code ?? outcome)
                : { kind: 'refused-again', code: code ?? outcome, message: '' },
          ),
      },
    );
    return { fates };
  } catch (error) {
    if (!(error instanceof MillraceError && error.code === 'ingest.redrive-stopped')) throw error;
    return { fates, stopped: error };
  } finally {
    await audit.close();
  }
};
