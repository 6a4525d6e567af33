-- Who may touch what, by name. Row security is on and forced everywhere; what is not granted here is refused.

alter table public.members enable row level security;
alter table public.members force row level security;
alter table public.user_keys enable row level security;
alter table public.user_keys force row level security;
alter table public.boxes enable row level security;
alter table public.boxes force row level security;
alter table public.user_boxes enable row level security;
alter table public.user_boxes force row level security;
alter table public.auth_sessions enable row level security;
alter table public.auth_sessions force row level security;
alter table public.token_journal enable row level security;
alter table public.token_journal force row level security;
alter table public.refresh_attempts enable row level security;
alter table public.refresh_attempts force row level security;
alter table public.prebookings enable row level security;
alter table public.prebookings force row level security;
alter table public.prebooking_events enable row level security;
alter table public.prebooking_events force row level security;
alter table public.prebooking_transitions enable row level security;
alter table public.prebooking_transitions force row level security;
alter table public.user_sessions enable row level security;
alter table public.user_sessions force row level security;
alter table public.refresh_tokens enable row level security;
alter table public.refresh_tokens force row level security;
alter table public.runs enable row level security;
alter table public.runs force row level security;
alter table public.outbox enable row level security;
alter table public.outbox force row level security;
alter table public.notice_channels enable row level security;
alter table public.notice_channels force row level security;
alter table public.webhook_seen enable row level security;
alter table public.webhook_seen force row level security;
alter table public.seen_openings enable row level security;
alter table public.seen_openings force row level security;

-- A hosted project's defaults may have been applied before ours: take everything back first.
revoke all on all tables in schema public from public, anon, authenticated, service_role;
revoke all on all sequences in schema public from public, anon, authenticated, service_role;
revoke all on all functions in schema public from public, anon, authenticated, service_role;

-- Members read what is theirs. (select auth.uid()) is evaluated once a statement, not once a row.
create policy "own row" on public.members for select to authenticated using (id = (select auth.uid()));
create policy "boxes I belong to" on public.boxes for select to authenticated
  using (exists (select 1 from public.user_boxes ub where ub.box_id = boxes.id and ub.user_id = (select auth.uid())));
create policy "own boxes" on public.user_boxes for select to authenticated using (user_id = (select auth.uid()));
create policy "own prebookings" on public.prebookings for select to authenticated using (user_id = (select auth.uid()));
create policy "own events" on public.prebooking_events for select to authenticated using (user_id = (select auth.uid()));
create policy "own sessions" on public.user_sessions for select to authenticated using (user_id = (select auth.uid()));
grant select on public.members, public.boxes, public.user_boxes, public.prebookings, public.prebooking_events to authenticated;
grant select (id, user_id, user_agent, created_at, last_seen_at, revoked_at) on public.user_sessions to authenticated;

-- The service changes state through functions only; it may look at what holds no secret.
grant select on public.members, public.boxes, public.user_boxes, public.auth_sessions, public.refresh_attempts, public.prebookings,
  public.prebooking_events, public.prebooking_transitions, public.user_sessions, public.runs, public.outbox to service_role;

grant execute on function
  public.enrol_member, public.keep_member_key, public.join_boxes, public.read_member_boxes, public.read_box, public.declare_opening_rule,
  public.open_gym_session, public.read_background_session, public.read_device_session,
  public.lease_due_sessions, public.lease_session, public.extend_leases, public.release_leases, public.commit_rotation,
  public.commit_rotations, public.settle_attempt, public.read_kept_renewals, public.revoke_device_session,
  public.read_keys_to_rewrap, public.rewrap_keys, public.count_keys,
  public.quarantine_session, public.hold_sessions, public.survey_background_sessions, public.purge_device_sessions,
  public.create_prebooking, public.mark_scheduled, public.read_prebooking, public.read_member_prebookings, public.claim_prebookings,
  public.extend_claims, public.arm_prebookings, public.settle_prebookings, public.withdraw_prebooking, public.note_absence,
  public.sweep_prebookings, public.read_preparation, public.readiness_due, public.note_readiness, public.note_delivery, public.end_delivery,
  public.teach_opening_rule, public.note_opening, public.teach_margin,
  public.lease_notices, public.settle_notices, public.keep_notice_channel, public.remove_notice_channel, public.read_member_key,
  public.open_user_session, public.rotate_refresh_token, public.read_user_session, public.read_user_sessions, public.revoke_user_sessions,
  public.post_notice, public.start_run, public.finish_run, public.read_monitor, public.read_seal_canaries
  to service_role;
