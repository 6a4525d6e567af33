// Makes AimHarder's addresses from the configuration and a box's slug, and finds the slug in a box's address that the gym sends. No slug is put into
// an address unchecked: with `evil.com/` or `user@evil.com` as the slug, a member's cookies would go to another host.
import { Failure } from '../../failures.ts';
import { originRule } from '../../http.ts';
import { isBoxSlug } from '../gym.ts';

/**
 * The configured addresses of AimHarder: the address for signing in, the main host's address, and the boxes' addresses. Each setting may hold several
 * addresses, separated by commas, one for each of the gym's domain suffixes. Only the doctor's examination calls a setting's second address; all
 * other calls go to the first.
 */
export interface AimharderAddresses {
  readonly loginUrl: string;
  readonly mainUrl: string;
  /**
   * The address of every box, with `{box}` in place of the slug, as one host label (`https://{box}.aimharder.com`) or one path segment
   * (`http://127.0.0.1:4000/box/{box}`).
   */
  readonly boxUrlTemplate: string;
}

export interface Hosts {
  login(path: string): URL;
  main(path: string): URL;
  /** The full address of a path at a box's host. Throws gym/box-refused if `slug` is not one plain DNS label. */
  box(slug: string, path: string): URL;
  /**
   * The slug in a `centre_url` (a box's address as the gym gives it); undefined when the address does not fit the template, because a slug is never
   * guessed.
   */
  slugOf(centreUrl: string): string | undefined;
  /**
   * The slug in a box's `centre_url` under any of the gym's domain suffixes but the one that `slugOf` reads; undefined for any other address. The
   * slug only serves to describe an unplaced box, and the `centre_url` is never called.
   */
  sisterSlugOf(centreUrl: string): string | undefined;
  /**
   * The domain suffix with which this URL's host name and all boxes' host names end; undefined if they share none, or if the host is an IP address.
   */
  cookieDomain(url: URL): string | undefined;
  /** True for an address of the gym; the HTTP client may call only such addresses. */
  owns(url: URL): boolean;
}

/**
 * The domain suffixes under which AimHarder runs. A cookie of a host under one suffix is of no use at a host under another, and is never sent there.
 */
const SUFFIXES = ['aimharder.com', 'aimharder.es'] as const;

/**
 * A placeholder that stands for the slug in the template while the template is parsed. The placeholder has the form of a slug, so that `URL` does not
 * change it.
 */
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

/** Adds a path such as "/api/book" to a configured address, which may have a path of its own. */
function below(base: URL, path: string): URL {
  return new URL(`${base.origin}${base.pathname.replace(/\/$/, '')}${path}`);
}

/** Splits a setting, which holds addresses separated by commas, into the first address and the others. */
function listed(addresses: string): [string, ...string[]] {
  const [first = '', ...others] = addresses.split(',').map((one) => one.trim());
  return [first, ...others];
}

/**
 * The templates of box addresses under the gym's other domain suffixes; none if `boxUrlTemplate` has no suffix of `SUFFIXES` right after the slug.
 */
function sistersOf(boxUrlTemplate: string): string[] {
  const own = SUFFIXES.find((suffix) => boxUrlTemplate.includes(`{box}.${suffix}`));
  return SUFFIXES.filter((suffix) => own !== undefined && suffix !== own).map((suffix) =>
    boxUrlTemplate.replace(`{box}.${own}`, `{box}.${suffix}`),
  );
}

/**
 * The addresses under the gym's other domain suffix: the second address of each setting if all have one, else each first address with its suffix
 * replaced. Undefined when a setting (`loginUrl`, `mainUrl` or `boxUrlTemplate`) has no second address and the first template of box addresses
 * contains none of `SUFFIXES`.
 */
