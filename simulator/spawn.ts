// Starts the pretend gym in a process of its own and returns the same shape as startSimulator. The gym's process ends with this process, even when
// this process is killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRemoteControl } from './remote-control.ts';
import type { ScenarioInput } from './scenario.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

export interface SpawnedSimulator extends Simulator {
  pid: number;
}
export type SpawnOptions = Omit<SimulatorOptions, 'control' | 'controlListener'>;

/** Rejects when the gym's process ends before it is ready; its error output goes to this process's stderr. */
export async function spawnSimulator(options: SpawnOptions = {}): Promise<SpawnedSimulator> {
  const { scenario, ...rest } = options;
  const child = spawn(process.execPath, [MAIN, '--die-with-parent', ...argumentsOf(rest)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`Expected the pretend gym to start, but it ended with ${String(code)}`);
  });
  const [ready] = await Promise.race([line, ended]);
  ended.catch(() => undefined);
  const addresses = JSON.parse(ready) as Omit<Simulator, 'control' | 'stop'>;
  const remote = createRemoteControl(addresses.controlUrl ?? addresses.url, addresses.ca);
  // The gym's process was started without a scenario, so a `reset` without one must send the scenario that this process was given.
  const control = { ...remote, reset: (next?: ScenarioInput) => remote.reset(next ?? scenario) };
  await control.reset();
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  };
  return { ...addresses, pid: child.pid ?? 0, control, stop };
}

function argumentsOf(options: Omit<SpawnOptions, 'scenario'>): string[] {
  const { port, host, historyFile, tls, cookieDomain, centreUrlTemplate } = options;
  const pairs: [string, string | number | undefined][] = [
    ['--port', port],
    ['--host', host],
    ['--history', historyFile],
    ['--cookie-domain', cookieDomain],
    ['--centre-url', centreUrlTemplate],
  ];
  const given = pairs.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  return tls ? [...given, '--tls'] : given;
}
