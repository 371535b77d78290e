/**
 * The flags of node that a service is started with. V8 lets its young generation grow to three semi-spaces
 * of 32 MB and more under a flood of short-lived buffers; 8 MB each keeps a service below 300 MB resident
 * for a few per cent of its throughput. They cannot be set from inside the process.
 */
export const serviceNodeFlags: readonly string[] = ['--max-semi-space-size=8'];
