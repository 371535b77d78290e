/**
 * The door's first question, before a body is read: who sends, may it, and may it now. What a request is worth is
 * charged when it is known. Who checks credentials is access/, who counts is admission/.
 */
import { scopesCover } from '@millrace/contracts';
import { clientOf } from '@millrace/runtime';
import type { Access } from '../access/open-access.ts';
import type { Denial, Identity } from '../access/sender.ts';
import type { Account, Accounts, AccountTerms, Excess } from '../admission/accounts.ts';
import { createGcra, type Gcra, retrySeconds } from '../admission/gcra.ts';
import { createRecentMap } from '../admission/recent-map.ts';
import type { ByteBudget } from '../byte-budget.ts';
import type { Refusal } from '../event-request.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { Stream } from '../stream.ts';
import { type Answer, problemAnswer } from './answer.ts';
import { problem } from './problem.ts';
import type { SentRequest } from './sent-request.ts';

/** A request that is let in. */
export interface Admitted {
  /** Absent where nobody is asked. */
  readonly identity?: Identity;
  /** Absent where nothing is counted. */
  readonly account?: Account;
}

export interface Admission {
  /**
   * Let in, or the answer that refuses. At once, but for a token that is seen for the first time.
   * @param streamId as asked for; undefined: the request is for no stream in particular
   */
  admit(
    request: SentRequest,
    streamId?: string,
    stream?: Stream,
  ): Admitted | Answer | Promise<Admitted | Answer>;
  /** Whether the sender may send to the stream. */
  may(admitted: Admitted, streamId: string): boolean;
  /** The queue as the sender sees it. */
  budgetOf(admitted: Admitted): ByteBudget;
  /** Of a request for several streams, once a stream is known: lets its events in and charges them, or says why not. */
  admitPart(
    admitted: Admitted,
    request: SentRequest,
    stream: Stream,
    events: number,
  ): Refusal | undefined;
  /** What the request turned out to hold. */
  charge(admitted: Admitted, stream: Stream, events: number): void;
  chargeBytes(admitted: Admitted, bytes: number): void;
  /** For the answer; undefined where nothing is limited. */
  rateFields(admitted: Admitted): Readonly<Record<string, string>> | undefined;
}

export interface AdmissionOptions {
  readonly access: Access | undefined;
  readonly accounts: Accounts;
  /** Of addresses, where no keys are asked for; undefined: nothing is limited. */
  readonly addressTerms: AccountTerms | undefined;
  /** Events a second of streams whose contract says nothing; 0: no limit. */
  readonly streamRate: number;
  readonly burstSeconds: number;
  /** Among how many doors the rates of streams are divided. */
  readonly doors: () => number;
  readonly refusalsPerMinute: number;
  readonly budget: ByteBudget;
  readonly metrics: IngestMetrics;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
}

/** Addresses with refusals that are remembered. */
const addressesMax = 10_000;
/** Senders that metrics tell apart. */
const labelsMax = 100;

/** What is refused is counted, and audited when it is about who may send. */
export const createAdmission = (options: AdmissionOptions): Admission => {
  const { access, accounts, addressTerms, metrics } = options;
  const streams = createStreamRates(options);
  const attempts = createAttempts(options);
  const labelOf = createSenderLabels();

  const refuse = (code: Excess['code'], answer: Answer): Answer => {
    metrics.refused.inc({ code });
    return answer;
  };
  const tooMuch = ({ code, message, retryAfterSeconds }: Excess, account?: Account): Answer =>
    refuse(
      code,
      problemAnswer(problem(code, message), {
        'retry-after': String(retryAfterSeconds),
        ...account?.rateFields(),
      }),
    );
  const deny = (denial: Denial, request: SentRequest, streamId: string | undefined): Answer => {
    const { code, message, keyId } = denial;
    const isUnknown = denialStatus(denial) === 401;
    if (isUnknown) attempts.count(request.ip);
    access?.audit.note({
      code,
      ...(keyId !== undefined && { keyId }),
      ...(streamId !== undefined && { stream: streamId }),
      address: request.ip,
    });
    return refuse(code, problemAnswer(problem(code, message), denialHeaders(denial, request)));
  };

  const count = (
    request: SentRequest,
    stream: Stream | undefined,
    identity?: Identity,
  ): Admitted | Answer => {
    const excess = stream === undefined ? undefined : streams.excess(stream);
    if (excess !== undefined) return tooMuch(excess);
    const terms = identity?.terms ?? addressTerms;
    if (terms === undefined) return anonymous;
    const account = accounts.of(identity?.sender.id ?? `address:${clientOf(request.ip)}`, terms);
    const tooFast = account.takeRequest();
    if (tooFast !== undefined) return tooMuch(tooFast, account);
    return identity === undefined ? { account } : { identity, account };
  };

  const enter = (
    found: Identity | Denial,
    request: SentRequest,
    streamId: string | undefined,
    stream: Stream | undefined,
  ): Admitted | Answer => {
    if ('code' in found) return deny(found, request, streamId);
    if (streamId !== undefined && !scopesCover(found.scopes, streamId))
      return deny(scopeMissing(found, streamId), request, streamId);
    if (found.keyId !== undefined) access!.uses.note(found.keyId);
    return count(request, stream, found);
  };

  const charge = ({ identity, account }: Admitted, stream: Stream, events: number): void => {
    streams.charge(stream, events);
    account?.charge(events, 0);
    if (identity !== undefined) metrics.senderEvents.inc({ sender: labelOf(identity) }, events);
  };

  return {
    admit: (request, streamId, stream) => {
      if (access === undefined) return count(request, stream);
      const { authenticator } = access;
      const waitMs = attempts.waitMs(request);
      if (waitMs > 0) {
        const found = authenticator.identifyCheaply(request.raw);
        if (found === undefined || 'code' in found)
          return tooMuch({ ...tooManyAttempts, retryAfterSeconds: retrySeconds(waitMs) });
        return enter(found, request, streamId, stream);
      }
      const found = authenticator.identify(request.raw);
      return found instanceof Promise
        ? found.then((identity) => enter(identity, request, streamId, stream))
        : enter(found, request, streamId, stream);
    },
    may: ({ identity }, streamId) =>
      identity === undefined || scopesCover(identity.scopes, streamId),
    budgetOf: ({ identity, account }) =>
      identity === undefined || account === undefined ? options.budget : account.budget,
    admitPart: (admitted, request, stream, events) => {
      const { identity } = admitted;
      const { id } = stream.contract;
      if (identity !== undefined && !scopesCover(identity.scopes, id)) {
        const denial = scopeMissing(identity, id);
        deny(denial, request, id);
        return denial;
      }
      const excess = streams.excess(stream);
      if (excess === undefined) charge(admitted, stream, events);
      else metrics.refused.inc({ code: excess.code });
      return excess;
    },
    charge,
    chargeBytes: ({ account }, bytes) => account?.charge(0, bytes),
    rateFields: ({ account }) => account?.rateFields(),
  };

  function denialStatus(denial: Denial): number {
    return problem(denial.code, '').status;
  }
};

