import { defineConfig, setting } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { configPage } from './config-page.ts';

const config = defineConfig('door', {
  linger: setting.duration({
    env: 'MILLRACE_DOOR_LINGER',
    default: 5,
    min: 1,
    max: 1000,
    description: 'How long a batch waits.',
  }),
  token: setting.string({ env: 'MILLRACE_DOOR_TOKEN', secret: true, description: 'The token.' }),
});

const text = configPage([{ name: 'door', config, metrics: [] }]);

test('a setting shows its variable, its range, its default in its unit and its meaning', () => {
  expect(text).toContain(
    '| `MILLRACE_DOOR_LINGER` | duration from 1ms to 1s | `5ms` | How long a batch waits. |',
  );
});

test('a required secret says both', () => {
  expect(text).toContain('| **required** | The token. Secret: never printed. |');
});
