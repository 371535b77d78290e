/** Bids on every 123rd auction. */
import { transform } from '@millrace/streams';

export default transform('q2', ({ from }) => {
  from('nexmark.bid', { topic: 'nexmark', others: 'skip', fields: ['auction', 'price'] })
    .filter(({ auction }) => auction % 123 === 0)
    .to('nexmark.auction_price');
});
