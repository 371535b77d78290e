/** A declaration made ready: the place it names, and the row's way to a record. */
import type { Contract } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { RejectedLog } from '../../quarantine/rejected-log.ts';
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
import { createTakeRows, rowAttributes, type TakeRows } from '../take-rows.ts';
import type { PlaceDeclaration, SourceDeclaration } from './source-declaration.ts';

export interface OpenSourceOptions {
  readonly declaration: SourceDeclaration;
  readonly contract: Contract;
  /** Of the project. */
  readonly directory: string;
  /** A file's name as a person gave it. Absent: as the position names it. */
  readonly titleOf?: (name: string) => string;
  readonly clock: Clock;
}

export const openSource = (options: OpenSourceOptions): PullSource => {
  const { declaration, contract, clock } = options;
  const { format, csv, encoding, everyMs, from } = declaration;
  if (from.kind === 'http') return createHttpSource({ declaration: from, everyMs, clock });
  if (from.kind === 'query') return createQuerySource({ declaration: from, everyMs, clock });
  return createObjectSource({
    place: openPlace(from, options),
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

const openPlace = (from: FilesOrS3, { directory, titleOf, clock }: OpenSourceOptions): Place => {
  switch (from.kind) {
    case 'files':
      return createFolder({
        pattern: from.files,
        directory,
        settleMs: from.settle,
        ...(titleOf === undefined ? {} : { titleOf }),
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

/** The row's way to a record, part by part. @param log where rejected rows are kept; absent: nowhere */
export const takeRowsFor = (
  { declaration, titleOf, clock }: OpenSourceOptions,
  source: PullSource,
  stream: Stream,
  tally: LoadTally,
  log?: RejectedLog,
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
  return (part) => {
    const isText = source.isText(part);
    const attributes = rowAttributes(name, part);
    return createTakeRows({
      part,
      stream,
      attributes,
      ...(mapRow === undefined ? {} : { map: mapRow }),
      fit: isText ? fits.text : fits.typed,
      reject: createRejectRow(
        {
          // names of files that were loaded by their path lack the slash in front
          ...{ source: name, part: titleOf === undefined ? part.name : `/${part.name}` },
          ...{ version: part.version, stream, attributes, nowMs: clock.nowMs },
          textMediaType: isText ? 'text/csv' : 'application/json',
          ...(log === undefined ? {} : { log }),
        },
        (row) => tally.refused(part, row),
      ),
      nowMs: clock.nowMs,
    });
  };
};
