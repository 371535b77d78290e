/** The subcommands of `millrace replay`: read the settings, connect, do the one thing, print it. */
import { createClickHouse } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import type { Progress } from '@millrace/dead-letters';
import { createAdmin, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  defineConfig,
  kafkaSettings,
  platformSettings,
  readConfig,
  setting,
} from '@millrace/runtime';
import { print, printJson } from '../contracts/command-output.ts';
import { readContracts } from '../contracts/read-contracts.ts';
import { tableText } from '../demo/table-text.ts';
import { parseMoment } from '../verify/moment.ts';
import { chooseContracts } from '../verify/verify-project.ts';
import {
  countDead,
  countRefused,
  planReplay,
  prepareReplay,
  type ReplayPlan,
} from './begin-replay.ts';
import { type CarryOut, landReplay, swapReplay } from './carry-out.ts';
import type { WantedRange } from './plan-replay.ts';
import {
  openReplayStore,
  type Replay,
  type ReplayMode,
  type ReplayStore,
  replayGroup,
} from './replay-store.ts';
import { dropSideTable } from './replay-tables.ts';
import { createProgressText, nextStep, rangeRows, refusedText, replayRow } from './replay-text.ts';

const replayConfig = defineConfig('replay', {
  project: platformSettings.project,
  ...kafkaSettings,
  registryUrl: platformSettings.registryUrl,
  clickhouseUrl: platformSettings.clickhouseUrl,
  group: setting.string({
    env: 'MILLRACE_SINK_GROUP',
    default: 'millrace.sink',
    description: 'Consumer group of the sink that goes on meanwhile.',
  }),
});

export interface RunFlags {
  readonly mode: ReplayMode;
  readonly from?: string;
  readonly to?: string;
  readonly fromTime?: string;
  readonly toTime?: string;
  readonly partitions?: string;
  readonly dead: boolean;
  readonly countAgain: boolean;
  readonly dryRun: boolean;
  readonly swap: boolean;
  readonly json: boolean;
}

/** Scans and deletes of a large table take their time. */
const QUERY_TIMEOUT_MS = 1_800_000;

interface Servers extends Omit<CarryOut, 'contract' | 'onProgress'> {
  readonly connection: Parameters<typeof createAdmin>[0];
  contractOf(id: string): Promise<CarryOut['contract']>;
}

async function withServers<T>(work: (servers: Servers) => Promise<T>): Promise<T> {
  const config = readConfig(replayConfig, process.env);
  const connection = kafkaConnection(config, 'millrace-replay', silentLogger);
  const admin = createAdmin(connection);
  const clickhouse = createClickHouse({
    url: config.clickhouseUrl,
    requestTimeoutMs: QUERY_TIMEOUT_MS,
  });
  let store: ReplayStore | undefined;
  try {
    store = await openReplayStore(connection);
    const contractOf = async (id: string) =>
      chooseContracts(await readContracts(config.project), [id])[0]!;
    return await work({
      ...{ connection, admin, clickhouse, store, contractOf },
      liveGroup: config.group,
    });
  } finally {
    await Promise.all([store?.close(), admin.close(), clickhouse.close()]);
  }
}

/** Throws `replay.unknown`. */
async function find(store: ReplayStore, id: string): Promise<Replay> {
  const found = (await store.all()).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new MillraceError('replay.unknown', `there is no replay ${id}`);
}

const show = (replay: Replay, json: boolean): void => {
  if (json) {
    printJson(replay);
    return;
  }
  print(`${replay.id}: ${replay.topic} → ${replay.side?.table ?? replay.table}, ${replay.mode}`);
  print(tableText(rangeRows(replay)));
  print(nextStep(replay));
};

/** On standard error, a line when something moved; silent where JSON is wanted. */
function progressPrinter(json: boolean): (progress: Progress) => void {
  if (json) return () => undefined;
  const text = createProgressText(performance.now());
  let last = -1;
  return (progress) => {
    if (progress.done === last) return;
    last = progress.done;
    process.stderr.write(`${text(progress, performance.now())}\n`);
  };
}

const numberOf = (text: string | undefined, name: string): number | undefined => {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new MillraceError('config.invalid', `${name} takes an offset, not '${text}'`);
};

function wantedOf(flags: RunFlags): WantedRange {
  const nowMs = Date.now();
  const from = numberOf(flags.from, '--from');
  const to = numberOf(flags.to, '--to');
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(flags.fromTime === undefined ? {} : { fromMs: parseMoment(flags.fromTime, nowMs) }),
    ...(flags.toTime === undefined ? {} : { toMs: parseMoment(flags.toTime, nowMs) }),
    ...(flags.partitions === undefined
      ? {}
      : { partitions: flags.partitions.split(',').map((one) => numberOf(one, '--partitions')!) }),
  };
}

