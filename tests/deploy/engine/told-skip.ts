/** Tests that are skipped say so, and why: a run that is green because it ran nothing must not look like one that ran. */

/**
 * Tells of it when something is missing.
 * @param what is tested
 * @param missing a sentence of requirements.ts
 * @returns whether to skip it
 */
export const toldSkip = (what: string, missing: string | undefined): boolean => {
  if (missing !== undefined) process.stdout.write(`skipped, ${what}: ${missing}\n`);
  return missing !== undefined;
};
