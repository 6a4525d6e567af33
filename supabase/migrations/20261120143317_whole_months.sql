-- A period that began on the 31st ends with the month after, and the next one begins there: not again with every look.

-- As before, but month by month as `+ interval '1 month'` counts them. age() counts none from 31 January to 28 February, and the two must
-- not be mixed; nor may it matter how often anybody looked on the way.
create or replace function public.open_period(p_user_id uuid, p_now timestamptz) returns public.subscriptions
language plpgsql security definer set search_path = '' as $$
declare s public.subscriptions; began timestamptz;
begin
  select * into s from public.subscriptions where user_id = p_user_id for update;
  if s.plan = 'free' and p_now >= s.period_started_at + interval '1 month' then
    -- Whoever sells subscriptions may have written "since ever".
    began := case when isfinite(s.period_started_at) then s.period_started_at else p_now end;
    while p_now >= began + interval '1 month' loop
      began := began + interval '1 month';
    end loop;
    update public.subscriptions set tokens = 30, period_started_at = began where user_id = p_user_id returning * into s;
  end if;
  return s;
end $$;
