-- "WOD", "wod" and " WOD " are one class, as they are when the class is looked for: two live wishes for it are a duplicate.

-- Of those that were taken for different until now the first asked for stays; one that is out at the gym already is never touched.
update public.prebookings p set status = 'withdrawn', outcome = 'withdrawn', reason = 'the same class twice',
  claim_epoch = p.claim_epoch + 1, settled_at = now(), updated_at = now()
from (select m.id, row_number() over (
    partition by m.user_id, m.box_id, m.day, m.time_id, lower(btrim(coalesce(m.class_name, ''), E' \t\r\n')), coalesce(m.family_id, '')
    order by m.status in ('armed', 'unknown') desc, m.created_at, m.id) as which
  from public.prebookings m where m.is_live) same
where same.id = p.id and same.which > 1 and p.status in ('scheduling', 'scheduled', 'claimed');

drop index public.one_live_wish;
create unique index one_live_wish on public.prebookings
  (user_id, box_id, day, time_id, lower(btrim(coalesce(class_name, ''), E' \t\r\n')), coalesce(family_id, '')) where is_live;
