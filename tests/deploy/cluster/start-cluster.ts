/**
 * A control plane on loopback with nodes that KWOK plays: everything that an API server, its admission, the controllers and the scheduler
 * do is real, and no container runs. For pods that run see node/start-real-cluster.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@millrace/stack';
import { type Cluster, startControlPlane } from './control-plane.ts';
import { createProcesses } from './processes.ts';
import { controlPlaneProgram, kwokProgram } from './programs.ts';

export interface PlayedNode {
  readonly name: string;
  /** None when left out. */
  readonly zone?: string;
}

const nodeOf = ({ name, zone }: PlayedNode) => ({
  ...{ apiVersion: 'v1', kind: 'Node' },
  metadata: {
    name,
    labels: {
      ...{ 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }),
    },
  },
});
const stages = fileURLToPath(new URL('stages.yaml', import.meta.url));

/**
 * Starts it and waits until pods can run. Rejects with the end of a part's log when it ends meanwhile.
 * @param definitions of kinds that operators bring
 * @param nodes one when left out
 */
export const startCluster = async (
  definitions: readonly object[],
  nodes: readonly PlayedNode[] = [{ name: 'played' }],
): Promise<Cluster> => {
  const program = await controlPlaneProgram();
  const kwok = await kwokProgram();
  const directory = mkdtempSync(join(tmpdir(), 'millrace-cluster-'));
  const processes = createProcesses(directory);
  const stop = async () => {
    await processes.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const serviceRange = '127.200.0.0/16';
    const plane = { program, directory, processes, serviceRange, stop };
    const cluster = await startControlPlane(plane);
    const items = [...nodes.map(nodeOf), ...definitions];
    const fixtures = { apiVersion: 'v1', kind: 'List', items };
    // Some definitions are larger than the note that a client's own apply leaves on an object may be.
    await cluster.kubectl('apply', '--server-side', '-f', cluster.file('fixtures.json', fixtures));
    const [port] = await freePorts(1);
    processes.start('kwok', kwok, [
      ...['--kubeconfig', cluster.kubeconfig, '--manage-all-nodes=true'],
      ...['--node-ip', '127.0.0.1', '--server-address', `127.0.0.1:${port}`, '--config', stages],
    ]);
    await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=120s');
    if (definitions.length > 0)
      await cluster.kubectl(
        'wait',
        '--for=condition=Established',
        'crd',
        '--all',
        '--timeout=120s',
      );
    return cluster;
  } catch (error) {
    await stop();
    throw error;
  }
};
