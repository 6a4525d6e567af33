-- What the gym refused in words alone stays unknown until the list has borne it out; then it is refused, in the gym's own words.
insert into public.prebooking_transitions values ('unknown', 'refused') on conflict do nothing;
