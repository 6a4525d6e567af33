// Builds the client as one module (client/puntual.js), which other sites' pages may import, too; and builds the example page. `npm run build:web`
// adds the module client/puntual.js to the built pages in the folder public/. `npm run dev:web` serves the client and the example page from their
// sources, beside a running service (PUNTUAL_URL).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const service = process.env['PUNTUAL_URL'] ?? 'http://127.0.0.1:3000';
/**
 * The service accepts requests from pages of its own origin, and of origins that the operator has listed. The proxy of `npm run dev:web` therefore
 * sets the Origin header to the service's address.
 */
const proxied = { target: service, headers: { origin: service } };

export default defineConfig({
  root: at('.'),
  publicDir: false,
  appType: 'mpa',
  server: { proxy: { '/api': proxied, '/socket.io': { ...proxied, ws: true } } },
  build: {
    outDir: at('../public'),
    emptyOutDir: true,
    // No polyfill script is added, so that a small page stays small.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { puntual: at('client/client.ts'), example: at('example/index.html') },
      // The build keeps the client's exports, since other pages import the client as a library.
      preserveEntrySignatures: 'exports-only',
      output: {
        entryFileNames: ({ name }) => (name === 'puntual' ? 'client/puntual.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
