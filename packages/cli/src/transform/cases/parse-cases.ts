import { MillraceError } from '@millrace/contracts';
import { type Duration, durationMs } from '@millrace/streams';
import { parse } from 'yaml';
import type { Case, Expected, Step } from './case.ts';

/**
 * Cases out of a YAML file beside a transform: a list of `{ name, given, expect }`. Throws
 * `transform.cases-invalid` that names the file and the case.
 */
export const parseCases = (text: string, path: string): readonly Case[] => {
  const document = parseYaml(text, path);
  if (!Array.isArray(document)) throw invalid(path, 'it is not a list of cases');
  return document.map((one, index) => caseOf(one, `${path}, case ${index + 1}`));
};

const invalid = (where: string, what: string) =>
  new MillraceError('transform.cases-invalid', `${where}: ${what}`);

const parseYaml = (text: string, path: string): unknown => {
  try {
    return parse(text, { merge: true });
  } catch (cause) {
    throw new MillraceError('transform.cases-invalid', `${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
};

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown, where: string, known?: readonly string[]): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(where, 'it is not a map of fields');
  const other = Object.keys(value).find((name) => known !== undefined && !known.includes(name));
  if (other !== undefined) throw invalid(where, `'${other}' is not one of ${known!.join(', ')}`);
  return value as Fields;
};

const caseOf = (value: unknown, where: string): Case => {
  const fields = fieldsOf(value, where, ['name', 'partitions', 'start', 'given', 'expect']);
  const { name, partitions = 1, start = 0, given, expect } = fields;
  if (typeof name !== 'string') throw invalid(where, 'it has no name');
  const named = `${where} (${name})`;
  if (!Number.isInteger(partitions) || (partitions as number) < 1)
    throw invalid(named, 'partitions is not a number of partitions');
  if (!Array.isArray(given)) throw invalid(named, 'given is not a list of steps');
  return {
    name,
    where: named,
    partitions: partitions as number,
    startMs: momentOf(start, named),
    given: given.map((step, index) => stepOf(step, `${named}, step ${index + 1}`)),
    expected: expectedOf(expect, named),
  };
};

const stepOf = (value: unknown, where: string): Step => {
  if (value === 'close' || value === 'restart') return { kind: value };
  const fields = fieldsOf(value, where);
  if ('clock' in fields) return { kind: 'clock', byMs: lengthOf(fields['clock'], where) };
  const { key, partition, time, ...records } = fields;
  const [contract, ...others] = Object.keys(records);
  if (contract === undefined || others.length > 0)
    throw invalid(where, 'it is not one record of one contract, clock, close or restart');
  return {
    kind: 'record',
    contract,
    value: records[contract],
    ...(key !== undefined && { key: String(key) }),
    ...(partition !== undefined && { partition: Number(partition) }),
    ...(time !== undefined && { timeMs: momentOf(time, where) }),
  };
};

const expectedOf = (value: unknown, where: string): Expected => {
  const { late = 0, rejected = 0, failed = 0, ...outputs } = fieldsOf(value ?? {}, where);
  for (const [contract, records] of Object.entries(outputs)) {
    if (!Array.isArray(records)) throw invalid(where, `of ${contract} it expects no list`);
    for (const record of records) if (record !== null) fieldsOf(record, `${where}, ${contract}`);
  }
  return {
    outputs: outputs as Expected['outputs'],
    late: Number(late),
    rejected: Number(rejected),
    failed: Number(failed),
  };
};

/** Milliseconds, or an ISO 8601 time. */
const momentOf = (value: unknown, where: string): number => {
  const ms = typeof value === 'string' ? Date.parse(value) : Number(value);
  if (Number.isFinite(ms)) return ms;
  throw invalid(where, `'${String(value)}' is no time`);
};

const lengthOf = (value: unknown, where: string): number => {
  try {
    return durationMs(value as Duration);
  } catch {
    throw invalid(where, `'${String(value)}' is no duration`);
  }
};
