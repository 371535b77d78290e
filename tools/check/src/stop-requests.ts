/**
 * One signal for all the ways in which a run is asked to end: SIGINT, SIGTERM, SIGHUP, and the end of the
 * process that started it, told by the closing of the channel (tools/bootstrap/run.mjs opens one).
 */
export function stopRequests(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.on('SIGTERM', stop).on('SIGHUP', stop).on('SIGINT', stop).on('disconnect', stop);
  // Listening for `disconnect` keeps the process alive; whoever is done must be able to end.
  process.channel?.unref();
  return controller.signal;
}
