// Ends a connection that sends too many packets, before Socket.IO parses the packets beyond the limit. Our own browser client sends so few packets
// that it never reaches the limit on packets.
import type { Clock } from '../../services/clock.ts';

/** The parts of an Engine.IO connection that `endFloods` uses. */
interface Line {
  on(event: 'packet', listener: () => void): unknown;
  close(discard: boolean): void;
}

const MAX_PACKETS = 60;
const WINDOW_MS = 10_000;

export function endFloods(line: Line, clock: Clock): void {
  let sinceMs = clock.monotonicMs();
  let packets = 0;
  line.on('packet', () => {
    if (clock.monotonicMs() - sinceMs > WINDOW_MS) {
      sinceMs = clock.monotonicMs();
      packets = 0;
    }
    packets += 1;
    if (packets > MAX_PACKETS) line.close(true);
  });
}
