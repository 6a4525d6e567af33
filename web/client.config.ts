// The client as one module that other sites' pages may import too (client/puntual.js), and the example. `npm run build:web` adds the module
// to the app's pages in public/.
// `npm run dev:web` serves the same pages from their sources, beside a running service (PUNTUAL_URL).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const service = process.env['PUNTUAL_URL'] ?? 'http://127.0.0.1:3000';
/** The service answers its own pages only: for it, the proxied pages are its own. */
const proxied = { target: service, headers: { origin: service } };

export default defineConfig({
  root: at('.'),
  publicDir: false,
  appType: 'mpa',
  server: { proxy: { '/api': proxied, '/socket.io': { ...proxied, ws: true } } },
  build: {
    outDir: at('../public'),
    emptyOutDir: true,
    // A small page stays small: no polyfill script is injected.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { puntual: at('client/client.ts'), example: at('example/index.html') },
      // The client is a library as well: what it exports stays.
      preserveEntrySignatures: 'exports-only',
      output: {
        entryFileNames: ({ name }) => (name === 'puntual' ? 'client/puntual.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
