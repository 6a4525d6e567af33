-- A refusal that is known from the gym's words alone leaves the prebooking unknown until the gym's list confirms the refusal. Once the gym's list
-- confirms the refusal, the prebooking becomes refused, with the gym's own words.
insert into public.prebooking_transitions values ('unknown', 'refused') on conflict do nothing;
