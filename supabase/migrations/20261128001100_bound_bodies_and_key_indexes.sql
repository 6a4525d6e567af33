-- No function depends on its caller's search_path, and every foreign key has an index.

-- Postgres inlines the four functions of this file into a statement that uses them, so that applying one to a thousand rows, as in a large race,
-- stays cheap. Postgres inlines only a function without a `set` clause: with such a clause, a thousand prebooking cards took 173 ms instead of 13 ms.
-- Table and function names in the body of a function of this file (after `return`) are resolved when the function is created, so that no search_path
-- can change them. While a function of this file exists, Postgres refuses to change the type of a column that the function reads. A migration that
-- changes the type of a column must first drop each function of this file that reads the column, and then create the function again.
create or replace function public.session_card(s public.auth_sessions) returns jsonb language sql stable
return jsonb_build_object('id', s.id, 'userId', s.user_id, 'sessionType', s.session_type, 'fingerprint', s.fingerprint,
  'status', s.status, 'chain', s.chain, 'generation', s.generation, 'tokenDigest', s.token_digest,
  'previousTokenDigest', s.previous_token_digest, 'tokenUpdateCount', s.token_update_count,
  'tokenSuccessCount', s.token_success_count, 'failureStreak', s.failure_streak, 'lastAttemptAt', s.last_attempt_at,
  'lastSuccessAt', s.last_token_update_date, 'lastError', s.last_token_update_error, 'heldUntil', s.held_until,
  'quarantinedAt', s.quarantined_at);

create or replace function public.shape_prebooking(p public.prebookings) returns public.prebooking_shape language sql stable
return row(p.id, p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, p.waitlist, p.alternatives, p.status,
  p.opens_at, p.starts_at, p.schedule_version, p.message_id, p.claim_epoch, p.woken_at, p.armed_at, p.send_deadline,
  p.negative_reads, p.outcome, p.reason, p.reservation_id, p.receipt, p.readiness, p.settled_at,
  p.created_at)::public.prebooking_shape;

create or replace function public.prebooking_card(p public.prebookings) returns jsonb language sql stable
return to_jsonb(public.shape_prebooking(p));

create or replace function public.claimed_shape_of(p public.prebookings) returns public.claimed_shape language sql stable
return row(p.id, p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, p.waitlist, p.alternatives, p.status,
  p.opens_at, p.starts_at, p.schedule_version, p.claim_epoch, p.woken_at, p.negative_reads, p.created_at)::public.claimed_shape;

-- Erasing a member deletes the member's notices; deleting a box deletes the rows of `deleted_prebookings` that name the box. Without an index on
-- `outbox.user_id` and one on `deleted_prebookings.box_id`, erasing a member or deleting a box would read a whole table.
create index outbox_by_user on public.outbox (user_id);
create index deleted_prebookings_by_box on public.deleted_prebookings (box_id);
