/** Every contract that was asked for, by what its role allows: facts by offset, dimensions row by row. */
import { createClickHouse } from '@millrace/clickhouse';
import {
  type Contract,
  hasWarehouse,
  MillraceError,
  nearestWord,
  type WarehouseContract,
} from '@millrace/contracts';
import { createAdmin, type KafkaSettings, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createDeadOffsetsReader,
  type DimensionVerdict,
  type FactVerdict,
  verifyDimension,
  verifyFact,
} from '@millrace/reconcile';

export interface VerifyAddresses extends KafkaSettings {
  readonly clickhouseUrl: string;
  readonly group: string;
}

/** A slow scan of a large table is no fault. */
const QUERY_TIMEOUT_MS = 600_000;

/** True where each record stays a row of its own that says which record it was. */
export const landsByOffset = (contract: WarehouseContract): boolean =>
  contract.warehouse.role === 'fact';

/** True where the view is a captured table as it stands now. */
export const isComparable = (contract: WarehouseContract): boolean =>
  contract.warehouse.role === 'dimension' && contract.source.kind === 'change';

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

const connect = (addresses: VerifyAddresses) => {
  const connection = kafkaConnection(addresses, 'millrace-verify', silentLogger);
  const admin = createAdmin(connection);
  const clickhouse = createClickHouse({
    url: addresses.clickhouseUrl,
    requestTimeoutMs: QUERY_TIMEOUT_MS,
  });
  const close = async () => {
    await Promise.all([admin.close(), clickhouse.close()]);
  };
  return { connection, admin, clickhouse, close };
};

/** Facts among the contracts, compared one after the other; `onVerdict` hears of each when it is known. */
export async function verifyFacts(
  contracts: readonly WarehouseContract[],
  addresses: VerifyAddresses,
  sinceMs: number | undefined,
  onVerdict: (verdict: FactVerdict) => void,
): Promise<void> {
  const facts = contracts.filter(landsByOffset);
  if (facts.length === 0) return;
  const { close, ...servers } = connect(addresses);
  try {
    const dead = createDeadOffsetsReader(servers.connection, servers.admin);
    for (const contract of facts) {
      const shared = { contract, ...servers, group: addresses.group, dead };
      onVerdict(await verifyFact(sinceMs === undefined ? shared : { ...shared, sinceMs }));
    }
  } finally {
    await close();
  }
}

export interface DimensionOptions {
  readonly postgresUrl: string;
  /** How long a round may wait for the warehouse to catch up, ms. */
  readonly waitMs: number;
  readonly showValues: boolean;
}

/** Dimensions among the contracts, each against its table in PostgreSQL. */
export async function verifyDimensions(
  contracts: readonly WarehouseContract[],
  addresses: VerifyAddresses,
  { postgresUrl, waitMs, showValues }: DimensionOptions,
  onVerdict: (verdict: DimensionVerdict) => void,
): Promise<void> {
  const dimensions = contracts.filter(isComparable);
  if (dimensions.length === 0) return;
  const { close, connection, admin, clickhouse } = connect(addresses);
  const catchUp = { connection, admin, group: addresses.group, waitMs };
  try {
    for (const contract of dimensions) {
      const options = { contract, postgresUrl, clickhouse, catchUp, showValues };
      onVerdict(await verifyDimension(options));
    }
  } finally {
    await close();
  }
}
