/**
 * Which topics a task reads before all others at its first start, and up to where: the tables of its plain joins, whole,
 * so that no record overtakes the row that it is joined with. A table that changes partition on its way has come when the
 * stage that writes it has committed what its own sources held.
 */
import type { Admin } from '@millrace/kafka';
import type { Clock } from '@millrace/pipeline';
import { inputsLeadingTo, readFirstOf } from '@millrace/streams';
import type { StagePlan, TransformPlan } from '../plan/transform-plan.ts';
import type { InputPosition } from './read-positions.ts';
import type { FirstReading } from './task.ts';

export interface FirstReadingOptions {
  readonly plan: TransformPlan;
  readonly stage: StagePlan;
  readonly partition: number;
  readonly positions: ReadonlyMap<string, InputPosition>;
  readonly admin: Pick<Admin, 'partitionOffsets' | 'committedOffsets'>;
  readonly clock: Clock;
}

/** Between two looks at how far the stages before have come. */
const LOOK_EVERY_MS = 200;

/**
 * Undefined when the task joins no table so, reads nothing else, or has once got beyond its tables: a task commits nothing
 * of what it holds back, and all that a task commits has event time beside it.
 */
export const firstReadingOf = (options: FirstReadingOptions): FirstReading | undefined => {
  const { plan, stage, partition, positions } = options;
  const { first, after } = readFirstOf(
    plan.stages.map((one) => one.stage),
    stage.stage,
  );
  const topicsOf = (isWanted: (name: string) => boolean) => [
    ...new Set(stage.inputs.filter(({ node }) => isWanted(node.name)).map(({ topic }) => topic)),
  ];
  const topics = topicsOf((name) => first.has(name));
  const free = topicsOf((name) => !after.has(name));
  const held = topicsOf((name) => after.has(name)).filter((topic) => !free.includes(topic));
  if (topics.length === 0 || held.length === 0) return undefined;
  const isNew = (topic: string) => positions.get(topic)!.metadata === '';
  if (!held.every(isNew) && !topics.some(isNew)) return undefined;

  return {
    held: new Set(held),
    async ends(signal) {
      const endsOf = createEnds(plan, options, signal);
      const found = topics.map(async (topic) => {
        const ends = await endsOf(topic);
        return [topic, ends.find((one) => one.partition === partition)!.stable] as const;
      });
      return new Map(await Promise.all(found));
    },
  };
};

/** Where a topic ends that holds all of what its sources held at the first call. */
const createEnds = (
  { groupId, stages }: TransformPlan,
  { admin, clock }: Pick<FirstReadingOptions, 'admin' | 'clock'>,
  signal: AbortSignal,
) => {
  const known = new Map<string, ReturnType<typeof find>>();
  const endsOf = (topic: string) => {
    const ends = known.get(topic) ?? find(topic);
    known.set(topic, ends);
    return ends;
  };
  const find = async (topic: string): ReturnType<Admin['partitionOffsets']> => {
    for (const { stage, inputs, outputs } of stages) {
      const output = outputs.find((one) => one.kind === 'repartition' && one.topic === topic);
      if (output === undefined) continue;
      const names = inputsLeadingTo(stage, output.node);
      const before = inputs.filter(({ node }) => names.includes(node.name));
      await Promise.all(before.map((input) => committed(input.topic)));
    }
    return admin.partitionOffsets(topic);
  };
  const committed = async (topic: string): Promise<void> => {
    const wanted = (await endsOf(topic)).filter(({ low, stable }) => stable > low);
    for (;;) {
      const offsets = await admin.committedOffsets(groupId, [topic]);
      const at = new Map(offsets.map(({ partition, offset }) => [partition, offset]));
      if (wanted.every(({ partition, stable }) => (at.get(partition) ?? 0) >= stable)) return;
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  };
  return endsOf;
};
