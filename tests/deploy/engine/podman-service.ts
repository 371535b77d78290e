/**
 * Docker's interface by podman, for `docker compose` on a machine without Docker. Podman leaves checks of health to timers of systemd;
 * where there is none, they are run from here, one after another, for as long as this is open.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@millrace/pipeline';
import { podmanEnv } from './container-limits.ts';
import { attempt } from './run.ts';

export interface PodmanService {
  /** For DOCKER_HOST. */
  readonly host: string;
  close(): Promise<void>;
}

const BETWEEN_ROUNDS_MS = 500;

/** @param prefix of the names of the containers whose health is looked after; others' are left alone */
export const startPodmanService = async (prefix: string): Promise<PodmanService> => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-podman-'));
  const host = `unix://${join(directory, 'podman.sock')}`;
  const service = spawn('podman', ['system', 'service', '--time=0', host], {
    ...{ stdio: 'ignore', env: podmanEnv() },
  });
  const exited = new Promise((resolve) => service.once('exit', resolve));
  let isOpen = true;
  const pumping = (async () => {
    while (isOpen) {
      const filter = ['--filter', `name=^${prefix}`, '--filter', 'status=running'];
      const listed = await attempt('podman', ['ps', '--quiet', ...filter]);
      for (const container of listed.stdout.split('\n').filter((id) => isOpen && id !== ''))
        await attempt('podman', ['healthcheck', 'run', container]);
      await systemClock.sleep(BETWEEN_ROUNDS_MS);
    }
  })();
  return {
    host,
    close: async () => {
      isOpen = false;
      await pumping;
      service.kill('SIGTERM');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
};
