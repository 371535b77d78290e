/** The highest bid of each ten seconds; of several the one on the lowest auction, by the lowest bidder. */
import { fold, transform, tumbling } from '@millrace/streams';

interface Bid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
}

const highest = fold<Bid, Bid | null>({
  init: () => null,
  add: (best, bid) => higher(best, bid),
  merge: (best, other) => (other === null ? best : higher(best, other)),
  exact: true,
});

const higher = (best: Bid | null, bid: Bid): Bid => {
  if (best === null) return bid;
  const order = best.price - bid.price || bid.auction - best.auction || bid.bidder - best.bidder;
  return order < 0 ? bid : best;
};

export default transform('q7', ({ from }) => {
  const fields = ['auction', 'bidder', 'price'] as const;
  from('nexmark.bid', { topic: 'nexmark', others: 'skip', fields })
    .keyBy(() => 'all')
    .window(tumbling('10 s', { grace: '10 min' }))
    .aggregate({ highest }, { emit: 'update' })
    .map(({ window, value }) => ({ window_start: window.startMs, ...(value.highest as Bid) }))
    .to('nexmark.highest_bid');
});
