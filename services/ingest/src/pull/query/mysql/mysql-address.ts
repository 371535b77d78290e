/**
 * `mysql://user:password@host:3306/database?sslmode=verify-full&sslrootcert=ca.pem` read as the driver's options, with the
 * parameters that addresses of PostgreSQL have. Opens nothing. What is not understood is refused: a parameter that is
 * passed over would be a connection without TLS that nobody meant.
 */
import { isIP } from 'node:net';

export type TlsMode = 'disable' | 'no-verify' | 'verify-ca' | 'verify-full';

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
  readonly tls: TlsMode;
  /** Paths of PEM files. */
  readonly caFile?: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
}

export type AddressReading =
  | { readonly address: MysqlAddress; readonly problem?: undefined }
  | { readonly address?: undefined; readonly problem: string };

/** As pg reads them: `require` checks everything, too. */
const modes: ReadonlyMap<string, TlsMode> = new Map([
  ['disable', 'disable'],
  ['no-verify', 'no-verify'],
  ['require', 'verify-full'],
  ['verify-ca', 'verify-ca'],
  ['verify-full', 'verify-full'],
]);
const parameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/** What the address says, or what is wrong with it; neither repeats the password in words. */
export const readMysqlAddress = (text: string): AddressReading => {
  try {
    return addressOf(new URL(text));
  } catch {
    return { problem: 'is no address; % in a user or password is written %25' };
  }
};

const addressOf = (url: URL): AddressReading => {
  const given = url.searchParams;
  for (const name of given.keys())
    if (!parameters.includes(name))
      return { problem: `has the parameter ${name}; known are ${parameters.join(', ')}` };
  const files = {
    ...named('caFile', given.get('sslrootcert')),
    ...named('certificateFile', given.get('sslcert')),
    ...named('keyFile', given.get('sslkey')),
  };
  const hasFiles = Object.keys(files).length > 0;
  const tls = modes.get(given.get('sslmode') ?? (hasFiles ? 'verify-full' : 'disable'));
  if (tls === undefined) return { problem: `needs an sslmode of ${[...modes.keys()].join(', ')}` };
  if (tls === 'disable' && hasFiles) return { problem: 'has certificates and sslmode=disable' };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost';
  if (tls === 'verify-full' && isIP(host) !== 0)
    return { problem: 'needs the name of its host for sslmode=verify-full, not an IP address' };
  return {
    address: {
      host,
      port: url.port === '' ? 3306 : Number(url.port),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      ...named('database', decodeURIComponent(url.pathname.slice(1))),
      tls,
      ...files,
    },
  };
};

const named = <Name extends string>(
  name: Name,
  value: string | null,
): { readonly [Key in Name]?: string } =>
  (value === null || value === '' ? {} : { [name]: value }) as { [Key in Name]?: string };
