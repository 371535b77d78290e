import { createPostgresDatabase } from '@millrace/testkit';
import { loadOrders } from './bench/cdc-against-debezium/orders.ts';
import { drain } from './bench/cdc-against-debezium/drain.ts';
import { millrace } from './bench/cdc-against-debezium/millrace.ts';
const endpoints={kafkaBrokers:process.env['MILLRACE_KAFKA_BROKERS']!,registryUrl:process.env['MILLRACE_REGISTRY_URL']!};
const db=await createPostgresDatabase('bench_snap',process.env['MILLRACE_POSTGRES_URL']!);
const rows=Number(process.argv[2]??500000);
try { await loadOrders(db,rows);
for (const extra of [{},{MILLRACE_CDC_SNAPSHOT_STREAMS:'1'},{}]) console.log(JSON.stringify(extra), await drain(millrace(extra),'snapshot',db,endpoints,rows));
} finally { await db.drop(); }
process.exit(0);
