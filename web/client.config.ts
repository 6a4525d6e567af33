// The client as one module that other sites' pages may import too (client/puntual.js), and the example. `npm run build:web` adds the module
// to the app's pages in public/.
// `npm run dev:web` serves the same pages from their sources, beside a running service (PUNTUAL_URL).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const service = process.env['PUNTUAL_URL'] ?? 'http://127.0.0.1:3000';
/** The service answers pages of its own: to it, the proxied ones are. */
const proxied = { target: service, headers: { origin: service } };

export default defineConfig({
  root: at('.'),
  publicDir: false,
  appType: 'mpa',
  server: { proxy: { '/api': proxied, '/socket.io': { ...proxied, ws: true } } },
  build: {
    outDir: at('../public'),
    emptyOutDir: true,
    // A page that asks for little gets little: no polyfill is injected in the page by a script of its own.
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
