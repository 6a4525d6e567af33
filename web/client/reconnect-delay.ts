// How long a page waits before it connects again to the service's Socket.IO. The wait is random, so that thousands of pages do not all connect at the
// same moment after the service was started again.

const FIRST_MS = 1_000;
const MAX_MS = 30_000;

/**
 * Milliseconds before the page tries again to connect: a random part of a span that doubles with each failed try. @param failures how many tries to
 * connect have failed in a row; 0 after a working connection. @param random a random number from 0 up to 1.
 */
export const reconnectDelayMs = (failures: number, random: number): number =>
  Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 10)) * (0.2 + 0.8 * random);
