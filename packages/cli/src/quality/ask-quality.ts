/** The quality service as commands ask it: its address and a token from the environment. */
import { createOperationsClient, type OperationsClient } from '@millrace/operations';
import { defineConfig, readConfig, setting } from '@millrace/runtime';

const askConfig = defineConfig('quality', {
  url: setting.url({
    env: 'MILLRACE_QUALITY_URL',
    schemes: ['http', 'https'],
    default: 'http://127.0.0.1:8090',
    description: 'Root of the quality service.',
  }),
  token: setting.string({
    env: 'MILLRACE_QUALITY_TOKEN',
    optional: true,
    secret: true,
    description: 'Token for the quality service, where it asks for one.',
  }),
});

/** Throws `config.invalid` for variables that are not what they must be. */
export const askQuality = (): OperationsClient => {
  const { url, token } = readConfig(askConfig, process.env);
  return createOperationsClient({ url, ...(token !== undefined && { token }) });
};

/** For the end of a command's help. */
export const askQualityHelp =
  'Asks the quality service at MILLRACE_QUALITY_URL, with MILLRACE_QUALITY_TOKEN.';
