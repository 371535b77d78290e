/**
 * A map of the United States: states shaded, places as circles, both told as text when they are
 * pointed at. Who shows one lists the same in a table beside it.
 */

import { geoAlbersUsa } from 'd3-geo';
import { states } from '#us-states';

export const mapWidth = 975;
export const mapHeight = 610;

export interface MapPlace {
  readonly id: string;
  readonly longitude: number;
  readonly latitude: number;
  /** Radius on the map, in its own units of 975 to the width. */
  readonly radius: number;
  readonly color: string;
  /** What is told of it. */
  readonly text: string;
}

export interface MapShade {
  /** Two letters. */
  readonly state: string;
  readonly color: string;
  readonly text: string;
}

export interface UsMapProps {
  readonly label: string;
  readonly places?: readonly MapPlace[];
  readonly shades?: readonly MapShade[];
}

const project = geoAlbersUsa()
  .scale(1300)
  .translate([mapWidth / 2, mapHeight / 2]);

const UsMap = ({ label, places = [], shades = [] }: UsMapProps) => {
  const shadeOf = new Map(shades.map((shade) => [shade.state, shade]));
  // the largest first, so that small ones lie above and can be pointed at
  const drawn = places
    .map((place) => ({ ...place, at: project([place.longitude, place.latitude]) }))
    .filter(({ at }) => at !== null)
    .toSorted((a, b) => b.radius - a.radius);
  return (
    <svg className="map" viewBox={`0 0 ${mapWidth} ${mapHeight}`} role="img" aria-label={label}>
      {states.map(({ code, name, path }) => {
        const shade = shadeOf.get(code);
        return (
          <path key={code} d={path} style={shade && { fill: shade.color }}>
            <title>{shade?.text ?? name}</title>
          </path>
        );
      })}
      {drawn.map(({ id, at, radius, color, text }) => (
        <circle key={id} cx={at?.[0]} cy={at?.[1]} r={radius} style={{ fill: color }}>
          <title>{text}</title>
        </circle>
      ))}
    </svg>
  );
};

export default UsMap;
