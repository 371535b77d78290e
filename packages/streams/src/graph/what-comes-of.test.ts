import { expect, test } from 'vitest';
import { transform } from '../transform.ts';
import { cutIntoStages } from './stages.ts';
import { whatComesOf } from './what-comes-of.ts';

type Build = Parameters<typeof transform>[1];

const comes = (build: Build) => {
  const [stage] = cutIntoStages(transform('t', build).graph);
  return whatComesOf(
    stage!,
    stage!.inputs.map(({ name }) => name),
  );
};
const out = 'flights.refused_departures';

test('on one way a record has one result at most, also where a branch or a check parts the ways', () => {
  const one = comes(({ from }) => {
    const { late, rest } = from('flights.departed')
      .filter(({ origin }) => origin !== '')
      .validate(({ origin }) => origin !== 'X' || 'no', { rejected: out })
      .branch({ late: ({ delay_minutes }) => delay_minutes > 0 });
    late.peek(() => undefined).to(out as never);
    rest.map((flight) => flight).to(out as never);
  });
  expect(one).toEqual({ isSingle: true, isAtOnce: true });
});

test('two readers of one output, of one topic, and operators that hand on many may have several', () => {
  const two = comes(({ from }) => {
    const flights = from('flights.departed').map((flight) => flight);
    flights.to(out as never);
    flights.filter(() => true).to(out as never);
  });
  const twice = comes(({ from }) => {
    from('flights.departed').to(out as never);
    from('flights.departed').to(out as never);
  });
  const many = comes(({ from }) => {
    from('flights.departed')
      .flatMap((flight) => [flight, flight])
      .to(out as never);
  });
  for (const found of [two, twice, many])
    expect(found).toEqual({ isSingle: false, isAtOnce: true });
});

test('what waits for an answer is not there at once', () => {
  const asked = comes(({ from }) => {
    from('flights.departed')
      .enrich(async (flight) => flight)
      .to(out as never);
  });
  expect(asked).toEqual({ isSingle: true, isAtOnce: false });
});
