/** Ten times the connections of a usual load against a door with a small budget; memory is printed, not asserted. */
import { silentLogger } from '@millrace/pipeline';
import { startStack } from '@millrace/stack';
import { createEventProject } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { millrace } from '../bench/ingest-against-peers/contestants.ts';
import { measureOverload } from '../bench/ingest-against-peers/measure.ts';

test('a door under ten times its load refuses what it cannot hold, and loses and doubles nothing that it accepted', async () => {
  const stack = await startStack({ backend: 'embedded' });
  const project = await createEventProject(stack.endpoints);
  const orders = {
    connection: {
      brokers: stack.endpoints.kafkaBrokers.split(','),
      ...{ clientId: 'millrace-test', logger: silentLogger },
    },
    topic: `events.${project.domain}.orders`,
  };
  try {
    const { accepted, missing, twice, statuses, peakMemoryMb, peakAnonymousMb } =
      await measureOverload(millrace(project), orders, 20);
    console.log(
      `${accepted} accepted, ${JSON.stringify(statuses)}, peak RSS ${peakMemoryMb} MB, ${peakAnonymousMb} MB of it its own`,
    );
    expect(accepted).toBeGreaterThan(0);
    expect(statuses['503']).toBeGreaterThan(0);
    expect({ missing, twice }).toEqual({ missing: 0, twice: 0 });
  } finally {
    await project.remove();
    await stack.stop();
  }
});
