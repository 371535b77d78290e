/** docker-compose.yml as `docker compose` reads it, each profile of it. It starts nothing; that needs the servers' images. */
import { describe, expect, test } from 'vitest';
import { repository } from './engine/build-image.ts';
import { missingForCompose } from './engine/requirements.ts';
import { attempt } from './engine/run.ts';

const missing = await missingForCompose();
if (missing !== undefined) process.stdout.write(`skipped, docker-compose.yml: ${missing}\n`);

describe.skipIf(missing !== undefined)('docker-compose.yml', () => {
  test.for(['', 'core', 'observability', 'demo', '*'])(
    'profile "%s" is one that docker compose takes',
    async (profile) => {
      const args = ['compose', '--profile', profile, 'config', '--quiet'];
      const read = await attempt('docker', args, { cwd: repository });
      expect(read).toMatchObject({ code: 0, stderr: '' });
    },
  );
});
