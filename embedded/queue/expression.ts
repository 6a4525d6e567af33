// The arithmetic of QStash's setting `retryDelay`: numbers, + - * / %, brackets, QStash's functions and the variable `retried`. This file parses the
// setting's text, because that text comes from outside and must never be run as code.
import { Failure } from '../../services/failures.ts';

const MAX_MS = 86_400_000; // one day, the limit of QStash itself
const MAX_TEXT = 500;

const FUNCTIONS: Readonly<Record<string, (...args: number[]) => number>> = {
  pow: Math.pow,
  sqrt: Math.sqrt,
  abs: Math.abs,
  exp: Math.exp,
  floor: Math.floor,
  ceil: Math.ceil,
  round: Math.round,
  min: Math.min,
  max: Math.max,
};
const TOKEN = /\s*(?:(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)|([a-z]+)|([-+*/%(),]))/iy;

const refuse = (text: string): Failure =>
  new Failure('request/invalid', `Expected an arithmetic expression of "retried", got "${text.slice(0, 80)}".`);

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trim();
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (!match || text.length > MAX_TEXT) throw refuse(text);
    tokens.push(match[0].trim());
  }
  return tokens;
}

/**
 * The wait, in ms, before the next delivery of a message that was already retried `retried` times. A result below 0 counts as 0, and one over a day
 * counts as a day. Throws `request/invalid` when the text is not an arithmetic expression of `retried`.
 */
export function retryDelayMs(text: string, retried: number): number {
  const tokens = tokensOf(text);
  let at = 0;
  const take = (expected?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (expected !== undefined && token !== expected)) throw refuse(text);
    return token;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-') value = take() === '+' ? value + product() : value - product();
    return value;
  };
  const product = (): number => {
    let value = factor();
    for (let sign = tokens[at]; sign === '*' || sign === '/' || sign === '%'; sign = tokens[at]) {
      take();
      const right = factor();
      value = sign === '*' ? value * right : sign === '/' ? value / right : value % right;
    }
    return value;
  };
  const factor = (): number => {
    const token = take();
    if (token === '-') return -factor();
    if (token === '(') {
      const value = sum();
      take(')');
      return value;
    }
    if (token === 'retried') return retried;
    const call = Object.hasOwn(FUNCTIONS, token) ? FUNCTIONS[token] : undefined;
    if (call) return call(...args());
    if (!/^[\d.]/.test(token)) throw refuse(text);
    return Number(token);
  };
  const args = (): number[] => {
    take('(');
    const values = [sum()];
    while (tokens[at] === ',') {
      take();
      values.push(sum());
    }
    take(')');
    return values;
  };
  const value = sum();
  if (at !== tokens.length) throw refuse(text);
  return Number.isNaN(value) ? 0 : Math.min(MAX_MS, Math.max(0, value));
}
