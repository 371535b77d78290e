// Made by `millrace contracts types --for transforms`; change the contracts, not this file.
import '@millrace/streams';

/** Somebody offers an item. */
export interface NexmarkAuction<Long = number> {
  /** The auction's id. */
  readonly id: Long;
  /** What is offered. */
  readonly item_name: string;
  /** More about it. */
  readonly description: string;
  /** Cents. */
  readonly initial_bid: Long;
  /** The least price that it is sold for, cents. */
  readonly reserve: Long;
  /** When it was opened. Milliseconds since 1970 UTC. */
  readonly date_time: Long;
  /** When it closes. Milliseconds since 1970 UTC. */
  readonly expires: Long;
  /** The person's id. */
  readonly seller: Long;
  /** One of five. */
  readonly category: Long;
  /** Fills the record up to its average size. */
  readonly extra: string;
}

/** The price of a bid on a chosen auction (q2). */
export interface NexmarkAuctionPrice<Long = number> {
  /** The auction's id. */
  readonly auction: Long;
  /** Cents. */
  readonly price: Long;
}

/** Somebody offers a price for an auction's item. */
export interface NexmarkBid<Long = number> {
  /** The auction's id. */
  readonly auction: Long;
  /** The person's id. */
  readonly bidder: Long;
  /** Cents. */
  readonly price: Long;
  /** Where the bid comes from. */
  readonly channel: string;
  /** The page that it was made on. */
  readonly url: string;
  /** When it was made. Milliseconds since 1970 UTC. */
  readonly date_time: Long;
  /** Fills the record up to its average size. */
  readonly extra: string;
}

/** A bid with its price in euros (q1). */
export interface NexmarkBidEuro<Long = number> {
  /** The auction's id. */
  readonly auction: Long;
  /** The person's id. */
  readonly bidder: Long;
  /** Cents of a euro. */
  readonly price: number;
  /** Where the bid comes from. */
  readonly channel: string;
  /** The page that it was made on. */
  readonly url: string;
  /** When it was made. Milliseconds since 1970 UTC. */
  readonly date_time: Long;
  /** Fills the record up to its average size. */
  readonly extra: string;
}

/** Bids of a bidder without a pause of ten seconds (q11). */
export interface NexmarkBidderSession<Long = number> {
  /** The person's id. */
  readonly bidder: Long;
  /** Time of the first bid. Milliseconds since 1970 UTC. */
  readonly session_start: Long;
  /** Time of the last bid. Milliseconds since 1970 UTC. */
  readonly session_end: Long;
  /** Their number. */
  readonly bids: Long;
}

/** The highest bid of ten seconds (q7). */
export interface NexmarkHighestBid<Long = number> {
  /** Beginning of the window, inclusive. Milliseconds since 1970 UTC. */
  readonly window_start: Long;
  /** The auction's id. */
  readonly auction: Long;
  /** The person's id. */
  readonly bidder: Long;
  /** Cents. */
  readonly price: Long;
}

/** The auction with the most bids within ten seconds (q5). */
export interface NexmarkHotItem<Long = number> {
  /** Beginning of the window, inclusive. Milliseconds since 1970 UTC. */
  readonly window_start: Long;
  /** The auction's id. */
  readonly auction: Long;
  /** Bids on it in the window. */
  readonly bids: Long;
}

/** A person who opened an auction within ten seconds of coming (q8). */
export interface NexmarkNewSeller<Long = number> {
  /** The person's id. */
  readonly person: Long;
  /** First and last name. */
  readonly name: string;
  /** The auction's id. */
  readonly auction: Long;
}

/** An auction as it came (q0). */
export interface NexmarkPassedAuction<Long = number> {
  /** The auction's id. */
  readonly id: Long;
  /** What is offered. */
  readonly item_name: string;
  /** More about it. */
  readonly description: string;
  /** Cents. */
  readonly initial_bid: Long;
  /** The least price that it is sold for, cents. */
  readonly reserve: Long;
  /** When it was opened. Milliseconds since 1970 UTC. */
  readonly date_time: Long;
  /** When it closes. Milliseconds since 1970 UTC. */
  readonly expires: Long;
  /** The person's id. */
  readonly seller: Long;
  /** One of five. */
  readonly category: Long;
  /** Fills the record up to its average size. */
  readonly extra: string;
}

