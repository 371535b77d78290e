/** Why a connection did not come to be, told apart: nobody there, a certificate, who we are. All may pass, so all are retryable. */
import { type ErrorCode, MillraceError } from '@millrace/contracts';

/** OpenSSL's and Node's words for a certificate that is not taken, on either side. */
const certificateWords =
  /certificate|self.signed|altnames|unable to (verify|get)|SSL alert|ERR_SSL|ERR_TLS|EPROTO|wrong version number/i;
const saslWords = /SASL|authenticat/i;

const codeOf = (name: string, message: string): ErrorCode => {
  if (certificateWords.test(message)) return 'kafka.certificate-refused';
  if (/SASL/.test(name) || saslWords.test(message)) return 'kafka.unauthenticated';
  return 'kafka.unavailable';
};

export const connectFailure = (address: string, cause: unknown): MillraceError => {
  if (cause instanceof MillraceError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const name = cause instanceof Error ? cause.name : '';
  return new MillraceError(codeOf(name, message), `${address}: ${message}`, {
    retryable: true,
    cause,
  });
};
