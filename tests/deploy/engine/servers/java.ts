/** What Kafka's image and the registry's begin with: Debian with Java, where the official ones have other systems. */
import { ensureDebian } from '../base-image.ts';
import { buildServerImage } from '../server-image.ts';

/** Makes sure that there is one. @returns its name */
export const ensureJava = (): Promise<string> =>
  buildServerImage('localhost/millrace-java:17', {
    base: ensureDebian,
    packages: ['openjdk-17-jre-headless', 'curl'],
    tag: '17',
    version: '17',
    setup: ['java -version'],
    config: [],
  });
