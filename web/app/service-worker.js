// The app’s service worker keeps the page, scripts and styles for times without a network; it keeps no answer of the service. The worker also shows
// pushes, and opens the screen of a pressed notice. web/vite.config.ts fills in the names of the kept files and a version.

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

/** The page from the network if there is one, so that a new version is seen at once. */
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

/** The content of a push, as services/notify/channels/web-push.ts writes it; undefined for a push of another form. */
function readPush(data) {
  try {
    const said = data.json();
    return typeof said.text === 'string' ? said : undefined;
  } catch {
    return undefined;
  }
}

/** The path of the screen that a notice links to; if its link names no screen, the path of the notice's prebooking, or else of the first screen. */
function screenOf({ link, prebookingId }) {
  const { origin } = self.location;
  const { pathname, search } = new URL(URL.canParse(link, origin) ? link : '/', origin);
  if (pathname !== '/' && SCREENS.test(pathname)) return `${pathname}${search}`;
  return typeof prebookingId === 'string' ? `/bookings/${encodeURIComponent(prebookingId)}` : '/';
}

self.addEventListener('push', (event) => {
  const said = readPush(event.data);
  // A push always shows a notification: a browser withdraws the permission if a push shows none.
  const { text = 'puntual', language = 'es', id = 'puntual' } = said ?? {};
  const shown = {
    body: text,
    lang: language,
    tag: id,
    icon: '/icon-192.png',
    data: { to: said ? screenOf(said) : '/' },
  };
  event.waitUntil(self.registration.showNotification('puntual', shown));
});

/** Opens a screen in a window of the app if there is one, else in a new window. */
async function openScreen(to) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = windows.find(({ focused }) => focused) ?? windows[0];
  if (!open) return self.clients.openWindow(to);
  // A window that this worker does not control yet cannot be navigated, so a new window is opened instead.
  const moved = await open.navigate(to).catch(() => undefined);
  if (!moved) return self.clients.openWindow(to);
  return moved.focus().catch(() => undefined);
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openScreen(event.notification.data?.to ?? '/'));
});
