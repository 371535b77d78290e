/**
 * What it costs the door to know its ids again: it takes events, is killed (SIGKILL) and started anew, out of the
 * blocks of ids, and, for comparison, with the topic read from its start as if nobody had told of it.
 *
 *   node tests/bench/window-restore/run.ts [events = 300000]
 */
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { startStack } from '@millrace/stack';
import { createEventProject, sendEventLoad, startService } from '@millrace/testkit';
import { processUsage } from '../process-usage.ts';

const events = Number(process.argv[2] ?? 300_000);

const stack = await startStack({ backend: 'embedded' });
try {
  const project = await createEventProject(stack.endpoints);
  const env = {
    ...project.env,
    MILLRACE_INGEST_WINDOW_EVENTS: String(4 * events),
    MILLRACE_INGEST_RESTORE_EVENTS: String(2 * events),
  };
  const accepted = `millrace_ingest_accepted_events_total{topic="events.${project.domain}.orders"}`;
  const first = await startService('ingest', env);
  await first.ready();
  const startedMs = performance.now();
  let count = 0;
  await sendEventLoad({
    url: () => first.url,
    path: project.orders,
    connections: 16,
    eventsPerRequest: 1000,
    event: (id) => ({ order_id: id, amount: 1, placed_at: 0 }),
    done: () => {
      count += 1000;
      return count > events;
    },
    retry: true,
  });
  const sent = (await first.metric(accepted)) ?? 0;
  console.log(`${sent} events taken, ${perSecond(sent, startedMs)}/s, ${used(first.pid)}`);
  first.kill('SIGKILL');
  await first.exited;

  const restart = async (what: string) => {
    const beginMs = performance.now();
    const door = await startService('ingest', env);
    await door.ready();
    const seconds = (performance.now() - beginMs) / 1000;
    const known = await door.metric('millrace_ingest_restored_events');
    console.log(
      `${what}: ready after ${seconds.toFixed(2)} s, ${known} ids read, ${used(door.pid)}`,
    );
    await door.stop();
  };
  await restart('after the kill, out of blocks');
  const admin = createAdmin({
    brokers: stack.endpoints.kafkaBrokers.split(','),
    clientId: 'millrace-bench',
    logger: silentLogger,
  });
  await admin.deleteTopics(['_millrace.ingest.ids']);
  await admin.close();
  await restart('without blocks, out of the topic');
  await project.remove();
} finally {
  await stack.stop();
}

function perSecond(number: number, sinceMs: number): number {
  return Math.round(number / ((performance.now() - sinceMs) / 1000));
}
function used(pid: number): string {
  const { cpuSeconds, peakResidentBytes } = processUsage(pid);
  return `${cpuSeconds.toFixed(1)} CPU s, peak RSS ${Math.round(peakResidentBytes / 1e6)} MB`;
}
