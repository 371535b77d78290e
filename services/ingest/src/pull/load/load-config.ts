/** What `millrace load` reads from its environment: a part of the door's settings, and addresses only when it needs them. */
import { defineConfig, kafkaSettings } from '@millrace/runtime';
import { ingestConfig } from '../../config.ts';

const { project, registryUrl, eventBytesMax, quarantineEventBytesMax } = ingestConfig.settings;

/** For a load onto Kafka. */
export const loadConfig = defineConfig('ingest', {
  project,
  ...kafkaSettings,
  registryUrl,
  eventBytesMax,
  quarantineEventBytesMax,
});

/** For a dry run, which reaches nobody. */
export const dryRunConfig = defineConfig('ingest', {
  project,
  eventBytesMax,
  quarantineEventBytesMax,
});
