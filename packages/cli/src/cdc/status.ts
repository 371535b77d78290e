/** `millrace cdc status`: how a captured source is, for a person or as JSON. */
import { print, printJson } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import { ageText, bytesText } from './figures.ts';
import type { SourceMemory } from './memory.ts';
import { type SlotStatus, slotRow } from './slots.ts';
import { type SnapshotStatus, snapshotRow } from './snapshot-status.ts';
import type { TableStatus } from './source.ts';

export interface SourceStatus {
  readonly source: string;
  readonly slotName: string;
  /** Sessions that the service holds at PostgreSQL. */
  readonly sessions: number;
  readonly slot: SlotStatus | undefined;
  readonly tables: readonly TableStatus[];
}

/** One word for scripts. */
export type SourceState = 'streaming' | 'starting' | 'stopped' | 'lost' | 'unknown';

/** `unknown`: no slot, and nobody who would make one. */
export const stateOf = ({ sessions, slot }: SourceStatus): SourceState => {
  if (slot?.status === 'lost') return 'lost';
  if (sessions > 0) return slot?.active === true ? 'streaming' : 'starting';
  return slot === undefined ? 'unknown' : 'stopped';
};

const sentences: Readonly<Record<SourceState, string>> = {
  streaming: 'streaming',
  starting: 'starting, or taking the initial snapshot',
  stopped: 'not running, or it does not reach PostgreSQL; the slot keeps log for it',
  lost: 'its slot is lost: start it with MILLRACE_CDC_SNAPSHOT_MODE=when_needed to begin again',
  unknown: 'not running, and it has no slot',
};

const lagText = ({ behindBytes, behindSeconds }: SlotStatus): string =>
  behindSeconds === null
    ? bytesText(behindBytes)
    : `${bytesText(behindBytes)}, ${ageText(behindSeconds)}`;

/** What PostgreSQL knows. */
export const printSource = (status: SourceStatus): void => {
  print(`${status.source}: ${sentences[stateOf(status)]}`);
  if (status.slot === undefined) print(`\nNo slot ${status.slotName}.`);
  else {
    print(`\n${tableText([slotRow(status.slot)])}`);
    print(`\nBehind PostgreSQL: ${lagText(status.slot)}.`);
  }
};

/** What Kafka knows, and the tables. */
export const printMemory = (
  { tables }: SourceStatus,
  memory: SourceMemory | undefined,
  snapshots: readonly SnapshotStatus[],
  nowMs: number,
): void => {
  if (memory === undefined) print('Nothing was captured under this name.');
  else {
    const { blockedKeys, isPaused, position } = memory;
    const at =
      position === undefined
        ? 'nothing yet'
        : `up to ${position.commitLsn}, change ${position.index}, ${ageText(Math.max(nowMs - position.writtenMs, 0) / 1000)} ago`;
    print(
      `Written to Kafka: ${at}. Blocked keys: ${blockedKeys}. Snapshots: ${isPaused ? 'paused' : 'not paused'}.`,
    );
  }
  if (snapshots.length > 0) print(`\n${tableText(snapshots.map(snapshotRow))}`);
  if (tables.length > 0) print(`\n${tableText(tables.map((one) => ({ ...one })))}`);
};

/** All of it, figures as they are. */
export const printStatusJson = (
  status: SourceStatus,
  memory: SourceMemory | undefined,
  snapshots: readonly SnapshotStatus[],
): void => {
  const { slotName: _, ...known } = status;
  printJson({
    state: stateOf(status),
    ...known,
    ...(memory === undefined
      ? {}
      : {
          ...{ position: memory.position, isPaused: memory.isPaused },
          ...{ blockedKeys: memory.blockedKeys, snapshots },
        }),
  });
};
