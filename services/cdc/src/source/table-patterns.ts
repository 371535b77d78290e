/** Which tables a capture is asked for. */
import type { Contract } from '@millrace/contracts';
import type { CdcConfig } from '../config.ts';

/**
 * Patterns for `selectTables`: MILLRACE_CDC_TABLES, else the tables that contracts of this source name; without the
 * excluded ones, and with the signal table.
 */
export const tablePatterns = (
  config: Pick<CdcConfig, 'signalTable' | 'source' | 'tables' | 'tablesExclude'>,
  contracts: readonly Contract[],
): readonly string[] => {
  const ofContracts = contracts.flatMap(({ source }) =>
    source.kind === 'change' && source.source === config.source
      ? [`${source.schema}.${source.table}`]
      : [],
  );
  return [
    ...(config.tables.length > 0 ? config.tables : ofContracts),
    ...config.tablesExclude.map((pattern) => `!${pattern}`),
    ...(config.signalTable === undefined ? [] : [config.signalTable]),
  ];
};
