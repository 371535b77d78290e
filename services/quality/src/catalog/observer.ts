/**
 * Looks at contracts: a few in each round, the one that was looked at longest ago first, and one at once when its page is asked
 * for. What cannot be reached is left as not known; what was known before stays until its next look.
 */
import type { CatalogTransform, Observation, Seen } from '@millrace/catalog';
import { type Contract, ingestKeysTopic, MillraceError, valueSubject } from '@millrace/contracts';
import { type ConditionState, gravest, type HealthReport } from '@millrace/operations';
import type { LagReader } from '../lag/lag-reader.ts';
import type { PartContext } from '../part.ts';
import { keepFor } from './keep-for.ts';
import { type KeyHolders, readKeyHolders } from './observe/key-holders.ts';
import { readNewestRecords } from './observe/newest-records.ts';
import { type RuleFigures, readRuleResults } from './observe/rule-results.ts';
import { seenGroups } from './observe/seen-groups.ts';
import type { SeenLog } from './observe/seen-log.ts';
import { readSeenQueries } from './observe/seen-queries.ts';
import { readTableFigures, type TableFigures } from './observe/table-figures.ts';

export interface ObserverOptions {
  readonly transforms: readonly CatalogTransform[];
  readonly lag: LagReader;
  readonly health: { report(): HealthReport };
  readonly seen: SeenLog;
}

export interface Observer {
  round(): Promise<void>;
  /** As of its last look; undefined before the first. */
  observed(id: string): Observation | undefined;
  /** Looks, unless it did a moment ago. Never rejects. */
  refresh(contract: Contract): Promise<void>;
}

const CONTRACTS_A_ROUND = 5;
const FRESH_MS = 2000;
/** The log of queries is asked seldom, and at the first time for a day. */
const QUERIES_MS = 300_000;
const QUERIES_BACK_MS = 86_400_000;
const KEYS_MS = 300_000;
/** Reports of other parts are made once for all lines of a list. */
const REPORT_MS = 1000;

type Looked = Pick<Observation, 'atMs' | 'lastEventMs' | 'versions' | 'topicSettings'>;

const consumerKinds = ['group', 'transform', 'sink', 'query'] as const;

