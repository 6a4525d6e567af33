// Starts a pretend AimHarder in this process, reached over real sockets; spawn.ts starts one in a process of its own.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Certificate, makeCertificate } from './certificate.ts';
import type { Control } from './control.ts';
import { exchange } from './exchange.ts';
import { createHistory } from './history.ts';
import { createIntake } from './intake.ts';
import { listenOn } from './listener.ts';
import { createLocalControl } from './local-control.ts';
import { openOffice } from './office.ts';
import { createOutages } from './outages.ts';
import { isControl, serveControl } from './routes-control.ts';
import { type ScenarioInput, scenarioShape } from './scenario.ts';
import { createSimClock } from './sim-clock.ts';
import { followSockets } from './sockets.ts';
import { stampReads } from './stamps.ts';
import { createWorld } from './world.ts';

export interface SimulatorOptions {
  /** The port that the gym listens on; 0, the default, means any free port. */
  port?: number;
  host?: string;
  scenario?: ScenarioInput;
  /** The file to which the gym's history (its record of calls) is appended as JSON lines. */
  historyFile?: string;
  tls?: boolean;
  /** The Domain of the login cookie; without this option the cookie has no Domain. */
  cookieDomain?: string;
  /** The template of the box addresses (`centre_url`) in the gym's answers to login and whoami; `${url}/box/{box}` by default. */
  centreUrlTemplate?: string;
  /** With `false` the gym serves no control calls over HTTP (/__sim). */
  control?: boolean;
  /** With `true` the gym opens a second port for control calls alone, which answers even while the gym refuses connections. */
  controlListener?: boolean;
}

export interface Simulator {
  url: string;
  loginUrl: string;
  mainUrl: string;
  /** The address of a box's host; `{box}` stands for the slug. */
  boxUrlTemplate: string;
  /** The addresses of the login, main and box hosts under `.es`, for boxes with this domain ending. */
  es: { loginUrl: string; mainUrl: string; boxUrlTemplate: string };
  /** The certificate that a client must trust; present only if the gym serves TLS. */
  ca?: string;
  /** The URL of the listener that serves only control calls; present only with the option `controlListener`. */
  controlUrl?: string;
  control: Control;
  stop(): Promise<void>;
}

/** Starts the gym and resolves once it listens; rejects when the port is in use or the scenario is invalid. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const scenario = scenarioShape.parse(options.scenario ?? {});
  const clock = createSimClock();
  const history = createHistory(options.historyFile);
  const certificate = options.tls ? makeCertificate() : undefined;
  const server = createServer(certificate);
  const sockets = followSockets(server);
  const stamps = stampReads(server, certificate !== undefined);
  const { port = 0, host = '127.0.0.1' } = options;
  const listener = await listenOn(server, { port, host }, sockets);
  const url = urlOf(server, host, certificate !== undefined);
  const addresses = addressesOf(url);
  const { cookieDomain, centreUrlTemplate = addresses.boxUrlTemplate } = options;
  const centreUrlTemplates = { com: centreUrlTemplate, es: underEs(centreUrlTemplate) };
  const world = createWorld({ cookieDomain, centreUrlTemplates }, clock, history);
  const outages = createOutages(clock, listener);
  const control = createLocalControl(world, scenario, sockets, outages);
  await control.reset();
  const judge = createIntake(stamps, (arrival) => {
    const { request, response } = arrival;
    if (options.control === false || !isControl(request)) {
      exchange(world, arrival).catch((error: unknown) => confess(response, error));
    } else {
      sockets.spare(request.socket);
      void serveControl(control, arrival);
    }
  });
  server.on('request', judge);
  const office = options.controlListener ? await openOffice(control) : undefined;
  return {
    ...addresses,
    ...(certificate ? { ca: certificate.cert } : {}),
    ...(office && { controlUrl: office.url }),
    control,
    stop,
  };

  async function stop(): Promise<void> {
    office?.close();
    const closed = once(server, 'close');
    server.close();
    sockets.destroy();
    clock.stop();
    await closed;
    history.stop();
  }
}

// An error of the pretend gym itself must not pass for a fault that a knob asked for, so it is answered with 599, which no gym sends.
function confess(response: http.ServerResponse, error: unknown): void {
  response.statusCode = 599;
  response.end(`The pretend gym broke: ${error instanceof Error ? error.stack : String(error)}`);
}

/** The addresses with which a gym client is configured, for the login host, the main host and the boxes; `es` has those under `.es`. */
const addressesOf = (url: string) => ({
  url,
  loginUrl: `${url}/login-host`,
  mainUrl: `${url}/main-host`,
  boxUrlTemplate: `${url}/box/{box}`,
  es: {
    loginUrl: `${url}/es/login-host`,
    mainUrl: `${url}/es/main-host`,
    boxUrlTemplate: `${url}/es/box/{box}`,
  },
});

/** Turns an address template under `.com` into one under `.es`: a real host name gets the other ending, a local path gets `/es` before `/box/`. */
const underEs = (template: string): string =>
  template.includes('aimharder.com')
    ? template.replace('aimharder.com', 'aimharder.es')
    : template.replace('/box/', '/es/box/');

// The server sets no time limits on requests: a client may begin its request long before a class opens and end it exactly at the opening.
const patience = {
  headersTimeout: 0,
  requestTimeout: 0,
  keepAliveTimeout: 300_000,
  connectionsCheckingInterval: 60_000,
};

function createServer(certificate: Certificate | undefined): http.Server {
  return certificate ? https.createServer({ ...patience, ...certificate }) : http.createServer(patience);
}

function urlOf(server: http.Server, host: string, tls: boolean): string {
  const { port } = server.address() as AddressInfo;
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
