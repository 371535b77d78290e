import { graphView } from '@millrace/streams';
import { expect, test } from 'vitest';
import { graphMermaid, graphText } from './graph-text.ts';
import { delays, exampleContracts } from './testing/example-transforms.ts';

const view = graphView(delays, exampleContracts());

test('a terminal shows each stage with its topics and its state', () => {
  expect(graphText(view)).toMatchInlineSnapshot(`
    "delays (exactly once), group millrace.transform.delays

    global-1, whole in every task: changes.flights.public.airports

    stage 0
      name           from                 topic or state
      ─────────────  ───────────────────  ────────────────────────────────────────────────────
      source-1                            events.flights.departed
      validate-1     source-1
      key-1          validate-1
      combine-1      key-1
      sink-1         validate-1:rejected  derived.flights.refused_departures
      repartition-1  combine-1            _millrace.transform.delays.repartition-1.repartition

    stage 1
      name           from                topic or state
      ─────────────  ──────────────────  ────────────────────────────────────────────────────
      repartition-1                      _millrace.transform.delays.repartition-1.repartition
      window-1       repartition-1       window-1 (timed)
      global-join-1  window-1, global-1
      sink-2         global-join-1       derived.flights.delays_by_airport"
  `);
});

test('Mermaid shows stages as boxes, with the outputs that edges leave by', () => {
  expect(graphMermaid(view)).toMatchInlineSnapshot(`
    "flowchart LR
      global-1[(changes.flights.public.airports)]
      source-1([events.flights.departed])
      sink-1([derived.flights.refused_departures])
      repartition-1([_millrace.transform.delays.repartition-1.repartition])
      sink-2([derived.flights.delays_by_airport])
      subgraph stage0[stage 0]
        validate-1[validate-1]
        key-1[key-1]
        combine-1[combine-1]
      end
      subgraph stage1[stage 1]
        window-1[[window-1]]
        global-join-1[global-join-1]
      end
      source-1 --> validate-1
      validate-1 --> key-1
      key-1 --> combine-1
      validate-1 -- rejected --> sink-1
      combine-1 --> repartition-1
      repartition-1 --> window-1
      window-1 --> global-join-1
      global-1 --> global-join-1
      global-join-1 --> sink-2"
  `);
});

test('JSON holds the changelog of every store', () => {
  expect(view.stages[1]!.nodes.find(({ name }) => name === 'window-1')).toMatchObject({
    stores: [
      {
        name: 'window-1',
        kind: 'timed',
        changelog: '_millrace.transform.delays.window-1.changelog',
      },
    ],
  });
});
