// Keeps one core busy until its parent lets go of it. Looks up every few milliseconds, so that it never outlives the bench.
const SLICE_MS = 10;

function spin(): void {
  const endsAt = performance.now() + SLICE_MS;
  while (performance.now() < endsAt) {}
  setImmediate(spin);
}

process.on('disconnect', () => process.exit(0));
spin();
