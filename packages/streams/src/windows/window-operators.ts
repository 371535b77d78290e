import type { Folds } from '../folds/fold.ts';
import { slotFoldOf } from '../folds/slot-fold.ts';
import { accumulateWindows } from './accumulate-windows.ts';
import type { AggregateOperators } from './add-aggregate.ts';
import { combinePanes } from './combine-panes.ts';
import { combineSessions } from './combine-sessions.ts';
import { countingWindows } from './counting-windows.ts';
import type { Emission } from './emission.ts';
import { paneWindows } from './pane-windows.ts';
import { partialPaneCodecOf } from './partial-pane.ts';
import { partialSessionCodecOf } from './session-store.ts';
import { sessionWindows } from './session-windows.ts';
import { slidingWindows } from './sliding-windows.ts';
import { timePanes } from './time-panes.ts';
import type { SessionWindow, TimeWindow, WindowKind } from './window-kinds.ts';

/** The operators of an aggregate over windows, by the kind of window. */
export const windowOperators = (
  window: WindowKind,
  folds: Folds<never>,
  emit: Emission,
): AggregateOperators => {
  switch (window.kind) {
    case 'time':
      return timeOperators(window, folds, emit);
    case 'session':
      return sessionOperators(window, folds, emit);
    case 'sliding': {
      const fold = slotFoldOf(folds, true);
      const aggregate = (name: string) => slidingWindows(name, { window, fold, emit });
      return { kind: 'sliding', fold, aggregate };
    }
    case 'counting': {
      const fold = slotFoldOf(folds);
      const aggregate = (name: string) => countingWindows(name, { window, fold, emit });
      return { kind: 'counting', fold, aggregate };
    }
  }
};

const timeOperators = (
  window: TimeWindow,
  folds: Folds<never>,
  emit: Emission,
): AggregateOperators => {
  const fold = slotFoldOf(folds);
  const overlapping = window.sizeMs !== window.advanceMs;
  const make = overlapping && fold.mergeable ? paneWindows : accumulateWindows;
  return {
    kind: 'window',
    fold,
    aggregate: (name, input) => make(name, { window, fold, emit, input }),
    combiner: {
      create: (operator) => combinePanes(operator, window, fold),
      codecOf: (folds) => partialPaneCodecOf(folds, timePanes(window).paneMs),
    },
  };
};

const sessionOperators = (
  window: SessionWindow,
  folds: Folds<never>,
  emit: Emission,
): AggregateOperators => {
  const fold = slotFoldOf(folds, true);
  return {
    kind: 'session',
    fold,
    aggregate: (name, input) => sessionWindows(name, { window, fold, emit, input }),
    combiner: {
      create: (operator) => combineSessions(operator, window, fold),
      codecOf: partialSessionCodecOf,
    },
  };
};
