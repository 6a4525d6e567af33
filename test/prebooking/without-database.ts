// The test runner's settings for tests of rules alone: no database is started, and nothing is set up.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/rules/**/*.test.ts'], pool: 'forks', testTimeout: 60_000 } });
