/**
 * The door's flow, top to bottom. A request is parsed, each of its events goes through the row of steps, what
 * is new goes to Kafka, and the answer is made of what became of each event.
 */
import type { JsonProblem } from '@millrace/avro';
import type { ErrorCode } from '@millrace/contracts';
import { MillraceError } from '@millrace/contracts';
import type { StreamGates } from '@millrace/gate';
import {
  type Clock,
  compose,
  type DeadLetter,
  type Logger,
  ok,
  type SyncStep,
} from '@millrace/pipeline';
import { underData } from './cloud-events/event-data.ts';
import {
  type Delivery,
  type EventFate,
  type EventFault,
  type EventRequest,
  type IncomingEvent,
  incomingEvent,
  type ParsedBody,
  type PartitionWrite,
  type Refusal,
} from './event-request.ts';
import type { EventOutputs } from './outputs.ts';
import type { Quarantine } from './quarantine/open-quarantine.ts';
import { createCheckGateStep } from './steps/check-gate.ts';
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
      readonly ids?: readonly (string | undefined)[] | undefined;
      /** Of a request that asks: where on Kafka the accepted events are, repeats among them; undefined while some are on the disk only. */
      readonly places?: readonly Place[] | undefined;
      /** Resolves when nothing of the request is on its way any more: its memory is free only then. Absent: nothing is. */
      readonly settled?: Promise<void> | undefined;
    };

export interface IngestPipelineOptions {
  readonly outputs: EventOutputs;
  /** Undefined while there is none: rejected events are told to their senders alone. */
  readonly quarantine?: () => Quarantine | undefined;
  /** Streams that are not open; all are where it is left out. */
  readonly gates?: Pick<StreamGates, 'gateOf'>;
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
  const checkGate = createCheckGateStep(options.gates);
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
    const gate = checkGate(request.stream.contract);
    if (gate.kind === 'stopped') return refused(gate.refusal);
    const reading = request.parsed ? ok(request.parsed) : parseBody(request);
    const parsed = reading instanceof Promise ? await reading : reading;
    if (parsed.kind !== 'ok')
      return refused(await quarantineRejects.body(request, refusal(parsed)));
    const body = parsed.value;
    request.counted?.(body.values.length);
    const opened = openDelivery(request, body);
    const delivery = opened instanceof Promise ? await opened : opened;
    if ('refusal' in delivery) return delivery;
    const fates: EventFate[] = [];
    let rejects = 0;
    for (const [index, value] of body.values.entries()) {
      const isAside = gate.kind === 'aside' && !body.unreadable.has(index);
      const fate = isAside ? gate.fate : takeOne(takeEvent, index, value, delivery);
      if (fate.status === 'rejected') rejects += 1;
      fates.push(fate);
    }
    const keeping = rejects > 0 && quarantineRejects.events(request, body, fates);
    const { failures, spooled, settled } = await produceRecords(delivery);
    if (keeping) for (const [index, fate] of await keeping) fates[index] = fate;
    if (gate.kind === 'aside') refuseUnkept(fates, gate.unkept);
    for (const [write, failure] of failures)
      for (const index of write.indexes) fates[index] = { status: 'rejected', ...failure };
    for (const write of spooled) for (const index of write.indexes) fates[index] = onDisk;
    if (delivery.repeats.size > 0) await settleRepeats(delivery, fates, options);
    return {
      kind: 'taken',
      fates,
      settled,
      ids: body.attributes?.map((attributes) => attributes?.id),
      places: request.asksPlaces && spooled.size === 0 ? [placeOf(delivery, fates)] : undefined,
    };
  };
};

const takeOne = (
  takeEvent: SyncStep<IncomingEvent, PartitionWrite>,
  index: number,
  value: unknown,
  delivery: Delivery,
): EventFate => {
  const { body } = delivery;
  const fault = body.unreadable.get(index);
  if (fault !== undefined) return { status: 'rejected', ...fault };
  const outcome = takeEvent(incomingEvent(index, value, delivery));
  if (outcome.kind === 'ok') return accepted;
  return outcome.kind === 'drop' ? repeated : rejected(outcome as DeadLetter, body);
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

/** What could not be set aside goes back to its sender, who sends it again. */
const refuseUnkept = (fates: EventFate[], unkept: EventFate): void => {
  for (const [index, fate] of fates.entries())
    if (
      fate.status === 'rejected' &&
      fate.code === 'ingest.stream-quarantined' &&
      fate.quarantined !== true
    )
      fates[index] = unkept;
};

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

/** Without a promise where the number of partitions is known, which it is but for the first request. */
const createDelivery = (outputs: EventOutputs) => {
  const headersOf = createSharedHeaders();
  const open = (request: EventRequest, body: ParsedBody, partitions: number): Delivery => ({
    request,
    body,
    single: body.values.length === 1,
    writes: new Map(),
    repeats: new Map(),
    partitions,
    stickyPartition: outputs.stickyPartition(request.stream.topic, partitions, request.body.length),
    headers: headersOf(request),
  });
  return (
    request: EventRequest,
    body: ParsedBody,
  ): Delivery | Promise<Delivery | Extract<IngestResult, { kind: 'refused' }>> => {
    const counted = outputs.partitionCount(request.stream.topic);
    return typeof counted === 'number'
      ? open(request, body, counted)
      : counted.then((partitions) => open(request, body, partitions), unreachable);
  };
};

const unreachable = (error: unknown): Extract<IngestResult, { kind: 'refused' }> => {
  if (!(error instanceof MillraceError)) throw error;
  const code = error.retryable ? 'ingest.kafka-unavailable' : 'ingest.kafka-refused';
  return { kind: 'refused', refusal: { code, message: `Kafka: ${error.code}.` } };
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
