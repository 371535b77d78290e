/** Bids of each bidder without a pause of ten seconds. */
import { count, session, transform } from '@millrace/streams';

export default transform('q11', ({ from }) => {
  from('nexmark.bid', { topic: 'nexmark', others: 'skip', fields: ['bidder'] })
    .keyBy(({ bidder }) => bidder)
    .window(session({ gap: '10 s', grace: '10 min' }))
    .aggregate({ bids: count() }, { emit: 'update' })
    // A session that was merged into another one comes with null: its updates so far do no harm.
    .flatMap(({ key, window, value }) => {
      if (value === null) return [];
      const [start, end] = [window.startMs, window.endMs];
      return [{ bidder: Number(key), session_start: start, session_end: end, bids: value.bids }];
    })
    .to('nexmark.bidder_session');
});
