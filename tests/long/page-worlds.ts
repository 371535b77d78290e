/**
 * What a page takes for granted when it says what to type: names of the example in place of those that it makes up, files that
 * its reader has, records that went wrong. Shell and texts; who runs them is page-script.ts.
 */
export interface PageWorld {
  /** Texts of the page that stand for something else here. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Bash before the page's first block. */
  readonly before?: string;
  /** By a text of a block, bash before that block: what the page says in words that its reader does there. */
  readonly beforeBlock?: Readonly<Record<string, string>>;
  /** By the beginning of a command that runs until it is stopped, bash that succeeds once it works; $log is what it has said. */
  readonly works?: Readonly<Record<string, string>>;
  /** Bash after the last block: what settings that a page shows are for. */
  readonly after?: string;
}

const json = `-H 'content-type: application/json'`;
const departures = `"$MILLRACE_INGEST_URL/v1/events/flights/departed"`;
const departure = (id: string, at: string, origin: string) =>
  `curl -sS --fail-with-body ${departures} ${json} -d '{"flight_id":"${id}","departed_at":"${at}",
  "delay_minutes":4,"distance_miles":349,"origin":"${origin}","destination":"LAX"}'`;

/** Does not fit: \`delay\` is no field of the contract. */
const rejected = `curl -s ${departures} ${json} -d '{"flight_id":"R-'$RANDOM'","departed_at":"2001-01-07T09:28:00Z","delay":4,
  "distance_miles":349,"origin":"ABQ","destination":"LAX","debug":1}'`;

/** Lacks its distance. */
const withoutDistance = `curl -s ${departures} ${json} -d '{"flight_id":"D-'$RANDOM'","departed_at":"2001-01-07T09:28:00Z",
  "delay_minutes":4,"origin":"ABQ","destination":"LAX"}'`;

const field = (name: string) =>
  `node -pe "JSON.parse(require('fs').readFileSync(0,'utf8'))${name}"`;

/** A door of the page's own project, which takes it up after the contracts were applied. */
const doorOfItsOwn = `millrace ingest > ingest.log 2>&1 &
until curl -sf localhost:$MILLRACE_INGEST_ADMIN_PORT/readyz > /dev/null; do sleep 0.2; done`;

const letterOfSink = `millrace dead list --topic events.flights.departed --json | ${field(`.letters.find(({ service }) => service === 'sink')?.id`)}`;

const doorWorks = {
  'npx millrace ingest': 'curl -sf localhost:$MILLRACE_INGEST_ADMIN_PORT/readyz',
};
const qualityWorks = {
  'npx millrace quality': 'curl -sf localhost:$MILLRACE_QUALITY_ADMIN_PORT/readyz',
};

/** Flights as a file of JSON and one of CSV. */
const files = `mkdir -p data && cp node_modules/vega-datasets/data/flights-20k.json .
node -e "const {readFileSync:r,writeFileSync:w}=require('fs');w('data/flights.csv',['flight_id,departed_at,delay_minutes,distance_miles,origin,destination',...JSON.parse(r('flights-20k.json')).slice(0,2000).map((f,n)=>['csv-'+n,f.date.replaceAll('/','-').replace(' ','T')+':00Z',f.delay,f.distance,f.origin,f.destination].join(','))].join('\\n'))"`;

/** A certificate for localhost, and itself as who signs those of clients. */
const certificate = `mkdir -p tls && openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \\
  -keyout tls/tls.key -out tls/tls.crt 2> /dev/null && cp tls/tls.crt tls/clients.crt`;

