/**
 * The table and the two workloads: 2,000,000 rows to snapshot, and 1,000,000 changes in transactions of 100
 * (70 inserts, 25 updates, 5 deletes) that are written once; every run streams them from its own copy of a
 * slot that was made before them.
 */
import { type PostgresDatabase, uniqueName } from '@millrace/testkit';

const CHANGES_PER_TRANSACTION = 100;
/** Updates and deletes touch rows of the first load, each once. */
const TOUCHED_PER_TRANSACTION = 30;
const BASE_SLOT = uniqueName('bench_base').replaceAll('-', '_');
/** Millrace's source in all runs over the copied slot. */
export const STREAM_SOURCE = uniqueName('bench').replaceAll('-', '_');

const createOrders = `create table orders (id bigint primary key, customer_id bigint not null,
  status text not null, amount numeric(12,2) not null, quantity int not null, note text,
  created_at timestamptz not null, updated_at timestamptz not null)`;

const fillOrders = (rows: number): string => `insert into orders
  select i, i * 7919 % 100003, (array['new','paid','packed','shipped','delivered'])[1 + i % 5],
    (i * 31 % 1000000)::numeric / 100, 1 + i % 9, 'order note ' || md5(i::text),
    timestamptz '2025-01-01' + i * interval '1 second', now()
  from generate_series(1::bigint, ${rows}) i`;

const changeProcedure = `create procedure change_orders(transactions bigint) language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', false);
  for t in 0 .. transactions - 1 loop
    insert into orders select 10000000000 + t * 70 + k, k * 7919 % 100003, 'new', (k * 31 % 1000000)::numeric / 100,
      1 + k % 9, 'order note ' || md5((t * 70 + k)::text), clock_timestamp(), clock_timestamp()
      from generate_series(0, 69) k;
    update orders set status = 'paid', amount = amount + 1.25, updated_at = clock_timestamp()
      where id in (select 1 + t + transactions * k from generate_series(0, 24) k);
    delete from orders where id in (select 1 + t + transactions * k from generate_series(25, 29) k);
    commit;
  end loop;
end $$`;

/** `rows` rows, vacuumed, so that no run pays for another's hint bits. */
export const loadOrders = async (database: PostgresDatabase, rows: number): Promise<void> => {
  await database.query(createOrders);
  await database.query(fillOrders(rows));
  await database.query('vacuum (freeze, analyze) orders');
  await database.query('checkpoint');
  // publications must stand before the log that is decoded through them
  await database.query('create publication bench_pub for table orders');
  const slot = `millrace_${STREAM_SOURCE}`;
  await database.query(
    `create publication ${slot} for table orders with (publish_via_partition_root = true)`,
  );
  await database.query(
    `create publication ${slot}_inserts with (publish = 'insert, truncate', publish_via_partition_root = true)`,
  );
};

/** Makes the slot that runs are copied from, then commits the changes behind it. */
export const changeOrders = async (
  database: PostgresDatabase,
  rows: number,
  changes: number,
): Promise<void> => {
  const transactions = changes / CHANGES_PER_TRANSACTION;
  if (rows < transactions * TOUCHED_PER_TRANSACTION) {
    throw new Error(`${changes} changes touch ${transactions * TOUCHED_PER_TRANSACTION} rows`);
  }
  await database.query(`select pg_create_logical_replication_slot('${BASE_SLOT}', 'pgoutput')`);
  await database.query(changeProcedure);
  await database.query(`call change_orders(${transactions})`);
  await database.query('checkpoint');
};

/** A slot of a run, with all changes before it; where it begins. */
export const copyBaseSlot = async (database: PostgresDatabase, name: string): Promise<string> => {
  const { rows } = await database.query(
    `select lsn::text from pg_copy_logical_replication_slot('${BASE_SLOT}', $1)`,
    [name],
  );
  return rows[0].lsn as string;
};

/** Waits until nobody reads the slot, then drops it. */
export const dropSlot = async (database: PostgresDatabase, name: string): Promise<void> => {
  for (;;) {
    const { rows } = await database.query(
      'select active from pg_replication_slots where slot_name = $1',
      [name],
    );
    if (rows.length === 0) return;
    if (rows[0].active === false) {
      await database.query('select pg_drop_replication_slot($1)', [name]);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
