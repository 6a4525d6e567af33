// Keeps one core busy until its parent process disconnects. It pauses every few milliseconds to hear of that, so that it never outlives the bench.
const SLICE_MS = 10;

function spin(): void {
  const endsAt = performance.now() + SLICE_MS;
  while (performance.now() < endsAt) {}
  setImmediate(spin);
}

process.on('disconnect', () => process.exit(0));
spin();
