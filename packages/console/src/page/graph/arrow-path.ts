/** The line of an arrow that passes other layers: curves between layers, straight beside what stands in one. */
import type { Place } from './layout.ts';

export interface ArrowPath {
  /** For the attribute `d`. */
  readonly d: string;
  /** Between two layers, where no node is: for the label. */
  readonly label: Place;
}

/**
 * @param route where it passes a layer, each the middle of it
 * @param reach half of what a layer takes along the arrows, px
 */
export const arrowPath = (
  from: Place,
  to: Place,
  route: readonly Place[],
  reach: number,
  direction: 'LR' | 'TB',
): ArrowPath => {
  const along = (place: Place, by: number): Place =>
    direction === 'LR' ? { ...place, x: place.x + by } : { ...place, y: place.y + by };
  const gaps: (readonly [Place, Place])[] = [];
  let begin = from;
  for (const place of route) {
    gaps.push([begin, along(place, -reach)]);
    begin = along(place, reach);
  }
  gaps.push([begin, to]);
  const lines = gaps.map(([start, end], at) => {
    const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
    const [leaving, coming] =
      direction === 'LR'
        ? [
            { x: middle.x, y: start.y },
            { x: middle.x, y: end.y },
          ]
        : [
            { x: start.x, y: middle.y },
            { x: end.x, y: middle.y },
          ];
    const curve = [leaving, coming, end].map(({ x, y }) => `${x},${y}`).join(' ');
    return `${at === 0 ? 'M' : 'L'}${start.x},${start.y} C${curve}`;
  });
  const [start, end] = gaps[Math.floor(gaps.length / 2)]!;
  return { d: lines.join(' '), label: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } };
};
