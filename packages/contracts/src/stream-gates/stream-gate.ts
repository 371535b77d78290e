/**
 * Whether a stream's records may go on: one record a contract in `_millrace.stream.gates`, by its id. Written by quality rules and by
 * persons, obeyed by the door and the sink. A stream without a record is open.
 */

/** `quarantine`: the door keeps events aside. `stopped`: the door takes none, the sink lands none. */
export const gateStates = ['open', 'quarantine', 'stopped'] as const;
export type GateState = (typeof gateStates)[number];

export interface StreamGate {
  readonly state: GateState;
  readonly reason: string;
  /** A person, or `rule:<id>`. */
  readonly by: string;
  readonly atMs: number;
}

/** Undefined when the text is no gate. */
export const parseStreamGate = (text: string): StreamGate | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { state, reason, by, atMs } = (value ?? {}) as Record<string, unknown>;
  const isGate =
    (gateStates as readonly unknown[]).includes(state) &&
    typeof reason === 'string' &&
    typeof by === 'string' &&
    typeof atMs === 'number';
  return isGate ? ({ state, reason, by, atMs } as StreamGate) : undefined;
};

/** True when the sink may land records of the stream: only the door can set events aside. */
export const mayLand = (state: GateState, hasDoor: boolean): boolean =>
  state === 'open' || (state === 'quarantine' && hasDoor);
