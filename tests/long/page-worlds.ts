/**
 * What a page takes for granted when it says what to type: names of the example in place of those that it makes up, files that
 * its reader has, records that went wrong. Shell and texts; who runs them is page-script.ts.
 */
export interface PageWorld {
  /** Texts of the page that stand for something else here. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Bash before the page's first block. */
  readonly before?: string;
  /** Bash before its last block: what the page says in words that its reader does there. */
  readonly beforeLast?: string;
}

const json = `-H 'content-type: application/json'`;
const departures = `"$MILLRACE_INGEST_URL/v1/events/flights/departed"`;
/** Does not fit: \`delay\` is no field of the contract. */
const rejected = `curl -s ${departures} ${json} -d '{"flight_id":"R-'$RANDOM'","departed_at":"2001-01-07T09:28:00Z","delay":4,
  "distance_miles":349,"origin":"ABQ","destination":"LAX","debug":1}'`;

const field = (name: string) =>
  `node -pe "JSON.parse(require('fs').readFileSync(0,'utf8'))${name}"`;

/** By the page's path; a page that is not here takes nothing for granted. */
export const pageWorlds: Readonly<Record<string, PageWorld>> = {
  'docs/howto/add-an-event.md': {
    replace: { 'localhost:8080': 'localhost:$CANCELLED_PORT' },
    beforeLast: `export CANCELLED_PORT=$(node -e "const s=require('net').createServer().listen(0,()=>{console.log(s.address().port);s.close()})")
MILLRACE_INGEST_PORT=$CANCELLED_PORT MILLRACE_INGEST_ADMIN_PORT=0 millrace ingest > ingest.log 2>&1 &
curl -s -o /dev/null --retry 100 --retry-connrefused --retry-delay 1 localhost:$CANCELLED_PORT/v1/streams`,
  },
  'docs/howto/dead-letters.md': {
    replace: {
      'events.shop.orders': 'events.flights.departed',
      'sink:0:1234': `"$(millrace dead list --json | ${field('.letters[0].id')})"`,
    },
    // The platform has one already: pages-run.test.ts writes bytes onto the topic that are no record.
    before: `until millrace dead list --topic events.flights.departed --json | grep '"id"' > /dev/null; do sleep 1; done`,
  },
  'docs/howto/know-that-data-arrives.md': {
    replace: { 'http://ingest:8080': '$MILLRACE_INGEST_URL' },
  },
  'docs/howto/load-data.md': {
    before: `mkdir -p data && cp node_modules/vega-datasets/data/flights-20k.json .
node -e "const {readFileSync:r,writeFileSync:w}=require('fs');w('data/flights.csv',['flight_id,departed_at,delay_minutes,distance_miles,origin,destination',...JSON.parse(r('flights-20k.json')).slice(0,2000).map((f,n)=>['csv-'+n,f.date.replaceAll('/','-').replace(' ','T')+':00Z',f.delay,f.distance,f.origin,f.destination].join(','))].join('\\n'))"`,
  },
  'docs/howto/operate-cdc.md': {
    replace: {
      'public.orders': 'public.airports',
      'public.events --blocking': 'public.airports',
      "created_at >= '2026-01-01'": "country = 'USA'",
    },
  },
  'docs/howto/rejected-events.md': {
    replace: {
      'shop.orders': 'flights.departed',
      '8a0c…': `$(millrace ingest rejected list --json | ${field('.events[0].rejectionId')})`,
      'https://door.example:8080': '$MILLRACE_INGEST_URL',
      'amt=amount': 'delay=delay_minutes',
      'currency=USD': 'distance_miles=350',
    },
    before: `${rejected}
until millrace ingest rejected list --json | grep rejectionId > /dev/null; do ${rejected}; sleep 1; done`,
  },
  'docs/howto/replay-and-repair.md': {
    replace: { '<id>': `$(millrace replay list --json | ${field('.at(-1).id')})` },
  },
  'docs/howto/secure-ingest.md': {
    replace: {
      'kafka.example:9092': '$MILLRACE_KAFKA_BROKERS',
      '7mdk2q9xwp': `$(millrace ingest keys list --json | ${field('.keys[0].id')})`,
    },
  },
};