export const createObserver = (context: PartContext, options: ObserverOptions): Observer => {
  const { project, clickhouse, connection, reader, registry, admin, board, clock, logger } =
    context;
  const { lag, seen } = options;
  const names = options.transforms.map(({ name }) => name);
  const looked = new Map<string, Looked>();
  const looking = new Map<string, Promise<void>>();
  const groups = keepFor(REPORT_MS, clock.nowMs, () => seenGroups(lag.readers(), names));
  const health = keepFor(
    REPORT_MS,
    clock.nowMs,
    () => new Map(options.health.report().streams.map((stream) => [stream.contract, stream])),
  );
  const contracts = new Map(project.contracts.map((contract) => [contract.id, contract]));
  let tables: ReadonlyMap<string, TableFigures> | undefined;
  let rules: ReadonlyMap<string, RuleFigures> | undefined;
  let holders: KeyHolders | undefined;
  let holdersMs = 0;
  let queriesMs = 0;
  let isLogReadable = true;

  /** Undefined where it fails: the round's own failure is told by the first error. */
  const attempt = async <Value>(
    what: string,
    failures: unknown[],
    ask: () => Promise<Value>,
  ): Promise<Value | undefined> => {
    try {
      return await ask();
    } catch (error) {
      failures.push(error);
      logger.debug({ err: error, what }, 'the catalog could not look');
      return undefined;
    }
  };

  const readVersions = async ({ id, topic }: Contract): Promise<Looked['versions']> => {
    const versions = await registry.versions(valueSubject(topic.name));
    const known = seen.of(id, ['version', 'version-before']);
    const atMs = clock.nowMs();
    return versions.map(({ version, id: schemaId, schemaText }) => {
      const name = String(schemaId);
      const before = known.find((one) => one.name === name);
      const kind = before?.kind ?? (known.length === 0 ? 'version-before' : 'version');
      if (before === undefined) seen.see(id, kind, name, atMs);
      const registeredMs = kind === 'version' ? (before?.firstMs ?? atMs) : null;
      return { version, schemaId, schemaText, registeredMs };
    });
  };

  const readSettings = async ({ topic }: Contract): Promise<Looked['topicSettings']> => {
    const [state] = await admin.describeTopics([topic.name]);
    if (state === undefined) return null;
    const { partitions, replicationFactor, config } = state;
    return {
      partitions: String(partitions),
      'replication.factor': String(replicationFactor),
      ...config,
    };
  };

  const look = async (contract: Contract, failures: unknown[]): Promise<void> => {
    const { id, topic } = contract;
    const before = looked.get(id);
    const ends = lag.ends(topic.name);
    const [newest, versions, topicSettings] = await Promise.all([
      attempt('records', failures, async () =>
        ends === undefined ? undefined : readNewestRecords(reader, topic.name, ends),
      ),
      attempt('versions', failures, () => readVersions(contract)),
      attempt('settings', failures, () => readSettings(contract)),
    ]);
    for (const { name, kind, lastMs } of newest?.producers ?? [])
      seen.see(id, kind, name, lastMs ?? clock.nowMs());
    looked.set(id, {
      atMs: clock.nowMs(),
      lastEventMs: newest?.lastMs ?? before?.lastEventMs ?? null,
      versions: versions ?? before?.versions ?? null,
      topicSettings: topicSettings ?? before?.topicSettings ?? null,
    });
  };

  const seeGroups = (): void => {
    for (const { id, topic } of project.contracts)
      for (const { name, kind, lastMs } of groups().get(topic.name) ?? [])
        if (lastMs !== null) seen.see(id, kind, name, lastMs);
  };

  const readHolders = async (failures: unknown[]): Promise<void> => {
    const nowMs = clock.nowMs();
    if (nowMs - holdersMs < KEYS_MS || lag.ends(ingestKeysTopic) === undefined) return;
    holders =
      (await attempt('keys', failures, () => readKeyHolders(connection, ingestKeysTopic, nowMs))) ??
      holders;
    holdersMs = nowMs;
  };

  /** Where the server keeps no log, or ours may not read it, nobody was seen asking. */
  const seeQueries = async (): Promise<void> => {
    const nowMs = clock.nowMs();
    if (!isLogReadable || nowMs - queriesMs < QUERIES_MS) return;
    const since = queriesMs === 0 ? nowMs - QUERIES_BACK_MS : queriesMs;
    queriesMs = nowMs;
    try {
      const found = await readSeenQueries(clickhouse, since);
      for (const { id, warehouse } of project.contracts)
        for (const { name, lastMs } of found.get(warehouse?.view ?? '') ?? [])
          seen.see(id, 'query', name, lastMs ?? nowMs);
    } catch (error) {
      if (error instanceof MillraceError && error.retryable) {
        queriesMs = 0;
        throw error;
      }
      isLogReadable = false;
      logger.info({ err: error }, 'the log of queries cannot be read: who asks views is not seen');
    }
  };

  const readTables = async (failures: unknown[]): Promise<void> => {
    await attempt('seen', failures, () => seen.load());
    tables = (await attempt('tables', failures, () => readTableFigures(clickhouse))) ?? tables;
    if (!project.contracts.some(({ quality }) => quality !== undefined)) return;
    rules = (await attempt('rules', failures, () => readRuleResults(clickhouse))) ?? rules;
  };

  const conditionOf = (id: string, state: ConditionState): ConditionState => {
    const states = board.open
      .filter(({ contract }) => contract === id)
      .map(({ severity }): ConditionState => (severity === 'critical' ? 'bad' : 'warn'));
    return states.length === 0 ? state : gravest([state, ...states]);
  };

  const seenOf = (id: string, kinds: readonly Seen['kind'][]): readonly Seen[] =>
    seen
      .of(id, kinds)
      .map(({ name, kind, lastMs }) => ({ name, kind: kind as Seen['kind'], lastMs }));

  const observed = (id: string): Observation | undefined => {
    const contract = contracts.get(id);
    const last = looked.get(id);
    if (contract === undefined || last === undefined) return undefined;
    const figures = tables?.get(contract.warehouse?.table ?? '');
    const stream = health().get(id);
    const { lastEventMs = null, p99Ms = null } = stream?.freshness ?? {};
    const judged = contract.quality?.length ?? 0;
    const outcome = rules?.get(id);
    return {
      ...last,
      condition: conditionOf(id, stream?.condition ?? 'unknown'),
      lastEventMs: Math.max(last.lastEventMs ?? 0, lastEventMs ?? 0) || null,
      rows: figures?.rows ?? null,
      bytes: figures?.bytes ?? null,
      producers: seenOf(id, ['producer']),
      allowed: contract.source.kind === 'event' ? (holders?.of(id) ?? []) : [],
      consumers: [...seenOf(id, consumerKinds), ...(groups().get(contract.topic.name) ?? [])],
      tableSettings: figures?.settings ?? null,
      latencyP99Ms: p99Ms,
      quality: outcome === undefined ? null : { rules: judged, ...outcome },
    };
  };

  return {
    observed,
    round: async () => {
      const failures: unknown[] = [];
      await readTables(failures);
      await attempt('queries', failures, seeQueries);
      await readHolders(failures);
      seeGroups();
      const oldest = [...project.contracts]
        .sort((a, b) => (looked.get(a.id)?.atMs ?? 0) - (looked.get(b.id)?.atMs ?? 0))
        .slice(0, CONTRACTS_A_ROUND);
      for (const contract of oldest) await look(contract, failures);
      if (failures.length > 0) throw failures[0];
    },
    refresh: async (contract) => {
      const { id } = contract;
      const running = looking.get(id);
      if (running !== undefined) return running;
      if (clock.nowMs() - (looked.get(id)?.atMs ?? Number.NEGATIVE_INFINITY) < FRESH_MS) return;
      const failures: unknown[] = [];
      const refreshing = Promise.all([look(contract, failures), readTables(failures)])
        .then(() => undefined)
        .finally(() => looking.delete(id));
      looking.set(id, refreshing);
      return refreshing;
    },
  };
};
