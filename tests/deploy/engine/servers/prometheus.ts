/** prom/prometheus: /bin/prometheus as nobody, data in /prometheus, and busybox' wget. Built by Go out of its module, without its pages. */
import { ensureDebian } from '../base-image.ts';
import { goProgram } from '../go-program.ts';
import type { ServerImage } from '../server-image.ts';

/** Of the image; modules of Go count 3.7.3 as 0.307.3. */
const version = '3.7.3';
const module = 'github.com/prometheus/prometheus@v0.307.3';

/** @throws when Go is not there, once it is built */
export const prometheus = (): ServerImage => ({
  tag: 'v3.7.3',
  base: ensureDebian,
  builder: 'go',
  packages: ['busybox'],
  version,
  programs: async () => ({
    '/bin/prometheus': await goProgram(`prometheus-${version}`, module, './cmd/prometheus', {
      'github.com/prometheus/common/version.Version': version,
    }),
  }),
  setup: [
    'ln -s busybox /bin/wget',
    'install --directory --owner nobody --group nogroup /prometheus /etc/prometheus',
  ],
  config: [
    ...['--user', 'nobody', '--workingdir', '/prometheus', '--volume', '/prometheus'],
    ...['--port', '9090', '--entrypoint', '["/bin/prometheus"]', '--cmd'],
    '["--config.file=/etc/prometheus/prometheus.yml","--storage.tsdb.path=/prometheus"]',
  ],
});
