// How the member's app is built: web/app becomes public/, with Preact in React's place (docs/decisions.md says what Preact saves). The build
// writes the names of the built files into the service worker.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** The files that the page needs without a network, besides the files that the build makes. */
const STATIC = ['/', '/manifest.webmanifest', '/icon.svg'];

/** Writes /sw.js: the service worker's source with the names of the page's files filled in, and a version made from these names. */
function serviceWorker(): Plugin {
  return {
    name: 'puntual-service-worker',
    generateBundle(_options, bundle) {
      const built = Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name));
      const shell = JSON.stringify([...STATIC, ...built.map((name) => `/${name}`)]);
      const version = createHash('sha256').update(shell).digest('hex').slice(0, 12);
      const source = readFileSync(at('app/service-worker.js'), 'utf8')
        .replace("'%SHELL%'", shell)
        .replace('%VERSION%', version);
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}

/** Puts Preact in React's place; `PAGES_WITH=react` builds with React itself, to compare the two. */
const preact = {
  'react-dom/client': 'preact/compat/client',
  'react-dom': 'preact/compat',
  'react/jsx-runtime': 'preact/jsx-runtime',
  react: 'preact/compat',
};

export default defineConfig({
  root: at('app'),
  publicDir: at('app/static'),
  resolve: { alias: process.env['PAGES_WITH'] === 'react' ? {} : preact },
  // The app is built in production mode, whatever NODE_ENV says, so that tests run the pages that are shipped.
  define: { 'process.env.NODE_ENV': JSON.stringify('production') },
  build: {
    outDir: at('../public'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // No polyfill is added: a polyfill would be another script, for browsers that are not supported.
    modulePreload: { polyfill: false },
    // Packages for React mark the code that runs in a browser alone; the app has no server side, so the warning about these marks is dropped.
    rolldownOptions: {
      onLog(level, log, next) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') next(level, log);
      },
    },
  },
  plugins: [serviceWorker()],
});
