import { MillraceError } from '@millrace/contracts';
import { branchOperator, REST } from '../operators/branch.ts';
import { validateOperator } from '../operators/validate.ts';
import { at, type Place } from './place.ts';
import type { Rejected, Stream, StreamMaker } from './stream.ts';

/** Of a stream: what divides it into several. */
export type DividingMethods<V> = Pick<Stream<V>, 'branch' | 'validate'>;

export const dividingMethods = <V>(place: Place, make: StreamMaker): DividingMethods<V> => {
  const { graph, output } = place;
  const streamOf = <W>(node: string, port: number): Stream<W> => {
    const next = at(place, { node, port });
    return place.keying === 'none' ? make.stream<W>(next) : make.keyed<W>(next);
  };

  return {
    branch(conditions, { name } = {}) {
      const names = Object.keys(conditions);
      if (names.length === 0 || names.includes(REST)) {
        throw new MillraceError(
          'transform.invalid',
          `a branch has one condition or more, none of them named '${REST}'`,
        );
      }
      const { node } = graph.operator('branch', () => branchOperator(conditions), [output], name);
      const streams = [...names, REST].map((one, port) => [one, streamOf(node, port)]);
      return Object.fromEntries(streams);
    },
    validate(check, { rejected, name } = {}) {
      const { node } = graph.operator('validate', () => validateOperator(check), [output], name);
      if (rejected !== undefined) {
        const refused = streamOf<Rejected<V>>(node, 1);
        if (typeof rejected === 'function') rejected(refused);
        else refused.to(rejected as never);
      }
      return streamOf<V>(node, 0) as never;
    },
  };
};
