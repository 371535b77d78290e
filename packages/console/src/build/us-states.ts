/**
 * The outlines of the United States for maps, made when the console is built: the census bureau's shapes (us-10m of
 * vega-datasets, public domain) on Albers' projection with Alaska and Hawaii moved in, as SVG paths. The page then needs neither
 * the shapes nor the code that projects them; it projects only the points that it draws, on the same projection.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { geoAlbersUsa, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { Plugin } from 'vite';
import { stateCodes } from './state-codes.ts';

export const mapWidth = 975;
export const mapHeight = 610;
const moduleId = '#us-states';
const digits = 1;

export interface StateShape {
  /** Two letters, as the post writes it. */
  readonly code: string;
  readonly name: string;
  /** An SVG path in a box of 975 × 610. */
  readonly path: string;
}

/** Vite's plugin: `import { states } from '#us-states'`. */
export const usStatesPlugin = (): Plugin => ({
  name: 'us-states',
  enforce: 'pre',
  resolveId: (id) => (id === moduleId ? `\0${moduleId}` : undefined),
  load: async (id) =>
    id === `\0${moduleId}`
      ? `export const states = ${JSON.stringify(await stateShapes())};`
      : undefined,
});

/** Every state whose place the projection knows. */
export const stateShapes = async (): Promise<StateShape[]> => {
  // beside the package's own entry: its exports do not name the data
  const entry = import.meta.resolve('vega-datasets');
  const file = fileURLToPath(new URL('../data/us-10m.json', entry));
  const topology = JSON.parse(await readFile(file, 'utf8')) as Parameters<typeof feature>[0];
  const states = topology.objects['states'];
  if (states?.type !== 'GeometryCollection') throw new Error(`${file} holds no states`);
  const toPath = geoPath(
    geoAlbersUsa()
      .scale(1300)
      .translate([mapWidth / 2, mapHeight / 2]),
  );
  return feature(topology, states).features.flatMap((shape) => {
    const known = stateCodes[Number(shape.id)];
    const path = toPath.digits(digits)(shape);
    return known === undefined || path === null ? [] : [{ ...known, path: shorter(path) }];
  });
};

/** Leaves out points that lie within half a unit of the one before: nobody sees them, and they are two thirds. */
const shorter = (path: string): string =>
  path
    .split('Z')
    .filter((ring) => ring !== '')
    .map((ring) => {
      const points = ring.slice(1).split('L');
      let [lastX, lastY] = [Number.NaN, Number.NaN];
      const kept = points.filter((point) => {
        const [x = 0, y = 0] = point.split(',').map(Number);
        if (Math.hypot(x - lastX, y - lastY) < 0.8) return false;
        [lastX, lastY] = [x, y];
        return true;
      });
      return kept.length < 3 ? '' : `M${kept.join('L')}Z`;
    })
    .join('');
