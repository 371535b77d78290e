/** The door as a process: `POST /v1/events/<domain>/<name>` in, Avro on Kafka out. */
import { runService } from '@millrace/runtime';
import { ingestConfig } from './config.ts';
import { startIngest } from './ingest.ts';

await runService({
  name: 'ingest',
  description: 'takes events over HTTP, checks them against their contracts, writes them to Kafka',
  config: ingestConfig,
  start: startIngest,
});