/** `millrace replay <contract>`: plans, saves, lands; with `--dry-run` only plans. */
export const runReplay = (contractId: string, flags: RunFlags): Promise<void> =>
  withServers(async (servers) => {
    const contract = await servers.contractOf(contractId);
    const wanted = {
      mode: flags.mode,
      wanted: wantedOf(flags),
      includesDead: flags.dead,
      countsAgain: flags.countAgain,
    };
    const options = { ...servers, contract, ...wanted };
    const plan = await planReplay(options);
    const deadBefore = flags.dead ? await countDead(options) : 0;
    const { ranges } = plan.replay;
    warnOfViews(plan);
    if (flags.dryRun) {
      showPlan(plan, flags.json);
      return;
    }
    if (ranges.length === 0) {
      if (flags.json) printJson({ ...plan.replay, phase: 'done' });
      else print('Nothing to land: the table holds all of it.');
      return;
    }
    const begun = await prepareReplay(plan, options);
    await servers.store.save(begun);
    if (!flags.json) process.stderr.write(`replay ${begun.id}\n`);
    const on = { ...servers, contract, onProgress: progressPrinter(flags.json) };
    const landed = await landReplay(begun, on);
    show(flags.swap && landed.side ? await swapReplay(landed, on) : landed, flags.json);
    const refused = flags.json ? undefined : refusedText(await countRefused(landed, options));
    if (refused !== undefined) print(refused);
    if (flags.dead && !flags.json) {
      const left = await countDead(options);
      print(
        `${deadBefore - left} of ${deadBefore} dead letters landed; ${left} are refused still.`,
      );
    }
  });

/** Nobody can tell whether what is missing in the table is missing in its views, too. */
const warnOfViews = ({ views, replay }: ReplayPlan): void => {
  if (views.length === 0 || replay.ranges.length === 0 || replay.mode === 'side-table') return;
  process.stderr.write(
    `${replay.table} feeds ${views.join(', ')}: rows that were removed from the table alone are counted there twice\n`,
  );
};

const showPlan = (plan: ReplayPlan, json: boolean): void => {
  const { replay, replacedRows } = plan;
  if (json) printJson({ ...plan, dryRun: true });
  else if (replay.ranges.length === 0) print('Nothing to land.');
  else {
    print(`${replay.topic} → ${replay.table}, ${replay.mode}: nothing was changed.`);
    print(tableText(rangeRows(replay)));
    if (replay.mode === 'replace') print(`${replacedRows} rows would be removed first.`);
  }
};

/** What `verify --repair` does for one contract: lands what the table lacks. */
export const landMissing = (contractId: string, json: boolean): Promise<void> =>
  withServers(async (servers) => {
    const contract = await servers.contractOf(contractId);
    const options = {
      ...servers,
      contract,
      mode: 'missing',
      wanted: {},
      includesDead: false,
      countsAgain: false,
    } as const;
    const plan = await planReplay(options);
    if (plan.replay.ranges.length === 0) return;
    const begun = await prepareReplay(plan, options);
    await servers.store.save(begun);
    await landReplay(begun, { ...servers, contract, onProgress: progressPrinter(json) });
  });

/** `resume`: goes on where the replay stands; a side table is exchanged only where that was begun. */
export const resumeReplay = (id: string, flags: { readonly json: boolean }): Promise<void> =>
  withServers(async (servers) => {
    const replay = await find(servers.store, id);
    const contract = await servers.contractOf(replay.contract);
    const on = { ...servers, contract, onProgress: progressPrinter(flags.json) };
    const isExchanging = replay.phase === 'exchanging' || replay.phase === 'exchanged';
    show(isExchanging ? await swapReplay(replay, on) : await landReplay(replay, on), flags.json);
  });

/** `swap`: the side table takes the table's place while the sink goes on. */
export const swapSideTable = (id: string, flags: { readonly json: boolean }): Promise<void> =>
  withServers(async (servers) => {
    const replay = await find(servers.store, id);
    if (replay.mode !== 'side-table') {
      throw new MillraceError('replay.refused', `replay ${id} has no side table`);
    }
    const contract = await servers.contractOf(replay.contract);
    const on = { ...servers, contract, onProgress: progressPrinter(flags.json) };
    show(await swapReplay(await landReplay(replay, on), on), flags.json);
  });

/** `list`. */
export const listReplays = (flags: { readonly json: boolean }): Promise<void> =>
  withServers(async ({ store }) => {
    const replays = await store.all();
    if (flags.json) printJson(replays);
    else print(replays.length === 0 ? 'There is no replay.' : tableText(replays.map(replayRow)));
  });

/** `show`. */
export const showReplay = (id: string, flags: { readonly json: boolean }): Promise<void> =>
  withServers(async ({ store }) => show(await find(store, id), flags.json));

/** `cancel`: forgets the replay with all that was made for it; rows that landed in the table stay. */
export const cancelReplay = (id: string): Promise<void> =>
  withServers(async ({ store, admin, clickhouse }) => {
    const replay = await find(store, id);
    if (replay.phase === 'exchanging' || replay.phase === 'exchanged') {
      throw new MillraceError(
        'replay.refused',
        `replay ${id} has exchanged the tables: \`millrace replay resume ${id}\` lands what is left`,
      );
    }
    await admin.deleteGroup(replayGroup(id));
    if (replay.side) await dropSideTable(clickhouse, replay.side.table);
    await store.forget(id);
    print(`${id} is forgotten${replay.side ? `, and ${replay.side.table} is dropped` : ''}.`);
  });
