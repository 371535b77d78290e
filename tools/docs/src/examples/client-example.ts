/** The example of typed events in packages/client/README.md, as it stands there. */
// doc: typed
import { createClient } from '@millrace/client';
import type { Events } from './events.ts';

const client = createClient<Events>({ url: 'https://events.example.com' });
// @ts-expect-error: no such field; flight_id and all others are missing
await client.send('flights.departed', { flight: 'WN-417' });
// end
