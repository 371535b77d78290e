import { logicalTypeNames } from '../avro/logical-types.ts';
import { readAvroSchema } from '../avro/parse-schema.ts';
import { isObject } from '../avro/schema-fault.ts';
import type { AvroRecord } from '../avro-schema.ts';
import { nearestWord } from '../nearest-word.ts';
import {
  type DocumentPath,
  readSourceDocument,
  type SourceDocument,
} from '../odcs/source-document.ts';
import type { ContractPair } from './contract-files.ts';
import type { ContractProblem } from './contract-problem.ts';

/**
 * The Avro record of a contract. Stricter than Avro where a contract has to be: unknown attributes that
 * look like typos and logical types that would be ignored are refused, and the record's name is its file's.
 */
const reserved = ['name', 'namespace', 'type', 'doc', 'aliases', 'fields', 'default', 'order'];
const attributes = [...reserved, 'symbols', 'items', 'values', 'size', 'precision', 'scale'];
const words = [...attributes, 'logicalType'];

type Found = { path: DocumentPath; rule: string; message: string; remedy: string };

const attributeProblems = (document: unknown, path: DocumentPath): readonly Found[] => {
  if (Array.isArray(document)) {
    return document.flatMap((element, index) => attributeProblems(element, [...path, index]));
  }
  if (!isObject(document)) return [];
  return Object.entries(document).flatMap(([key, value]): readonly Found[] => {
    if (key === 'default') return [];
    const inside = attributeProblems(value, [...path, key]);
    if (key === 'logicalType' && !logicalTypeNames.some((name) => name === value)) {
      const near = nearestWord(String(value), logicalTypeNames);
      return [
        {
          path: [...path, key],
          rule: 'logical-type-unknown',
          message: `logicalType ${JSON.stringify(value)} would be ignored: the bare type is what readers would see.`,
          remedy:
            near === undefined
              ? `Use one of ${logicalTypeNames.join(', ')}, or remove it.`
              : `Did you mean ${near}?`,
        },
      ];
    }
    const near = words.includes(key) ? undefined : nearestWord(key, words);
    if (near === undefined) return inside;
    return [
      {
        path: [...path, key],
        rule: 'unknown-word',
        message: `${key} is not an Avro attribute and would be ignored.`,
        remedy: `Did you mean ${near}?`,
      },
      ...inside,
    ];
  });
};

const parseJson = (
  text: string,
  document: SourceDocument,
  syntax: readonly ContractProblem[],
): { value?: unknown; problems: readonly ContractProblem[] } => {
  try {
    return { value: JSON.parse(text) as unknown, problems: [] };
  } catch (error) {
    if (syntax.length > 0) return { problems: syntax.slice(0, 1) };
    const problem = {
      rule: 'syntax',
      message: `The file is not JSON: ${(error as Error).message}.`,
    };
    return { problems: [document.problemAt([], { ...problem, remedy: 'Correct the syntax.' })] };
  }
};

export interface RecordReading {
  readonly document: SourceDocument;
  /** Absent when the file is no valid record. */
  readonly record?: AvroRecord;
  readonly problems: readonly ContractProblem[];
}

export const readRecord = (pair: ContractPair): RecordReading => {
  const { document, problems: syntax } = readSourceDocument(pair.avsc.path, pair.avsc.text);
  const { value, problems } = parseJson(pair.avsc.text, document, syntax);
  if (problems.length > 0) return { document, problems };
  const reading = readAvroSchema(value);
  const odd = attributeProblems(value, []).map(({ path, ...found }) =>
    document.problemAt(path, found),
  );
  if (!reading.ok) {
    const { path, ...problem } = reading.problem;
    return { document, problems: [document.problemAt(path, problem), ...odd] };
  }
  const fullName = `${pair.domain}.${pair.name}`;
  const { node } = reading;
  if (node.kind !== 'record' || node.fullName !== fullName) {
    const found = node.kind === 'record' ? `the record ${node.fullName}` : `of type ${node.kind}`;
    const misnamed = document.problemAt([node.kind === 'record' ? 'name' : 'type'], {
      rule: 'record-name',
      message: `The schema is ${found}; the file's place says it is the record ${fullName}.`,
      remedy: `Write "type": "record", "namespace": "${pair.domain}", "name": "${pair.name}".`,
    });
    return { document, problems: [misnamed, ...odd] };
  }
  return odd.length > 0 ? { document, problems: odd } : { document, record: node, problems: [] };
};