export function otherAddresses(addresses: AimharderAddresses): AimharderAddresses | undefined {
  const [loginUrl, secondLogin] = listed(addresses.loginUrl);
  const [mainUrl, secondMain] = listed(addresses.mainUrl);
  const [boxUrlTemplate, secondBox] = listed(addresses.boxUrlTemplate);
  if (secondLogin !== undefined && secondMain !== undefined && secondBox !== undefined)
    return { loginUrl: secondLogin, mainUrl: secondMain, boxUrlTemplate: secondBox };
  const own = SUFFIXES.find((suffix) => boxUrlTemplate.includes(`{box}.${suffix}`));
  const sister = SUFFIXES.find((suffix) => suffix !== own);
  if (own === undefined || sister === undefined) return undefined;
  const rename = (url: string) => url.replace(own, sister);
  return { loginUrl: rename(loginUrl), mainUrl: rename(mainUrl), boxUrlTemplate: rename(boxUrlTemplate) };
}

/** The URL with its host name written plainly: without a dot at the end, without `www.` at the beginning. */
function withoutOddities(url: URL): URL {
  const plain = new URL(url);
  plain.hostname = url.hostname.replace(/\.+$/, '').replace(/^www\./, '');
  return plain;
}

interface Template {
  /** The domain with which every box's host name ends, without the dot before it; absent when the slug is a path segment. */
  readonly suffix?: string;
  readonly fill: (slug: string) => URL;
  readonly find: (url: URL) => string | undefined;
}

/** A template of box addresses in which the slug is the first host label: `{box}.aimharder.com`. */
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

/** A template of box addresses in which the slug is one path segment: `…/box/{box}`. */
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

/** Makes the gym's `Hosts` from the configured addresses. Throws config/invalid for addresses that cannot be used safely. */
export function createHosts(addresses: AimharderAddresses): Hosts {
  const [loginUrl, ...otherLogins] = listed(addresses.loginUrl);
  const [mainUrl, ...otherMains] = listed(addresses.mainUrl);
  const [boxUrl, ...otherBoxes] = listed(addresses.boxUrlTemplate);
  if (otherLogins.length !== otherBoxes.length || otherMains.length !== otherBoxes.length)
    refuseConfig('Expected as many login, main and box addresses, one for each suffix.');
  const login = plain(loginUrl, 'the login address');
  const main = plain(mainUrl, 'the main address');
  const template = readTemplate(boxUrl);
  const sisters = [...new Set([...otherBoxes, ...sistersOf(boxUrl)])].map(readTemplate);
  const globals = [originRule(login.href), originRule(main.href)];

  /** True for the addresses of the login host and the main host, which may fit the template of box addresses without being a box's address. */
  const isGlobal = (url: URL): boolean =>
    [login, main].some(({ host, pathname }) => host === url.host && pathname === url.pathname);

  function slugAt(at: Template, url: URL): string | undefined {
    const slug = url.username || url.password ? undefined : at.find(url);
    return slug !== undefined && isBoxSlug(slug) && !isGlobal(at.fill(slug)) ? slug : undefined;
  }
  const slugIn = (url: URL): string | undefined => slugAt(template, url);

  function slugSaid(at: Template, centreUrl: string): string | undefined {
    const text = centreUrl.trim();
    // The gym has been seen to send `centre_url` with and without a scheme such as `https://`.
    const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text.replace(/^\/\//, '')}`);
    return url && /^https?:$/.test(url.protocol) ? slugAt(at, withoutOddities(url)) : undefined;
  }

  function box(slug: string, path: string): URL {
    const base = isBoxSlug(slug) ? template.fill(slug) : undefined;
    // The slug is read back from the finished address, which must point at this box and nowhere else.
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
    slugOf: (centreUrl) => slugSaid(template, centreUrl),
    sisterSlugOf: (centreUrl) => sisters.map((at) => slugSaid(at, centreUrl)).find((slug) => slug !== undefined),
    cookieDomain({ hostname }) {
      const { suffix } = template;
      // One label alone (`localhost`, `com`) is not a gym's domain.
      if (!suffix?.includes('.')) return undefined;
      return hostname === suffix || hostname.endsWith(`.${suffix}`) ? suffix : undefined;
    },
    owns: (url) => globals.some((rule) => rule(url)) || isBoxAddress(url),
  };
}
