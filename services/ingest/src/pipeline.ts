/**
 * The door's flow, top to bottom. A request is parsed, each of its events goes through the row of steps, what
 * is new goes to Kafka, and the answer is made of what became of each event.
 */
import type { JsonProblem } from '@millrace/avro';
import type { ErrorCode } from '@millrace/contracts';
import { MillraceError } from '@millrace/contracts';
import { type Clock, compose, type DeadLetter, type Logger, ok } from '@millrace/pipeline';
import { underData } from './cloud-events/event-data.ts';
import {
  type Delivery,
  type EventFate,
  type EventFault,
  type EventRequest,
  incomingEvent,
  type ParsedBody,
  type Refusal,
} from './event-request.ts';
import type { EventOutputs } from './outputs.ts';
import type { Quarantine } from './quarantine/open-quarantine.ts';
import { createDropRepeatsStep } from './steps/drop-repeats.ts';
import { createEncodeEventStep } from './steps/encode-event.ts';
import { createIdentifyEventStep } from './steps/identify-event.ts';
import { createLimitHotKeysStep } from './steps/limit-hot-keys.ts';
import { createParseBodyStep } from './steps/parse-body.ts';
import { createProduceRecordsStep, type WriteFailure } from './steps/produce-records.ts';
import { createQuarantineRejectsStep } from './steps/quarantine-rejects.ts';
import { createRouteEventStep } from './steps/route-event.ts';
import { createSharedHeaders, createStampRecordStep } from './steps/stamp-record.ts';
import type { Place } from './wait/queryable-watch.ts';

export type IngestResult =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'taken';
      readonly fates: readonly EventFate[];
      /** Of CloudEvents: the ids that their senders gave them. */
      readonly ids?: readonly (string | undefined)[];
      /** Where on Kafka the accepted events are, repeats among them; undefined while some are on the disk only. */
      readonly places?: readonly Place[];
      /** Resolves when nothing of the request is on its way any more: its memory is free only then. */
      readonly settled: Promise<void>;
    };

