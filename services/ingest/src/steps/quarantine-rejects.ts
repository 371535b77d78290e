/** Step: what was refused is kept, each with its bytes, and told to be. How it is kept is quarantine/. */
import type { ErrorCode } from '@millrace/contracts';
import type {
  EventAttributes,
  EventFate,
  EventRequest,
  ParsedBody,
  Refusal,
} from '../event-request.ts';
import { bodyBytes, eventBytes } from '../quarantine/event-bytes.ts';
import type { Quarantine } from '../quarantine/open-quarantine.ts';
import { isEventFault, type Rejection } from '../quarantine/rejection.ts';

type Rejected = Extract<EventFate, { status: 'rejected' }>;

export interface QuarantineRejects {
  /** The fates of events that were refused for what they are, with `quarantined`, by index. */
  events(
    request: EventRequest,
    body: ParsedBody,
    fates: readonly EventFate[],
  ): Promise<ReadonlyMap<number, Rejected>>;
  /** A body that could not be read. */
  body(request: EventRequest, refusal: Refusal): Promise<Refusal>;
}

const keepsNothing = Promise.resolve(new Map<number, Rejected>());

/** Of streams whose contract says `rejected: drop`, and without a quarantine, nothing is kept and nothing said of it. */
export const createQuarantineRejectsStep = (
  current: () => Quarantine | undefined = () => undefined,
): QuarantineRejects => {
  const keeps = ({ stream }: EventRequest, code: ErrorCode): boolean =>
    current() !== undefined && stream.contract.rejected === 'keep' && isEventFault(code);

  return {
    events: (request, body, fates) => {
      const rejected = fates.flatMap((fate, index) =>
        fate.status === 'rejected' && keeps(request, fate.code) ? [{ fate, index }] : [],
      );
      if (rejected.length === 0) return keepsNothing;
      const bytesOf = eventBytes({ ...body, body: request.body, format: request.format });
      const rejections = rejected.map(({ fate, index }): Rejection => {
        const attributes = attributesOf(request, body, index);
        const position = body.positions?.[index] ?? index;
        const isSingle = body.values.length === 1;
        const eventId = body.attributes?.[index]?.id ?? givenId(attributes, isSingle, index);
        return {
          ...fate,
          ...bytesOf(position),
          ...(eventId !== undefined && { eventId }),
          position,
          attributes,
        };
      });
      return current()!
        .keep(request, rejections)
        .then(
          (kept) =>
            new Map(
              rejected.map(({ fate, index }, at) => [index, { ...fate, quarantined: kept[at]! }]),
            ),
        );
    },
    body: async (request, refusal) => {
      if (!keeps(request, refusal.code)) return refusal;
      const { attributes } = request;
      const [quarantined = false] = await current()!.keep(request, [
        {
          ...refusal,
          ...bodyBytes(request),
          ...(attributes.id !== undefined && { eventId: attributes.id }),
          position: null,
          attributes,
        },
      ]);
      return { ...refusal, quarantined };
    },
  };
};

/** What an event says of itself goes before what its request says. */
const attributesOf = (
  { attributes }: EventRequest,
  body: ParsedBody,
  index: number,
): EventAttributes => ({ ...attributes, ...body.attributes?.[index] });

/** The id that the event would have had at the door, but for one out of the event itself. */
const givenId = (
  { id, idempotencyKey }: EventAttributes,
  isSingle: boolean,
  index: number,
): string | undefined =>
  (isSingle ? id : undefined) ??
  (idempotencyKey === undefined ? undefined : `${idempotencyKey}/${index}`);
