export {
  type ChangeEnvelope,
  type ChangeRecord,
  createChangeLog,
  readChangeLog,
} from './change-log.ts';
export { type ClickHouseDatabase, createClickHouseDatabase } from './clickhouse-database.ts';
export { commitOffset } from './commit-offset.ts';
export { type EventLoadOptions, type EventLoadReport, sendEventLoad } from './event-load.ts';
export { createEventProject, type EventProject } from './event-project.ts';
export { evictMembers } from './evict-members.ts';
export { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.ts';
export {
  createFlightsWorld,
  type FlightsWorld,
  flight,
  type Landed,
  type Sending,
  type WorldOptions,
} from './flights-world.ts';
export {
  type GivenAnswer,
  type HttpFault,
  type HttpFaultProxy,
  type HttpRule,
  type SeenRequest,
  startHttpFaultProxy,
} from './http-fault-proxy.ts';
export {
  type KafkaFaultProxy,
  type KafkaRequest,
  kafkaApi,
  startKafkaFaultProxy,
} from './kafka-fault-proxy.ts';
export { createManualClock, type ManualClock } from './manual-clock.ts';
export { mariadbHome } from './mariadb-program.ts';
export { type ObjectStore, startObjectStore } from './object-store.ts';
export { type OpenReader, openReader } from './open-reader.ts';
export { momentOfChance, pace } from './passing-time.ts';
export { createPostgresDatabase, type PostgresDatabase } from './postgres-database.ts';
export { type ReadCommittedOptions, readCommitted } from './read-committed.ts';
export { type ServiceExit, type ServiceProcess, startService } from './service-process.ts';
export { sqlBlocks } from './sql-blocks.ts';
export { stackUnderTest } from './stack-under-test.ts';
export { startBrowser } from './start-browser.ts';
export { type StreamContract, writeStreamContract } from './stream-contract.ts';
export { uniqueName } from './unique-name.ts';
export {
  auditVersions,
  startVersionedWriter,
  type VersionAudit,
  type VersionedWriter,
  versionedRows,
  versionedTableDdl,
} from './versioned-table.ts';
