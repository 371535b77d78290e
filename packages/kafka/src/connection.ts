import type { Logger } from '@millrace/pipeline';

/** Files of PEM text; each is read again for every connection, so that renewed ones are taken without a restart. */
export interface KafkaTls {
  /** Who may have signed the brokers' certificates; those that Node trusts when left out. */
  readonly caFile?: string;
  /** This client's own, for brokers that ask for one. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
}

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

/** Asked for at every connection. */
export type KafkaSasl =
  | {
      readonly mechanism: Exclude<SaslMechanism, 'oauthbearer'>;
      readonly username: string;
      password(): Promise<string>;
    }
  | { readonly mechanism: 'oauthbearer'; token(): Promise<string> };

/** How to reach the cluster; one per process, given to every factory of this package. */
export interface KafkaConnection {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Absent: nothing is encrypted. */
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
  readonly logger: Logger;
  /** Called with every request that leaves, by its name in Kafka's protocol (`Fetch`): for who counts what it costs the brokers. */
  readonly sending?: (request: string) => void;
}
