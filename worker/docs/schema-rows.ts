// A schema of the OpenAPI contract as lines of the docs page: each field with its type, whether it is required, and what it means.

/** The parts of a JSON schema that the docs page uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
}
/** The contract's named schemas, by name. */
export type Schemas = Readonly<Record<string, Schema>>;

export interface SchemaRow {
  /** The field's name: `a.b` for a field inside `a`, `a[].b` for a field of the items of a list. */
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
}

/** How many levels of fields are listed; a deeper level shows only the schema's name. */
const MAX_DEPTH = 3;
const MAX_ENUM = 12;

const nameOf = (ref: string): string => ref.split('/').at(-1) ?? ref;

/** Gives the schema that a reference names; a schema without a reference is returned as it is. */
export const resolve = (schema: Schema, schemas: Schemas): Schema =>
  schema.$ref === undefined ? schema : (schemas[nameOf(schema.$ref)] ?? {});

/** Gives the rows for the fields of a schema: of an object, of a list's objects, or of each form that the schema allows. */
export function rowsOf(schema: Schema, schemas: Schemas, before = '', depth = 0): SchemaRow[] {
  if (depth >= MAX_DEPTH) return [];
  const { properties, required = [], items, anyOf, oneOf, allOf } = resolve(schema, schemas);
  if (items) return rowsOf(items, schemas, `${before}[]`, depth);
  const forms = [...(anyOf ?? []), ...(oneOf ?? []), ...(allOf ?? [])];
  const own = Object.entries(properties ?? {}).flatMap(([field, inner]): SchemaRow[] => {
    const name = before === '' ? field : `${before}.${field}`;
    const found = resolve(inner, schemas);
    const description = inner.description ?? found.description ?? '';
    const row = { name, type: typeOf(inner, schemas), isRequired: required.includes(field), description };
    return [row, ...rowsOf(inner, schemas, name, depth + 1)];
  });
  return withoutDoubles([...own, ...forms.flatMap((form) => rowsOf(form, schemas, before, depth))]);
}

/** Gives the rows without repeated names: the forms of a schema (`anyOf`, `oneOf`, `allOf`) may share fields, and each field is listed once. */
const withoutDoubles = (rows: readonly SchemaRow[]): SchemaRow[] =>
  rows.filter(({ name }, at) => rows.findIndex((one) => one.name === name) === at);

/** Gives a schema's type in words, such as `text`, `number | null`, `one of "a", "b"` or `list of Box`. */
export function typeOf(schema: Schema, schemas: Schemas): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  const { type, format, items, anyOf, oneOf, allOf, enum: values } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (values)
    return `one of ${values
      .slice(0, MAX_ENUM)
      .map((one) => JSON.stringify(one))
      .join(', ')}${values.length > MAX_ENUM ? ', …' : ''}`;
  if (items) return `list of ${typeOf(items, schemas)}`;
  const forms = anyOf ?? oneOf ?? allOf;
  if (forms) return [...new Set(forms.map((form) => typeOf(form, schemas)))].join(' | ');
  const names = [type ?? 'anything'].flat().map((one) => (one === 'string' ? 'text' : one));
  return `${names.join(' | ')}${format ? ` (${format})` : ''}${rangeOf(schema)}`;
}

function rangeOf({ minimum, maximum }: Schema): string {
  if (minimum === undefined && maximum === undefined) return '';
  // The largest safe integer is left out, because it is no limit that a reader needs.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (most === undefined) return minimum === undefined ? '' : `, from ${minimum}`;
  return minimum === undefined ? `, to ${most}` : `, ${minimum} to ${most}`;
}
