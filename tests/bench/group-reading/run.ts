/**
 * node tests/bench/group-reading/run.ts [records]: what a rebalance costs partitions that stay with their member,
 * and how fast changelog partitions are restored. On the broker of MILLRACE_KAFKA_BROKERS, or one of its own.
 */
import { silentLogger } from '@millrace/pipeline';
import { startStack } from '@millrace/stack';
import { measureRebalanceGap } from './rebalance-gap.ts';
import { measureRestoreRate } from './restore-rate.ts';

const records = Number(process.argv[2] ?? 1_000_000);
const given = process.env['MILLRACE_KAFKA_BROKERS'];
const stack = given === undefined ? await startStack({ backend: 'embedded' }) : undefined;
const brokers = (given ?? stack!.endpoints.kafkaBrokers).split(',');
const connection = { brokers, clientId: 'bench', logger: silentLogger };

console.table(await measureRebalanceGap(connection));
console.table([await measureRestoreRate(connection, records)]);
await stack?.stop();
