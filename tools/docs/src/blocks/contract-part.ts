/**
 * A part of a contract, as pages show them, made whole: laid over one of the example's contracts, over the record that its page
 * shows, or over a record of the fields that it names. What comes out is for the real parser; nothing is judged here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectFile } from '@millrace/contracts';
import { parse, stringify } from 'yaml';
import type { Page } from '../pages/page.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const contractKeys = ['apiVersion', 'status', 'schema', 'slaProperties', 'customProperties'];
const millraceKeys = ['source', 'key', 'identity', 'warehouse', 'ingest', 'rejected', 'topic'];
const warehouseKeys = ['role', 'dictionary', 'history', 'rollups'];
const ruleKeys = ['action', 'live', 'samples'];

const hasOneOf = (value: Fields, keys: readonly string[]) => keys.some((key) => key in value);

/** A part of a contract is told by its words; undefined for what is none. Where it stands in a contract, and what it is. */
export function contractPart(value: unknown): Fields | undefined {
  if (Array.isArray(value))
    return value.every((one) => isFields(one) && 'name' in one && 'quality' in one)
      ? { schema: [{ properties: value }] }
      : undefined;
  if (!isFields(value)) return undefined;
  const own = millraceValue(value);
  if (own !== undefined && hasOneOf(own, ruleKeys))
    return {
      schema: [{ quality: [{ id: 'rule', metric: 'rowCount', mustBeGreaterThan: 0, ...value }] }],
    };
  if (hasOneOf(value, contractKeys)) return value;
  if (hasOneOf(value, millraceKeys)) return ownPart(value);
  return hasOneOf(value, warehouseKeys) ? ownPart({ warehouse: value }) : undefined;
}

const ownPart = (value: Fields): Fields => ({
  customProperties: [{ property: 'millrace', value }],
});

/** Millrace's own section of a part, if it has one. */
function millraceValue(value: Fields): Fields | undefined {
  const own = (value['customProperties'] as readonly Fields[] | undefined)?.find(
    ({ property }) => property === 'millrace',
  );
  return isFields(own?.['value']) ? own['value'] : undefined;
}

/** The files of a project in which the part stands. @param root the repository's root */
export function wholeProject(part: Fields, page: Page, root: string): readonly ProjectFile[] {
  const { record, contract, others } = base(part, page, root);
  const id = `${record['namespace']}.${record['name']}`;
  const path = `schemas/${id.replace('.', '/')}`;
  const merged = merge(contract, part);
  return [
    ...others,
    { path: `${path}.avsc`, text: JSON.stringify(record) },
    { path: `${path}.odcs.yaml`, text: stringify(merged) },
  ];
}

interface Base {
  readonly record: Fields;
  readonly contract: Fields;
  readonly others: readonly ProjectFile[];
}

function base(part: Fields, page: Page, root: string): Base {
  const shown = page.blocks
    .filter(({ language }) => language === 'json')
    .map(({ code }) => JSON.parse(code) as Fields)
    .find((value) => value['type'] === 'record');
  const schema = (part['schema'] as readonly Fields[] | undefined)?.[0];
  if (shown !== undefined) return { ...plain(shown), others: [] };
  if (typeof schema?.['name'] === 'string')
    return { ...plain(recordOf(part['domain'], schema['name'], schema['properties'])), others: [] };
  const name = example(part);
  const read = (file: string) => readFileSync(join(root, 'schemas/flights', file), 'utf8');
  const contract = parse(read(`${name}.odcs.yaml`)) as Fields;
  const record = JSON.parse(read(`${name}.avsc`)) as Fields;
  return { record, contract, others: successor(part, record, contract) };
}

/** Which of the example's contracts a part without a name of its own is meant of. */
function example(part: Fields): string {
  const own = millraceValue(part) ?? {};
  const warehouse = isFields(own['warehouse']) ? own['warehouse'] : {};
  if ((own['source'] as Fields | undefined)?.['kind'] === 'derived') return 'delays_by_airport';
  const isDimension = warehouse['role'] === 'dimension';
  return isDimension || hasOneOf(warehouse, ['dictionary', 'history']) ? 'airports' : 'departed';
}

const recordOf = (domain: unknown, name: string, properties: unknown): Fields => ({
  type: 'record',
  namespace: domain ?? 'shop',
  name,
  fields: [...(properties as readonly Fields[]), { name: 'id' }].map((field) => ({
    name: field['name'],
    type: 'string',
  })),
});

/** The least contract of a record: an event, its first field the order. */
function plain(record: Fields): { readonly record: Fields; readonly contract: Fields } {
  const fields = record['fields'] as readonly Fields[];
  const own = {
    source: { kind: 'event' },
    warehouse: { role: 'fact', orderBy: [fields[0]!['name']] },
  };
  return {
    record,
    contract: {
      ...{ apiVersion: 'v3.1.0', kind: 'DataContract', version: '1.0.0', status: 'active' },
      ...{ description: { purpose: 'To try a part.' }, team: { name: 'pages' } },
      ...{ id: `${record['namespace']}.${record['name']}`, domain: record['namespace'] },
      schema: [{ name: record['name'], properties: fields.map(({ name }) => ({ name })) }],
      customProperties: [{ property: 'millrace', value: own }],
    },
  };
}

/** What `replacedBy` names is there, too. */
function successor(part: Fields, record: Fields, contract: Fields): readonly ProjectFile[] {
  const replacedBy = millraceValue(part)?.['replacedBy'];
  if (typeof replacedBy !== 'string') return [];
  const [domain, name = ''] = replacedBy.split('.');
  const schema = [{ ...(contract['schema'] as readonly Fields[])[0], name }];
  const path = `schemas/${domain}/${name}`;
  return [
    { path: `${path}.avsc`, text: JSON.stringify({ ...record, name }) },
    { path: `${path}.odcs.yaml`, text: stringify({ ...contract, id: replacedBy, schema }) },
  ];
}

/** Words of the part over those of the contract; lists by what their entries are called, other lists as a whole. */
function merge(under: unknown, over: unknown): unknown {
  if (isFields(under) && isFields(over)) {
    if (replaces(under, over)) return over;
    const keys = [...new Set([...Object.keys(under), ...Object.keys(over)])];
    return Object.fromEntries(
      keys.map((key) => [key, key in over ? merge(under[key], over[key]) : under[key]]),
    );
  }
  if (!Array.isArray(under) || !Array.isArray(over)) return over ?? under;
  if (over.length === 1 && isFields(over[0]) && nameOf(over[0]) === undefined)
    return [merge(under[0], over[0]), ...under.slice(1)];
  const others = over.filter(
    (one) =>
      !under.some(
        (other) => isFields(one) && nameOf(one) !== undefined && nameOf(one) === nameOf(other),
      ),
  );
  if (others.length === over.length && over.some((one) => nameOf(one) === undefined)) return over;
  return [
    ...under.map((one) => {
      const same = over.find(
        (other) => nameOf(other) !== undefined && nameOf(other) === nameOf(one),
      );
      return same === undefined ? one : merge(one, same);
    }),
    ...others,
  ];
}

/** A warehouse of another role, or a source of another kind, has none of the other's words. */
const replaces = (under: Fields, over: Fields) =>
  ['role', 'kind'].some((key) => key in over && over[key] !== under[key]);

const nameOf = (value: unknown): unknown =>
  isFields(value) ? (value['property'] ?? value['name'] ?? value['id']) : undefined;
