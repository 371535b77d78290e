/** Bids with the price in euros. */
import { transform } from '@millrace/streams';

const EUROS = 0.908;

export default transform('q1', ({ from }) => {
  from('nexmark.bid', { topic: 'nexmark', others: 'skip' })
    .map((bid) => ({ ...bid, price: bid.price * EUROS }))
    .to('nexmark.bid_euro');
});
