/**
 * The results that the queries must have, computed from the events' numbers by loops and maps that share nothing with
 * either contestant. A result is a name and a value, as `results.ts` makes them of the records of an output topic.
 */
import type { Query } from './contestant.ts';
import { type Bid, nexmarkEvent } from './nexmark-events.ts';

export type Results = ReadonlyMap<string, string>;

const WINDOW_MS = 10_000;
const SLIDE_MS = 2_000;
const EUROS = 0.908;
const CHOSEN = 123;

/** What the records of a kind add up to: where nothing is folded, every record and every value counts. */
export const sumsOf = () => {
  const sums = new Map<string, number>();
  return {
    add: (kind: string, numbers: Readonly<Record<string, number>>): void => {
      for (const [name, value] of Object.entries({ ...numbers, records: 1 })) {
        const key = `${kind} ${name}`;
        sums.set(key, (sums.get(key) ?? 0) + value);
      }
    },
    results: (): Results =>
      new Map([...sums].map(([name, value]) => [name, value.toPrecision(12)])),
  };
};

const eachEvent = function* (events: number) {
  for (let number = 0; number < events; number += 1) yield nexmarkEvent(number);
};

const eachBid = function* (events: number): Generator<Bid> {
  for (const { kind, value } of eachEvent(events)) if (kind === 'bid') yield value;
};

const passed = (events: number): Results => {
  const { add, results } = sumsOf();
  for (const { kind, value } of eachEvent(events)) {
    if (kind === 'bid') {
      const { auction, bidder, price, url, extra } = value;
      add(kind, { auction, bidder, price, texts: url.length + extra.length });
    } else add(kind, { id: value.id, texts: value.extra.length });
  }
  return results();
};

const euros = (events: number): Results => {
  const { add, results } = sumsOf();
  for (const { auction, bidder, price, url, extra } of eachBid(events)) {
    add('bid', { auction, bidder, price: price * EUROS, texts: url.length + extra.length });
  }
  return results();
};

const chosenAuctions = (events: number): Results => {
  const { add, results } = sumsOf();
  for (const { auction, price } of eachBid(events)) {
    if (auction % CHOSEN === 0) add('price', { auction, price });
  }
  return results();
};

/** Window → the auction with the most bids, and their number; of several the lowest id. */
const hotItems = (events: number): Results => {
  const bidsOf = new Map<number, Map<number, number>>();
  for (const { auction, date_time: time } of eachBid(events)) {
    const latest = Math.floor(time / SLIDE_MS) * SLIDE_MS;
    for (let start = latest; start > time - WINDOW_MS; start -= SLIDE_MS) {
      const window = bidsOf.get(start) ?? new Map<number, number>();
      bidsOf.set(start, window);
      window.set(auction, (window.get(auction) ?? 0) + 1);
    }
  }
  const hottest = ([...bids]: readonly (readonly [number, number])[]) =>
    bids.sort(([a, m], [b, n]) => n - m || a - b)[0]!;
  return new Map([...bidsOf].map(([start, bids]) => [String(start), hottest([...bids]).join(' ')]));
};

const highestBids = (events: number): Results => {
  const highest = new Map<string, number>();
  for (const { price, date_time: time } of eachBid(events)) {
    const start = String(Math.floor(time / WINDOW_MS) * WINDOW_MS);
    highest.set(start, Math.max(highest.get(start) ?? 0, price));
  }
  return new Map([...highest].map(([start, price]) => [start, String(price)]));
};

/** Person and auction, each pair once. */
const newSellers = (events: number): Results => {
  const cameAt = new Map<number, number>();
  const opened: { seller: number; id: number; time: number }[] = [];
  for (const { kind, value } of eachEvent(events)) {
    if (kind === 'person') cameAt.set(value.id, value.date_time);
    if (kind === 'auction') {
      opened.push({ seller: value.seller, id: value.id, time: value.date_time });
    }
  }
  const within = opened.filter(({ seller, time }) => {
    const came = cameAt.get(seller);
    return came !== undefined && Math.abs(came - time) <= WINDOW_MS;
  });
  return new Map(within.map(({ seller, id }) => [`${seller} ${id}`, '1']));
};

/** Bidder, first and last bid → number of bids. */
const sessions = (events: number): Results => {
  const timesOf = new Map<number, number[]>();
  for (const { bidder, date_time: time } of eachBid(events)) {
    const times = timesOf.get(bidder) ?? [];
    timesOf.set(bidder, times);
    times.push(time);
  }
  const results = new Map<string, string>();
  for (const [bidder, times] of timesOf) {
    times.sort((a, b) => a - b);
    let first = 0;
    for (let at = 0; at < times.length; at += 1) {
      const isLast = at + 1 === times.length || times[at + 1]! - times[at]! > WINDOW_MS;
      if (!isLast) continue;
      results.set(`${bidder} ${times[first]} ${times[at]}`, String(at + 1 - first));
      first = at + 1;
    }
  }
  return results;
};

const references: Readonly<Record<Query, (events: number) => Results>> = {
  q0: passed,
  q1: euros,
  q2: chosenAuctions,
  q5: hotItems,
  q7: highestBids,
  q8: newSellers,
  q11: sessions,
};

/** The results of a query over the first `events` events. */
export const expectedResults = (query: Query, events: number): Results => references[query](events);
