/** What every analyst may read, from the contracts: objects whose columns are all public or internal, and masked views. */
import {
  type Contract,
  hasWarehouse,
  mayRead,
  warehouseNames,
  warehouseObjects,
} from '@millrace/contracts';

/** Names of tables, views and dictionaries. What no contract names is not among them. */
export const readableTables = (contracts: readonly Contract[]): ReadonlySet<string> =>
  new Set(
    contracts.filter(hasWarehouse).flatMap((contract) => {
      const isOpen = contract.warehouse.columns.every(({ classification }) =>
        mayRead('internal', classification),
      );
      if (isOpen) return warehouseNames(contract);
      const { views } = warehouseObjects(contract);
      return views.filter(({ isMasked }) => isMasked === true).map(({ name }) => name);
    }),
  );
