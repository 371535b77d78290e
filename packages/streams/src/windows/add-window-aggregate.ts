import { coPartitioned, type Place } from '../dsl/place.ts';
import type { OutputRef } from '../graph/graph.ts';
import type { OperatorSpec } from '../operator.ts';
import type { ValueCodec } from '../stores/store.ts';
import { accumulateWindows } from './accumulate-windows.ts';
import type { AggregatePlan } from './aggregate-plan.ts';
import { combinePanes } from './combine-panes.ts';
import { paneWindows } from './pane-windows.ts';
import { partialCodecOf } from './partial.ts';
import { timePanes } from './time-panes.ts';
import type { TimeWindow, WindowKind } from './window-kinds.ts';

/** What is asked for; whether partial results come is decided here. */
type Asked = Omit<AggregatePlan<WindowKind>, 'input'>;

/** An aggregate in the graph. */
export interface AddedAggregate {
  readonly output: OutputRef;
  /** Where records are judged late: the aggregate itself, or the combiner before it. */
  readonly judge: Place;
}

/**
 * Puts the operators of an aggregate over windows into the graph. Records that must change partition are
 * combined before, where merging partial results changes nothing.
 */
export const addWindowAggregate = (place: Place, plan: Asked, name?: string): AddedAggregate => {
  const { graph } = place;
  const { window, fold } = plan;
  if (place.keying === 'moved' && fold.exact && fold.mergeable) {
    const operator = name ?? 'window';
    const combiner = graph.operator(
      'combine',
      () => combinePanes(operator, window as TimeWindow, fold),
      [place.output],
      name && `${name}-combine`,
    );
    const codec = partialCodecOf(fold, timePanes(window as TimeWindow).paneMs);
    const moved = graph.repartition(
      combiner,
      codec as ValueCodec<unknown>,
      name && `${name}-repartition`,
    );
    const make = (own: string) => aggregateOver(own, { ...plan, input: 'partials' });
    const output = graph.operator('window', make, [moved], name);
    return { output, judge: { ...place, output: combiner } };
  }
  const placed = coPartitioned(place);
  const make = (own: string) => aggregateOver(own, { ...plan, input: 'records' });
  const output = graph.operator('window', make, [placed.output], name);
  return { output, judge: { ...placed, output } };
};

const aggregateOver = (name: string, plan: AggregatePlan<WindowKind>): OperatorSpec => {
  const { window, fold } = plan;
  const timed = { ...plan, window: window as TimeWindow };
  if (timed.window.sizeMs === timed.window.advanceMs || !fold.mergeable)
    return accumulateWindows(name, timed);
  return paneWindows(name, timed);
};
