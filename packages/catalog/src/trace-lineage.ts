/**
 * Where the fields of a contract come from and go to, one hop each way. Field by field where that is known for certain: captured
 * columns, landed columns, transforms that only filter, rollups by their expressions, and what contracts say of themselves. The
 * inside of a function is not known: then the edge is from dataset to dataset.
 */
import { type Contract, hasWarehouse, warehouseObjects } from '@millrace/contracts';
import type { LineageEdge } from '@millrace/operations';
import type { CatalogInput, CatalogTransform } from './catalog-input.ts';
import { clickhouseDataset, namesIn, postgresDataset, resolveSource } from './contract-names.ts';

const edge = (
  from: readonly [string, string | null],
  to: readonly [string, string | null],
  by: string,
): LineageEdge => ({
  from: { dataset: from[0], field: from[1] },
  to: { dataset: to[0], field: to[1] },
  by,
});

const capturedEdges = ({ id, source, record }: Contract): readonly LineageEdge[] => {
  if (source.kind !== 'change') return [];
  const dataset = postgresDataset(source.source, source.schema, source.table);
  return record.fields.map(({ name }) => edge([dataset, name], [id, name], 'cdc'));
};

const landedEdges = (contract: Contract): readonly LineageEdge[] => {
  if (!hasWarehouse(contract)) return [];
  const { columns, rollups = [], view } = contract.warehouse;
  const names = columns.map(({ name }) => name);
  const landed = clickhouseDataset(view);
  const rolled = rollups.flatMap(({ name, by, measures }) =>
    [...by, ...measures].flatMap((one): readonly LineageEdge[] => {
      const used = namesIn(one.expression, names);
      const to = [clickhouseDataset(name), one.name] as const;
      return (used.length === 0 ? [null] : used).map((from) => edge([landed, from], to, 'rollup'));
    }),
  );
  const { views, dictionaries } = warehouseObjects(contract);
  const beside = views
    .filter(({ name }) => name !== view)
    .map(({ name }) => edge([landed, null], [clickhouseDataset(name), null], 'view'));
  const looked = dictionaries.map(({ name }) =>
    edge([landed, null], [clickhouseDataset(name), null], 'dictionary'),
  );
  return [
    ...names.map((name) => edge([contract.id, name], [landed, name], 'sink')),
    ...beside,
    ...rolled,
    ...looked,
  ];
};

const flowEdges = (
  { name, flows }: CatalogTransform,
  id: string,
  contracts: readonly Contract[],
): readonly LineageEdge[] =>
  flows
    .filter(({ from, to }) => from === id || to === id)
    .flatMap(({ from, to, isSame, fields }) => {
      const by = `transform ${name}`;
      const whole = edge([from, null], [to, null], by);
      if (!isSame) return [whole];
      const [source, target] = [from, to].map((one) => contracts.find((each) => each.id === one));
      const shared = (source?.record.fields ?? [])
        .map((field) => field.name)
        .filter((field) => fields?.includes(field) ?? true)
        .filter((field) => target?.record.fields.some((one) => one.name === field));
      return shared.length === 0 ? [whole] : shared.map((one) => edge([from, one], [to, one], by));
    });

/** What the fields of a contract say they are made of. */
const declaredEdges = (
  { id, about }: Contract,
  contracts: readonly Contract[],
): readonly LineageEdge[] =>
  Object.entries(about.fields).flatMap(([field, { sources }]) =>
    sources.map((text) => {
      const found = resolveSource(text, contracts);
      const from =
        found === undefined ? ([text, null] as const) : ([found.contract.id, found.field] as const);
      return edge(from, [id, field], 'contract');
    }),
  );

/** Most contracts name few others: looking names up for each pair would grow with the square of them. */
const mayName = ({ about }: Contract, id: string): boolean =>
  Object.values(about.fields).some(({ sources }) => sources.some((text) => text.startsWith(id)));

/** Edges that begin or end at the contract, and those from there to what stands in ClickHouse for it. */
export const traceLineage = (
  contract: Contract,
  { contracts, transforms }: CatalogInput,
): readonly LineageEdge[] => [
  ...capturedEdges(contract),
  ...declaredEdges(contract, contracts),
  ...contracts
    .filter((other) => other.id !== contract.id && mayName(other, contract.id))
    .flatMap((other) => declaredEdges(other, contracts))
    .filter(({ from }) => from.dataset === contract.id),
  ...transforms.flatMap((one) => flowEdges(one, contract.id, contracts)),
  ...landedEdges(contract),
];
