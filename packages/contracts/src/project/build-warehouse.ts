import type { AvroField } from '../avro-schema.ts';
import type { Identity, Warehouse, WarehouseColumn } from '../contract.ts';
import { MillraceError } from '../millrace-error.ts';
import { suggestWord } from '../nearest-word.ts';
import type { MillracePropertySection, MillraceSection } from '../odcs/millrace-section.ts';
import { millraceProperty, type OdcsProperty } from '../odcs/odcs-document.ts';
import { checkColumn } from '../warehouse/check-column.ts';
import { isNullableType, parseClickHouseType } from '../warehouse/clickhouse-type.ts';
import { defaultCodec } from '../warehouse/column-codec.ts';
import { columnType } from '../warehouse/column-type.ts';
import { columnDefault } from '../warehouse/default-expression.ts';
import { buildReaders, columnAccess } from './build-access.ts';
import { buildDimension } from './build-dimension.ts';
import { buildRollups } from './build-rollups.ts';
import { buildStorage } from './build-storage.ts';
import type { ContractParts } from './contract-parts.ts';
import { expressionNames, unstableFunctions } from './sql-columns.ts';

/**
 * The warehouse side of a contract: columns derived from the record (with the overrides of the ODCS
 * properties), order, partition and TTL, each checked for what would lose or mis-place data.
 */
type Section = NonNullable<MillraceSection['warehouse']>;

const propertySection = (property: OdcsProperty | undefined): MillracePropertySection =>
  (property?.customProperties?.find((custom) => custom.property === millraceProperty)?.value ??
    {}) as MillracePropertySection;

const lowCardinality = (
  parts: ContractParts,
  name: string,
  derived: string,
): string | undefined => {
  if (derived.startsWith('LowCardinality(')) return derived;
  if (derived === 'String' || derived === 'Nullable(String)') return `LowCardinality(${derived})`;
  parts.report(parts.properties.get(name)?.path ?? [], {
    rule: 'low-cardinality-type',
    message: `${name} is ${derived}: a dictionary of its values pays for text only.`,
    remedy: 'Remove cardinality.',
  });
  return undefined;
};

/** The type the contract gives, or the derived one; `undefined` after a problem was reported. */
const settleType = (parts: ContractParts, field: AvroField): string | undefined => {
  const property = parts.properties.get(field.name);
  const place = property?.path ?? [];
  const wanted = property?.value.physicalType;
  if (wanted !== undefined) {
    const unsafe = checkColumn(field.type, wanted);
    if (unsafe === undefined) return wanted;
    parts.report([...place, 'physicalType'], unsafe);
    return undefined;
  }
  try {
    const derived = columnType(field.type);
    return propertySection(property?.value).cardinality === 'low'
      ? lowCardinality(parts, field.name, derived)
      : derived;
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const [, message = error.message, rule = 'column-unsafe', remedy = ''] =
      /^(.*) \[([a-z-]+)\] (.*)$/s.exec(error.message) ?? [];
    parts.report(place, { rule, message: `${field.name}: ${message}.`, remedy });
    return undefined;
  }
};

const buildColumn = (
  parts: ContractParts,
  field: AvroField,
  orderBy: readonly string[],
): WarehouseColumn | undefined => {
  const type = settleType(parts, field);
  if (type === undefined) return undefined;
  const property = parts.properties.get(field.name);
  const codec =
    propertySection(property?.value).codec ?? defaultCodec(type, orderBy.includes(field.name));
  const comment = field.doc ?? property?.value.description;
  const fallback = columnDefault(field, type);
  if (fallback.kind === 'inexpressible') {
    parts.report(property?.path ?? [], {
      rule: 'default-inexpressible',
      message: `The default of ${field.name} cannot be a column's default: rows from before the field would show another value.`,
      remedy: 'Use an empty default or null.',
    });
  }
  return {
    name: field.name,
    type,
    ...(fallback.kind === 'expression' ? { defaultExpression: fallback.expression } : {}),
    codec,
    ...(comment === undefined ? {} : { comment }),
    ...columnAccess(parts, field.name, property, propertySection(property?.value).mask),
  };
};

const checkOrder = (
  parts: ContractParts,
  orderBy: readonly string[],
  columns: readonly WarehouseColumn[],
) => {
  for (const [index, name] of orderBy.entries()) {
    const path = [...parts.sectionPath, 'warehouse', 'orderBy', index];
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined) {
      if (!parts.record.fields.some((field) => field.name === name))
        parts.reportUnknown(path, name);
      continue;
    }
    const type = parseClickHouseType(column.type);
    if (type === undefined || !isNullableType(type)) continue;
    parts.report(path, {
      rule: 'order-by-nullable',
      message: `${name} may be null, and a sorting key may not.`,
      remedy: 'Order by columns that are never null, or take null out of the field.',
    });
  }
};

