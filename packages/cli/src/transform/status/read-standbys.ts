/**
 * Copies of state that stand by: who keeps which, out of Kafka; how far each is, out of the instance that has it, as far as
 * that can be reached from here.
 */
import { decodeStickyAssignment, type MemberOfGroup } from '@millrace/kafka';

export interface StandbyStatus {
  readonly stage: number;
  readonly partition: number;
  /** URL under which the other instances reach the one that keeps it. */
  readonly instance: string;
  /** Changelog records that it lacks; null when the instance cannot be asked. */
  readonly lagRecords: number | null;
}

/** Ms. */
const ANSWER_TIMEOUT_MS = 2_000;

/** Every member is told of all: whoever was told last is believed. */
export const readStandbys = async (
  transform: string,
  members: readonly Pick<MemberOfGroup, 'userData'>[],
): Promise<readonly StandbyStatus[]> => {
  const told = members.find(({ userData }) => userData.length > 0);
  if (told === undefined) return [];
  const keeping = decodeStickyAssignment(told.userData).hosts.filter(
    ({ standby }) => standby.length > 0,
  );
  const found = await Promise.all(
    keeping.map(async ({ endpoint, standby }) => {
      const tasks = await tasksAt(endpoint);
      return standby.map(({ group, partition }): StandbyStatus => {
        const stage = Number(group.replace(/^stage-/, ''));
        const copy = tasks.find(
          (task) =>
            task.role === 'standby' &&
            task.transform === transform &&
            task.stage === stage &&
            task.partition === partition,
        );
        return { stage, partition, instance: endpoint, lagRecords: copy?.lagRecords ?? null };
      });
    }),
  );
  return found.flat().sort((a, b) => a.stage - b.stage || a.partition - b.partition);
};

interface AnsweredTask {
  readonly transform: string;
  readonly stage: number;
  readonly partition: number;
  readonly role: string;
  readonly lagRecords: number | null;
}

const tasksAt = async (endpoint: string): Promise<readonly AnsweredTask[]> => {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(`${endpoint}/tasks`, { signal });
    return ((await response.json()) as { readonly tasks: readonly AnsweredTask[] }).tasks ?? [];
  } catch {
    return [];
  }
};
