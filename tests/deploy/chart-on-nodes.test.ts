/**
 * The chart on two nodes: pods are spread over both, one is emptied and one dies, both under load. What one node shows is in chart-in-pods.test.ts.
 */
import { type EventLoadReport, pace, sendEventLoad } from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { release as names } from './cluster/pods-release.ts';
import { type PreparedRelease, prepareRelease } from './cluster/prepare-release.ts';
import { missingForPods } from './cluster/requirements.ts';
import { componentOf, flight } from './cluster/watch-release.ts';
import { toldSkip } from './engine/told-skip.ts';

const { namespace } = names;
/** Services of two pods. */
const pairs = ['cdc', 'ingest', 'sink', 'stream-transform'] as const;
const slow = { interval: 1_000, timeout: 300_000 };
/** How long pods stay bound to a node that is silent; five minutes where nothing is said. */
const leaveSoon = ['not-ready', 'unreachable'].map((state) => ({
  ...{ key: `node.kubernetes.io/${state}`, operator: 'Exists', effect: 'NoExecute' },
  tolerationSeconds: 5,
}));

/** Of a producer: nobody ends the connections of a door that is gone. */
const cutsWhatIsSilent = { timeoutMs: 5_000 };

const isSkipped = toldSkip('the chart on two nodes', await missingForPods());

describe.skipIf(isSkipped)('the chart on two nodes', () => {
  let release: PreparedRelease;
  let postgres: pg.Client;

  /** By service: the nodes of its pods that are ready. */
  const nodesOfPairs = async (): Promise<Record<string, readonly string[]>> => {
    const pods = (await release.pods()).filter(({ status }) =>
      status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
    const nodesOf = (pair: string) =>
      pods.filter((pod) => componentOf(pod) === pair).map(({ spec }) => spec.nodeName ?? '');
    return Object.fromEntries(pairs.map((pair) => [pair, nodesOf(pair).sort()]));
  };
  const eachPairOn = (...nodes: readonly string[]) =>
    Object.fromEntries(pairs.map((pair) => [pair, nodes]));
  /** Rows of the captured table, changed as long as the load lasts. */
  const change = async (value: string) => {
    await postgres.query('UPDATE airports SET city = $1 WHERE iata = $2', [value, 'ABQ']);
  };
  const captured = (value: string) =>
    release.count(`count() FROM airports FINAL WHERE iata = 'ABQ' AND city = '${value}'`);

  /** Events from before to after what is done, each sent until it is accepted. */
  const underLoad = async (
    prefix: string,
    what: () => Promise<void>,
    patience: { readonly timeoutMs?: number } = {},
  ): Promise<EventLoadReport> => {
    const url = await release.urlOf('ingest');
    let isDone = false;
    const load = sendEventLoad({
      ...{ url: () => url, path: '/v1/events/flights/departed', retry: true, ...patience },
      ...{ connections: 2, eventsPerRequest: 5, event: (id) => flight(`${prefix}-${id}`) },
      done: () => isDone,
    });
    try {
      await what();
    } finally {
      isDone = true;
    }
    const report = await load;
    const { accepted, cut, refused } = report;
    process.stdout.write(
      `${prefix} under load: ${accepted.length} events, ${cut} cut, ${refused} refused\n`,
    );
    return report;
  };
  const isExact = async (prefix: string, { accepted }: EventLoadReport) => {
    const landed = `FROM flights_departed WHERE startsWith(flight_id, '${prefix}-')`;
    expect(accepted.length).toBeGreaterThan(0);
    await expect
      .poll(() => release.count(`uniqExact(flight_id) ${landed}`), slow)
      .toBeGreaterThanOrEqual(accepted.length);
    expect(await release.count(`count() ${landed}`)).toBe(accepted.length);
  };

  beforeAll(async () => {
    release = await prepareRelease({ nodes: 2, withState: true });
    const { servers, values } = release;
    postgres = new pg.Client({ connectionString: servers.stack.endpoints.postgresUrl });
    await postgres.connect();
    const soon = { tolerations: leaveSoon };
    const installed = await release.upgrade({
      ...values,
      ...{ ingest: { ...values.ingest, ...soon }, cdc: { ...values.cdc, ...soon } },
      ...{ sink: { ...values.sink, ...soon }, quality: { ...values.quality, ...soon } },
      streamTransform: { ...values.streamTransform, ...soon },
    });
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await postgres?.end();
    await release?.stop();
  });

  test('two pods of a service are on two nodes', async () => {
    release.tellOfPods();
    expect(await nodesOfPairs()).toEqual(eachPairOn('other', 'real'));
  });

  test('a node is emptied under load: no request is refused, no event and no row lost or doubled', async () => {
    release.tellOfPods();
    const left: Record<string, number> = {};
    const report = await underLoad('drained', async () => {
      let isDrained = false;
      const drain = release.cluster
        .kubectl('drain', 'other', '--force', '--delete-emptydir-data', '--timeout=300s')
        .finally(() => {
          isDrained = true;
        });
      // Pods of others that nothing would make again go, too.
      while (!isDrained) {
        const nodes = await nodesOfPairs();
        for (const pair of pairs) left[pair] = Math.min(left[pair] ?? 2, nodes[pair]?.length ?? 0);
        // it looks on until the drain has ended; without a pause kubectl would take the processors from what is drained
        await pace(500);
      }
      await drain;
      await change('emptied');
      await expect.poll(nodesOfPairs, slow).toEqual(eachPairOn('real', 'real'));
    });
    // Its budget lets one pod of two be away at a time.
    expect(left).toEqual(Object.fromEntries(pairs.map((pair) => [pair, expect.any(Number)])));
    expect(Math.min(...Object.values(left))).toBeGreaterThan(0);
    expect(report).toMatchObject({ cut: 0, refused: 0 });
    await isExact('drained', report);
    await expect.poll(() => captured('emptied'), slow).toBe(1);
  });

  test('a node that dies under load is replaced by the other one, and no event and no row is lost or doubled', async () => {
    release.tellOfPods();
    await release.cluster.kubectl('uncordon', 'other');
    const all = ['-n', namespace, 'rollout'] as const;
    await release.cluster.kubectl(...all, 'restart', 'deployment,statefulset');
    await expect.poll(nodesOfPairs, slow).toEqual(eachPairOn('other', 'real'));
    const report = await underLoad(
      'survived',
      async () => {
        await release.cluster.nodes[1]?.kill();
        await change('survived');
        const diedAt = Date.now();
        // A StatefulSet waits for someone who says that the node is really gone: else two pods might have one name, and one volume.
        const isSilent = () =>
          release.cluster.kubectl('get', 'node/other', '-o', 'jsonpath={.spec.taints[*].key}');
        await expect.poll(isSilent, slow).toContain('node.kubernetes.io/unreachable');
        const out = 'node.kubernetes.io/out-of-service=gone:NoExecute';
        await release.cluster.kubectl('taint', 'node', 'other', out);
        await expect.poll(nodesOfPairs, slow).toEqual(eachPairOn('real', 'real'));
        process.stdout.write(`a node that died: replaced after ${Date.now() - diedAt} ms\n`);
      },
      cutsWhatIsSilent,
    );
    expect(report.refused).toBe(0);
    await isExact('survived', report);
    await expect.poll(() => captured('survived'), slow).toBe(1);
  });
});
