/** A declaration made ready: the place it names, and the row's way to a record. */
import type { Contract } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { Stream } from '../../stream.ts';
import { createHttpSource } from '../http/http-source.ts';
import type { LoadTally } from '../load-tally.ts';
import { compileMapping } from '../mapping/compile-mapping.ts';
import { compileFit } from '../mapping/fit-values.ts';
import { createObjectSource } from '../object-source.ts';
import { createFolder } from '../places/folder.ts';
import type { Place } from '../places/place.ts';
import { createS3Place } from '../places/s3.ts';
import type { PullSource, SourcePart } from '../pull-source.ts';
import { createQuerySource } from '../query/query-source.ts';
import { createRejectRow } from '../reject-row.ts';
import { createTakeRows, type TakeRows } from '../take-rows.ts';
import type { PlaceDeclaration, SourceDeclaration } from './source-declaration.ts';

export interface OpenSourceOptions {
  readonly declaration: SourceDeclaration;
  readonly contract: Contract;
  /** Of the project. */
  readonly directory: string;
  readonly clock: Clock;
}

export const openSource = (options: OpenSourceOptions): PullSource => {
  const { declaration, contract, directory, clock } = options;
  const { format, csv, encoding, everyMs, from } = declaration;
  if (from.kind === 'http') return createHttpSource({ declaration: from, everyMs, clock });
  if (from.kind === 'query') return createQuerySource({ declaration: from, everyMs, clock });
  return createObjectSource({
    place: openPlace(from, directory, clock),
    format: {
      names: namesOf(declaration, contract),
      ...(format === undefined ? {} : { format }),
      ...(csv === undefined ? {} : { csv: csv as NonNullable<unknown> }),
      ...(encoding === undefined ? {} : { encoding }),
    },
    everyMs,
    clock,
  });
};

type FilesOrS3 = Extract<PlaceDeclaration, { readonly kind: 'files' | 's3' }>;

const openPlace = (from: FilesOrS3, directory: string, clock: Clock): Place => {
  switch (from.kind) {
    case 'files':
      return createFolder({
        pattern: from.files,
        directory,
        settleMs: from.settle,
        clock,
      });
    case 's3':
      return createS3Place(from);
  }
};

const plainName = /^(?:([A-Za-z_]\w*)|`([^`]+)`)$/;

/** Columns that the mapping names, and the contract's fields. */
const namesOf = ({ map }: SourceDeclaration, contract: Contract): ReadonlySet<string> => {
  const names = new Set<string>(contract.record.fields.map((field) => field.name));
  for (const expression of typeof map === 'object' ? Object.values(map) : []) {
    const found = plainName.exec(expression.trim());
    const name = found?.[1] ?? found?.[2];
    if (name !== undefined) names.add(name);
  }
  return names;
};

/** The row's way to a record, part by part. */
export const takeRowsFor = (
  { declaration, clock }: OpenSourceOptions,
  source: PullSource,
  stream: Stream,
  tally: LoadTally,
): ((part: SourcePart) => TakeRows) => {
  const { map, times, dropsUnknown, name } = declaration;
  const { record } = stream.contract;
  const fitOptions = {
    dropsUnknown,
    ...(times === undefined ? {} : { times: times as NonNullable<unknown> }),
  };
  const fits = {
    text: compileFit(record, { ...fitOptions, isText: true }),
    typed: compileFit(record, { ...fitOptions, isText: false }),
  };
  const mapRow = map === undefined ? undefined : compileMapping(map);
  return (part) =>
    createTakeRows({
      source: name,
      part,
      stream,
      ...(mapRow === undefined ? {} : { map: mapRow }),
      fit: source.isText(part) ? fits.text : fits.typed,
      reject: createRejectRow(
        { source: name, part: part.name, version: part.version, topic: stream.topic },
        (row) => tally.refused(part.name, row),
      ),
      nowMs: clock.nowMs,
    });
};
