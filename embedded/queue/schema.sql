-- The embedded queue's tables and functions. One row of qstash.messages is one message from its publishing to its end; a process that delivers it
-- only leases the row. The file is run at every start of the queue, so all its statements are safe to run again. `p_at` is the one instant of a pass
-- of deliveries: the queries for due messages, for the next pass's wake-up and for the rate limits must use the same instant.

create schema if not exists qstash;

create table if not exists qstash.messages (
  id text primary key,
  seq bigint generated always as identity,
  state text not null check (state in ('CREATED', 'ACTIVE', 'RETRY', 'DELIVERED', 'FAILED', 'CANCELED')),
  url text not null,
  spec jsonb not null,
  body bytea not null,
  labels text[] not null,
  flow_key text,
  schedule_id text,
  created_at timestamptz not null default clock_timestamp(),
  not_before timestamptz not null,
  retried int not null default 0,
  owner int,
  lease_until timestamptz,
  response jsonb,
  dlq_id text unique,
  settled_at timestamptz
);
create index if not exists messages_waiting on qstash.messages (not_before, seq) where state in ('CREATED', 'RETRY');
create index if not exists messages_active on qstash.messages (flow_key) where state = 'ACTIVE';

create table if not exists qstash.dedups (id text primary key, message_id text not null, expires_at timestamptz not null);

create table if not exists qstash.flows (
  key text primary key,
  parallelism int,
  rate int,
  period interval not null,
  period_started_at timestamptz not null,
  started int not null
);

create table if not exists qstash.schedules (
  id text primary key,
  cron text not null,
  url text not null,
  spec jsonb not null,
  body bytea not null,
  delay interval not null,
  paused boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  -- `next_run_at` has whole milliseconds, as JavaScript's dates have, because a process compares the column with the date that it read.
  next_run_at timestamptz(3) not null,
  last_run_at timestamptz
);

-- Stores a message, or finds the message that was published under the same deduplication id within the last ten minutes.
create or replace function qstash.publish(
  p_id text, p_url text, p_spec jsonb, p_body bytea, p_not_before timestamptz, p_delay interval, p_dedup text, p_schedule text
) returns table (message_id text, deduplicated boolean) language plpgsql as $$
declare v_now timestamptz := clock_timestamp(); v_flow jsonb := p_spec -> 'flow';
begin
  if p_dedup is not null then
    -- Of two publishes under one deduplication id, the later waits for the earlier, because both write the id's row in qstash.dedups.
    insert into qstash.dedups as d values (p_dedup, p_id, v_now + interval '10 minutes')
      on conflict (id) do update set message_id = excluded.message_id, expires_at = excluded.expires_at where d.expires_at <= v_now;
    if not found then
      return query select d.message_id, true from qstash.dedups d where d.id = p_dedup;
      return;
    end if;
  end if;
  if v_flow is not null then
    -- The limits of the newest message with a flow key hold for all messages with that flow key, as they do at QStash.
    insert into qstash.flows values (v_flow ->> 'key', (v_flow ->> 'parallelism')::int, (v_flow ->> 'rate')::int,
        make_interval(secs => (v_flow ->> 'periodMs')::float8 / 1000), v_now, 0)
      on conflict (key) do update set parallelism = excluded.parallelism, rate = excluded.rate, period = excluded.period;
  end if;
  insert into qstash.messages (id, state, url, spec, body, labels, flow_key, schedule_id, created_at, not_before)
    values (p_id, 'CREATED', p_url, p_spec, p_body, array(select jsonb_array_elements_text(p_spec -> 'labels')),
      v_flow ->> 'key', p_schedule, v_now, coalesce(p_not_before, v_now + p_delay));
  notify qstash;
  return query select p_id, false;
end
$$;

-- Leases up to p_room due messages to p_owner, which may then deliver them. Only one call of qstash.claim runs at a time, so that the limits of each
-- QStash flow key are counted exactly.
create or replace function qstash.claim(p_owner int, p_room int, p_at timestamptz)
returns setof qstash.messages language plpgsql as $$
declare m qstash.messages; f qstash.flows; v_room int := p_room;
begin
  perform pg_advisory_xact_lock(7301, 0);
  -- An owner (a delivering process) holds an advisory lock while its connection lasts, so other processes may deliver the messages of a killed
  -- process immediately.
  update qstash.messages a set state = 'RETRY', owner = null, lease_until = null
    where a.state = 'ACTIVE' and (a.lease_until <= p_at or not exists (
      select from pg_locks l where l.locktype = 'advisory' and l.classid = 7302 and l.objid = a.owner::oid and l.objsubid = 2
        and l.database = (select oid from pg_database where datname = current_database())));
  for m in select * from qstash.messages where state in ('CREATED', 'RETRY') and not_before <= p_at order by not_before, seq loop
    exit when v_room <= 0;
    if m.flow_key is not null then
      select * into f from qstash.flows where key = m.flow_key;
      continue when (select count(*) from qstash.messages where state = 'ACTIVE' and flow_key = m.flow_key) >= f.parallelism;
      if f.period_started_at + f.period <= p_at then
        f.period_started_at := p_at;
        f.started := 0;
      end if;
      continue when f.started >= f.rate;
      update qstash.flows set period_started_at = f.period_started_at, started = f.started + 1 where key = f.key;
    end if;
    -- After the list of due messages was read and before this update, another call may have cancelled the message.
    update qstash.messages set state = 'ACTIVE', owner = p_owner,
        lease_until = p_at + make_interval(secs => (spec ->> 'timeoutMs')::float8 / 1000 + 30)
      where id = m.id and state in ('CREATED', 'RETRY') returning * into m;
    continue when not found;
    v_room := v_room - 1;
    return next m;
  end loop;
end
$$;

-- The instant at which the next pass of deliveries has work; null when no message and no schedule waits for an instant.
create or replace function qstash.next_wake_at(p_at timestamptz) returns timestamptz language sql as $$
  select min(t) from (
    select min(not_before) t from qstash.messages where state in ('CREATED', 'RETRY') and not_before > p_at
    union all
    select min(lease_until) from qstash.messages where state = 'ACTIVE'
    union all
    select min(f.period_started_at + f.period) from qstash.flows f where f.rate is not null and f.period_started_at + f.period > p_at
      and exists (select from qstash.messages m where m.state in ('CREATED', 'RETRY') and m.flow_key = f.key and m.not_before <= p_at)
    union all
    select min(next_run_at) from qstash.schedules where not paused
  ) wakes
$$;

-- Deletes messages that were delivered or cancelled over a day ago or failed over 30 days ago, and expired deduplication ids.
create or replace function qstash.purge() returns void language sql as $$
  delete from qstash.messages where state in ('DELIVERED', 'CANCELED') and settled_at < now() - interval '1 day';
  delete from qstash.messages where state = 'FAILED' and settled_at < now() - interval '30 days';
  delete from qstash.dedups where expires_at < now();
$$;
