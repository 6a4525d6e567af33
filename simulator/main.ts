// The pretend gym as a process: `node simulator/main.ts [--port 0] [--host 127.0.0.1] [--scenario file.json] [--history file.jsonl] [--tls]
// [--cookie-domain d] [--centre-url template] [--no-control] [--die-with-parent]`. The process prints one line of JSON with the gym's addresses when
// the gym is ready, and nothing else.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ScenarioInput } from './scenario.ts';
import { type SimulatorOptions, startSimulator } from './simulator.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    scenario: { type: 'string' },
    history: { type: 'string' },
    tls: { type: 'boolean', default: false },
    'cookie-domain': { type: 'string' },
    'centre-url': { type: 'string' },
    'no-control': { type: 'boolean', default: false },
    'die-with-parent': { type: 'boolean', default: false },
  },
});

const options: SimulatorOptions = {
  port: Number(values.port),
  host: values.host,
  tls: values.tls,
  control: !values['no-control'],
  controlListener: !values['no-control'],
  ...(values.scenario === undefined ? {} : { scenario: readScenario(values.scenario) }),
  ...(values.history === undefined ? {} : { historyFile: values.history }),
  ...(values['cookie-domain'] === undefined ? {} : { cookieDomain: values['cookie-domain'] }),
  ...(values['centre-url'] === undefined ? {} : { centreUrlTemplate: values['centre-url'] }),
};
const { control: _, stop, ...addresses } = await startSimulator(options).catch(complain);
const leave = () => void stop().then(() => process.exit(0));
process.once('SIGTERM', leave);
process.once('SIGINT', leave);
if (values['die-with-parent']) process.stdin.resume().once('close', leave);
process.stdout.write(`${JSON.stringify(addresses)}\n`);

function complain(error: unknown): never {
  process.stderr.write(`The pretend gym cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

// `startSimulator` checks the scenario's shape; this function only parses the JSON.
function readScenario(file: string): ScenarioInput {
  return JSON.parse(readFileSync(file, 'utf8')) as ScenarioInput;
}
