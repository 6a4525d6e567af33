// Parses the call of QStash's API that publishes a message: which delivery the headers of the call ask for. The functions of this file are pure. The
// headers are read as
// @upstash/qstash 2.12 sends them and as QStash's public API reference describes them.
import { createHash } from 'node:crypto';
import { Failure } from '../../services/failures.ts';
import { retryDelayMs } from './expression.ts';

export type Headers = Readonly<Record<string, string | undefined>>;

export interface Flow {
  readonly key: string;
  readonly parallelism?: number;
  readonly rate?: number;
  readonly periodMs: number;
}

/** How a message is to be delivered; stored as JSON in the message's row. */
export interface Spec {
  readonly method: string;
  /** The headers to send to the destination. */
  readonly headers: Readonly<Record<string, string>>;
  readonly retries: number;
  readonly retryDelay?: string;
  readonly timeoutMs: number;
  readonly labels: readonly string[];
  readonly flow?: Flow;
}

export interface Publish {
  readonly url: string;
  readonly spec: Spec;
  readonly body: Buffer;
  readonly notBefore?: Date;
  readonly delayMs: number;
  readonly dedupId?: string;
}

const UNIT_MS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DEFAULT_RETRIES = 3;
const DEFAULT_TIMEOUT_MS = 15 * 60_000; // how long QStash's free plan waits for an answer
const MAX_TIMEOUT_MS = 12 * 3_600_000;
const CALLBACKS = ['upstash-callback', 'upstash-failure-callback'];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const invalid = (message: string): Failure => new Failure('request/invalid', message);

/** A duration such as "90", "90s" or "1m30s", in milliseconds; a bare number is in seconds. Throws `request/invalid`. */
export function durationMs(text: string): number {
  if (!/^(\d+(\.\d+)?[smhd]?)+$/.test(text))
    throw invalid(`Expected a duration such as 90s or 1m30s, got "${text.slice(0, 40)}".`);
  return [...text.matchAll(/([\d.]+)([smhd]?)/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
  );
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw invalid(`Expected ${name} to be a whole number, got "${text.slice(0, 40)}".`);
  return value;
}

/**
 * Reads a destination, any http or https address. Percent-encoding of the whole address is undone; nothing else is changed, because a delivery's
 * signature contains the address as the publisher of the message wrote it. Throws `request/invalid`.
 */
function destination(text: string): string {
  const url = /^https?%3a/i.test(text) ? decodeURIComponent(text) : text;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw invalid(
      `Expected a destination that is an http or https address, got "${url.slice(0, 80)}". The embedded queue knows no URL groups.`,
    );
  }
  return url;
}

function flowOf(headers: Headers): Flow | undefined {
  const key = headers['upstash-flow-control-key'];
  if (key === undefined) return undefined;
  const given = new Map(
    (headers['upstash-flow-control-value'] ?? '').split(',').map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
  const limit = (name: string) => {
    const text = given.get(name);
    return text === undefined ? {} : { [name]: wholeNumber(name, text) };
  };
  return { key, ...limit('parallelism'), ...limit('rate'), periodMs: durationMs(given.get('period') ?? '1s') };
}

function methodOf(headers: Headers): string {
  const method = (headers['upstash-method'] ?? 'POST').toUpperCase();
  if (!METHODS.includes(method))
    throw invalid(`Expected a method among ${METHODS.join(', ')}, got "${method.slice(0, 20)}".`);
  return method;
}

function forwarded(headers: Headers): Record<string, string> {
  const prefix = 'upstash-forward-';
  const own = Object.entries(headers).filter(([key, value]) => key.startsWith(prefix) && value !== undefined);
  const sent = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value ?? '']));
  const type = headers['content-type'];
  return type === undefined ? sent : { 'content-type': type, ...sent };
}

const contentId = (url: string, spec: Spec, body: Buffer): string =>
  createHash('sha256')
    .update(JSON.stringify([url, spec.method, spec.headers]))
    .update(body)
    .digest('hex');

/** How a message is to be delivered, read from the headers of a publish call (names in lower case). Throws `request/invalid`. */
function readSpec(headers: Headers): Spec {
  if (CALLBACKS.some((name) => headers[name] !== undefined)) throw invalid('The embedded queue makes no callbacks.');
  const retryDelay = headers['upstash-retry-delay'];
  if (retryDelay !== undefined) retryDelayMs(retryDelay, 0);
  const timeout = headers['upstash-timeout'];
  const flow = flowOf(headers);
  return {
    method: methodOf(headers),
    headers: forwarded(headers),
    retries: wholeNumber('retries', headers['upstash-retries'] ?? String(DEFAULT_RETRIES)),
    timeoutMs: Math.min(MAX_TIMEOUT_MS, timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(timeout)),
    labels: (headers['upstash-label'] ?? '').split(',').filter((label) => label !== ''),
    ...(retryDelay === undefined ? {} : { retryDelay }),
    ...(flow ? { flow } : {}),
  };
}

/** A client's publish call, parsed (header names in lower case). Throws `request/invalid`. */
export function readPublish(target: string, headers: Headers, body: Buffer): Publish {
  const url = destination(target);
  const spec = readSpec(headers);
  const notBefore = headers['upstash-not-before'];
  const delay = headers['upstash-delay'];
  const byContent = headers['upstash-content-based-deduplication'] === 'true';
  const dedupId = headers['upstash-deduplication-id'] ?? (byContent ? contentId(url, spec, body) : undefined);
  return {
    url,
    spec,
    body,
    delayMs: delay === undefined ? 0 : durationMs(delay),
    ...(notBefore === undefined ? {} : { notBefore: new Date(wholeNumber('notBefore', notBefore) * 1000) }),
    ...(dedupId === undefined ? {} : { dedupId }),
  };
}
