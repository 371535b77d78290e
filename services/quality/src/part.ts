/** What the service is made of: parts that watch and answer, each by itself, over the same surroundings. */
import type { RegistryClient } from '@millrace/avro';
import type { ClickHouse } from '@millrace/clickhouse';
import type { Admin, ClusterWatch, KafkaConnection, PartitionReader } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { Metrics, Project } from '@millrace/runtime';
import type { FastifyInstance } from 'fastify';
import type { Audit } from './audit/audit.ts';
import type { ConditionBoard } from './conditions/condition-board.ts';
import type { QualityConfig } from './config.ts';
import type { History } from './history/history.ts';
import type { QualityMetrics } from './metrics.ts';
import type { QualityOutputs } from './outputs.ts';
import type { Watch } from './watch.ts';

export interface PartContext {
  readonly config: QualityConfig;
  readonly project: Project;
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  /** Ends, groups and offsets in few requests; one connection for all parts. */
  readonly cluster: ClusterWatch;
  /** Stretches of partitions; one connection for all parts. */
  readonly reader: PartitionReader;
  readonly registry: RegistryClient;
  readonly clickhouse: ClickHouse;
  /** Where measurements are kept. */
  readonly history: History;
  /** Where results go that others may read, on Kafka. */
  readonly outputs: QualityOutputs;
  /** What is not well now. */
  readonly board: ConditionBoard;
  /** Whatever a person changes by way of a route goes through it: `audit.action(request, what, work)`. */
  readonly audit: Audit;
  readonly metrics: QualityMetrics;
  /** For metrics that only this part has. */
  readonly meters: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
}

export interface Part {
  readonly watches?: readonly Watch[];
  /** Below /api/v1. Each route says who may: `config: { role }`; viewer when left out of a GET, and no other may leave it out. */
  register?(server: FastifyInstance): void | Promise<void>;
  /** After the last round has ended. */
  close?(): Promise<void>;
}
