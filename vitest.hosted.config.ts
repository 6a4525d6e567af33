// `npm run test:hosted`: tests the function that is deployed to a hosting platform, built and run by the platform's own tool. The tests under
// test/hosted are slow, so `npm test` leaves them out.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/hosted/**/*.hosted.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/loopback-only.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