export interface IngestPipelineOptions {
  readonly outputs: EventOutputs;
  /** Undefined while there is none: rejected events are told to their senders alone. */
  readonly quarantine?: () => Quarantine | undefined;
  readonly eventsMax: number;
  readonly bodyBytesMax: number;
  readonly acknowledgeTimeoutMs: number;
  /** Events of one Kafka key a second; 0: no limit. */
  readonly keyRate: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const createIngestPipeline = (options: IngestPipelineOptions) => {
  const { outputs } = options;
  const parseBody = createParseBodyStep(options);
  const takeEvent = compose(
    createEncodeEventStep(),
    createIdentifyEventStep(),
    createRouteEventStep(),
    createStampRecordStep(),
    createLimitHotKeysStep({ keyRate: options.keyRate, nowMs: () => performance.now() }),
    createDropRepeatsStep(),
  );
  const produceRecords = createProduceRecordsStep(options);
  const quarantineRejects = createQuarantineRejectsStep(options.quarantine);
  const openDelivery = createDelivery(outputs);

  return async (request: EventRequest): Promise<IngestResult> => {
    const parsed = request.parsed ? ok(request.parsed) : await parseBody(request);
    if (parsed.kind !== 'ok')
      return refused(await quarantineRejects.body(request, refusal(parsed)));
    const body = parsed.value;
    request.counted?.(body.values.length);
    const delivery = await openDelivery(request, body);
    if ('refusal' in delivery) return delivery;
    const fates = body.values.map((value, index): EventFate => {
      const fault = body.unreadable.get(index);
      if (fault !== undefined) return { status: 'rejected', ...fault };
      const outcome = takeEvent(incomingEvent(index, value, delivery));
      if (outcome.kind === 'ok') return accepted;
      return outcome.kind === 'drop' ? repeated : rejected(outcome as DeadLetter, body);
    });
    const keeping = fates.some(isRejected) && quarantineRejects.events(request, body, fates);
    const { failures, spooled, settled } = await produceRecords(delivery);
    if (keeping) for (const [index, fate] of await keeping) fates[index] = fate;
    for (const [write, failure] of failures)
      for (const index of write.indexes) fates[index] = { status: 'rejected', ...failure };
    for (const write of spooled) for (const index of write.indexes) fates[index] = onDisk;
    if (delivery.repeats.size > 0) await settleRepeats(delivery, fates, options);
    const ids = body.attributes?.map((attributes) => attributes?.id);
    return {
      kind: 'taken',
      fates,
      settled,
      ...(ids === undefined ? {} : { ids }),
      ...(spooled.size > 0 ? {} : { places: [placeOf(delivery, fates)] }),
    };
  };
};

export type IngestPipeline = ReturnType<typeof createIngestPipeline>;

/** A repeat without a key may be on any partition: its first sending went wherever that request went. */
const placeOf = ({ request, writes, partitions }: Delivery, fates: readonly EventFate[]): Place => {
  const { topic, contract } = request.stream;
  const isAnywhere =
    contract.key.length === 0 && fates.some((fate) => fate.status === 'accepted' && fate.duplicate);
  return {
    topic,
    partitions: isAnywhere ? Array.from({ length: partitions }, (_, at) => at) : [...writes.keys()],
  };
};

const accepted: EventFate = { status: 'accepted' };
/** Kafka is away; it will be there. */
const onDisk: EventFate = { status: 'accepted', spooled: true };
const repeated: EventFate = { status: 'accepted', duplicate: true };

const isRejected = ({ status }: EventFate): boolean => status === 'rejected';

const refusal = (outcome: unknown): Refusal => {
  const { code, reason } = outcome as DeadLetter;
  return { code: code as ErrorCode, message: reason };
};

const refused = (because: Refusal): IngestResult => ({ kind: 'refused', refusal: because });

const rejected = ({ code, reason, detail }: DeadLetter, { dataPath }: ParsedBody): EventFate => {
  const fault: EventFault = {
    code: code as ErrorCode,
    message: reason,
    ...(detail === undefined ? {} : { problems: detail as readonly JsonProblem[] }),
  };
  return { status: 'rejected', ...(dataPath === undefined ? fault : underData(fault)) };
};

const createDelivery = (outputs: EventOutputs) => {
  const headersOf = createSharedHeaders();
  return async (
    request: EventRequest,
    body: ParsedBody,
  ): Promise<Delivery | Extract<IngestResult, { kind: 'refused' }>> => {
    const { topic } = request.stream;
    try {
      const partitions = await outputs.partitionCount(topic);
      return {
        request,
        body,
        single: body.values.length === 1,
        writes: new Map(),
        repeats: new Map(),
        partitions,
        stickyPartition: outputs.stickyPartition(topic, partitions, request.body.length),
        headers: headersOf(request),
      };
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      const code = error.retryable ? 'ingest.kafka-unavailable' : 'ingest.kafka-refused';
      return { kind: 'refused', refusal: { code, message: `Kafka: ${error.code}.` } };
    }
  };
};

/** An event that another request carries is accepted when that one's write is. */
const settleRepeats = async (
  delivery: Delivery,
  fates: EventFate[],
  { clock, acknowledgeTimeoutMs }: IngestPipelineOptions,
): Promise<void> => {
  const overdue = new AbortController();
  const late = clock.sleep(acknowledgeTimeoutMs, overdue.signal).then(
    () => false,
    () => false,
  );
  const failure: WriteFailure = {
    code: 'ingest.kafka-unavailable',
    message: 'Kafka did not acknowledge the first sending of this event in time.',
  };
  for (const [index, write] of delivery.repeats) {
    const written = await Promise.race([write.settled, late]);
    if (!written) fates[index] = { status: 'rejected', ...failure };
  }
  overdue.abort();
};
