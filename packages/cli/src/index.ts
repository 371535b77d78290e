/** What benchmarks and journeys need of the command line: the platform as the demo starts it. */
export { type Flight, readFlights } from './demo/datasets.ts';
export { createFreshnessMeter, type FreshnessMeter } from './demo/freshness.ts';
export { type Platform, startPlatform } from './demo/platform.ts';
export { quietReporter } from './demo/reporter.ts';
export { sendFlights } from './demo/send-flights.ts';
export { tableText } from './demo/table-text.ts';
export { type LossOutcome, type LossScenario, simulateLoss } from './size/loss-model.ts';
