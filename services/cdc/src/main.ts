/** Starts the service: settings → shared connections → capture. */
import { createRegistryClient } from '@millrace/avro';
import { createFloodControl, floodLimits } from '@millrace/dead-letters';
import { createAdmin, kafkaConnection } from '@millrace/kafka';
import { loadProject, runService } from '@millrace/runtime';
import manifest from '../package.json' with { type: 'json' };
import { startCapture } from './capture.ts';
import { cdcConfig } from './config.ts';
import { declareMetrics } from './metrics.ts';
import { createOutputs, ensureOwnTopics } from './outputs.ts';
import { createRowRules } from './rules/row-rules.ts';

await runService({
  name: 'cdc',
  description: 'Captures the row changes of a PostgreSQL database into Kafka, exactly once.',
  config: cdcConfig,
  start: async (config, { logger, metrics, clock }) => {
    const { contracts } = await loadProject(config.project);
    const kafka = kafkaConnection(config, 'millrace-cdc', logger);
    const admin = createAdmin(kafka);
    const registry = createRegistryClient({ url: config.registryUrl });
    await ensureOwnTopics(admin, config.source, config.topicReplication);
    const rules = createRowRules(config);
    const measured = declareMetrics(metrics);
    const floods = createFloodControl({
      ...{ service: 'cdc', connection: kafka, limits: floodLimits(config), clock, logger },
    });
    return startCapture({
      ...{ config, kafka, contracts, rules, floods, logger, clock },
      metrics: measured,
      outputsFor: (database) =>
        createOutputs({
          ...{ admin, registry, contracts, database, rules },
          source: config.source,
          recordBytesMax: config.recordBytesMax,
          unchangedToast: config.unchangedToast,
          topicPartitions: config.topicPartitions,
          topicReplication: config.topicReplication,
          schemaChange: config.schemaChange,
          compatibility: config.compatibility,
          forcedSchema: (subject, why) => {
            measured.incompatibleRegistered();
            logger.warn(
              { subject, why },
              'registered, although readers of the topic cannot take it',
            );
          },
          doubted: (contract, doubts) =>
            logger.warn({ contract, doubts }, 'the contract does not agree with its table'),
          version: manifest.version,
        }),
      close: async () => {
        await floods.close();
        await admin.close();
      },
    });
  },
});
