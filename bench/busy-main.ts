// Keeps one core busy until its parent process disconnects. The busy loop pauses every few milliseconds to notice when the parent has disconnected,
// so that this process never outlives the bench.
const SLICE_MS = 10;

function spin(): void {
  const endsAt = performance.now() + SLICE_MS;
  while (performance.now() < endsAt) {}
  setImmediate(spin);
}

process.on('disconnect', () => process.exit(0));
spin();
