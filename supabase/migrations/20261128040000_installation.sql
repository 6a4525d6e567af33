-- What `npm run doctor` asks of the database: its settings, how many rows one answer may have, and whether a run of a job has left its row in `runs`.

-- Returns { now, versions, tables, box }: the database's time, the applied migrations, the tables without forced row security, and one box.
-- `versions` has the versions of the migrations that were applied, and is null if no migration was ever recorded. `tables` names puntual's tables
-- that do not have row security both enabled and forced. `box` is any one box, from which `npm run doctor` learns which of the gym's hosts to ask.
create function public.read_installation() returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_versions jsonb;
begin
  if pg_catalog.to_regclass('supabase_migrations.schema_migrations') is not null then
    execute 'select coalesce(jsonb_agg(m.version order by m.version), ''[]'') from supabase_migrations.schema_migrations m' into v_versions;
  end if;
  return jsonb_build_object(
    'now', pg_catalog.clock_timestamp(),
    'versions', v_versions,
    'tables', (select coalesce(jsonb_agg(c.relname order by c.relname), '[]') from pg_catalog.pg_class c
      where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)),
    'box', (select jsonb_build_object('slug', b.subdomain, 'platformBoxId', b.aimharder_box_id) from public.boxes b order by b.id limit 1));
end $$;

-- The numbers from 1 to p_n, one in each row: if fewer rows arrive, the API in front of this database limits the rows of an answer.
create function public.count_rows(p_n integer) returns setof integer language sql immutable security definer set search_path = '' as $$
  select pg_catalog.generate_series(1, least(p_n, 10000))
$$;

-- Returns { finished } of one run (true if it has ended), or null when there is no such run.
create function public.read_run(p_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('finished', r.finished_at is not null) from public.runs r where r.id = p_id
$$;

revoke all on function public.read_installation(), public.count_rows(integer), public.read_run(uuid) from public, anon, authenticated, service_role;
grant execute on function public.read_installation(), public.count_rows(integer), public.read_run(uuid) to service_role;
