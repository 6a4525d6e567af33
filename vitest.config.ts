import { defineConfig } from 'vitest/config';
import { CampaignsFirst } from './test/support/campaigns-first.ts';
import { compiledBy } from './test/support/compiled.ts';
import { measurePace } from './test/support/pace.ts';

/** How slow this machine is, as a factor that lengthens every test's time limit; the limits serve only to end tests that hang. */
const pace = measurePace();

// The compile cache is set here, so that the test workers and the processes that they start inherit it.
process.env['NODE_COMPILE_CACHE'] ??= compiledBy('vitest');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/loopback-only.ts', 'test/support/flush-compiled.ts'],
    pool: 'forks',
    // A worker keeps loaded modules for its next test file, because loading takes longer than most files do. Because test files share loaded modules,
    // no test file may leave state behind in a module.
    isolate: false,
    // Node itself loads the modules of a test, as it loads those of the service in production. Vitest's own module runner would add a look-up to each
    // use of an imported name.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    sequence: { sequencer: CampaignsFirst },
    // Several workers share few cores, and garbage collectors with threads of their own would slow each other down.
    execArgv: ['--single-threaded-gc'],
    // More workers than cores are useful, because tests wait for sockets and timers more than they compute.
    maxWorkers: 6,
    provide: { pace },
    // The time limit serves only to end tests that hang. A long time limit is needed, because the machine may become busy after its speed was
    // measured.
    testTimeout: Math.ceil(60_000 * pace),
    hookTimeout: Math.ceil(60_000 * pace),
    expect: { poll: { timeout: Math.ceil(20_000 * pace) } },
  },
});
