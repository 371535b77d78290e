/**
 * Step: a stream that is not open takes no events. Who opens and shuts streams is packages/gate; what was set aside is kept by
 * quarantine-rejects.ts, like an event that is refused for what it is.
 */
import type { Contract } from '@millrace/contracts';
import type { StreamGates } from '@millrace/gate';
import type { EventFate, Refusal } from '../event-request.ts';

export type GateCheck =
  | { readonly kind: 'open' }
  /** Nothing of the request is taken; its sender keeps it. */
  | { readonly kind: 'stopped'; readonly refusal: Refusal }
  /** What is in it is set aside. */
  | {
      readonly kind: 'aside';
      readonly fate: EventFate;
      /** Of an event that could not be kept: its sender keeps it. */
      readonly unkept: EventFate;
    };

const open: GateCheck = { kind: 'open' };

/** A stream that keeps nothing of what is refused is stopped in place of being set aside: nothing is lost unseen. */
export const createCheckGateStep =
  (gates: Pick<StreamGates, 'gateOf'> | undefined) =>
  ({ id, rejected }: Pick<Contract, 'id' | 'rejected'>): GateCheck => {
    const gate = gates?.gateOf(id);
    if (gate === undefined || gate.state === 'open') return open;
    const said = `${id} since ${new Date(gate.atMs).toISOString()}: ${gate.reason}`.slice(0, 500);
    const stopped = { code: 'ingest.stream-stopped', message: said } as const;
    if (gate.state !== 'quarantine' || rejected !== 'keep')
      return { kind: 'stopped', refusal: stopped };
    return {
      kind: 'aside',
      fate: { status: 'rejected', code: 'ingest.stream-quarantined', message: said },
      unkept: { status: 'rejected', ...stopped },
    };
  };
