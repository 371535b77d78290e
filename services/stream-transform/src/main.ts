/** The process that runs transforms. What it does is in pipeline.ts. */
import { runService } from '@millrace/runtime';
import { config } from './config.ts';
import { startTransforms } from './pipeline.ts';

await runService({
  name: 'stream-transform',
  description: 'runs the transforms of a project on Kafka, exactly once',
  config,
  start: startTransforms,
});
