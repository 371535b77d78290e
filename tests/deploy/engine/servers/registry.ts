/** apicurio/apicurio-registry: the runnable jar in /deployments, user 1001. */
import { cacheDir, javaArtifacts } from '@millrace/stack';
import type { ServerImage } from '../server-image.ts';
import { ensureJava } from './java.ts';

/** @throws what the embedded stack's download of it throws, once it is built */
export const registry = (): ServerImage => ({
  tag: '3.0.9',
  base: ensureJava,
  packages: [],
  version: '3.0.9',
  programs: async () => {
    const { registryDir } = await javaArtifacts(cacheDir(process.env), () => undefined);
    return { '/deployments': registryDir };
  },
  setup: ['chown -R 1001:0 /deployments'],
  config: [
    ...['--user', '1001', '--workingdir', '/deployments', '--port', '8080', '--entrypoint'],
    '["sh","-c","exec java -Dquarkus.http.host=0.0.0.0 -Djava.util.logging.manager=org.jboss.logmanager.LogManager -jar /deployments/*-runner.jar"]',
  ],
});
