/** Every contract that was asked for, each by what its role allows: facts offset by offset. */
import { createClickHouse } from '@millrace/clickhouse';
import {
  type Contract,
  hasWarehouse,
  MillraceError,
  metadataColumns,
  nearestWord,
  type WarehouseContract,
} from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { readDeadOffsets } from './topic-offsets.ts';
import { type FactVerdict, verifyFact } from './verify-fact.ts';

export interface VerifyAddresses {
  readonly kafkaBrokers: readonly string[];
  readonly clickhouseUrl: string;
  readonly group: string;
}

/** A slow scan of a large table is no fault. */
const QUERY_TIMEOUT_MS = 600_000;

/** True where each record is a row of its own that says which record it was. */
export const landsByOffset = (contract: WarehouseContract): boolean =>
  metadataColumns(contract.warehouse.role).some(({ name }) => name === '_topic');

/** The named contracts, or all with a table. Throws `config.invalid` for a name that none has. */
export function chooseContracts(
  contracts: readonly Contract[],
  names: readonly string[],
): readonly WarehouseContract[] {
  const withTable = contracts.filter(hasWarehouse);
  const ids = withTable.map(({ id }) => id);
  for (const name of names) {
    if (ids.includes(name)) continue;
    const near = nearestWord(name, ids);
    const hint = near === undefined ? `; there are ${ids.join(', ')}` : `; did you mean ${near}?`;
    throw new MillraceError('config.invalid', `no contract with a table is called ${name}${hint}`);
  }
  return names.length === 0 ? withTable : withTable.filter(({ id }) => names.includes(id));
}

/** Facts among the contracts, compared one after the other; `onVerdict` hears of each when it is known. */
export async function verifyFacts(
  contracts: readonly WarehouseContract[],
  addresses: VerifyAddresses,
  sinceMs: number | undefined,
  onVerdict: (verdict: FactVerdict) => void,
): Promise<void> {
  const facts = contracts.filter(landsByOffset);
  if (facts.length === 0) return;
  const { kafkaBrokers: brokers, clickhouseUrl, group } = addresses;
  const connection = { brokers, clientId: 'millrace-verify', logger: silentLogger };
  const admin = createAdmin(connection);
  const clickhouse = createClickHouse({ url: clickhouseUrl, requestTimeoutMs: QUERY_TIMEOUT_MS });
  try {
    const dead = await readDeadOffsets(connection, admin);
    for (const contract of facts) {
      const ofTopic = dead.get(contract.topic.name) ?? new Map<number, Set<number>>();
      const shared = { contract, connection, admin, clickhouse, group, dead: ofTopic };
      onVerdict(await verifyFact(sinceMs === undefined ? shared : { ...shared, sinceMs }));
    }
  } finally {
    await Promise.all([admin.close(), clickhouse.close()]);
  }
}
