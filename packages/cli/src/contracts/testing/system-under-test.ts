/** The servers under test as the command line connects to them, with a ClickHouse database of the test's own. */
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
} from '@millrace/testkit';
import { connectSystem, type PlatformSystem } from '../platform-system.ts';

export interface SystemUnderTest {
  readonly database: ClickHouseDatabase;
  readonly system: PlatformSystem;
  /** Ends the connections and drops the database. */
  close(): Promise<void>;
}

/** @param purpose stands in the database's name */
export const connectSystemUnderTest = async (purpose: string): Promise<SystemUnderTest> => {
  const { kafkaBrokers, registryUrl } = stackUnderTest();
  const database = await createClickHouseDatabase(purpose);
  const system = connectSystem({
    kafkaBrokers: kafkaBrokers.split(','),
    registryUrl,
    clickhouseUrl: database.url,
  });
  const close = async () => {
    await system.close();
    await database.drop();
  };
  return { database, system, close };
};
