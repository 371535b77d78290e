/**
 * What each sender has used of what it may: rates, its quota of the day, and the bytes that it holds. In the memory of
 * one door: several doors give each sender as much each, or an equal part of it where `doors` counts them. Who the sender is, is access/.
 */
import type { ErrorCode, KeyLimits } from '@millrace/contracts';
import type { ByteBudget } from '../byte-budget.ts';
import { createGcra, type Gcra, retrySeconds } from './gcra.ts';
import { limitItem, policyItem, type RateName } from './rate-fields.ts';
import { createRecentMap } from './recent-map.ts';

/** Too much for now. */
export interface Excess {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterSeconds: number;
}

export interface Account {
  /** Takes one request; or says why not, and takes nothing. */
  takeRequest(): Excess | undefined;
  /** What the request turned out to be; may run into debt. */
  charge(events: number, bytes: number): void;
  /** Of the draft's two fields; empty without limits. */
  rateFields(): Readonly<Record<string, string>>;
  /** The queue's bytes as this sender sees them: a share, as long as there is room. */
  readonly budget: ByteBudget;
  /** The last bytes were refused because it holds its share, and not because there is no room at all. */
  isGreedy(): boolean;
}

/** What bounds a sender: of its key, else of the door. */
export interface AccountTerms {
  readonly limits: KeyLimits;
  readonly eventsPerDay?: number;
}

export interface AccountOptions {
  /** The bytes of all senders, and how many there may be. */
  readonly budget: ByteBudget;
  readonly queueBytesMax: number;
  /** A rest of this long saves up a burst, seconds. */
  readonly burstSeconds: number;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Wall clock: days are UTC. */
  readonly wallMs: () => number;
  /** Among how many doors rates and quotas are divided: what is used here costs so many times as much. */
  readonly doors: () => number;
  /** Senders that are remembered at most. */
  readonly accountsMax: number;
}

const rateNames = ['requests', 'events', 'bytes'] as const;
const dayMs = 86_400_000;

/**
 * A sender may hold twice as many bytes as are free: alone two thirds of all, of two greedy ones each two fifths, so
 * some are always left for whoever comes next. (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory
 * packet switches", 1998.)
 */
const shareOfFree = 2;

export const createAccounts = (options: AccountOptions) => {
  const accounts = createRecentMap<Account & { readonly terms: string }>(
    options.accountsMax,
    ({ budget }) => budget.used() > 0,
  );
  return {
    /** The account of a sender; begun anew when its terms are others, with the bytes that it holds. */
    of: (senderId: string, terms: AccountTerms): Account => {
      const known = accounts.get(senderId);
      if (known !== undefined && isSame(known.terms, terms)) return known;
      const share = known ?? shareOf(options);
      const account = { ...createAccount(terms, share, options), terms: textOf(terms) };
      accounts.set(senderId, account);
      return account;
    },
    size: () => accounts.size,
  };
};

export type Accounts = ReturnType<typeof createAccounts>;

const texts = new WeakMap<AccountTerms, string>();

/** Terms are objects of keys, few and long-lived: their text is made once. */
const textOf = (terms: AccountTerms): string => {
  let text = texts.get(terms);
  if (text === undefined) {
    const { limits, eventsPerDay } = terms;
    text = [...rateNames.map((name) => limits[name] ?? 0), eventsPerDay ?? 0].join(' ');
    texts.set(terms, text);
  }
  return text;
};

const isSame = (text: string, terms: AccountTerms): boolean => text === textOf(terms);

const createAccount = (
  { limits, eventsPerDay }: AccountTerms,
  { budget, isGreedy }: Pick<Account, 'budget' | 'isGreedy'>,
  { burstSeconds, nowMs, wallMs, doors }: AccountOptions,
): Account => {
  const rates: (readonly [RateName, Gcra])[] = rateNames.flatMap((name) => {
    const perSecond = limits[name] ?? 0;
    if (perSecond <= 0) return [];
    return [[name, createGcra({ perSecond, burst: Math.max(1, perSecond * burstSeconds) })]];
  });
  const policies = new Map<number, string>();
  const policyOf = (parts: number): string => {
    let policy = policies.get(parts);
    if (policy === undefined) {
      policy = rates.map(([name, { rate }]) => policyItem(name, rate, parts)).join(', ');
      policies.set(parts, policy);
    }
    return policy;
  };
  const day = createDayQuota(eventsPerDay, wallMs);
  return {
    budget,
    isGreedy,
    takeRequest: () => {
      const spent = day.excess();
      if (spent !== undefined || rates.length === 0) return spent;
      const now = nowMs();
      const parts = doors();
      let longest = 0;
      let limit: (typeof rates)[number] | undefined;
      for (const rate of rates) {
        const waitMs = rate[1].waitMs(parts, now);
        if (waitMs <= longest) continue;
        longest = waitMs;
        limit = rate;
      }
      if (limit !== undefined) return tooFast(...limit, retrySeconds(longest));
      for (const [name, gcra] of rates) if (name === 'requests') gcra.charge(parts, now);
      return undefined;
    },
    charge: (events, bytes) => {
      const parts = doors();
      day.charge(events * parts);
      if (rates.length === 0) return;
      const now = nowMs();
      for (const [name, gcra] of rates) {
        if (name === 'events') gcra.charge(events * parts, now);
        else if (name === 'bytes') gcra.charge(bytes * parts, now);
      }
    },
    rateFields: () => {
      if (rates.length === 0) return noFields;
      const now = nowMs();
      const parts = doors();
      return {
        'ratelimit-policy': policyOf(parts),
        ratelimit: rates.map(([name, gcra]) => limitItem(name, gcra, now, parts)).join(', '),
      };
    },
  };
};

const noFields = {};

const tooFast = (name: RateName, { rate }: Gcra, retryAfterSeconds: number): Excess => ({
  code: 'ingest.rate-exceeded',
  message: `The sender may send ${rate.perSecond} ${name} a second, and has sent more.`,
  retryAfterSeconds,
});

const createDayQuota = (eventsMax: number | undefined, wallMs: () => number) => {
  let day = 0;
  let used = 0;
  const turn = (): number => {
    const now = wallMs();
    const today = Math.floor(now / dayMs);
    if (today !== day) {
      day = today;
      used = 0;
    }
    return now;
  };
  return {
    excess: (): Excess | undefined => {
      if (eventsMax === undefined) return undefined;
      const now = turn();
      if (used < eventsMax) return undefined;
      return {
        code: 'ingest.rate-exceeded',
        message: `The sender may send ${eventsMax} events a UTC day, and has.`,
        retryAfterSeconds: retrySeconds((day + 1) * dayMs - now),
      };
    },
    charge: (events: number): void => {
      if (eventsMax === undefined) return;
      turn();
      used += events;
    },
  };
};

/** A sender's view of the whole budget. */
const shareOf = ({
  budget,
  queueBytesMax,
}: AccountOptions): Pick<Account, 'budget' | 'isGreedy'> => {
  let held = 0;
  let isGreedy = false;
  return {
    isGreedy: () => isGreedy,
    budget: {
      take: (bytes) => {
        const free = queueBytesMax - budget.used();
        // What holds nothing is not greedy: its first request is refused only when there is no room at all.
        isGreedy = held > 0 && held + bytes > shareOfFree * free;
        if (isGreedy || !budget.take(bytes)) return false;
        held += bytes;
        return true;
      },
      give: (bytes) => {
        held -= bytes;
        budget.give(bytes);
      },
      used: () => held,
    },
  };
};
