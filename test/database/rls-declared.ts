// What each role may do with every table, view and function, declared here by hand and compared with the database in rls-matrix.test.ts. An
// undeclared table, view or function makes rls-matrix.test.ts fail. No query runs in this file.

/** The owner of a row: member A, member B, or a user that no tested role acts as. */
export const SUBJECTS = ['A', 'B', 'orphan'] as const;
export type Subject = (typeof SUBJECTS)[number];
/**
 * The role `nobody` stands for a caller with a token that names no member. The role `functions` owns tables and functions and bypasses row security,
 * like the owner in a hosted project; `bound` owns tables and functions, too, and does not bypass row security.
 */
export const ROLES = ['anon', 'A', 'B', 'nobody', 'service', 'functions', 'bound'] as const;
export type Role = (typeof ROLES)[number];
export const OPERATIONS = ['select', 'insert', 'update', 'delete'] as const;
export type Operation = (typeof OPERATIONS)[number];
/** What an operation did: it worked, it touched no row, or it was refused. */
export type Outcome = 'yes' | 'none' | 'refused';

export interface Relation {
  readonly view?: true;
  /** What members may read of their own rows: every column (`*`), the listed columns, or nothing. No member may read another member's rows. */
  readonly reads: '*' | readonly string[] | undefined;
  /** True if members may insert rows of their own. */
  readonly inserts?: true;
  /** What the role `service` (puntual's service, with Supabase's secret key) may do with the rows directly, without calling a function. */
  readonly service: 'read' | 'write' | undefined;
  /**
   * The condition that finds the rows of one owner; the test puts that owner's ids in the place of names such as `{member}` and `{box}`. In a table
   * whose rows belong to no member, the condition `key` finds the row into which the test wrote the name of member A, member B or a third user.
   */
  readonly key: string;
}

export const RELATIONS: Readonly<Record<string, Relation>> = {
  members: { reads: '*', service: 'read', key: 'id = {member}' },
  user_keys: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  boxes: { reads: '*', service: 'read', key: 'id = {box}' },
  user_boxes: { reads: '*', service: 'read', key: 'user_id = {member}' },
  auth_sessions: {
    reads: [
      ...['id', 'user_id', 'session_type', 'status', 'token_update_count', 'last_token_update_date', 'created_at'],
      'quarantined_at',
    ],
    service: 'read',
    key: 'user_id = {member}',
  },
  my_sessions: { view: true, reads: '*', service: 'read', key: 'user_id = {member}' },
  token_journal: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  refresh_attempts: { reads: undefined, service: 'read', key: 'session_id = {gymSession}' },
  prebookings: { reads: '*', service: 'read', key: 'user_id = {member}' },
  prebooking_events: { reads: '*', service: 'read', key: 'user_id = {member}' },
  deleted_prebookings: { reads: undefined, service: undefined, key: 'box_id = {box}' },
  prebooking_transitions: { reads: undefined, service: 'read', key: `from_status = 'planted' and to_status = {name}` },
  seen_openings: { reads: undefined, service: undefined, key: 'box_id = {box}' },
  user_sessions: {
    reads: ['id', 'user_id', 'user_agent', 'created_at', 'last_seen_at', 'revoked_at'],
    service: 'read',
    key: 'user_id = {member}',
  },
  refresh_tokens: { reads: undefined, service: undefined, key: 'session_id = {session}' },
  runs: { reads: undefined, service: 'read', key: 'job = {name}' },
  outbox: { reads: undefined, service: 'read', key: 'user_id = {member}' },
  notice_channels: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  notice_tellings: { reads: undefined, service: undefined, key: 'channel_id = {name}' },
  calendars: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  calendar_entries: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  rules: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  rule_exceptions: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  rule_pauses: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  rule_days: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  operator_news: { reads: undefined, service: undefined, key: 'kind = {name}' },
  operator_alerts: { reads: undefined, service: undefined, key: 'kind = {name}' },
  skewed_deliveries: { reads: undefined, service: undefined, key: 'jti = {name}' },
  webhook_seen: { reads: undefined, service: undefined, key: 'jti = {name}' },
  subscriptions: { reads: '*', service: 'write', key: 'user_id = {member}' },
  token_spends: { reads: undefined, service: 'read', key: 'user_id = {member}' },
  sessions: { reads: '*', inserts: true, service: 'read', key: 'user_id = {member}' },
  chat_sessions: { reads: '*', inserts: true, service: 'read', key: 'user_id = {member}' },
  chat_messages: { reads: '*', inserts: true, service: undefined, key: 'session_id = {chat}' },
  kept_counts: { reads: undefined, service: undefined, key: 'name = {name}' },
  invitations: { reads: undefined, service: undefined, key: 'secret_hash = {name}' },
  idempotency_keys: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  login_limits: { reads: undefined, service: undefined, key: 'account = {name}' },
  erased_members: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  rate_buckets: { reads: undefined, service: undefined, key: 'name = {name}' },
  kept_logins: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  kept_login_uses: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  gym_facts: { reads: undefined, service: undefined, key: 'fact = {name}' },
  renewal_witnesses: { reads: undefined, service: undefined, key: 'session_id = {gymSession}' },
  watches: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  watch_days: { reads: undefined, service: undefined, key: `box_id = {box} and day = '20260303'` },
  watch_reads: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  watch_budgets: { reads: undefined, service: undefined, key: 'box_id = {box}' },
  watch_rests: { reads: undefined, service: undefined, key: 'user_id = {member}' },
  login_lives: { reads: undefined, service: undefined, key: 'chain = {gymSession}' },
};

