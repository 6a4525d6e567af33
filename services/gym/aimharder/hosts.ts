// Where AimHarder lives: addresses made from configuration and a checked slug, and the slug found in what the gym says.
// A slug never reaches an address unchecked: `evil.com/` or `user@evil.com` in its place would carry a member's cookies away.
import { Failure } from '../../failures.ts';
import { originRule } from '../../http.ts';
import { isBoxSlug } from '../gym.ts';

export interface AimharderAddresses {
  readonly loginUrl: string;
  readonly mainUrl: string;
  /** Has `{box}` as one host label (`https://{box}.aimharder.com`) or one path segment (`http://127.0.0.1:4000/box/{box}`). */
  readonly boxUrlTemplate: string;
}

export interface Hosts {
  login(path: string): URL;
  main(path: string): URL;
  /** Throws gym/box-refused for anything that is not a slug. */
  box(slug: string, path: string): URL;
  /** The slug in a `centre_url`; undefined when its shape is not the template's: never guessed. */
  slugOf(centreUrl: string): string | undefined;
  /** The name that ends this host's and all boxes' names; undefined where they have none in common, or the address has no name. */
  cookieDomain(url: URL): string | undefined;
  /** Is this address one of ours? For the HTTP door's list. */
  owns(url: URL): boolean;
}

/** Stands in for the slug while the template is taken apart; a slug itself, so that URL leaves it alone. */
const STAND_IN = 'puntual-box-stand-in';

function refuseConfig(message: string): never {
  throw new Failure('config/invalid', message);
}

function parse(address: string, base?: string): URL | undefined {
  return URL.canParse(address, base) ? new URL(address, base) : undefined;
}

function plain(address: string, name: string): URL {
  const url = parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return refuseConfig(`Expected ${name} to be an http or https address.`);
  if (url.username || url.password || url.search || url.hash)
    refuseConfig(`Expected ${name} to hold no user, query or fragment.`);
  return url;
}

/** Adds a path of ours ("/api/book") to a configured address, which may have a path of its own. */
function below(base: URL, path: string): URL {
  return new URL(`${base.origin}${base.pathname.replace(/\/$/, '')}${path}`);
}

interface Template {
  /** What every box's host name ends with, without the dot. */
  readonly suffix?: string;
  readonly fill: (slug: string) => URL;
  readonly find: (url: URL) => string | undefined;
}

/** `{box}.aimharder.com`: the first host label. */
function labelTemplate(sample: URL): Template {
  const suffix = sample.hostname.slice(STAND_IN.length);
  return {
    suffix: suffix.slice(1),
    fill(slug) {
      const url = new URL(sample);
      url.hostname = `${slug}${suffix}`;
      return url;
    },
    find: (url) =>
      url.port === sample.port && url.hostname.endsWith(suffix) ? url.hostname.slice(0, -suffix.length) : undefined,
  };
}

/** `…/box/{box}`: one path segment. */
function segmentTemplate(sample: URL): Template {
  const [before = '', after = ''] = sample.pathname.split(STAND_IN);
  return {
    fill: (slug) => new URL(`${sample.origin}${before}${slug}${after}`),
    find(url) {
      if (url.host !== sample.host || !url.pathname.startsWith(before)) return undefined;
      return url.pathname.slice(before.length).split('/')[0];
    },
  };
}

function readTemplate(boxUrlTemplate: string): Template {
  const parts = boxUrlTemplate.split('{box}');
  if (parts.length !== 2) refuseConfig('Expected the box address to hold {box} exactly once.');
  const sample = plain(parts.join(STAND_IN), 'the box address');
  if (sample.hostname.startsWith(`${STAND_IN}.`)) return labelTemplate(sample);
  if (sample.pathname.split('/').includes(STAND_IN)) return segmentTemplate(sample);
  return refuseConfig('Expected {box} to be the first host label or one path segment of the box address.');
}

/** Throws config/invalid for addresses that cannot be used safely. */
export function createHosts(addresses: AimharderAddresses): Hosts {
  const login = plain(addresses.loginUrl, 'the login address');
  const main = plain(addresses.mainUrl, 'the main address');
  const template = readTemplate(addresses.boxUrlTemplate);
  const globals = [originRule(login.href), originRule(main.href)];

  function slugIn(url: URL): string | undefined {
    const slug = url.username || url.password ? undefined : template.find(url);
    return slug !== undefined && isBoxSlug(slug) ? slug : undefined;
  }

  function box(slug: string, path: string): URL {
    const base = isBoxSlug(slug) ? template.fill(slug) : undefined;
    // Read back from the finished address: what URL made of it must be this box and no other place.
    if (!base || slugIn(base) !== slug)
      throw new Failure('gym/box-refused', 'Expected the box to be one plain DNS label.');
    return below(base, path);
  }

  function isBoxAddress(url: URL): boolean {
    const slug = slugIn(url);
    return slug !== undefined && originRule(template.fill(slug).href)(url);
  }

  return {
    login: (path) => below(login, path),
    main: (path) => below(main, path),
    box,
    slugOf(centreUrl) {
      const text = centreUrl.trim();
      // Seen with and without a scheme.
      const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text.replace(/^\/\//, '')}`);
      return url && /^https?:$/.test(url.protocol) ? slugIn(url) : undefined;
    },
    cookieDomain({ hostname }) {
      const { suffix } = template;
      // One label alone (`localhost`, `com`) is nobody's name.
      if (!suffix?.includes('.')) return undefined;
      return hostname === suffix || hostname.endsWith(`.${suffix}`) ? suffix : undefined;
    },
    owns: (url) => globals.some((rule) => rule(url)) || isBoxAddress(url),
  };
}
