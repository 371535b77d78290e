/**
 * The events of Nexmark: persons, auctions and bids, 1 : 3 : 46 of every 50, each made from its number alone.
 * After the published generator (nexmark/nexmark, package com.github.nexmark.flink.generator, its defaults):
 * 10,000 events a second of event time, one of two bids on the hot auction, three of four by the hot bidder, three
 * of four auctions of the hot seller, 200, 500 and 100 bytes on average. Its quirk of adding the first id
 * to a bidder twice is left out.
 */
import { createRandomNumbers } from './random-numbers.ts';

export interface Person {
  readonly id: number;
  readonly name: string;
  readonly email_address: string;
  readonly credit_card: string;
  readonly city: string;
  readonly state: string;
  readonly date_time: number;
  readonly extra: string;
}

export interface Auction {
  readonly id: number;
  readonly item_name: string;
  readonly description: string;
  readonly initial_bid: number;
  readonly reserve: number;
  readonly date_time: number;
  readonly expires: number;
  readonly seller: number;
  readonly category: number;
  readonly extra: string;
}

export interface Bid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly date_time: number;
  readonly extra: string;
}

export type NexmarkEvent =
  | { readonly kind: 'person'; readonly value: Person }
  | { readonly kind: 'auction'; readonly value: Auction }
  | { readonly kind: 'bid'; readonly value: Bid };

/** Of the stream's first event, milliseconds since 1970. */
export const FIRST_EVENT_MS = 1_700_000_000_000;
export const EVENTS_PER_MS = 10;

const PERSONS = 1;
const AUCTIONS = 3;
const CYCLE = 50;
const FIRST_ID = 1_000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
const HOT_EVERY = 100;
const AUCTIONS_IN_FLIGHT = 100;
const ACTIVE_PERSONS = 1_000;
/** Ids that will only be given out later are used, too. */
const LEAD = 10;
const BYTES = { person: 200, auction: 500, bid: 100 };

const states = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'];
const cities =
  'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',');
const firstNames = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',');
const lastNames = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',');
const hotChannels = ['Google', 'Facebook', 'Baidu', 'Apple'];

const random = createRandomNumbers();
const oneOf = (list: readonly string[]): string => list[random.below(list.length)]!;

/** Letters, a space in thirteen; texts are cut out of it, since a letter at a time would be most of the work. */
const LETTERS = 65_536;
const letters = (() => {
  random.seed(-1);
  const one = () => (random.below(13) === 0 ? ' ' : String.fromCharCode(97 + random.below(26)));
  return Array.from({ length: LETTERS }, one).join('');
})();

const text = (length: number): string => {
  const from = random.below(LETTERS - length);
  return letters.slice(from, from + length);
};

/** Fills an event up to its average size, a fifth more or less of what is missing. */
const filling = (bytes: number, average: number): string => {
  const missing = Math.max(0, average - bytes);
  return text(Math.round(missing * (0.8 + 0.4 * random.unit())));
};

const price = (): number => Math.round(10 ** (random.unit() * 6) * 100);

/** How many persons, and auctions, there are up to and with an event. */
const personsUntil = (event: number): number => Math.floor(event / CYCLE) + 1;
const auctionsUntil = (event: number): number => {
  const inCycle = Math.min(Math.max((event % CYCLE) - PERSONS + 1, 0), AUCTIONS);
  return Math.floor(event / CYCLE) * AUCTIONS + inCycle;
};

/** The newest id that is a multiple of a hundred. */
const hotId = (count: number): number =>
  FIRST_ID + Math.floor(Math.max(0, count - 1) / HOT_EVERY) * HOT_EVERY;

/** One of the newest `recent` ids, or of those that come next. */
const recentId = (count: number, recent: number): number => {
  const among = Math.min(count, recent);
  return FIRST_ID + count - among + random.below(among + LEAD);
};

const personId = (event: number, hotOffset: number): number =>
  random.below(4) > 0
    ? hotId(personsUntil(event)) + hotOffset
    : recentId(personsUntil(event), ACTIVE_PERSONS);

const createPerson = (event: number, dateTime: number): Person => {
  const name = `${oneOf(firstNames)} ${oneOf(lastNames)}`;
  const emailAddress = `${text(7)}@${text(5)}.com`;
  const creditCard = [0, 0, 0, 0]
    .map(() => String(random.below(10_000)).padStart(4, '0'))
    .join(' ');
  const [city, state] = [oneOf(cities), oneOf(states)];
  const bytes = 8 + name.length + emailAddress.length + creditCard.length + city.length + 2 + 8;
  return {
    id: FIRST_ID + personsUntil(event) - 1,
    name,
    email_address: emailAddress,
    credit_card: creditCard,
    city,
    state,
    date_time: dateTime,
    extra: filling(bytes, BYTES.person),
  };
};

/** Milliseconds in which as many auctions begin as are in flight. */
const HORIZON_MS = Math.floor((AUCTIONS_IN_FLIGHT * CYCLE) / AUCTIONS / EVENTS_PER_MS);

const createAuction = (event: number, dateTime: number): Auction => {
  const [itemName, description] = [text(3 + random.below(18)), text(3 + random.below(98))];
  const initialBid = price();
  return {
    id: FIRST_ID + auctionsUntil(event) - 1,
    item_name: itemName,
    description,
    initial_bid: initialBid,
    reserve: initialBid + price(),
    date_time: dateTime,
    expires: dateTime + 1 + random.below(2 * HORIZON_MS),
    seller: personId(event, 0),
    category: FIRST_CATEGORY + random.below(CATEGORIES),
    extra: filling(8 * 7 + itemName.length + description.length, BYTES.auction),
  };
};

const createBid = (event: number, dateTime: number): Bid => {
  const count = auctionsUntil(event);
  const auction = random.below(2) === 0 ? hotId(count) : recentId(count, AUCTIONS_IN_FLIGHT);
  const bidder = personId(event, 1);
  const isHot = random.below(2) === 0;
  const path = [text(5), text(5)].map((part) => part.replaceAll(' ', '_')).join('/');
  const query = !isHot && random.below(10) > 0 ? `&channel_id=${random.below(2 ** 30)}` : '';
  return {
    auction,
    bidder,
    price: price(),
    channel: isHot ? oneOf(hotChannels) : `channel-${random.below(10_000)}`,
    url: `https://www.nexmark.com/${path}/item.htm?query=1${query}`,
    date_time: dateTime,
    extra: filling(8 * 4, BYTES.bid),
  };
};

/** The event of a number, from 0 on. */
export const nexmarkEvent = (event: number): NexmarkEvent => {
  random.seed(event);
  const dateTime = FIRST_EVENT_MS + Math.floor(event / EVENTS_PER_MS);
  const inCycle = event % CYCLE;
  if (inCycle < PERSONS) return { kind: 'person', value: createPerson(event, dateTime) };
  if (inCycle < PERSONS + AUCTIONS) {
    return { kind: 'auction', value: createAuction(event, dateTime) };
  }
  return { kind: 'bid', value: createBid(event, dateTime) };
};
