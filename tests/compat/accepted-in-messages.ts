/** Where logical messages differ from Debezium's, besides what differs in every record: used by `debezium-messages.test.ts`. */
import type { AcceptedDifference } from './accepted-differences.ts';

export const acceptedInMessages: readonly AcceptedDifference[] = [
  {
    kind: 'chosen',
    // of the statements there the second, fourth and fifth are outside a transaction
    where: /\.message #[134] m value\.source\.ts_(ms|us|ns)$/,
    field: '`source.ts_*` of a logical message outside a transaction',
    ours: 'when the service took it',
    theirs: 'when the transaction before it committed',
    reason: 'The log has no time for it; that of another transaction may be hours old.',
  },
];
