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
  type Outcome,
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
  type Refusal,
} from './event-request.ts';
import type { EventOutputs } from './outputs.ts';
import { type PartitionWrite, PartitionWrites } from './partition-writes.ts';
import type { Quarantine } from './quarantine/open-quarantine.ts';
import { createCheckGateStep, type GateCheck } from './steps/check-gate.ts';
import { createDropRepeatsStep } from './steps/drop-repeats.ts';
import { createEncodeEventStep } from './steps/encode-event.ts';
import { createIdentifyEventStep } from './steps/identify-event.ts';
import { createLimitHotKeysStep } from './steps/limit-hot-keys.ts';
import { createParseBodyStep } from './steps/parse-body.ts';
import {
  createProduceRecordsStep,
  type ProduceReport,
  type WriteFailure,
} from './steps/produce-records.ts';
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

  /** What became of each event, once Kafka has answered, and what was refused is kept. */
  const settle = (
    delivery: Delivery,
    gate: OpenGate,
    fates: EventFate[],
    { failures, spooled, settled }: ProduceReport,
    kept: ReadonlyMap<number, EventFate> = nothingKept,
  ): IngestResult | Promise<IngestResult> => {
    for (const [index, fate] of kept) fates[index] = fate;
    if (gate.kind === 'aside') refuseUnkept(fates, gate.unkept);
    for (const [write, failure] of failures)
      for (const index of write.indexes) fates[index] = { status: 'rejected', ...failure };
    for (const write of spooled) for (const index of write.indexes) fates[index] = onDisk;
    const asksPlaces = delivery.request.asksPlaces === true && spooled.size === 0;
    return delivery.repeats === undefined
      ? taken(delivery, fates, settled, asksPlaces)
      : settleRepeats(delivery.repeats, fates, options).then(() =>
          taken(delivery, fates, settled, asksPlaces),
        );
  };
  const takeEvents = (opened: Opened, gate: OpenGate): Promise<IngestResult> => {
    if ('refusal' in opened) return Promise.resolve(opened);
    const { request, body } = opened;
    const fates = body.values.map((value, index) =>
      gate.kind === 'aside' && !body.unreadable.has(index)
        ? gate.fate
        : takeOne(takeEvent, index, value, opened),
    );
    const keeping = fates.some(isRejected) && quarantineRejects.events(request, body, fates);
    return produceRecords(opened).then((report) =>
      keeping
        ? keeping.then((kept) => settle(opened, gate, fates, report, kept))
        : settle(opened, gate, fates, report),
    );
  };
  const takeBody = (
    request: EventRequest,
    gate: OpenGate,
    parsed: Outcome<ParsedBody>,
  ): Promise<IngestResult> => {
    if (parsed.kind !== 'ok')
      return quarantineRejects.body(request, refusal(parsed)).then((because) => refused(because));
    const body = parsed.value;
    request.room?.events(body.values.length);
    const opened = openDelivery(request, body);
    return opened instanceof Promise
      ? opened.then((delivery) => takeEvents(delivery, gate))
      : takeEvents(opened, gate);
  };

  // Not async: most of it is done at once, and each turn of the queue is dear for a request with one event.
  return (request: EventRequest): Promise<IngestResult> => {
    const gate = checkGate(request.stream.contract);
    if (gate.kind === 'stopped') return Promise.resolve(refused(gate.refusal));
    const parsed = request.parsed ? ok(request.parsed) : parseBody(request);
    return parsed instanceof Promise
      ? parsed.then((outcome) => takeBody(request, gate, outcome))
      : takeBody(request, gate, parsed);
  };
};

const taken = (
  delivery: Delivery,
  fates: readonly EventFate[],
  settled: Promise<void> | undefined,
  asksPlaces: boolean,
): IngestResult => ({
  kind: 'taken',
  fates,
  settled,
  ids: delivery.body.attributes?.map((attributes) => attributes?.id),
  places: asksPlaces ? [placeOf(delivery, fates)] : undefined,
});

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

type OpenGate = Exclude<GateCheck, { kind: 'stopped' }>;
type Refused = Extract<IngestResult, { kind: 'refused' }>;
/** A delivery, or why there can be none. */
type Opened = Delivery | Refused;

const nothingKept: ReadonlyMap<number, EventFate> = new Map();
const isRejected = ({ status }: EventFate): boolean => status === 'rejected';

/** A repeat without a key may be on any partition: its first sending went wherever that request went. */
const placeOf = ({ request, writes, partitions }: Delivery, fates: readonly EventFate[]): Place => {
  const { topic, contract } = request.stream;
  const isAnywhere =
    contract.key.length === 0 && fates.some((fate) => fate.status === 'accepted' && fate.duplicate);
  return {
    topic,
    partitions: isAnywhere
      ? Array.from({ length: partitions }, (_, at) => at)
      : writes.all.map(({ partition }) => partition),
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

const refused = (because: Refusal): Refused => ({ kind: 'refused', refusal: because });

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
    writes: new PartitionWrites(),
    repeats: undefined,
    partitions,
    stickyPartition: outputs.stickyPartition(request.stream.topic, partitions, request.body.length),
    headers: headersOf(request),
  });
  return (request: EventRequest, body: ParsedBody): Delivery | Promise<Opened> => {
    const counted = outputs.partitionCount(request.stream.topic);
    return typeof counted === 'number'
      ? open(request, body, counted)
      : counted.then((partitions) => open(request, body, partitions), unreachable);
  };
};

const unreachable = (error: unknown): Refused => {
  if (!(error instanceof MillraceError)) throw error;
  const code = error.retryable ? 'ingest.kafka-unavailable' : 'ingest.kafka-refused';
  return { kind: 'refused', refusal: { code, message: `Kafka: ${error.code}.` } };
};

/** An event that another request carries is accepted when that one's write is. */
const settleRepeats = async (
  repeats: NonNullable<Delivery['repeats']>,
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
  for (const [index, write] of repeats) {
    const written = await Promise.race([write.settled, late]);
    if (!written) fates[index] = { status: 'rejected', ...failure };
  }
  overdue.abort();
};
