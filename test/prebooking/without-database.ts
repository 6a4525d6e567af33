// The settings of the test runner for tests of functions without input and output: no database is started, and nothing is set up.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/rules/**/*.test.ts'], pool: 'forks', testTimeout: 60_000 } });
