/** The auction with the most bids of each ten seconds, every two; of several the one with the lowest id. */
import { count, fold, hopping, transform } from '@millrace/streams';

interface Item {
  readonly auction: number;
  readonly bids: number;
}

/** Counts of a window only grow, so the largest update is the largest count. */
const hottest = fold<Item, Item | null>({
  init: () => null,
  add: (best, item) => hotter(best, item),
  merge: (best, other) => (other === null ? best : hotter(best, other)),
  exact: true,
});

const hotter = (best: Item | null, item: Item): Item => {
  const isHotter =
    best === null ||
    item.bids > best.bids ||
    (item.bids === best.bids && item.auction < best.auction);
  return isHotter ? item : best;
};

export default transform('q5', ({ from }) => {
  from('nexmark.bid', { topic: 'nexmark', others: 'skip', fields: ['auction'] })
    .keyBy(({ auction }) => auction)
    .window(hopping({ size: '10 s', advance: '2 s', grace: '10 min' }))
    .aggregate({ bids: count() }, { emit: 'update' })
    .map(({ key, window, value }) => ({
      start: window.startMs,
      auction: Number(key),
      bids: value.bids,
    }))
    .keyBy(({ start }) => start)
    .aggregate({ hottest }, { emit: 'update' })
    .map(({ key, value }) => ({ window_start: Number(key), ...(value.hottest as Item) }))
    .to('nexmark.hot_item');
});
