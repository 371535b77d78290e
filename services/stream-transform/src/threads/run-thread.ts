import type { MessagePort } from 'node:worker_threads';
import { createAdmin } from '@millrace/kafka';
import type { RunningService, Runtime } from '@millrace/runtime';
import { kafkaOf } from '../kafka-connection.ts';
import { startMember } from '../member.ts';
import { planTransforms } from '../plan/plan-transforms.ts';
import type { Ask, QueriedService, StateAnswer } from '../queries/state-question.ts';
import { toPortable } from './portable-error.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** To whoever asks before its member has started. */
const starting: StateAnswer = { status: 503, body: { error: 'a thread is starting' } };

/** Between two looks at whether the member of a thread is ready. */
const READINESS_INTERVAL_MS = 100;

/** The life of a thread, from its start to its ordered stop or its failure, which it tells. Never rejects. */
export const runThread = async (
  { config, self, presence }: Omit<ThreadData, 'thread'>,
  port: MessagePort,
  surroundings: Omit<Runtime, 'signal' | 'presence'>,
): Promise<void> => {
  const { metrics, logger } = surroundings;
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopAsked = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
  const tell = (message: FromThread) => port.postMessage(message);
  const measure = async () => tell({ kind: 'measured', snapshot: await metrics.snapshot() });
  let ask: Ask = async () => starting;
  let describe: QueriedService['tasks'] = async () => [];
  port.on('message', async (message: ToThread) => {
    if (message.kind === 'stop') stopping.abort();
    else if (message.kind === 'measure') await measure();
    else if (message.kind === 'describe')
      tell({ kind: 'described', id: message.id, tasks: await describe() });
    else tell({ kind: 'answered', id: message.id, answer: await ask(message.question) });
  });
  try {
    const admin = createAdmin(kafkaOf(config, logger));
    const planned = await planTransforms(config, admin);
    await admin.close();
    const runtime = {
      ...{ ...surroundings, signal },
      presence: { ...presence, tell: (line: string) => tell({ kind: 'told', line }) },
    };
    const member = await startMember(config, planned, runtime, self);
    ask = member.ask;
    describe = member.tasks;
    tell({ kind: 'started' });
    const telling = tellReadiness(member, tell);
    await Promise.race([member.finished, stopAsked]);
    clearInterval(telling);
    await member.stop();
  } catch (error) {
    tell({ kind: 'failed', error: toPortable(error) });
  }
};

/** Tells when it changes: the main thread answers for all without asking. */
const tellReadiness = (member: RunningService, tell: (message: FromThread) => void) => {
  let told: boolean | string | undefined;
  return setInterval(() => {
    const ready = member.ready();
    if (ready !== told) tell({ kind: 'ready', ready });
    told = ready;
  }, READINESS_INTERVAL_MS);
};
