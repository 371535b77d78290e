/**
 * Shuts and opens the gates of streams for rules and for persons who ask the API, and tells which are not open. What a rule found
 * is judged by the gate as it stands when it would be shut: a look takes its time, and a person may open the stream meanwhile.
 */
import { type Contract, type GateState, MillraceError } from '@millrace/contracts';
import type { GateWriter, StreamGates } from '@millrace/gate';
import type { GatesReport, StreamGate } from '@millrace/operations';
import type { Clock, Logger } from '@millrace/pipeline';
import type { ConditionBoard } from '../conditions/condition-board.ts';
import type { FailedSince, ShutGate } from './settle-results.ts';

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

/** How long a rule waits for the gates after a start; they are known at once where Kafka is there. */
const knownWithinMs = 5_000;

export const createGateKeeper = (options: GateKeeperOptions): GateKeeper => {
  const { contracts, gates, writer, board, clock, logger } = options;
  const put = (contract: string, state: GateState, reason: string, by: string): Promise<void> =>
    writer.put(contract, { state, reason, by, atMs: clock.nowMs() });
  let areKnown = false;
  const known = gates.known.then(
    () => {
      areKnown = true;
    },
    () => undefined,
  );
  /** A gate that is not known yet looks open, and as if nobody had ever opened it. */
  const knowGates = async (): Promise<void> => {
    if (!areKnown) await Promise.race([known, clock.sleep(knownWithinMs)]);
    if (areKnown) return;
    const message = 'The gates of streams are not known yet.';
    throw new MillraceError('kafka.unavailable', message, { retryable: true });
  };

  /** Asked again when the gate was written while it was asked. */
  const shuts = async (
    contract: string,
    state: GateState,
    failedSince: FailedSince,
  ): Promise<boolean> => {
    const gate = gates.gateOf(contract);
    if (tightness[gate?.state ?? 'open'] >= tightness[state]) return false;
    if (gate?.state === 'open' && !(await failedSince(gate.atMs))) return false;
    return gates.gateOf(contract) === gate || shuts(contract, state, failedSince);
  };

  return {
    shut: async (contract, state, reason, by, failedSince) => {
      await knowGates();
      if (!(await shuts(contract, state, failedSince))) return;
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
