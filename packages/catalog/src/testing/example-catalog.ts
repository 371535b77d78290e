/** The repository's own contracts as a catalog's input, with transforms as the example has them. Tests only. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Contract, type ProjectFile, parseProject } from '@millrace/contracts';
import type { CatalogInput, Observation } from '../catalog-input.ts';

const root = new URL('../../../../', import.meta.url);

/** With one replacement in each of these files; throws where there is nothing to replace. */
export const exampleFiles = (
  edits: Readonly<Record<string, readonly [string, string]>> = {},
): readonly ProjectFile[] =>
  readdirSync(new URL('schemas/flights/', root)).map((name) => {
    const path = `schemas/flights/${name}`;
    const text = readFileSync(new URL(path, root), 'utf8');
    const edit = edits[name];
    if (edit === undefined) return { path, text };
    if (!text.includes(edit[0])) throw new Error(`${path} has no ${edit[0]}`);
    return { path, text: text.replaceAll(edit[0], edit[1]) };
  });

export const exampleContracts = (
  edits: Readonly<Record<string, readonly [string, string]>> = {},
): readonly Contract[] => {
  const { contracts, problems } = parseProject(exampleFiles(edits));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return contracts;
};

export const exampleObservation: Observation = {
  ...{ atMs: Date.UTC(2026, 0, 2), condition: 'ok', lastEventMs: Date.UTC(2026, 0, 1) },
  ...{ rows: 12_345, bytes: 1_234_567, versions: null, producers: [], consumers: [], allowed: [] },
  ...{ topicSettings: null, tableSettings: null, latencyP99Ms: null, quality: null },
};

export const exampleInput = (
  contracts: readonly Contract[] = exampleContracts(),
  observed: Readonly<Record<string, Partial<Observation>>> = {},
): CatalogInput => ({
  contracts,
  transforms: [
    {
      name: 'delays_by_airport',
      path: 'transforms/delays-by-airport.ts',
      text: readFileSync(new URL('transforms/delays-by-airport.ts', root), 'utf8'),
      flows: [
        { from: 'flights.departed', to: 'flights.refused_departures', isSame: true },
        { from: 'flights.departed', to: 'flights.delays_by_airport', isSame: false },
        { from: 'flights.airports', to: 'flights.delays_by_airport', isSame: false },
      ],
    },
  ],
  observed: (id) => observed[id] && { ...exampleObservation, ...observed[id] },
});
