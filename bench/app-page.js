// What the measured page notes about itself, from its first instant on. bench/app.ts puts this script into the browser's page and reads `notes`.

const notes = { largestMs: 0, shift: 0, blockedMs: 0, listMs: 0, pressMs: 0, ends: {} };
const ROWS = 'main .row';
const LIST_ROWS = 60;
const TASK_MS = 50;

const observe = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
const everyFrame = (look) => {
  const again = () => look() || requestAnimationFrame(again);
  again();
};

notes.load = () => {
  observe('largest-contentful-paint', ({ startTime }) => {
    notes.largestMs = startTime;
  });
  observe('layout-shift', ({ value }) => {
    notes.shift += value;
  });
  observe('longtask', ({ duration }) => {
    if (notes.listMs === 0) notes.blockedMs += duration - TASK_MS;
  });
  everyFrame(() => {
    if (document.querySelectorAll(ROWS).length < LIST_ROWS) return false;
    notes.listMs = performance.now();
    return true;
  });
};

notes.read = () => {
  const { largestMs, shift, blockedMs, listMs } = notes;
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  return { paintMs: paint?.startTime ?? Number.NaN, largestMs, shift, blockedMs, listMs };
};

/** Measures the time from the press of a row's button to the end of the first frame in which the button has changed. */
notes.watchPress = (row) => {
  notes.pressMs = 0;
  const button = document.querySelectorAll(ROWS)[row].querySelector('button');
  const onPress = ({ timeStamp }) => {
    const onChange = (_, observer) => {
      observer.disconnect();
      requestAnimationFrame(() =>
        setTimeout(() => {
          notes.pressMs = performance.now() - timeStamp;
        }),
      );
    };
    const options = { attributes: true, childList: true, characterData: true, subtree: true };
    new MutationObserver(onChange).observe(button, options);
  };
  button.addEventListener('click', onPress, { capture: true, once: true });
};

/** Notes when each prebooking's row is first seen to say that it is booked, in epoch ms by the prebooking's id. */
notes.watchEnds = () =>
  everyFrame(() => {
    for (const row of document.querySelectorAll(ROWS)) {
      const id = row.querySelector('a[href^="/bookings/"]')?.getAttribute('href')?.split('/').at(-1);
      if (id && !(id in notes.ends) && row.querySelector('.state.good')) notes.ends[id] = Date.now();
    }
    return false;
  });

globalThis.notes = notes;
notes.load();
