/** Bids with the price in euros. */
import { transform } from '@millrace/streams';

const EUROS = 0.908;

export default transform('q1', ({ from }) => {
  from('nexmark.bid', { topic: 'nexmark', others: 'skip' })
    .map(({ auction, bidder, price, channel, url, date_time, extra }) => ({
      auction,
      bidder,
      price: price * EUROS,
      channel,
      url,
      date_time,
      extra,
    }))
    .to('nexmark.bid_euro');
});
