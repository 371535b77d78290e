/** A value once it has stood still: what is asked while somebody types is asked at the pauses. */
import { useEffect, useState } from 'react';

/** @param forMs how long it must not change */
export const useSettled = <T>(value: T, forMs: number): T => {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), forMs);
    return () => clearTimeout(timer);
  }, [value, forMs]);
  return settled;
};
