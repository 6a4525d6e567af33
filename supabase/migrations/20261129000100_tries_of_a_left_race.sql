-- A claimed row carries the prebooking's receipt, so that a race that takes over from a stopped race knows which tries the stopped race made. The
-- receipt is null for a prebooking for which no earlier race has stored its tries.
alter type public.claimed_shape add attribute receipt jsonb;

create or replace function public.claimed_shape_of(p public.prebookings) returns public.claimed_shape language sql stable
return row(p.id, p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, p.waitlist, p.alternatives, p.status,
  p.opens_at, p.starts_at, p.schedule_version, p.claim_epoch, p.woken_at, p.negative_reads, p.created_at, p.receipt)::public.claimed_shape;
