// Keeps the app's shell where there is no network: the page, its scripts and styles. It keeps no answer of the service; the last agenda
// is on the page's own shelf (data/shelf.ts). web/vite.config.ts fills in the files and the version.

/** @type {string[]} */
const SHELL = '%SHELL%';
const CACHE = 'puntual-%VERSION%';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  const removeOld = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith('puntual-') && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(removeOld());
});

/** The page from the network while there is one, so that a new version is seen at once. */
const page = (request) => fetch(request).catch(async () => (await caches.match('/')) ?? Response.error());
const asset = async (request) => (await caches.match(request)) ?? fetch(request);
const SCREENS = /^\/(login|classes|bookings(\/[^/]+)?|weekly|account|operator|chat)?$/;

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate' && SCREENS.test(pathname)) event.respondWith(page(request));
  else if (SHELL.includes(pathname) && pathname !== '/') event.respondWith(asset(request));
});
