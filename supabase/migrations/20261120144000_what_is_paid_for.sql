-- A plan is what is paid for: Pro without limit while its subscription runs, and counted as Free from the day it does not.

-- Past due is still running: whoever sells subscriptions tries the card again for some days.
create function public.is_unlimited(s public.subscriptions) returns boolean language sql immutable set search_path = '' as $$
  select s.plan = 'pro' and s.status in ('active', 'trialing', 'past_due')
$$;

-- The following are as before, but for asking that.
create or replace function public.open_period(p_user_id uuid, p_now timestamptz) returns public.subscriptions
language plpgsql security definer set search_path = '' as $$
declare s public.subscriptions; began timestamptz;
begin
  select * into s from public.subscriptions where user_id = p_user_id for update;
  if not public.is_unlimited(s) and p_now >= s.period_started_at + interval '1 month' then
    -- Whoever sells subscriptions may have written "since ever".
    began := case when isfinite(s.period_started_at) then s.period_started_at else p_now end;
    while p_now >= began + interval '1 month' loop
      began := began + interval '1 month';
    end loop;
    update public.subscriptions set tokens = 30, period_started_at = began where user_id = p_user_id returning * into s;
  end if;
  return s;
end $$;

create or replace function public.read_usage(p_user_id uuid, p_now timestamptz) returns jsonb
language sql security definer set search_path = '' as $$
  select jsonb_build_object('plan', s.plan, 'tokens', s.tokens, 'status', s.status, 'unlimited', public.is_unlimited(s),
    'periodEndsAt', s.period_started_at + interval '1 month')
  from public.open_period(p_user_id, p_now) s where s.user_id is not null
$$;

create or replace function public.spend_token(p_user_id uuid, p_prebooking_id uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare s public.subscriptions; cost integer; n integer;
begin
  s := public.open_period(p_user_id, p_now);
  if s.user_id is null then return 0; end if;
  cost := case when public.is_unlimited(s) then 0 else least(s.tokens, 1) end;
  insert into public.token_spends (prebooking_id, user_id, tokens, spent_at) values (p_prebooking_id, p_user_id, cost, p_now)
  on conflict (prebooking_id) do nothing;
  get diagnostics n = row_count;
  if n = 1 then update public.subscriptions set tokens = tokens - cost where user_id = p_user_id; end if;
  return n;
end $$;

-- What it had cost comes back, whatever the plan is called by now.
create or replace function public.refund_token(p_prebooking_id uuid, p_reason text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare t public.token_spends;
begin
  update public.token_spends set refunded_at = p_now, refund_reason = p_reason
  where prebooking_id = p_prebooking_id and refunded_at is null returning * into t;
  if not found then return 0; end if;
  update public.subscriptions set tokens = greatest(tokens, least(tokens + t.tokens, 30)) where user_id = t.user_id;
  return 1;
end $$;

revoke all on function public.is_unlimited from public, anon, authenticated;
