// Makes values for a field: values that fit its schema, ids that another member owns, and texts that may break a parser.
import type { Chance } from './chance.ts';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly $ref?: string;
}
/** Ids and words that exist in the test's database, by the name of the field, so that requests with them get past the first checks. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const STRINGS: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  'undefined',
  'NaN',
  'true',
  '../../etc/passwd',
  '%00',
  '\u0000',
  '\ud800',
  '\uffff',
  '🏋️‍♀️',
  "' or 1=1 --",
  '"; drop table members; --',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '\r\nSet-Cookie: a=b',
  'a'.repeat(300),
  'ä'.repeat(9_000),
  '__proto__',
  'constructor',
  '٣',
  '１８００',
  '2026-02-30',
  '20260230',
  '00000000',
  '99999999',
  '2026-03-02T09:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999+14:00',
  '9999-12-31T23:59:59-12:00',
  '0000-01-01T00:00:00Z',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '%',
  '%_%',
  '\\',
  '{1,2}',
  '(select 1)',
  'evil.test/',
  'user@evil.test',
  '127.0.0.1:6379/',
  '1800_60',
  '501',
  'norte',
];
const OTHERS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e308,
  [],
  {},
  [[]],
  [null],
  { $ne: null },
  { length: -1 },
  { toString: 1 },
  Array(200).fill('x'),
  { a: { b: { c: { d: {} } } } },
];

export const wildText = (chance: Chance): string =>
  chance.onceIn(4)
    ? Array.from({ length: chance.below(40) }, () =>
        String.fromCharCode(chance.below(chance.onceIn(2) ? 0x80 : 0xffff)),
      ).join('')
    : chance.pick(STRINGS);
export const wild = (chance: Chance): unknown => (chance.onceIn(2) ? wildText(chance) : chance.pick(OTHERS));

/** Gives a value for a field, mostly one that its schema allows. @param oddIn about one value in this many does not fit the schema. */
export function valueFor(schema: Schema, name: string, known: Known, chance: Chance, oddIn: number): unknown {
  if (chance.onceIn(oddIn)) return wild(chance);
  const familiar = known[name];
  if (familiar && !chance.onceIn(6)) return chance.pick(familiar);
  const one = schema.anyOf ?? schema.oneOf;
  if (one) return valueFor(chance.pick(one), name, known, chance, oddIn);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return chance.pick(schema.enum);
  if (schema.properties) return objectFor(schema, known, chance, oddIn);
  switch (Array.isArray(schema.type) ? chance.pick(schema.type) : schema.type) {
    case 'array':
      return Array.from({ length: chance.below(4) }, () => valueFor(schema.items ?? {}, name, known, chance, oddIn));
    case 'boolean':
      return chance.onceIn(2);
    case 'integer':
    case 'number':
      return chance.below(1_000);
    case 'null':
      return null;
    default:
      return schema.format === 'date-time' && chance.onceIn(2) ? anyInstant(chance) : wildText(chance);
  }
}

/** Gives an instant in any year of four digits, or in a year in which the test has classes. */
function anyInstant(chance: Chance): string {
  const two = (most: number) => String(1 + chance.below(most)).padStart(2, '0');
  const year = String(chance.onceIn(2) ? 2025 + chance.below(3) : chance.below(10_000)).padStart(4, '0');
  return `${year}-${two(12)}-${two(28)}T${two(23)}:${two(59)}:${two(59)}${chance.pick(['Z', '+23:00', '-12:00', '.001Z'])}`;
}

function objectFor({ properties = {}, required = [] }: Schema, known: Known, chance: Chance, oddIn: number): object {
  const named = Object.entries(properties).filter(([name]) =>
    required.includes(name) ? !chance.onceIn(15) : chance.onceIn(2),
  );
  const fields = named.map(([name, schema]) => [name, valueFor(schema, name, known, chance, oddIn)]);
  if (chance.onceIn(15))
    fields.push([chance.pick(['userId', 'email', 'role', '__proto__', 'x'.repeat(500)]), wild(chance)]);
  return Object.fromEntries(fields);
}
