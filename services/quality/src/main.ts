/** The quality service as a process: it watches what the others do, and answers who asks. What it does is in pipeline.ts. */
import { runService } from '@millrace/runtime';
import { config } from './config.ts';
import { startQuality } from './pipeline.ts';

await runService({
  name: 'quality',
  description:
    'watches lag, freshness, contracts and errors; holds the catalog and serves the console',
  config,
  start: startQuality,
});
