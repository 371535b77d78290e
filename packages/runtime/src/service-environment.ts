/**
 * What glibc's allocator is told when a service is started. Buffers (bodies, batches, answers of Kafka) live outside
 * V8's heap; left to itself glibc keeps what is freed of them, in an arena for each thread and under a threshold that
 * grows with what is freed: after a flood some 100 MB belonged to nobody. Other allocators pass these names over.
 */

/** Read by glibc before main(), so they cannot be set from inside the process; bytes where they are sizes. */
const allocator: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  // Naming the two keeps them where they are. A block of 32 KiB (what a socket reads at once is 64) goes back when it is freed, in
  // place of leaving a hole between smaller ones; the top of an arena from 1 MiB on.
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '1048576',
};

/** Those of the variables that nobody has set, for the environment of a service. */
export const missingServiceEnvironment = (
  given: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(allocator).filter(([name]) => given[name] === undefined));
