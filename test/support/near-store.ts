// The store without PostgREST: the same SQL functions, called on direct connections with the service's database role, with arguments read from JSON
// as PostgREST reads them. A test with very many calls uses this store; a test with this store says nothing about PostgREST.
import { Pool } from 'pg';
import { callBy, type RunFunction } from '../../services/store/call.ts';
import { type Store, storeOver } from '../../services/store/store.ts';

interface Known {
  /** The parameters of the SQL function as SQL declares them: `p_id uuid, p_now timestamptz`. */
  readonly columns: string;
  readonly names: readonly string[];
  readonly isSet: boolean;
}

/** @param databaseUrl The database's address for a superuser; each connection takes the service's database role. */
export async function openNearStore(databaseUrl: string): Promise<{ store: Store; stop(): Promise<void> }> {
  const pool = new Pool({ connectionString: databaseUrl, max: 8, options: '-c role=service_role' });
  const known = await functionsIn(pool);
  const run: RunFunction = async (name, parameters) => {
    const app = known.get(name);
    if (!app) throw Object.assign(new Error(`Expected ${name} to be a function.`), { code: 'PGRST202' });
    const given = app.names.map((each) => `${each} => x.${each}`).join(', ');
    const from = `from ${app.names.length > 0 ? `json_to_record($1::json) as x(${app.columns})` : '(select $1::json) as x'}`;
    const text = app.isSet
      ? `select to_json(r) as r ${from}, public.${name}(${given}) as r`
      : `select to_json(public.${name}(${given})) as r ${from}`;
    const { rows } = await pool.query<{ r: unknown }>({ name, text, values: [JSON.stringify(parameters)] });
    return app.isSet ? rows.map(({ r }) => r) : rows[0]?.r;
  };
  return { store: storeOver(callBy(run)), stop: () => pool.end() };
}

async function functionsIn(pool: Pool): Promise<Map<string, Known>> {
  const { rows } = await pool.query<Known & { name: string }>(
    `select p.proname as name, p.proretset as "isSet", coalesce(p.proargnames::text[], '{}') as names,
       (select string_agg(format('%I %s', p.proargnames[a.n], format_type(a.type, null)), ', ' order by a.n)
         from unnest(p.proargtypes) with ordinality as a(type, n)) as columns
     from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype`,
  );
  return new Map(rows.map(({ name, ...rest }) => [name, rest]));
}
