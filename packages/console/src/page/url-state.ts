/** What a view shows is in its URL, so that it can be sent to someone, and Back means back. */
import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/**
 * @param name in the query; what equals `initial` is not written
 * @returns the value, and a way to set it that makes no step in the history
 */
export const useUrlState = (
  name: string,
  initial = '',
): readonly [string, (value: string) => void] => {
  const [values, setValues] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      setValues(
        (former) => {
          const next = new URLSearchParams(former);
          if (value === initial) next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [name, initial, setValues],
  );
  return [values.get(name) ?? initial, set];
};

/** What a segment may hold as it is (RFC 3986, pchar). Wouter reads paths by decodeURI, which would leave it encoded. */
const plain = /%(?:3A|40|24|26|2B|2C|3B|3D)/g;

/** A path with names that may hold anything. */
export const pathOf = (...parts: readonly string[]): string =>
  `/${parts.map((part) => encodeURIComponent(part).replaceAll(plain, decodeURIComponent)).join('/')}`;
