import { setting } from './setting.ts';

/**
 * Settings of a service whose instances watch each other.
 * @param service as in its variables: `SINK`
 */
export const peerSettings = (service: string) => ({
  watchPeers: setting.flag({
    env: `MILLRACE_${service}_WATCH_PEERS`,
    default: true,
    description:
      'Instances of one group watch each other: one that is killed is replaced at once. Without it the session is waited for.',
  }),
  peerHost: setting.string({
    env: `MILLRACE_${service}_PEER_HOST`,
    default: '',
    description:
      'Host under which the other instances reach the admin port of this one, and of no other; the address from which it connects to Kafka when left out.',
  }),
});
