/** Who may do what, on a cluster whose brokers have an authorizer. Which rules there ought to be is packages/contracts. */
import { type AclEntry, entryText, MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { createCluster } from '../cluster/cluster.ts';
import type { Exchange } from '../cluster/exchange.ts';
import { ERROR, errorName, refused } from '../cluster/protocol-errors.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import type { KafkaConnection } from '../connection.ts';
import { type AclOutcome, createAcls, deleteAcls, describeAcls } from '../messages/acl-messages.ts';

export interface AclAdmin {
  /** Rules of the principals that allow one operation from every host. Rejects with `kafka.not-authorised` without Describe on the cluster. */
  entries(principals: readonly string[]): Promise<readonly AclEntry[]>;
  /** Makes what is missing. Rejects with `kafka.not-authorised` without Alter on the cluster, `kafka.refused` where there is no authorizer. */
  create(entries: readonly AclEntry[]): Promise<void>;
  delete(entries: readonly AclEntry[]): Promise<void>;
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 30_000;
const SECURITY_DISABLED = 54;

const judge = ({ errorCode, message }: AclOutcome, doing: string): void => {
  if (errorCode === ERROR.none) return;
  if (errorCode === SECURITY_DISABLED)
    throw new MillraceError(
      'kafka.refused',
      'the brokers have no authorizer: authorizer.class.name',
    );
  if (message === null) throw refused(errorCode, doing);
  throw refused(errorCode, `${doing} (${message || errorName(errorCode)})`);
};

/** Opens no connection before the first call. */
export const createAclAdmin = (connection: KafkaConnection): AclAdmin => {
  const cluster = createCluster(connection);
  /** To the controller; with KRaft any broker forwards. */
  const ask = <Answer>(exchange: Exchange<Answer>): Promise<Answer> =>
    retryUnavailable(
      async () => {
        const { controllerId } = await cluster.refresh([]);
        return cluster.send(controllerId, exchange);
      },
      { deadlineMs: systemClock.nowMs() + CALL_TIMEOUT_MS },
    );
  const change = async (
    entries: readonly AclEntry[],
    doing: string,
    exchange: (entries: readonly AclEntry[]) => Exchange<readonly AclOutcome[]>,
  ): Promise<void> => {
    if (entries.length === 0) return;
    const outcomes = await ask(exchange(entries));
    for (const [index, outcome] of outcomes.entries())
      judge(outcome, `${doing} "${entryText(entries[index]!)}"`);
  };
  return {
    async entries(principals) {
      const found: AclEntry[] = [];
      for (const principal of principals) {
        const { entries, ...outcome } = await ask(describeAcls(principal));
        judge(outcome, `reading the rules of ${principal}`);
        found.push(...entries);
      }
      return found;
    },
    create: (entries) => change(entries, 'allowing', createAcls),
    delete: (entries) => change(entries, 'taking away', deleteAcls),
    close: async () => cluster.close(),
  };
};