/** Columns that no role of the API may read, in any member's row. */
export const SECRETS: Readonly<Record<string, readonly string[]>> = {
  user_keys: ['wrapped', 'kid'],
  token_journal: ['token_sealed', 'cookies_sealed', 'token_digest', 'parent_digest'],
  refresh_tokens: ['token_hash'],
  notice_channels: ['address_sealed', 'secret_sealed'],
  kept_logins: ['login_sealed', 'id'],
  idempotency_keys: ['answer', 'request_hash'],
  login_limits: ['account', 'address'],
  invitations: ['secret_hash'],
};

export function expected(name: string, role: Role, operation: Operation, subject: Subject): Outcome {
  const relation = RELATIONS[name];
  if (!relation) throw new Error(`Expected ${name} to be declared.`);
  if (role === 'functions') return 'yes';
  // Row security is forced, so owning a table gives no access to its rows.
  if (role === 'bound') return operation === 'insert' ? 'refused' : 'none';
  if (role === 'anon') return 'refused';
  if (role === 'service') {
    if (operation === 'select') return relation.service ? 'yes' : 'refused';
    return relation.service === 'write' && operation !== 'delete' ? 'yes' : 'refused';
  }
  if (operation === 'select') return relation.reads === undefined ? 'refused' : role === subject ? 'yes' : 'none';
  return operation === 'insert' && relation.inserts && role === subject ? 'yes' : 'refused';
}

