/** Shuts and opens the gates of streams for rules and for persons who ask the API, and tells which are not open. */
import type { Contract, GateState } from '@millrace/contracts';
import type { GateWriter, StreamGates } from '@millrace/gate';
import type { GatesReport, StreamGate } from '@millrace/operations';
import type { Clock, Logger } from '@millrace/pipeline';
import type { ConditionBoard } from '../conditions/condition-board.ts';
import type { ShutGate } from './settle-results.ts';

export interface GateKeeperOptions {
  readonly contracts: readonly Contract[];
  readonly gates: StreamGates;
  readonly writer: GateWriter;
  readonly board: ConditionBoard;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface GateKeeper {
  readonly shut: ShutGate;
  /** Rejects with kafka.* while Kafka is away. */
  set(contract: string, state: GateState, reason: string, by: string): Promise<StreamGate>;
  report(): GatesReport;
  /** Raises a condition for each stream that is not open, and clears those of streams that are. */
  tell(): void;
}

const tightness: Readonly<Record<GateState, number>> = { open: 0, quarantine: 1, stopped: 2 };

export const createGateKeeper = (options: GateKeeperOptions): GateKeeper => {
  const { contracts, gates, writer, board, clock, logger } = options;
  const put = (contract: string, state: GateState, reason: string, by: string): Promise<void> =>
    writer.put(contract, { state, reason, by, atMs: clock.nowMs() });
  return {
    shut: async (contract, state, reason, by) => {
      if (tightness[gates.stateOf(contract)] >= tightness[state]) return;
      await put(contract, state, reason, by);
      logger.error({ contract, state, by, reason }, 'a quality rule has shut a stream');
    },
    set: async (contract, state, reason, by) => {
      await put(contract, state, reason, by);
      return { contract, state, reason, by, atMs: clock.nowMs() };
    },
    report: () => ({
      atMs: clock.nowMs(),
      gates: [...gates.all]
        .map(([contract, gate]) => ({ contract, ...gate }))
        .filter(({ contract }) => contracts.some(({ id }) => id === contract))
        .toSorted((a, b) => b.atMs - a.atMs),
    }),
    tell: () => {
      const shut = new Set<string>();
      for (const { id } of contracts) {
        const gate = gates.gateOf(id);
        if (gate === undefined || gate.state === 'open') continue;
        const key = `gate:${id}`;
        shut.add(key);
        board.raise({
          ...{ key, name: 'StreamNotOpen', severity: 'critical', subject: id, contract: id },
          summary: `${gate.state === 'stopped' ? 'Stopped' : 'In quarantine'} by ${gate.by}: ${gate.reason}`,
        });
      }
      board.keepOnly('gate:', shut);
    },
  };
};
