/** The quality service as commands reach it: its address and token out of the environment. */
import { createOperationsClient, type OperationsClient } from '@millrace/operations';
import { defineConfig, readConfig, setting } from '@millrace/runtime';

const qualityConfig = defineConfig('quality-client', {
  url: setting.url({
    env: 'MILLRACE_QUALITY_URL',
    schemes: ['http', 'https'],
    default: 'http://127.0.0.1:8090',
    description: 'Where the quality service answers.',
  }),
  token: setting.string({
    env: 'MILLRACE_QUALITY_TOKEN',
    default: '',
    secret: true,
    description: 'A token of the quality service; none where it asks for none.',
  }),
});

/** For the `--help` of commands that ask the service. */
export const qualityAddressHelp =
  '\nReads MILLRACE_QUALITY_URL (http://127.0.0.1:8090) and MILLRACE_QUALITY_TOKEN.';

/** @param timeoutMs ends a request that has no answer; the client's own when left out */
export const connectQuality = (timeoutMs?: number): OperationsClient => {
  const { url, token } = readConfig(qualityConfig, process.env);
  return createOperationsClient({
    url,
    ...(token !== '' && { token }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
};
