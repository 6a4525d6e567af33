-- The finding `class-changed` says that the gym lists another class at a prebooking's hour, or the prebooking's class at another hour.
-- `class-changed` alone makes the readiness amber (a warning) and not red, because the member may want the class even with the change. A notice asks
-- the member whether the changed class is still wanted.

create or replace function public.note_readiness(p_id uuid, p_readiness jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; finding text;
begin
  update public.prebookings set readiness = p_readiness where id = p_id and status in ('scheduling', 'scheduled') returning * into p;
  if not found then return 0; end if;
  -- A red readiness posts a notice of its worst finding, which stands first in the list. The finding `class-changed` posts
  -- a notice at any position in the list.
  for finding in
    select f.value ->> 'kind' from jsonb_array_elements(p_readiness -> 'findings') with ordinality f
    where f.value ->> 'kind' = 'class-changed' or (f.ordinality = 1 and p_readiness ->> 'level' = 'red')
  loop
    perform public.post_notice(p.user_id, 'prebooking-at-risk', 'at-risk:' || p.id || ':' || finding,
      jsonb_build_object('prebookingId', p.id, 'finding', finding), p_now);
  end loop;
  return 1;
end $$;

revoke all on function public.note_readiness from public, anon, authenticated;
grant execute on function public.note_readiness to service_role;