/** The database functions that the role `service` may call. Members and anonymous callers may call no database function. */
export const SERVICE_FUNCTIONS = `
  arm_again arm_prebookings declare_free_cancel disarm_prebookings read_free_cancels begin_login begin_request bridge_user_session claim_prebookings commit_rotation commit_rotations count_keys count_rows count_unplaced count_unreachable
  create_prebooking declare_opening_rule end_delivery end_login end_request enrol_member extend_claims extend_leases finish_run
  hold_sessions join_boxes keep_member_key keep_notice_channel lease_due_sessions lease_notices lease_session mark_scheduled
  note_absence note_given_back note_clock note_clock_skew note_delivery note_opening note_readiness note_request_sent open_gym_session open_user_session place_boxes post_notice
  postpone_prebooking purge_device_sessions purge_user_sessions purge_calendar_entries note_sending
  quarantine_session read_background_session read_box read_claim_left read_device_proof read_device_session read_ended_sessions read_installation read_kept_renewals
  read_keys_to_rewrap read_member_boxes read_member_key read_member_prebookings read_monitor read_prebooking read_preparation
  read_quarantined release_quarantined raise_alerts note_alerts_told
  read_realtime_events read_realtime_members read_run
  read_seal_canaries read_supabase_device read_usage read_user_session read_user_sessions readiness_due refund_token
  release_leases remove_notice_channel revoke_device_session revoke_user_sessions rewrap_keys rotate_refresh_token
  settle_attempt settle_notices settle_prebookings start_run survey_background_sessions sweep_prebookings prebookings_without_receipt write_receipts free_dead_owners is_run_known openings_ahead take_from_buckets
  teach_opening_rule teach_time_zone withdraw_prebooking
  read_gym_facts keep_gym_facts note_refusal note_token_works note_cookies settle_alive keep_login read_kept_login will_mend
  kept_logins_due take_kept_login give_back_kept_login drop_kept_login drop_kept_logins retire_for_kept_login tell_logins_that_end
  read_account write_account
  begin_erasure read_erasing destroy_seals delete_erased repeat_erasures was_erased read_export read_export_page
  read_friends_in_class admit_at_gym bridge_member read_supabase_member list_members judge_member remove_member show_out_refused
  create_invitation read_invitation list_invitations revoke_invitation list_boxes read_metrics
  read_notice_channels remove_own_channel read_channel_of_code confirm_channel is_chat_of note_channel begin_telling end_telling read_notices
  mark_notices_read count_unread post_rescues post_reminders raise_news note_news_told keep_calendar remove_calendar refresh_calendars
  calendars_due note_calendar_day note_calendar_asked read_calendar
  create_watch read_member_watches withdraw_watch take_watch_turns cut_watch_budget charge_watch_reads rest_watch_reader
  note_watch_day settle_watches note_places takes_among take_swap_steps mark_swap_sent end_swap_step
  read_rules keep_rule delete_rule keep_rule_exception read_rule_pauses keep_rule_pause delete_rule_pause read_rule_days read_open_rule_days
  read_prebookings_between export_rules plan_rules rule_days_due create_rule_prebooking note_rule_days`
  .trim()
  .split(/\s+/);

/** The database functions that row security calls as the member, in the schema `row_security`, which PostgREST does not show. */
export const POLICY_FUNCTIONS = ['takes_place'];

/** Database functions that are called only by other functions and by triggers. */
export const INTERNAL_FUNCTIONS = `
  is_dead_owner begin_subscription bound_member_rows box_card charge_won_place claimed_shape_of commit_plain_rotations grant_lease grant_plain_leases guard_prebooking
  has_tries_left is_unlimited know_member miss_prebookings open_period opening_by_rule own_message prebooking_card prebooking_of_opening purge_journal remember_deleted_prebookings rest_of_tries retime_wishes session_card session_with_secrets start_of_class
  own_box_card channel_card is_erased_since refuse_erased refuse_wishes_of_leavers sealed_channel_card notice_card uid_of_class is_entry_of is_entry_for forget_tellings
  shape_prebooking spend_token take_renewal_rule remember_life login_life kept_login_free_at is_time_to_mend tell_death supabase_session_stands supabase_user_stands device_of_supabase_session tell_realtime
  watch_card is_served begin_watch_days end_watches_of_leavers watch_limits watch_budget watch_readers watch_wanted_ms watch_interval_ms
  watch_goes_on watch_news end_watch judge_watch_notices
  show_out is_known_device invitation_card keep_session_counts keep_race_counts
  are_few free_cancel_until is_countered is_gone_for_few is_other_witness may_be_gone renewals_so_far
  rule_card rule_rests wish_of_rule follow_rules rule_pause_card end_rules lead_days plan_rules_of_box`
  .trim()
  .split(/\s+/);
