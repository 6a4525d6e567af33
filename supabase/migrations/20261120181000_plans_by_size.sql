-- These two are planned at every call (a millisecond for hundreds of sessions). A kept plan dates from when it was made: one from when
-- refresh_attempts was empty reads the whole table for every session, which made a run of ten thousand three times as long until the
-- next analyze.
alter function public.lease_due_sessions set plan_cache_mode = force_custom_plan;
alter function public.grant_plain_leases set plan_cache_mode = force_custom_plan;