/** By the page's path; a page that is not here takes nothing for granted. */
export const pageWorlds: Readonly<Record<string, PageWorld>> = {
  'README.md': {
    before: files,
    works: {
      'npx millrace stack up': 'grep -q "^Ready in" "$log" && millrace stack status',
      ...doorWorks,
      'npx millrace top': 'grep -q flights.departed "$log"',
    },
  },
  'CONTRIBUTING.md': {
    replace: {
      // Of the tests against a stack a part, from where they are.
      'npx vitest run --project stack packages/kafka': `(cd "$REPOSITORY" && npx vitest run --project stack packages/avro)`,
    },
  },
  'docs/getting-started.md': {
    replace: {
      // That the lockfile has all that the packages ask for; the files themselves are there already.
      'npm install ':
        'npm install --dry-run --offline --ignore-scripts && ln -s "$REPOSITORY/node_modules" node_modules ',
    },
    // The repository of this test in place of the one that everybody clones: what is committed there.
    before: `export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=url.$REPOSITORY.insteadOf GIT_CONFIG_VALUE_0=https://github.com/millrace/millrace`,
  },
  'docs/howto/catalog.md': { before: 'git update-ref refs/remotes/origin/main HEAD' },
  'docs/howto/check-quality.md': { works: qualityWorks },
  'docs/howto/add-an-event.md': {
    replace: { 'localhost:8080': 'localhost:$MILLRACE_INGEST_PORT' },
    beforeBlock: { 'curl ': doorOfItsOwn },
  },
  'docs/howto/dead-letters.md': {
    replace: {
      'events.shop.orders': 'events.flights.departed',
      'sink.schema-unfit': 'sink.record-unframed',
      'sink:0:1234': `"$(${letterOfSink})"`,
    },
    // The platform has one already: pages-run.test.ts writes bytes onto the topic that are no record.
    before: `until [ "$(${letterOfSink})" != undefined ]; do sleep 1; done`,
  },
  'docs/howto/give-analysts-access.md': {
    replace: {
      '/etc/clickhouse-server/users.d/': '',
      'https://admin:…@clickhouse.example:8443/analytics': '$MILLRACE_CLICKHOUSE_URL',
      [`curl -u anna:"$PASSWORD" 'https://clickhouse.example:8443/?database=analytics'`]:
        'curl -sS --fail-with-body -u anna:secret "$OTHER_CLICKHOUSE/?database=millrace"',
    },
    before: `mkdir -p warehouse && printf 'users:\\n  - { name: anna, roles: [analyst], sha256: %s }\\n' "$(printf %s secret | sha256sum | cut -d' ' -f1)" > warehouse/access.yaml`,
    beforeBlock: {
      'curl -u anna': `eval "$(npx millrace stack status --json | node -e "const e=JSON.parse(require('fs').readFileSync(0,'utf8'));console.log('export MILLRACE_KAFKA_BROKERS='+e.kafkaBrokers+' MILLRACE_REGISTRY_URL='+e.registryUrl+' MILLRACE_CLICKHOUSE_URL='+e.clickhouseUrl)")"
OTHER_CLICKHOUSE=$(node -pe 'new URL(process.env.MILLRACE_CLICKHOUSE_URL).origin')
millrace contracts apply > /dev/null`,
    },
    after: 'npx millrace stack down',
  },
  'docs/howto/know-that-data-arrives.md': {
    replace: { 'http://ingest:8080': '$MILLRACE_INGEST_URL' },
    works: qualityWorks,
  },
  'docs/howto/load-data.md': {
    before: files,
  },
  'docs/howto/operate-cdc.md': {
    replace: {
      'public.orders': 'public.airports',
      'public.events --blocking': 'public.airports',
      "created_at >= '2026-01-01'": "country = 'USA'",
      'postgres://capture@db.example/app': '$MILLRACE_POSTGRES_URL',
      'kafka.example:9092': '$MILLRACE_KAFKA_BROKERS',
      'psql -d app -f': `psql --quiet --set ON_ERROR_STOP=1 "\${MILLRACE_POSTGRES_URL%/*}/app" -f`,
      'psql -d app': 'psql --quiet --set ON_ERROR_STOP=1 "$MILLRACE_POSTGRES_URL"',
      '<pid>': '$CDC_PID',
    },
    before: `psql --quiet "$MILLRACE_POSTGRES_URL" -c 'create table customers (id int primary key)' -c 'create role capture' -c 'create database app'
psql --quiet "\${MILLRACE_POSTGRES_URL%/*}/app" -c 'create table airports (iata text primary key)' -c 'create table customers (id int primary key)'`,
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
    // After the contract was extended: a distance may be left out from now on.
    beforeBlock: {
      '--rate 200': `${withoutDistance}
sed -i 's/"name": "distance_miles",/"name": "distance_miles", "default": 0,/' schemas/flights/departed.avsc
millrace contracts apply
${doorOfItsOwn}
export MILLRACE_INGEST_URL=http://localhost:$MILLRACE_INGEST_PORT`,
    },
  },
  'docs/howto/replay-and-repair.md': {
    replace: { '<id>': `$(millrace replay list --json | ${field('.at(-1).id')})` },
    beforeBlock: {
      'replay resume': `millrace replay flights.departed --mode side-table > /dev/null 2>&1 & killed=$!
until millrace replay list --json | grep '"id"' > /dev/null; do sleep 0.1; done
kill -KILL $killed 2> /dev/null || true`,
    },
  },
  'docs/howto/secure-ingest.md': {
    replace: {
      'kafka.example:9092': '$MILLRACE_KAFKA_BROKERS',
      '7mdk2q9xwp': `$(millrace ingest keys list --json | ${field('.keys[0].id')})`,
      '/etc/tls/': '$PWD/tls/',
    },
    before: certificate,
    after: `export \${!MILLRACE_INGEST_*}
until_stopped 'npx millrace ingest' 'curl -sSf --cacert tls/tls.crt https://localhost:$MILLRACE_INGEST_PORT/v1/streams'`,
  },
  'docs/howto/secure-quality.md': {
    replace: {
      'http://console:password@clickhouse:8123/millrace': '$MILLRACE_CLICKHOUSE_URL',
      '/run/secrets/session-keys': '$PWD/session-keys',
    },
    after: `export \${!MILLRACE_QUALITY_*}
until_stopped 'npx millrace quality' '${qualityWorks['npx millrace quality']}'`,
  },
  'docs/howto/secure-the-platform.md': {
    // A database of its own, of which no capture has made the publications yet.
    before: `psql --quiet "$MILLRACE_POSTGRES_URL" -c 'create database secured'
MILLRACE_POSTGRES_URL=\${MILLRACE_POSTGRES_URL%/*}/secured
psql --quiet "$MILLRACE_POSTGRES_URL" -c 'create table airports (iata text primary key)'`,
    beforeBlock: {
      'access postgres --check': `psql --quiet --set ON_ERROR_STOP=1 "$MILLRACE_POSTGRES_URL" -f roles.sql`,
    },
  },
  'docs/howto/watch-lag.md': {
    works: { ...qualityWorks, 'npx millrace lag --watch': 'grep -q millrace.sink "$log"' },
  },
  'docs/howto/when-kafka-is-away.md': {
    replace: { '/var/lib/millrace/spool': '$PWD/spool' },
    after: `until_stopped 'npx millrace ingest' '${doorWorks['npx millrace ingest']} && ls spool'`,
  },
  'docs/operations/releasing.md': {
    beforeBlock: {
      'pkeyutl -verify': `echo 'what is released' > notes.txt && sha256sum notes.txt > SHA256SUMS
openssl pkeyutl -sign -inkey release.key -rawin -in SHA256SUMS -out SHA256SUMS.sig`,
    },
  },
  'docs/streams/changing-transforms.md': {
    // The service is stopped, as `reset` asks; what comes now waits.
    before: departure('W-1', '2001-01-07T09:28:00Z', 'ABQ'),
  },
  'docs/streams/state-queries.md': {
    replace: {
      "curl 'localhost:8082": `curl -sS --fail-with-body --retry 60 --retry-all-errors --retry-delay 1 "$STATE_URL"'`,
    },
    before: departure('S-1', '2001-09-09T01:50:00Z', 'ORD'),
  },
};
