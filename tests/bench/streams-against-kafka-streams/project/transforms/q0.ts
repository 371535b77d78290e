/** Every event, decoded and encoded again. */
import { transform } from '@millrace/streams';

export default transform('q0', ({ from }) => {
  const source = { topic: 'nexmark', others: 'skip' } as const;
  from('nexmark.person', source).to('nexmark.passed_person');
  from('nexmark.auction', source).to('nexmark.passed_auction');
  from('nexmark.bid', source).to('nexmark.passed_bid');
});
