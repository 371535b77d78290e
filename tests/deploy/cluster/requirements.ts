/** What a machine lacks for a cluster to run on it, of KWOK's played nodes or of real ones. */
import { existsSync } from 'node:fs';
import { findProgram } from '@millrace/chart';
import { missingForImages } from '../engine/requirements.ts';
import { attempt } from '../engine/run.ts';

/** The minor version of Go 1; 0 when there is none. */
const minorOfGo = async (): Promise<number> => {
  const go = await attempt('go', ['version']).catch(() => undefined);
  return Number(/go1\.(\d+)/.exec(go?.stdout ?? '')?.[1] ?? 0);
};

/** A sentence that says why the chart cannot be given to a control plane here; undefined when nothing is missing. */
export const missingForCluster = async (): Promise<string | undefined> => {
  if ((await minorOfGo()) < 24)
    return 'Go 1.24 or later is not installed, which builds the control plane';
  return findProgram('helm') === undefined ? 'there is no helm for this machine' : undefined;
};

/** The same for a cluster whose pods run, of the image that is built here. */
export const missingForPods = async (): Promise<string | undefined> => {
  const missing = await missingForImages();
  if (missing !== undefined) return missing;
  const needed = [
    ...['containerd', 'ctr', 'runc', 'dnsmasq', 'conntrack', 'iptables', 'ipset', 'nsenter', 'ip'],
  ];
  for (const program of needed)
    if ((await attempt('which', [program])).code !== 0)
      return `${program} is not installed: apt-get install containerd runc containernetworking-plugins dnsmasq-base conntrack iptables ipset iproute2`;
  if (!existsSync('/usr/lib/cni/bridge'))
    return 'the plugins of pods’ networks are not installed: apt-get install containernetworking-plugins';
  return missingForCluster();
};

/** The same for one with controllers of others, which ask for a later Go. */
export const missingForControllers = async (): Promise<string | undefined> => {
  const missing = await missingForPods();
  if (missing !== undefined) return missing;
  if ((await minorOfGo()) < 26)
    return 'Go 1.26 or later is not installed, which builds the controllers';
  return (await attempt('which', ['openssl'])).code === 0
    ? undefined
    : 'openssl is not installed: apt-get install openssl';
};
