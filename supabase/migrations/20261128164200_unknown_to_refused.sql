-- A refusal that is known from the gym's words alone stays unknown until the gym's list confirms it. Then it is refused, with the gym's own words.
insert into public.prebooking_transitions values ('unknown', 'refused') on conflict do nothing;
