/**
 * A function that runs for every record answered with a promise: it was written `async`. To hand the promise on would keep every
 * record (in a filter) and would end the process when it is rejected, since nobody waits for it; so its record fails.
 */
export const refusePromise = (promise: Promise<unknown>): never => {
  promise.catch(() => undefined);
  throw new TypeError('the function answered with a promise; look things up with enrich()');
};
