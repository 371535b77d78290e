/** The sink's process: Kafka to ClickHouse, exactly once. What it does is in pipeline.ts. */
import { runService } from '@millrace/runtime';
import { config } from './config.ts';
import { startSink } from './pipeline.ts';

await runService({
  name: 'sink',
  description:
    'lands every record of the contracts with a warehouse role in ClickHouse, exactly once',
  config,
  start: startSink,
});
