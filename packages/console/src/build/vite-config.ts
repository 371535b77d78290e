/** How Vite builds the console, and serves it while one works on it. */
import type { InlineConfig } from 'vite';
import { pageDirectory } from './places.ts';
import { usStatesPlugin } from './us-states.ts';

/** @param outDir where the build writes; emptied first */
export const viteConfig = (outDir: string): InlineConfig => ({
  configFile: false,
  root: pageDirectory,
  logLevel: 'warn',
  plugins: [usStatesPlugin()],
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2023',
    // browsers of the last two years: they know light-dark(), which keeps every colour in one place
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // nothing inline: the service's content security policy forbids it
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      // libraries mark what runs on clients; here everything does
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
});