const anonymous: Admitted = {};

const tooManyAttempts = {
  code: 'ingest.attempts-exceeded',
  message: 'Too many requests of this address had no valid key.',
} as const;

const scopeMissing = ({ sender, scopes, keyId }: Identity, streamId: string): Denial => ({
  code: 'ingest.scope-missing',
  message: `${sender.name} may send to ${scopes.join(', ') || 'no stream'}; the scope ${streamId} is missing.`,
  ...(keyId !== undefined && { keyId }),
});

/** A body that nobody will read is not waited for, when it is large. */
const bodyWaitedForMax = 64 * 1024;

const denialHeaders = ({ code }: Denial, request: SentRequest): Record<string, string> => {
  const { status } = problem(code, '');
  const length = request.headers['content-length'];
  const isLarge =
    request.headers['transfer-encoding'] !== undefined || Number(length ?? 0) > bodyWaitedForMax;
  return {
    ...(status === 401 && {
      'www-authenticate':
        code === 'ingest.credential-missing'
          ? 'Bearer realm="millrace"'
          : 'Bearer realm="millrace", error="invalid_token"',
    }),
    ...(status < 500 && isLarge && { connection: 'close' }),
  };
};

/** How often each address came without a valid credential. */
const createAttempts = ({ refusalsPerMinute, nowMs }: AdmissionOptions) => {
  const byClient = createRecentMap<Gcra>(addressesMax);
  const rate = { perSecond: refusalsPerMinute / 60, burst: refusalsPerMinute };
  return {
    /** 0: let it try. */
    waitMs: (request: SentRequest): number =>
      byClient.size === 0 ? 0 : (byClient.get(clientOf(request.ip))?.waitMs(1, nowMs()) ?? 0),
    count: (address: string): void => {
      const client = clientOf(address);
      const gcra = byClient.get(client) ?? createGcra(rate);
      byClient.set(client, gcra);
      gcra.charge(1, nowMs());
    },
  };
};

/** What streams take of all senders together. */
const createStreamRates = ({ streamRate, burstSeconds, doors, nowMs }: AdmissionOptions) => {
  const byStream = new Map<Stream, Gcra | undefined>();
  const gcraOf = (stream: Stream): Gcra | undefined => {
    if (byStream.has(stream)) return byStream.get(stream);
    const perSecond = stream.contract.ingest?.rate ?? streamRate;
    const burst = stream.contract.ingest?.burst ?? Math.max(1, perSecond * burstSeconds);
    const gcra = perSecond > 0 ? createGcra({ perSecond, burst }) : undefined;
    byStream.set(stream, gcra);
    return gcra;
  };
  return {
    excess: (stream: Stream): Excess | undefined => {
      const gcra = gcraOf(stream);
      const waitMs = gcra === undefined ? 0 : gcra.waitMs(doors(), nowMs());
      if (waitMs === 0) return undefined;
      return {
        code: 'ingest.stream-rate-exceeded',
        message: `${stream.contract.id} takes ${gcra!.rate.perSecond} events a second.`,
        retryAfterSeconds: retrySeconds(waitMs),
      };
    },
    charge: (stream: Stream, events: number): void =>
      gcraOf(stream)?.charge(events * doors(), nowMs()),
  };
};

/** The first senders by their id, tokens and all others together: labels must be few. */
const createSenderLabels = () => {
  const labels = new Set<string>();
  return ({ keyId }: Identity): string => {
    if (keyId === undefined) return 'jwt';
    if (labels.has(keyId)) return keyId;
    if (labels.size >= labelsMax) return 'other';
    labels.add(keyId);
    return keyId;
  };
};
