/** Where a process spent its time, by a profile of `node --cpu-prof`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

type Frame = Profile['nodes'][number]['callFrame'];

/** The first that matches. */
const areas: readonly (readonly [string, (frame: Frame) => boolean])[] = [
  ['collecting garbage', ({ functionName }) => functionName === '(garbage collector)'],
  ['decoding pgoutput', ({ url }) => url.includes('/packages/pgoutput/')],
  ['values and envelopes to Avro', ({ url }) => /cdc\/src\/(columns|envelope|rules)\//.test(url)],
  ['receiving, batching, positions', ({ url }) => url.includes('/services/cdc/')],
  ['record batches and Kafka’s protocol', ({ url }) => /packages\/kafka\/|\/kafkajs\//.test(url)],
  ['Node’s own modules', ({ url }) => url.startsWith('node:')],
  ['native: sockets, checksums, copies', ({ url }) => url === ''],
];
const REST = 'all else';

const notWork = new Set(['(idle)', '(root)']);

export type Shares = readonly (readonly [string, number])[];

/** Area → share of the time that the main thread worked behind the first `skipSeconds`, the largest first. */
export const cpuShares = (profile: Profile, skipSeconds: number): Shares => {
  const areaOf = new Map<number, string | undefined>();
  for (const { id, callFrame } of profile.nodes) {
    const area = areas.find(([, matches]) => matches(callFrame))?.[0] ?? REST;
    areaOf.set(id, notWork.has(callFrame.functionName) ? undefined : area);
  }
  const micros = new Map<string, number>();
  let sinceStart = 0;
  profile.samples.forEach((id, index) => {
    const delta = profile.timeDeltas[index] ?? 0;
    sinceStart += delta;
    const area = areaOf.get(id);
    if (area === undefined || sinceStart < skipSeconds * 1e6) return;
    micros.set(area, (micros.get(area) ?? 0) + delta);
  });
  const total = [...micros.values()].reduce((sum, one) => sum + one, 0);
  return [...micros]
    .map(([area, one]) => [area, one / total] as const)
    .sort(([, a], [, b]) => b - a);
};

/**
 * Runs `work` with NODE_OPTIONS that make the processes it starts write profiles; the shares of the longest one, from
 * its first record on.
 */
export const profiled = async (
  work: () => Promise<{ readonly firstSeconds: number }>,
): Promise<Shares> => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-profile-'));
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${before ?? ''} --cpu-prof --cpu-prof-dir=${directory}`;
  try {
    const { firstSeconds } = await work();
    const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
    const profiles = files.map(
      (name): Profile => JSON.parse(readFileSync(join(directory, name), 'utf8')),
    );
    const [longest] = profiles.sort((a, b) => b.samples.length - a.samples.length);
    if (longest === undefined) throw new Error('no profile was written');
    return cpuShares(longest, firstSeconds);
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
    rmSync(directory, { recursive: true });
  }
};
