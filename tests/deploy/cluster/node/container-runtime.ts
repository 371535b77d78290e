/**
 * containerd with runc, on a socket and in folders of its own. It is told to live with what a machine in a container or a small virtual machine
 * lacks: no systemd, no AppArmor, no right to lower a process's OOM score.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { ensureDebian } from '../../engine/base-image.ts';
import { attempt, run } from '../../engine/run.ts';
import type { Processes } from '../processes.ts';

/** Holds a pod's namespaces. */
const pause = 'localhost/millrace-pause:1';

export interface ContainerRuntime {
  readonly endpoint: string;
  /** Takes an image of podman's. */
  importImage(name: string): Promise<void>;
  /** Ends all containers, and what holds their mounts. */
  endContainers(): Promise<void>;
  /** Ends what holds pods and outlives containerd. */
  endShims(): void;
}

const networkOf = (directory: string, subnet: string) => ({
  cniVersion: '0.4.0',
  name: 'millrace',
  plugins: [
    {
      ...{ type: 'bridge', bridge: 'pods', isGateway: true, hairpinMode: true },
      ipam: {
        type: 'host-local',
        dataDir: join(directory, 'addresses'),
        ranges: [[{ subnet }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
});

const configOf = (directory: string, socket: string): string => `version = 2
root = "${directory}/containerd"
state = "${directory}/state"
disabled_plugins = [${['internal.v1.opt', 'snapshotter.v1.btrfs', 'snapshotter.v1.zfs', 'snapshotter.v1.aufs', 'snapshotter.v1.devmapper'].map((name) => `"io.containerd.${name}"`).join(', ')}]
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${directory}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;

const ensurePause = async (): Promise<void> => {
  if ((await attempt('podman', ['image', 'exists', pause])).code === 0) return;
  const container = await run('buildah', ['from', '--pull-never', await ensureDebian()]);
  const settings = ['--entrypoint', '["sleep","infinity"]', '--cmd', ''];
  await run('buildah', ['config', ...settings, container]);
  await run('buildah', ['commit', '--quiet', '--rm', container, pause]);
};

/** Processes that hold a pod outlive containerd: those of this one, by its socket in their command lines. */
const endShims = (socket: string): void => {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const file = `/proc/${pid}/cmdline`;
    const words = existsSync(file) ? readFileSync(file, 'utf8').split('\0') : [];
    if (words[0]?.includes('containerd-shim') && words.includes(socket))
      process.kill(Number(pid), 'SIGKILL');
  }
};

/**
 * Starts it and waits until it answers.
 * @param pods their addresses
 */
export const startContainerRuntime = async (
  directory: string,
  processes: Processes,
  pods: string,
): Promise<ContainerRuntime> => {
  await ensurePause();
  const socket = join(directory, 'containerd.sock');
  mkdirSync(join(directory, 'cni'));
  writeFileSync(
    join(directory, 'cni/10-pods.conflist'),
    JSON.stringify(networkOf(directory, pods)),
  );
  writeFileSync(join(directory, 'containerd.toml'), configOf(directory, socket));
  processes.start('containerd', 'containerd', ['--config', 'containerd.toml']);
  const ctr = (...args: readonly string[]) =>
    attempt('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args]);
  await vi.waitFor(
    async () => {
      const { code, stderr } = await ctr('version');
      if (code !== 0) throw new Error(`containerd: ${stderr} ${processes.logsOfEnded()}`);
    },
    { interval: 250, timeout: 60_000 },
  );
  const importImage = async (name: string) => {
    const archive = join(directory, 'image.tar');
    await run('podman', ['save', '--quiet', '--output', archive, name]);
    const { code, stderr } = await ctr('images', 'import', archive);
    await run('rm', [archive]);
    if (code !== 0) throw new Error(`containerd does not take ${name}: ${stderr}`);
  };
  await importImage(pause);
  return {
    endpoint: `unix://${socket}`,
    importImage,
    endShims: () => endShims(socket),
    endContainers: async () => {
      const { stdout } = await ctr('tasks', 'list', '--quiet');
      for (const task of stdout.split('\n').filter(Boolean)) {
        await ctr('tasks', 'kill', '--all', '--signal', 'SIGKILL', task);
        await ctr('tasks', 'delete', '--force', task);
      }
      endShims(socket);
    },
  };
};
