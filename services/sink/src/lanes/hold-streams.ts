/** Which streams do not land for now, because a quality rule or a person stopped them (packages/gate). A replay does not ask. */
import { type Contract, mayLand } from '@millrace/contracts';
import { followGates } from '@millrace/gate';
import type { Admin, KafkaConnection } from '@millrace/kafka';
import type { Runtime } from '@millrace/runtime';

export interface HeldStreams {
  /** True while the contract's records stay on their topic. */
  isHeld(contract: Pick<Contract, 'id' | 'source'>): boolean;
  /** Resolves when it is known which are. */
  readonly known: Promise<void>;
}

/** @param changed called with the topic of a stream that was stopped or opened */
export const holdStreams = (
  contracts: readonly Contract[],
  surroundings: Pick<Runtime, 'clock' | 'logger' | 'signal'> & {
    readonly connection: KafkaConnection;
    readonly admin: Admin;
  },
  changed: (topic: string) => void,
): HeldStreams => {
  const topics = new Map(contracts.map(({ id, topic }) => [id, topic.name]));
  const gates = followGates({
    ...surroundings,
    changed: (id) => {
      const topic = topics.get(id);
      if (topic !== undefined) changed(topic);
    },
  });
  return {
    isHeld: ({ id, source }) => !mayLand(gates.stateOf(id), source.kind === 'event'),
    known: gates.known,
  };
};

/** For a replay, which a person asked for. */
export const holdsNothing: HeldStreams = { isHeld: () => false, known: Promise.resolve() };
