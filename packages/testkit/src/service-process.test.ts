import { expect, test } from 'vitest';
import { startService } from './service-process.ts';

test('a service that does not exist is named with its path', async () => {
  await expect(startService('nothing', {})).rejects.toThrow(/no service "nothing": .*main\.ts/);
});

test('a service that is misconfigured is reported with what it said', {
  timeout: 60_000,
}, async () => {
  const service = await startService('sink', { MILLRACE_LOG_LEVEL: 'shouting' });
  await expect(service.ready()).rejects.toThrow(
    /^sink ended .* before it was ready: .*MILLRACE_LOG_LEVEL/,
  );
  expect((await service.exited).code).toBe(2);
});
