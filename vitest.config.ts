import { defineConfig } from 'vitest/config';
import { CampaignsFirst } from './test/support/campaigns-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/loopback-only.ts'],
    pool: 'forks',
    // A worker keeps what it has loaded for its next file: loading costs more than most files do. So no file may leave anything
    // behind in a module.
    isolate: false,
    sequence: { sequencer: CampaignsFirst },
    // Several workers share few cores: collectors with threads of their own would only push each other aside.
    execArgv: ['--single-threaded-gc'],
    // Tests wait for sockets and instants more than they compute.
    maxWorkers: 4,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
