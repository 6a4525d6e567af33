import { defineConfig } from 'vitest/config';
import { CampaignsFirst } from './test/support/campaigns-first.ts';
import { measurePace } from './test/support/pace.ts';

/** Limits are for what hangs: on a busy machine all of them are longer. */
const pace = measurePace();

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
    provide: { pace },
    testTimeout: Math.ceil(20_000 * pace),
    hookTimeout: Math.ceil(60_000 * pace),
    expect: { poll: { timeout: Math.ceil(1_000 * pace) } },
  },
});