/** A bid as it came (q0). */
export interface NexmarkPassedBid<Long = number> {
  /** The auction's id. */
  readonly auction: Long;
  /** The person's id. */
  readonly bidder: Long;
  /** Cents. */
  readonly price: Long;
  /** Where the bid comes from. */
  readonly channel: string;
  /** The page that it was made on. */
  readonly url: string;
  /** When it was made. Milliseconds since 1970 UTC. */
  readonly date_time: Long;
  /** Fills the record up to its average size. */
  readonly extra: string;
}

/** A person as it came (q0). */
export interface NexmarkPassedPerson<Long = number> {
  /** The person's id. */
  readonly id: Long;
  /** First and last name. */
  readonly name: string;
  /** Where to write to. */
  readonly email_address: string;
  /** Sixteen digits. */
  readonly credit_card: string;
  /** Where the person lives. */
  readonly city: string;
  /** Two letters. */
  readonly state: string;
  /** When the person came. Milliseconds since 1970 UTC. */
  readonly date_time: Long;
  /** Fills the record up to its average size. */
  readonly extra: string;
}

/** Somebody who bids and sells has come. */
export interface NexmarkPerson<Long = number> {
  /** The person's id. */
  readonly id: Long;
  /** First and last name. */
  readonly name: string;
  /** Where to write to. */
  readonly email_address: string;
  /** Sixteen digits. */
  readonly credit_card: string;
  /** Where the person lives. */
  readonly city: string;
  /** Two letters. */
  readonly state: string;
  /** When the person came. Milliseconds since 1970 UTC. */
  readonly date_time: Long;
  /** Fills the record up to its average size. */
  readonly extra: string;
}

declare module '@millrace/streams' {
  interface Contracts {
    'nexmark.auction': {
      source: 'event';
      key: never;
      read: NexmarkAuction<number>;
      exact: NexmarkAuction<bigint>;
      write: NexmarkAuction<number | bigint>;
    };
    'nexmark.auction_price': {
      source: 'derived';
      key: 'auction';
      read: NexmarkAuctionPrice<number>;
      exact: NexmarkAuctionPrice<bigint>;
      write: NexmarkAuctionPrice<number | bigint>;
    };
    'nexmark.bid': {
      source: 'event';
      key: never;
      read: NexmarkBid<number>;
      exact: NexmarkBid<bigint>;
      write: NexmarkBid<number | bigint>;
    };
    'nexmark.bid_euro': {
      source: 'derived';
      key: 'auction';
      read: NexmarkBidEuro<number>;
      exact: NexmarkBidEuro<bigint>;
      write: NexmarkBidEuro<number | bigint>;
    };
    'nexmark.bidder_session': {
      source: 'derived';
      key: 'bidder' | 'session_start';
      read: NexmarkBidderSession<number>;
      exact: NexmarkBidderSession<bigint>;
      write: NexmarkBidderSession<number | bigint>;
    };
    'nexmark.highest_bid': {
      source: 'derived';
      key: 'window_start';
      read: NexmarkHighestBid<number>;
      exact: NexmarkHighestBid<bigint>;
      write: NexmarkHighestBid<number | bigint>;
    };
    'nexmark.hot_item': {
      source: 'derived';
      key: 'window_start';
      read: NexmarkHotItem<number>;
      exact: NexmarkHotItem<bigint>;
      write: NexmarkHotItem<number | bigint>;
    };
    'nexmark.new_seller': {
      source: 'derived';
      key: 'person' | 'auction';
      read: NexmarkNewSeller<number>;
      exact: NexmarkNewSeller<bigint>;
      write: NexmarkNewSeller<number | bigint>;
    };
    'nexmark.passed_auction': {
      source: 'derived';
      key: 'id';
      read: NexmarkPassedAuction<number>;
      exact: NexmarkPassedAuction<bigint>;
      write: NexmarkPassedAuction<number | bigint>;
    };
    'nexmark.passed_bid': {
      source: 'derived';
      key: 'auction';
      read: NexmarkPassedBid<number>;
      exact: NexmarkPassedBid<bigint>;
      write: NexmarkPassedBid<number | bigint>;
    };
    'nexmark.passed_person': {
      source: 'derived';
      key: 'id';
      read: NexmarkPassedPerson<number>;
      exact: NexmarkPassedPerson<bigint>;
      write: NexmarkPassedPerson<number | bigint>;
    };
    'nexmark.person': {
      source: 'event';
      key: never;
      read: NexmarkPerson<number>;
      exact: NexmarkPerson<bigint>;
      write: NexmarkPerson<number | bigint>;
    };
  }
}
