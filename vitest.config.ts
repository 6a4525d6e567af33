import { defineConfig } from 'vitest/config';
import { CampaignsFirst } from './test/support/campaigns-first.ts';
import { compiledBy } from './test/support/compiled.ts';
import { measurePace } from './test/support/pace.ts';

/** Limits are for what hangs: on a busy machine all of them are longer. */
const pace = measurePace();

// For the workers, and for the processes that inherit it from them.
process.env['NODE_COMPILE_CACHE'] ??= compiledBy('vitest');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/loopback-only.ts', 'test/support/flush-compiled.ts'],
    pool: 'forks',
    // A worker keeps what it has loaded for its next file: loading costs more than most files do. So no file may leave anything
    // behind in a module.
    isolate: false,
    // Node runs the files as it does in production: a name that was imported is a name, not a look-up at each use of it.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    sequence: { sequencer: CampaignsFirst },
    // Several workers share few cores: collectors with threads of their own would only push each other aside.
    execArgv: ['--single-threaded-gc'],
    // Tests wait for sockets and instants more than they compute.
    maxWorkers: 6,
    provide: { pace },
    // It ends what hangs, and proves nothing: a machine that grows busy later on, when the pace is known, must not be taken for that.
    testTimeout: Math.ceil(60_000 * pace),
    hookTimeout: Math.ceil(60_000 * pace),
    expect: { poll: { timeout: Math.ceil(1_000 * pace) } },
  },
});