const checkExpression = (
  parts: ContractParts,
  word: 'partitionBy' | 'ttl' | 'shardBy',
  expression: string | undefined,
  allowed: readonly string[],
) => {
  if (expression === undefined) return;
  const path = [...parts.sectionPath, 'warehouse', word];
  for (const name of unstableFunctions(expression)) {
    parts.report(path, {
      rule: 'expression-unstable',
      message: `${name}() gives another value when an insert is repeated, so a repeated insert would land twice.`,
      remedy: 'Use the columns of the event alone.',
    });
  }
  for (const name of expressionNames(expression).columns) {
    if (allowed.includes(name)) continue;
    parts.report(path, {
      rule: 'unknown-column',
      message: `${name} is not a column that ${word} may use.`,
      remedy: suggestWord(name, allowed),
    });
  }
};

const orderOf = (parts: ContractParts, section: Section): readonly string[] => {
  const path = [...parts.sectionPath, 'warehouse'];
  if (section.role === 'fact') {
    if (section.orderBy === undefined) {
      parts.report(path, {
        rule: 'missing',
        message: 'A fact needs orderBy: the columns that queries filter by, coarse ones first.',
        remedy: 'Add orderBy, e.g. [origin, departed_at].',
      });
    }
    return section.orderBy ?? [];
  }
  const { key } = parts;
  if (section.orderBy !== undefined && section.orderBy.join() !== key.join()) {
    parts.report([...path, 'orderBy'], {
      rule: 'dimension-order',
      message: `${section.role === 'dimension' ? 'A dimension' : 'An aggregate'} is ordered by its key (${key.join(', ')}) and nothing else: rows replace each other only within equal orderBy.`,
      remedy: 'Remove orderBy.',
    });
  }
  return key;
};

const versionTypes = /^(?:U?Int(?:8|16|32|64|128|256)|Date|Date32|DateTime|DateTime64)\b/;

const buildAggregate = (
  parts: ContractParts,
  { role, versionBy }: Section,
  columns: readonly WarehouseColumn[],
): Pick<Warehouse, 'versionBy'> => {
  if (versionBy === undefined) return {};
  const path = [...parts.sectionPath, 'warehouse', 'versionBy'];
  const column = columns.find(({ name }) => name === versionBy);
  if (column === undefined) parts.reportUnknown(path, versionBy);
  if (role !== 'aggregate' || (column !== undefined && !versionTypes.test(column.type))) {
    parts.report(path, {
      rule: 'version-unfit',
      message: `${versionBy} cannot say which result of a key is the last.`,
      remedy: 'Name a number or time, never null, of an aggregate; or remove versionBy.',
    });
  }
  return { versionBy };
};

/** The identity in columns: a view cannot tell events apart by an id that only the record's header has. */
const buildOnce = (
  parts: ContractParts,
  { dedup, role }: Section,
  identity: Identity | undefined,
): Pick<Warehouse, 'onceBy'> => {
  if (dedup === undefined) return {};
  if (role === 'fact' && identity !== undefined)
    return {
      onceBy: identity === 'content' ? parts.record.fields.map(({ name }) => name) : identity,
    };
  parts.report([...parts.sectionPath, 'warehouse', 'dedup'], {
    rule: 'dedup-without-identity',
    message: 'Only a fact whose contract names its identity can be shown once by it.',
    remedy: 'Add identity, or remove dedup.',
  });
  return {};
};

/** The warehouse, or `undefined` after problems were reported. */
export const buildWarehouse = (
  parts: ContractParts,
  section: Section,
  identity?: Identity,
): Warehouse | undefined => {
  const before = parts.problemCount();
  const orderBy = orderOf(parts, section);
  const columns = parts.record.fields
    .map((field) => buildColumn(parts, field, orderBy))
    .filter((column) => column !== undefined);
  for (const field of parts.record.fields) {
    if (!field.name.startsWith('_')) continue;
    parts.report(parts.properties.get(field.name)?.path ?? [], {
      rule: 'column-reserved',
      message: `${field.name} begins with _, as the platform's own columns do.`,
      remedy: 'Rename the field; an alias keeps old records readable.',
    });
  }
  checkOrder(parts, orderBy, columns);
  const names = parts.record.fields.map((field) => field.name);
  const immutable = section.role !== 'fact' ? [...parts.key] : [...names, '_produced_at'];
  checkExpression(parts, 'partitionBy', section.partitionBy, immutable);
  // A row of another shard would not meet the version it replaces, nor drop a repeated insert.
  checkExpression(parts, 'shardBy', section.shardBy, immutable);
  checkExpression(parts, 'ttl', section.ttl, [
    ...names,
    '_produced_at',
    '_ingested_at',
    '_committed_at',
  ]);
  const storage = buildStorage(parts, section, columns, orderBy);
  const readers = buildReaders(parts, section.access?.readers ?? [], columns);
  const extras = {
    ...buildDimension(parts, section),
    ...buildAggregate(parts, section, columns),
    ...buildRollups(parts, section, columns),
    ...buildOnce(parts, section, identity),
  };
  if (parts.problemCount() > before) return undefined;
  const view = section.name ?? `${parts.domain}_${parts.name}`;
  return {
    role: section.role,
    view,
    table: `${view}_raw`,
    columns,
    orderBy,
    ...storage,
    ...(readers.length === 0 ? {} : { readers }),
    ...extras,
  };
};
