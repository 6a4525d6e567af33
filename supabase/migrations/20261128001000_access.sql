-- Row security, policies and grants for the tables and functions of the migrations 20261128000100 to 20261128001000. Row security is enabled and
-- forced on every table; a right that no migration grants is refused. A later migration grants rights on its own new tables and functions.

-- ── row security ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
alter table public.members enable row level security, force row level security;
alter table public.user_keys enable row level security, force row level security;
alter table public.boxes enable row level security, force row level security;
alter table public.user_boxes enable row level security, force row level security;
alter table public.seen_openings enable row level security, force row level security;
alter table public.auth_sessions enable row level security, force row level security;
alter table public.token_journal enable row level security, force row level security;
alter table public.refresh_attempts enable row level security, force row level security;
alter table public.prebookings enable row level security, force row level security;
alter table public.prebooking_events enable row level security, force row level security;
alter table public.prebooking_transitions enable row level security, force row level security;
alter table public.deleted_prebookings enable row level security, force row level security;
alter table public.user_sessions enable row level security, force row level security;
alter table public.refresh_tokens enable row level security, force row level security;
alter table public.subscriptions enable row level security, force row level security;
alter table public.token_spends enable row level security, force row level security;
alter table public.sessions enable row level security, force row level security;
alter table public.chat_sessions enable row level security, force row level security;
alter table public.chat_messages enable row level security, force row level security;
alter table public.idempotency_keys enable row level security, force row level security;
alter table public.login_limits enable row level security, force row level security;
alter table public.rate_buckets enable row level security, force row level security;
alter table public.outbox enable row level security, force row level security;
alter table public.notice_channels enable row level security, force row level security;
alter table public.webhook_seen enable row level security, force row level security;
alter table public.skewed_deliveries enable row level security, force row level security;
alter table public.runs enable row level security, force row level security;

-- The default privileges of a hosted Supabase project may have granted rights on the new tables, sequences and functions; this file first revokes
-- every right.
revoke all on all tables in schema public from public, anon, authenticated, service_role;
revoke all on all sequences in schema public from public, anon, authenticated, service_role;
revoke all on all functions in schema public from public, anon, authenticated, service_role;

-- ── what members read and write themselves ─────────────────────────────────────────────────────────────────────────────────────
-- Members read their own rows. (select auth.uid()) is evaluated once a statement, not once a row.
create policy "own row" on public.members for select to authenticated using (id = (select auth.uid()));
create policy "own boxes" on public.user_boxes for select to authenticated using (user_id = (select auth.uid()));
create policy "boxes I belong to" on public.boxes for select to authenticated
  using (exists (select 1 from public.user_boxes ub where ub.box_id = boxes.id and ub.user_id = (select auth.uid())));
create policy "own prebookings" on public.prebookings for select to authenticated using (user_id = (select auth.uid()));
create policy "own events" on public.prebooking_events for select to authenticated using (user_id = (select auth.uid()));
create policy "own subscription" on public.subscriptions for select to authenticated using (user_id = (select auth.uid()));
grant select on public.members, public.user_boxes, public.boxes, public.prebookings, public.prebooking_events, public.subscriptions
  to authenticated;

-- Members may read their own sessions, at the gym and at puntual, without the columns that hold or lead to a secret.
create policy "own gym sessions" on public.auth_sessions for select to authenticated using (user_id = (select auth.uid()));
grant select (id, user_id, session_type, status, token_update_count, last_token_update_date, created_at) on public.auth_sessions to authenticated;
grant select on public.my_sessions to authenticated;
create policy "own sessions" on public.user_sessions for select to authenticated using (user_id = (select auth.uid()));
grant select (id, user_id, user_agent, created_at, last_seen_at, revoked_at) on public.user_sessions to authenticated;

