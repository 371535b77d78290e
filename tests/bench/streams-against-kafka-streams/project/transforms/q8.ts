/** Persons with the auctions that they opened within ten seconds. */
import { transform } from '@millrace/streams';

export default transform('q8', ({ from }) => {
  const source = { topic: 'nexmark', others: 'skip' } as const;
  const auctions = from('nexmark.auction', { ...source, fields: ['id', 'seller'] }).keyBy(
    ({ seller }) => seller,
  );
  from('nexmark.person', { ...source, fields: ['id', 'name'] })
    .keyBy(({ id }) => id)
    .join(auctions, { within: '10 s', grace: '10 min' }, (person, auction) => ({
      person: person.id,
      name: person.name,
      auction: auction.id,
    }))
    .to('nexmark.new_seller');
});