-- Without calling a function, members can write only rows of the tables `sessions`, `chat_sessions` and `chat_messages`.
create policy "own turns" on public.sessions for select to authenticated using (user_id = (select auth.uid()));
create policy "begin own turns" on public.sessions for insert to authenticated with check (user_id = (select auth.uid()) and turn_count = 0);
grant select, insert (id, user_id, turn_count) on public.sessions to authenticated;
create policy "own conversations" on public.chat_sessions for select to authenticated using (user_id = (select auth.uid()));
create policy "begin own conversations" on public.chat_sessions for insert to authenticated with check (user_id = (select auth.uid()));
grant select, insert (id, user_id) on public.chat_sessions to authenticated;
create policy "own messages" on public.chat_messages for select to authenticated
  using (exists (select 1 from public.chat_sessions s where s.id = session_id and s.user_id = (select auth.uid())));
create policy "speak in own conversations" on public.chat_messages for insert to authenticated
  with check (exists (select 1 from public.chat_sessions s where s.id = session_id and s.user_id = (select auth.uid())));
grant select, insert (session_id, role, content) on public.chat_messages to authenticated;

-- ── what the service reads and calls ───────────────────────────────────────────────────────────────────────────────────────────
-- The service changes state through functions only; it may read columns that hold no secret.
grant select on public.members, public.boxes, public.user_boxes, public.auth_sessions, public.my_sessions, public.refresh_attempts,
  public.prebookings, public.prebooking_events, public.prebooking_transitions, public.user_sessions, public.subscriptions, public.token_spends,
  public.sessions, public.chat_sessions, public.runs, public.outbox to service_role;

-- A separate shop sells subscriptions and writes their rows with the service's key. `subscriptions` is the one table that the service role writes
-- without a function.
grant insert, update on public.subscriptions to service_role;

-- The functions are grouped by the file that defines them.
grant execute on function
  -- functions of boxes.sql
  public.enrol_member, public.keep_member_key, public.read_member_key, public.read_keys_to_rewrap, public.rewrap_keys, public.count_keys,
  public.read_seal_canaries, public.join_boxes, public.read_member_boxes, public.read_box, public.declare_opening_rule,
  public.teach_opening_rule, public.note_opening, public.teach_margin,
  -- functions of gym_sessions.sql
  public.open_gym_session, public.read_background_session, public.read_device_session, public.read_device_proof,
  public.quarantine_session, public.revoke_device_session, public.purge_device_sessions,
  -- functions of renewals.sql
  public.lease_due_sessions, public.lease_session, public.extend_leases, public.release_leases, public.hold_sessions,
  public.commit_rotation, public.commit_rotations, public.read_kept_renewals, public.settle_attempt, public.survey_background_sessions,
  -- functions of prebookings.sql
  public.create_prebooking, public.mark_scheduled, public.read_prebooking, public.read_member_prebookings, public.withdraw_prebooking,
  public.readiness_due, public.note_readiness,
  -- functions of races.sql
  public.claim_prebookings, public.read_claim_left, public.extend_claims, public.read_preparation, public.arm_prebookings,
  public.settle_prebookings, public.note_absence, public.sweep_prebookings,
  -- functions of own_sessions.sql
  public.read_supabase_device, public.open_user_session, public.bridge_user_session, public.rotate_refresh_token, public.read_user_session,
  public.read_user_sessions, public.revoke_user_sessions, public.purge_user_sessions,
  -- functions of members.sql
  public.read_usage, public.refund_token, public.begin_request, public.note_request_sent, public.end_request, public.begin_login,
  public.end_login, public.take_from_buckets,
  -- functions of notices_and_runs.sql
  public.post_notice, public.lease_notices, public.settle_notices, public.keep_notice_channel, public.read_notice_channel,
  public.remove_notice_channel, public.note_delivery, public.end_delivery, public.note_clock_skew, public.start_run, public.finish_run,
  public.read_monitor,
  -- functions of realtime.sql
  public.read_realtime_events, public.read_ended_sessions, public.read_realtime_members
  to service_role;
