// The contract as types. Made from /openapi.json by `npm run contract`; never changed by hand.
export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys our access tokens are signed with */
        get: operations["getWellKnownJwksJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/openid-configuration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who signs our access tokens, and where the keys are */
        get: operations["getWellKnownOpenidConfiguration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agenda": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is booked, what waits and what repeats, in one list */
        get: operations["getAgenda"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/device-proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fetch this device’s gym token by the session that was opened on it; sets the session cookies */
        post: operations["postAuthDeviceProof"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a sign-in may ask for here, before there is one */
        get: operations["getAuthLogin"];
        put?: never;
        /** Sign in with the gym account */
        post: operations["postAuthLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Leave: end this session and remove its cookies */
        post: operations["postAuthLogout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** State of one of your gym sessions, by default of this device */
        get: operations["getAuthSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session/bridge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin a session here with a token of Supabase */
        post: operations["postAuthSessionBridge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session/kept-login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget your kept login at the gym */
        delete: operations["deleteAuthSessionKeptLogin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange the refresh cookie for the next one */
        post: operations["postAuthSessionRefresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where you are signed in */
        get: operations["getAuthSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of your sessions, or `all` */
        delete: operations["deleteAuthSessionsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sync-device-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fetch this device’s gym token, if it has changed; the current one or the one before proves that it is this device */
        post: operations["postAuthSyncDeviceSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/token-update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renew this device’s gym token now; `token` proves that it is this device */
        post: operations["postAuthTokenUpdate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/booking": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The classes of a day */
        get: operations["getBooking"];
        put?: never;
        /** Book a class that is open */
        post: operations["postBooking"];
        /** Give a place back */
        delete: operations["deleteBooking"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/booking/attendees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is in a class: names where the gym gives them to you, and friends here who want to be seen */
        get: operations["getBookingAttendees"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/boxes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your boxes, as the latest login at the gym named them */
        get: operations["getBoxes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calendar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A private address of your calendar, shown this once; the one before is no more */
        post: operations["postCalendar"];
        /** The address is no more */
        delete: operations["deleteCalendar"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A conversation, oldest line first */
        get: operations["getChat"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/message": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep one line of a conversation; nobody here replies */
        post: operations["postChatMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin a conversation, with a title or without */
        post: operations["postChatSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cron/refresh-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Run refresh-background-sessions once */
        get: operations["getApiCronRefreshTokens"];
        put?: never;
        /** Run refresh-background-sessions once */
        post: operations["postApiCronRefreshTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execute-prebooking": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A wake-up from the queue: claim, prepare, race, settle */
        post: operations["postExecutePrebooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who you are and what you have here */
        get: operations["getMe"];
        /** Change language, quiet hours, kinds of notices, visibility to friends; what is left out stays */
        put: operations["putMe"];
        post?: never;
        /** Erase everything of yours here; needs a sign-in of the last 5 minutes. Bookings at the gym stay */
        delete: operations["deleteMe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything of yours as JSON; needs a sign-in of the last 5 minutes */
        get: operations["getMeExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened, the oldest first; nothing becomes read by looking */
        get: operations["getNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notices/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** You have seen everything up to this one */
        post: operations["postNoticesRead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your channels, and what this installation offers */
        get: operations["getNotificationsChannels"];
        put?: never;
        /** Add a channel, in place of the one of its kind; e-mail and Telegram are told nothing until they are confirmed */
        post: operations["postNotificationsChannels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Tell nothing there any more */
        delete: operations["deleteNotificationsChannelsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/channels/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test notice there now */
        post: operations["postNotificationsChannelsByIdTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where notices are sent: the host, never the whole address */
        get: operations["getNotificationsWebhook"];
        /** Have notices sent to this https address, in place of the one before; the signing secret is shown this once */
        put: operations["putNotificationsWebhook"];
        post?: never;
        /** Send notices there no more */
        delete: operations["deleteNotificationsWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notifications/webhook/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test notice there now */
        post: operations["postNotificationsWebhookTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/boxes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Boxes, with zone, opening rule and members */
        get: operations["getOperatorBoxes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/boxes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Declare a box’s zone, when it opens its classes, until when cancelling is free; what is left out stays */
        put: operations["putOperatorBoxesById"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/channels/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test alert by each of the operator’s channels now */
        post: operations["postOperatorChannelsTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether everything a race needs works from here, each red line with its remedy */
        get: operations["getOperatorDoctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The latest invitations, without their links */
        get: operations["getOperatorInvitations"];
        put?: never;
        /** An invitation for one newcomer; its link is shown this once */
        post: operations["postOperatorInvitations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Withdraw an invitation that nobody has used */
        delete: operations["deleteOperatorInvitationsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Members, with how they stand */
        get: operations["getOperatorMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/members/{id}/admit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a member in; they sign in again */
        post: operations["postOperatorMembersByIdAdmit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/members/{id}/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do not let a member in, in no mode: ends their sessions and takes back their wishes */
        post: operations["postOperatorMembersByIdRefuse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/members/{id}/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete a member and all that is theirs here; bookings at the gym stay */
        post: operations["postOperatorMembersByIdRemove"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/monitor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How everything stands, for the operator’s screen */
        get: operations["getOperatorMonitor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pauses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Days for which no rule of yours asks */
        get: operations["getPauses"];
        put?: never;
        /** Be away: rules ask for no class of these days; what is booked inside is named and stays */
        post: operations["postPauses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pauses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Be back: rules ask for these days again, as far as they are not open yet */
        delete: operations["deletePausesById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/prebookings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your prebookings, finished ones too */
        get: operations["getPrebookings"];
        put?: never;
        /** Ask for a class that is not open yet */
        post: operations["postPrebookings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/prebookings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One prebooking, with its receipt */
        get: operations["getPrebookingsById"];
        put?: never;
        post?: never;
        /** Take a prebooking back, until it is armed */
        delete: operations["deletePrebookingsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queue-check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The queue shows that it reaches us; leaves a run and does nothing */
        post: operations["postQueueCheck"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/refresh-part": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A further worker on one refresh run */
        post: operations["postRefreshPart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your wishes that repeat, with their exceptions */
        get: operations["getRules"];
        put?: never;
        /** Ask for a class every week */
        post: operations["postRules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a rule: what waits follows, what is claimed, armed or over stays */
        put: operations["putRulesById"];
        post?: never;
        /** Delete a rule and withdraw its prebookings that nobody has claimed */
        delete: operations["deleteRulesById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rules/{id}/exceptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Leave one day of a rule out, or ask for something else on it */
        put: operations["putRulesByIdExceptions"];
        post?: never;
        /** Take the exception of a day away */
        delete: operations["deleteRulesByIdExceptions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rules/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The coming weeks of a rule, and what the gym shows of them now */
        get: operations["getRulesByIdPreview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin counting turns */
        post: operations["postSessionCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/telegram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Updates of the Telegram bot, with the secret that Telegram was given */
        post: operations["postTelegram"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens left in this period: one for each place that was won */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/watches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is watched for you, and what was; places on a waitlist too */
        get: operations["getWatches"];
        put?: never;
        /** Watch a full class: a place that comes free is booked, or told */
        post: operations["postWatches"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/watches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Watch it no longer */
        delete: operations["deleteWatchesById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/{secret}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The calendar as iCalendar: thirty days back, sixty ahead */
        get: operations["getCalendarBySecret"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/confirm/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a confirming mail’s link shows; looking changes nothing */
        get: operations["getConfirmByCode"];
        put?: never;
        /** Confirm the address: the page’s button */
        post: operations["postConfirmByCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cron/purge-device-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Run purge-device-sessions once */
        get: operations["getCronPurgeDeviceSessions"];
        put?: never;
        /** Run purge-device-sessions once */
        post: operations["postCronPurgeDeviceSessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cron/refresh-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Run refresh-background-sessions once */
        get: operations["getCronRefreshTokens"];
        put?: never;
        /** Run refresh-background-sessions once */
        post: operations["postCronRefreshTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cron/sweep-prebookings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Run sweep-prebookings once */
        get: operations["getCronSweepPrebookings"];
        put?: never;
        /** Run sweep-prebookings once */
        post: operations["postCronSweepPrebookings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The contract, for people */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process is alive */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invitation/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an invitation’s link shows; nothing is used up by looking */
        get: operations["getInvitationByInvitation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prometheus text */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How everything stands, as a page */
        get: operations["getMonitor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The contract, for machines */
        get: operations["getOpenapiJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything we depend on answers */
        get: operations["getReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @example {
         *       "member": {
         *         "id": "2f1c7a52-3c1b-4a1e-9a64-0b8f0f7f6c11",
         *         "email": "lola@example.com",
         *         "name": "Lola",
         *         "language": "es",
         *         "admitted": true,
         *         "quietHours": {
         *           "from": "22:00",
         *           "to": "07:00"
         *         },
         *         "tell": {
         *           "reminder": false
         *         },
         *         "visibleToFriends": true
         *       },
         *       "boxes": [],
         *       "background": [
         *         {
         *           "status": "live",
         *           "lastTokenUpdateDate": "2026-11-20T09:00:00.000Z",
         *           "keptLogin": false
         *         }
         *       ],
         *       "devices": [
         *         {
         *           "fingerprint": "5a51256683cce3e4e553f2ff7debafba963119fef631c484",
         *           "lastSeenAt": "2026-11-20T09:00:00.000Z",
         *           "current": true
         *         }
         *       ],
         *       "usage": {
         *         "tokens": {
         *           "current": 28,
         *           "max": 30,
         *           "unlimited": false
         *         },
         *         "plan": "Free",
         *         "status": "active"
         *       },
         *       "channels": [
         *         {
         *           "id": "5b2f3e0a-7d51-4c60-8a56-2d9f6f1c9e77",
         *           "kind": "webhook",
         *           "state": "live"
         *         }
         *       ],
         *       "warnings": []
         *     }
         */
        Account: {
            background: {
                keptLogin: boolean;
                /** Format: date-time */
                lastTokenUpdateDate: string;
                status: string;
            }[];
            boxes: components["schemas"]["OwnBox"][];
            channels: components["schemas"]["Channel"][];
            devices: {
                current: boolean;
                fingerprint: string;
                /** Format: date-time */
                lastSeenAt: string;
            }[];
            member: {
                admitted: boolean;
                email: string | null;
                id: string;
                /** @enum {string|null} */
                language: "en" | "es" | null;
                name: string;
                quietHours: components["schemas"]["QuietHours"];
                tell: {
                    [key: string]: boolean;
                };
                visibleToFriends: boolean;
            };
            usage: components["schemas"]["Usage"];
            warnings: ("login-needed" | "no-channel" | "quota" | "zone-assumed" | "unplaced-boxes")[];
        };
        /**
         * @example {
         *       "language": "es",
         *       "quietHours": {
         *         "from": "22:00",
         *         "to": "07:00"
         *       }
         *     }
         */
        AccountChanges: {
            /** @enum {string} */
            language?: "en" | "es";
            quietHours?: components["schemas"]["QuietHours"];
            tell?: {
                freed?: boolean;
                lost?: boolean;
                "moved-up"?: boolean;
                recovered?: boolean;
                reminder?: boolean;
                risk?: boolean;
                "rule-changed"?: boolean;
                waitlisted?: boolean;
                won?: boolean;
            };
            visibleToFriends?: boolean;
        };
        AgendaItem: {
            boxId: string;
            className: string | null;
            day: string;
            /** Format: date-time */
            endsAt?: string;
            id?: string;
            /** @enum {string} */
            kind: "booking" | "waitlist" | "prebooking" | "rule" | "watch";
            /** Format: date-time */
            opensAt?: string;
            readiness?: {
                checkedAt: string;
                findings: {
                    /** @enum {string} */
                    kind: "no-session" | "class-gone" | "class-cancelled" | "class-closed" | "class-changed" | "session-in-doubt" | "no-wake-up" | "opening-unsure" | "clock-skew" | "gym-unreachable";
                    remedy: string;
                }[];
                /** @enum {string} */
                level: "green" | "amber" | "red";
            };
            reservationId?: string;
            /** Format: date-time */
            startsAt?: string;
            state: string;
            /** @enum {string} */
            then?: "book" | "tell";
            timeId: string | null;
        };
        Attendee: {
            name: string;
            /** @enum {string} */
            state: "booked" | "waitlisted";
        };
        /**
         * @example {
         *       "attendees": null,
         *       "reason": "coaches-only",
         *       "friends": [
         *         {
         *           "name": "Bea",
         *           "state": "booked"
         *         }
         *       ]
         *     }
         */
        Attendees: {
            attendees: components["schemas"]["Attendee"][] | null;
            friends: components["schemas"]["Attendee"][];
            /** @enum {string} */
            reason?: "coaches-only";
        };
        /**
         * @example {
         *       "boxId": "8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11",
         *       "day": "20261124",
         *       "classId": "501",
         *       "waitlist": true
         *     }
         */
        Booking: {
            /** Format: uuid */
            boxId: string;
            classId: string;
            /** @example 20261124 */
            day: string;
            familyId?: string;
            waitlist?: boolean;
        };
        Box: {
            aimharderBoxId: string;
            id: string;
            name: string;
            subdomain: string;
            timeZone: string;
        };
        BoxDeclaration: {
            freeCancelMinutes?: number | null;
            openingRule?: {
                hours: number;
                /** @enum {string} */
                kind: "hours-before";
            } | {
                days: number;
                /** @enum {string} */
                kind: "days-before";
            } | {
                at: string;
                daysBefore: number;
                /** @enum {string} */
                kind: "clock";
            } | {
                daysBefore: number;
                /** @enum {string} */
                kind: "midnight";
            };
            timeZone?: string;
        };
        /**
         * @example {
         *       "boxId": "8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11",
         *       "day": "20261124",
         *       "reservationId": "90210"
         *     }
         */
        Cancellation: {
            acceptLate?: boolean;
            /** Format: uuid */
            boxId: string;
            /** @example 20261124 */
            day: string;
            familyId?: string;
            reservationId: string;
        };
        Channel: {
            id: string;
            /** @enum {string} */
            kind: "telegram" | "web-push" | "webhook" | "email";
            /** @enum {string} */
            state: "unconfirmed" | "live" | "failing" | "gone";
        };
        ChannelCard: {
            /** Format: date-time */
            createdAt: string;
            id: string;
            /** @enum {string} */
            kind: "telegram" | "web-push" | "webhook" | "email";
            label: string | null;
            /** @enum {string} */
            state: "unconfirmed" | "live" | "failing" | "gone";
        };
        /**
         * @example {
         *       "kind": "email",
         *       "address": "ana@example.com"
         *     }
         */
        ChannelWish: {
            address: string;
            /** @enum {string} */
            kind: "email";
        } | {
            /** @enum {string} */
            kind: "telegram";
        } | {
            /** @enum {string} */
            kind: "web-push";
            subscription: {
                endpoint: string;
                expirationTime?: number | null;
                keys: {
                    auth: string;
                    p256dh: string;
                };
            };
        } | {
            /** @enum {string} */
            kind: "webhook";
            url: string;
        };
        /**
         * @example {
         *       "title": "Handstands"
         *     }
         */
        Chat: {
            title?: string;
        };
        ChatLine: {
            content: string;
            /**
             * @default user
             * @enum {string}
             */
            role: "user" | "model";
            /** Format: uuid */
            sessionId: string;
        };
        ChatMessage: {
            content: string;
            /** Format: date-time */
            createdAt: string;
            id: number;
            /** @enum {string} */
            role: "user" | "model";
        };
        Class: {
            bookable: boolean;
            cancelled: boolean;
            coach: string | null;
            id: string;
            inMyPlan: boolean | null;
            limit: number | null;
            /** @enum {string|null} */
            mine: "booked" | "waitlisted" | null;
            name: string;
            occupied: number | null;
            /** Format: date-time */
            opensAt: string | null;
            reservationId: string | null;
            time: string;
            timeId: string;
            waitlist: number | null;
            waitlistLength: number | null;
        };
        DeviceProof: {
            fingerprint?: string;
        };
        /**
         * @example {
         *       "fingerprint": "5a51256683cce3e4e553f2ff7debafba963119fef631c484",
         *       "currentToken": "the token this device holds"
         *     }
         */
        DeviceSync: {
            currentToken?: string;
            fingerprint?: string;
        };
        Discovery: {
            claims_supported: string[];
            id_token_signing_alg_values_supported: string[];
            issuer: string;
            jwks_uri: string;
            response_types_supported: string[];
            subject_types_supported: string[];
        };
        DoctorCheck: {
            name: string;
            remedy?: string;
            said: string;
            /** @enum {string} */
            state: "ok" | "warn" | "red" | "skipped";
        };
        Erased: {
            /** @enum {string} */
            state: "erased";
        };
        /**
         * @example {
         *       "state": "erasing",
         *       "live": 1
         *     }
         */
        Erasing: {
            live: number;
            /** @enum {string} */
            state: "erasing";
        };
        Error: {
            error: {
                /** @enum {string} */
                code: "request/invalid" | "request/token-in-url" | "request/too-large" | "request/not-json" | "request/idempotency-running" | "request/idempotency-mismatch" | "request/limited" | "route/missing" | "route/method" | "auth/missing" | "auth/refused" | "auth/cross-site" | "auth/session-revoked" | "auth/account-taken" | "auth/proof-needed" | "auth/not-admitted" | "auth/unavailable" | "queue/signature-refused" | "queue/unavailable" | "login/not-kept-here" | "login/none-kept" | "gym/wrong-credentials" | "gym/account-locked" | "gym/unreachable" | "gym/blocked" | "gym/busy" | "gym/unreadable" | "gym/too-large" | "gym/box-refused" | "account/missing" | "account/erasing" | "box/missing" | "member/missing" | "invitation/missing" | "invitation/not-honoured" | "session/missing" | "session/needs-login" | "session/proof-refused" | "session/busy" | "session/uncertain" | "session/write-lost" | "session/jar-incomplete" | "seal/unreadable" | "seal/unknown-key" | "refresh/nothing-updated" | "refresh/mostly-skipped" | "refresh/selector-broken" | "booking/unconfirmed" | "prebooking/missing" | "prebooking/duplicate" | "prebooking/too-many" | "prebooking/opening-unknown" | "prebooking/class-started" | "prebooking/class-missing" | "prebooking/class-cancelled" | "prebooking/too-late" | "prebooking/write-lost" | "prebooking/not-yet" | "watch/missing" | "watch/duplicate" | "watch/too-many" | "watch/too-late" | "watch/over" | "watch/not-open" | "watch/has-place" | "watch/instead-missing" | "rule/missing" | "rule/duplicate" | "rule/too-many" | "rule/other-weekday" | "pause/missing" | "pause/too-many" | "notice/no-channel" | "notice/refused" | "notice/unreachable" | "notice/gone" | "notice/unclear" | "notice/not-offered" | "notice/code-refused" | "channel/unreachable" | "subscription/missing" | "subscription/no-tokens" | "database/unavailable" | "database/refused" | "config/invalid" | "run/overdue" | "stack/missing-binary" | "stack/port-taken" | "stack/folder-unwritable" | "stack/unsupported-platform" | "stack/already-running" | "stack/migration-failed" | "stack/schema-too-old" | "stack/start-failed" | "internal/unexpected";
                message: string;
            };
        };
        Export: {
            boxes: {
                [key: string]: unknown;
            }[];
            calendar: {
                [key: string]: unknown;
            } | null;
            channels: {
                [key: string]: unknown;
            }[];
            conversations: {
                [key: string]: unknown;
            }[];
            /** Format: date-time */
            exportedAt: string;
            gymSessions: {
                [key: string]: unknown;
            }[];
            keptLogin: {
                [key: string]: unknown;
            } | null;
            member: {
                [key: string]: unknown;
            };
            notices: {
                [key: string]: unknown;
            }[];
            pauses: {
                [key: string]: unknown;
            }[];
            prebookings: {
                [key: string]: unknown;
            }[];
            rules: {
                [key: string]: unknown;
            }[];
            sessions: {
                [key: string]: unknown;
            }[];
            subscription: {
                [key: string]: unknown;
            } | null;
            tokensSpent: {
                [key: string]: unknown;
            }[];
            turns: {
                [key: string]: unknown;
            }[];
            watches: {
                [key: string]: unknown;
            }[];
        };
        GymSession: {
            fingerprint: string;
            keptLogin?: components["schemas"]["KeptLogin"];
            /** Format: date-time */
            lastTokenUpdateDate: string;
            lastTokenUpdateError: string | null;
            /** @enum {string} */
            sessionType: "background" | "device";
            status: string;
            tokenUpdateCount: number;
        };
        Invitation: {
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            id: string;
            note: string | null;
            /** @enum {string} */
            state: "open" | "used" | "revoked" | "expired";
            usedBy: string | null;
        };
        JsonWebKeySet: {
            keys: {
                /** @enum {string} */
                alg: "ES256";
                crv: string;
                kid: string;
                kty: string;
                /** @enum {string} */
                use: "sig";
                x: string;
                y: string;
            }[];
        };
        KeptLogin: {
            /** Format: date-time */
            keptAt: string;
            /** Format: date-time */
            lastUsedAt: string | null;
            words: {
                en: string;
                es: string;
            };
        };
        ListedBox: components["schemas"]["OperatorBox"] & {
            members: number;
        };
        ListedMember: {
            boxes: {
                id: string;
                name: string;
                subdomain: string;
            }[];
            id: string;
            /** Format: date-time */
            lastSeenAt: string | null;
            name: string;
            /** Format: date-time */
            since: string | null;
            /** @enum {string} */
            state: "guest" | "waiting" | "admitted" | "refused";
            wishes: number;
        };
        /**
         * @example {
         *       "email": "lola@example.com",
         *       "password": "as at the gym",
         *       "fingerprint": "5a51256683cce3e4e553f2ff7debafba963119fef631c484"
         *     }
         */
        Login: {
            /** @example lola@example.com */
            email: string;
            fingerprint?: string;
            invitation?: string;
            /** @description True: the member agrees to “Keep my gym password here, encrypted under a key of my own, and sign me in again when the gym has ended my login: at most once an hour and twice a day. It is deleted when the gym refuses it or locks my account, when I delete it, and when I sign out everywhere.”. False: forget it. Left out: none is begun. */
            keepLogin?: boolean;
            password: string;
            /**
             * @description A person who waits to be let in takes that back: all that is kept of them goes. Others sign in as ever.
             * @enum {boolean}
             */
            withdrawRequest?: true;
        };
        Monitor: {
            alerts: ("never-refreshed" | "refresh-stopped" | "all-need-login" | "needs-login" | "aged" | "put-aside" | "in-doubt" | "unconfirmed" | "run-failed")[];
            dueMinutes: number;
            /** Format: date-time */
            lastGoodRefreshAt: string | null;
            lateMinutes: number;
            lateness: {
                count: number;
                max: number;
                p50: number;
                p95: number;
            } | null;
            news: {
                count: number;
                kind: string;
                /** Format: date-time */
                since: string;
            }[];
            notices: {
                deadLetters: number;
                members: number;
                waiting: number;
            };
            /** Format: date-time */
            now: string;
            prebookings: {
                [key: string]: number;
            };
            races: {
                boxId: string;
                className: string | null;
                day: string;
                latenessMs: number | null;
                opensAt: string;
                timeId: string;
                words: string;
            }[];
            refreshRuns: {
                counts: {
                    due: number;
                    failed: number;
                    skipped: number;
                    updated: number;
                } | null;
                failureCode: string | null;
                /** Format: date-time */
                finishedAt: string | null;
                /** Format: date-time */
                startedAt: string;
            }[];
            runs: {
                failureCode: string | null;
                /** Format: date-time */
                finishedAt: string | null;
                job: string;
                /** Format: date-time */
                startedAt: string;
            }[];
            sessions: {
                ageMinutes: number;
                id: string;
                lastError: string | null;
                status: string;
                tokenSuccessCount: number;
                tokenUpdateCount: number;
                /** Format: date-time */
                tokenUpdateCountChangedAt: string | null;
            }[];
            statuses: {
                [key: string]: number;
            };
        };
        NewInvitation: {
            /** @default 7 */
            days: number;
            note?: string;
        };
        Notice: {
            category: string | null;
            /** Format: date-time */
            happenedAt: string;
            id: number;
            isRead: boolean;
            kind: string;
            link: string | null;
            prebookingId: string | null;
            /** @enum {string} */
            state: "told" | "waiting" | "untold" | "muted";
            text: string;
        };
        OperatorBox: {
            freeCancelMinutes: number | null;
            id: string;
            name: string;
            opening: {
                rule?: unknown;
                /** @enum {string} */
                source: "declared" | "learned" | "none";
            };
            subdomain: string;
            timeZone: string;
            zoneAssumed: boolean;
        };
        /**
         * @example {
         *       "id": "8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11",
         *       "aimharderBoxId": "77",
         *       "subdomain": "boxnorte",
         *       "name": "Box Norte",
         *       "timeZone": "Europe/Madrid",
         *       "zoneAssumed": false,
         *       "role": "client",
         *       "opening": {
         *         "rule": {
         *           "kind": "hours-before",
         *           "hours": 72
         *         },
         *         "source": "learned",
         *         "words": "Booking opens 72 hours before the class begins."
         *       }
         *     }
         */
        OwnBox: components["schemas"]["Box"] & {
            opening: {
                link?: string;
                rule: {
                    hours: number;
                    /** @enum {string} */
                    kind: "hours-before";
                } | {
                    days: number;
                    /** @enum {string} */
                    kind: "days-before";
                } | {
                    at: string;
                    daysBefore: number;
                    /** @enum {string} */
                    kind: "clock";
                } | {
                    daysBefore: number;
                    /** @enum {string} */
                    kind: "midnight";
                } | null;
                /** @enum {string} */
                source: "declared" | "learned" | "none";
                words: string;
            };
            /** @enum {string} */
            role: "client" | "coach" | "admin";
            zoneAssumed: boolean;
        };
        Pause: {
            boxId: string | null;
            /** Format: date-time */
            createdAt: string;
            from: string;
            id: string;
            to: string;
        };
        /**
         * @example {
         *       "from": "20261221",
         *       "to": "20270106"
         *     }
         */
        PauseWish: {
            /** Format: uuid */
            boxId?: string;
            /** @example 20261124 */
            from: string;
            /** @example 20261124 */
            to: string;
        };
        /**
         * @example {
         *       "id": "5b2f3e0a-7d51-4c60-8a56-2d9f6f1c9e77",
         *       "boxId": "8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11",
         *       "day": "20261124",
         *       "classId": "501",
         *       "timeId": "1800_60",
         *       "className": "WOD",
         *       "waitlist": true,
         *       "alternatives": [
         *         {
         *           "timeId": "1900_60"
         *         }
         *       ],
         *       "status": "scheduled",
         *       "opensAt": "2026-11-21T17:00:00.000Z",
         *       "readiness": {
         *         "level": "green",
         *         "findings": [],
         *         "checkedAt": "2026-11-20T09:00:00.000Z"
         *       },
         *       "createdAt": "2026-11-20T09:00:00.000Z"
         *     }
         */
        Prebooking: {
            alternatives: {
                className?: string;
                timeId?: string;
            }[];
            boxId: string;
            classId: string | null;
            className: string | null;
            /** Format: date-time */
            createdAt: string;
            day: string;
            familyId?: string;
            id: string;
            /** Format: date-time */
            opensAt: string;
            outcome?: string;
            readiness?: {
                checkedAt: string;
                findings: {
                    /** @enum {string} */
                    kind: "no-session" | "class-gone" | "class-cancelled" | "class-closed" | "class-changed" | "session-in-doubt" | "no-wake-up" | "opening-unsure" | "clock-skew" | "gym-unreachable";
                    remedy: string;
                }[];
                /** @enum {string} */
                level: "green" | "amber" | "red";
            };
            reason?: string;
            receipt?: components["schemas"]["Receipt"];
            reservationId?: string;
            ruleId?: string;
            /** @enum {string} */
            status: "scheduling" | "scheduled" | "claimed" | "armed" | "unknown" | "booked" | "waitlisted" | "refused" | "unconfirmed" | "withdrawn" | "missed";
            timeId: string;
            waitlist: boolean;
        };
        /**
         * @example {
         *       "from": "22:00",
         *       "to": "07:00"
         *     }
         */
        QuietHours: {
            from: string;
            to: string;
        } | null;
        /**
         * @example {
         *       "opensAt": "2026-11-21T17:00:00.000Z",
         *       "wokenAt": "2026-11-21T16:59:48.011Z",
         *       "readyAt": "2026-11-21T16:59:49.204Z",
         *       "sentAt": "2026-11-21T16:59:59.988Z",
         *       "firstByteAt": "2026-11-21T17:00:00.212Z",
         *       "answeredAt": "2026-11-21T17:00:00.214Z",
         *       "readBackAt": "2026-11-21T17:00:00.560Z",
         *       "latenessMs": 1,
         *       "firstLatenessMs": 1,
         *       "clockOffsetMs": 3,
         *       "rttMs": 20,
         *       "shots": 1,
         *       "tries": [
         *         {
         *           "sentAt": "2026-11-21T16:59:59.988Z",
         *           "answeredAt": "2026-11-21T17:00:00.214Z",
         *           "latenessMs": 1,
         *           "answer": "booked"
         *         }
         *       ],
         *       "decidedBy": "us",
         *       "words": "Booked: our request reached the gym 1 ms after the opening."
         *     }
         */
        Receipt: {
            /** Format: date-time */
            answeredAt: string | null;
            clockOffsetMs: number | null;
            /** @enum {string|null} */
            decidedBy: "us" | "session" | "late" | "too-early" | "crowd" | "hour-unknown" | "gym" | "member" | null;
            /** Format: date-time */
            firstByteAt: string | null;
            firstLatenessMs: number | null;
            gymSaid?: string;
            latenessMs: number | null;
            movedTo?: string;
            /** Format: date-time */
            opensAt: string;
            /** Format: date-time */
            readBackAt: string | null;
            /** Format: date-time */
            readyAt: string | null;
            rttMs: number | null;
            /** Format: date-time */
            sentAt: string | null;
            shots: number | null;
            tries: ({
                answer: string;
                /** Format: date-time */
                answeredAt: string | null;
                latenessMs: number | null;
                said?: string;
                /** Format: date-time */
                sentAt: string | null;
                why?: string;
            } & {
                [key: string]: unknown;
            })[];
            why?: string;
            /** Format: date-time */
            wokenAt: string | null;
            words: string | null;
        } & {
            [key: string]: unknown;
        };
        Rule: {
            alternatives: {
                className?: string;
                timeId?: string;
            }[];
            boxId: string;
            className: string | null;
            /** Format: date-time */
            createdAt: string;
            exceptions: {
                alternatives?: {
                    className?: string;
                    timeId?: string;
                }[];
                className?: string;
                day: string;
                familyId?: string;
                skip: boolean;
                timeId?: string;
                waitlist?: boolean;
            }[];
            familyId: string | null;
            from: string | null;
            id: string;
            paused: boolean;
            timeId: string | null;
            until: string | null;
            waitlist: boolean;
            weekday: number;
        };
        /**
         * @example {
         *       "day": "20261208"
         *     }
         */
        RuleExceptionDay: {
            /** @example 20261124 */
            day: string;
        };
        /**
         * @example {
         *       "day": "20261208",
         *       "skip": true
         *     }
         */
        RuleExceptionWish: {
            alternatives?: {
                className?: string;
                timeId?: string;
            }[];
            className?: string;
            /** @example 20261124 */
            day: string;
            familyId?: string;
            /** @enum {boolean} */
            skip?: true;
            timeId?: string;
            waitlist?: boolean;
        };
        RulePreview: {
            boxId: string;
            days: components["schemas"]["RulePreviewDay"][];
            ruleId: string;
            timeZone: string;
        };
        RulePreviewDay: {
            class: {
                id: string;
                inMyPlan: boolean | null;
                name: string;
                timeId: string;
            } | null;
            clockChange: {
                /** Format: date-time */
                at: string;
                offsetAfter: string;
                offsetBefore: string;
            } | null;
            day: string;
            exception: boolean;
            /** @enum {string} */
            finding?: "class-gone" | "class-cancelled" | "class-closed" | "class-changed" | "class-ambiguous" | "not-listed" | "gym-unreachable" | "open-already" | "wished-already" | "too-many" | "no-tokens" | "not-your-box" | "not-taken";
            notices: string[];
            /** Format: date-time */
            opensAt: string | null;
            prebooking: {
                id: string;
                /** @enum {string} */
                status: "scheduling" | "scheduled" | "claimed" | "armed" | "unknown" | "booked" | "waitlisted" | "refused" | "unconfirmed" | "withdrawn" | "missed";
            } | null;
            /** @enum {string} */
            rests?: "paused" | "not-its-day" | "skipped" | "vacation";
            /** @enum {string} */
            shows: "class-found" | "class-cancelled" | "class-closed" | "class-changed" | "class-gone" | "class-ambiguous" | "not-listed" | "not-asked";
            /** Format: date-time */
            startsAt: string | null;
            /** @enum {string} */
            state: "asked" | "will-ask" | "rests" | "open-already";
            warnings: ("overlaps" | "login-needed" | "zone-assumed" | "opening-unsure" | "not-in-plan" | "quota" | "class-cancelled" | "no-channel")[];
        };
        /**
         * @example {
         *       "boxId": "8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11",
         *       "weekday": 2,
         *       "timeId": "1800_60",
         *       "className": "WOD",
         *       "waitlist": true,
         *       "alternatives": [
         *         {
         *           "timeId": "1900_60"
         *         }
         *       ],
         *       "from": "20261201"
         *     }
         */
        RuleWish: {
            alternatives?: {
                className?: string;
                timeId?: string;
            }[];
            /** Format: uuid */
            boxId: string;
            className?: string;
            familyId?: string;
            /** @example 20261124 */
            from?: string;
            paused?: boolean;
            timeId?: string;
            /** @example 20261124 */
            until?: string;
            waitlist?: boolean;
            weekday: number;
        };
        SignInOffers: {
            keptLogin: {
                words: {
                    en: string;
                    es: string;
                };
            } | null;
        };
        /**
         * @example {
         *       "fingerprint": "5a51256683cce3e4e553f2ff7debafba963119fef631c484",
         *       "token": "the token this device holds"
         *     }
         */
        TokenUpdate: {
            fingerprint?: string;
            token?: string;
        };
        /**
         * @example {
         *       "tokens": {
         *         "current": 28,
         *         "max": 30,
         *         "unlimited": false
         *       },
         *       "plan": "Free",
         *       "status": "active"
         *     }
         */
        Usage: {
            /** @enum {string} */
            plan: "Free" | "Pro";
            status: string;
            tokens: {
                current: number;
                max: number;
                unlimited: boolean;
            };
        } | null;
        Watch: {
            boxId: string;
            classId: string | null;
            className: string | null;
            /** Format: date-time */
            createdAt: string;
            day: string;
            /** Format: date-time */
            endsAt: string;
            everyS?: number;
            id: string;
            instead?: string;
            notAfter: number;
            outcome?: string;
            prebookingId?: string;
            /** @enum {string} */
            status: "watching" | "taking" | "swapping" | "done" | "ended" | "withdrawn";
            /** @enum {string} */
            then: "book" | "tell" | "move-up";
            timeId: string;
        };
        /**
         * @example {
         *       "boxId": "8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11",
         *       "day": "20261124",
         *       "timeId": "1800_60",
         *       "className": "WOD",
         *       "then": "book",
         *       "notAfter": 90
         *     }
         */
        WatchWish: {
            /** Format: uuid */
            boxId: string;
            classId?: string;
            className?: string;
            /** @example 20261124 */
            day: string;
            instead?: string;
            notAfter?: number;
            /** @enum {string} */
            then: "book" | "tell";
            timeId?: string;
        };
        /**
         * @example {
         *       "url": "https://hooks.example.com/puntual"
         *     }
         */
        WebhookWish: {
            url: string;
        };
        /**
         * @example {
         *       "boxId": "8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11",
         *       "day": "20261124",
         *       "timeId": "1800_60",
         *       "className": "WOD",
         *       "waitlist": true,
         *       "alternatives": [
         *         {
         *           "timeId": "1900_60"
         *         }
         *       ]
         *     }
         */
        Wish: {
            alternatives?: {
                className?: string;
                timeId?: string;
            }[];
            /** Format: uuid */
            boxId: string;
            classId?: string;
            className?: string;
            /** @example 20261124 */
            day: string;
            familyId?: string;
            /** Format: date-time */
            opensAt?: string;
            timeId?: string;
            waitlist?: boolean;
        };
    };
    responses: {
        /** @description The request does not fit: each problem is named */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "request/invalid",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "request/invalid" | "request/token-in-url" | "gym/box-refused";
                        message: string;
                    };
                };
            };
        };
        /** @description As things stand this cannot be done; the code says why */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "request/idempotency-running",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "request/idempotency-running" | "auth/account-taken" | "account/erasing" | "invitation/not-honoured" | "session/needs-login" | "booking/unconfirmed" | "prebooking/duplicate" | "prebooking/too-many" | "prebooking/class-started" | "prebooking/class-cancelled" | "prebooking/too-late" | "watch/duplicate" | "watch/too-many" | "watch/too-late" | "watch/over" | "watch/not-open" | "watch/has-place" | "rule/duplicate" | "rule/too-many" | "pause/too-many";
                        message: string;
                    };
                };
            };
        };
        /** @description Not allowed: from another page, by this proof, or for this member */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "auth/cross-site",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "auth/cross-site" | "auth/proof-needed" | "auth/not-admitted" | "login/not-kept-here" | "session/proof-refused";
                        message: string;
                    };
                };
            };
        };
        /** @description The other end of the channel is gone for good */
        Gone: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "notice/gone",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "notice/gone";
                        message: string;
                    };
                };
            };
        };
        /** @description Not there, or not yours */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "route/missing",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "route/missing" | "login/none-kept" | "account/missing" | "box/missing" | "member/missing" | "invitation/missing" | "session/missing" | "prebooking/missing" | "prebooking/class-missing" | "watch/missing" | "watch/instead-missing" | "rule/missing" | "pause/missing" | "notice/no-channel" | "notice/not-offered" | "notice/code-refused" | "subscription/missing";
                        message: string;
                    };
                };
            };
        };
        /** @description The body is not JSON */
        NotJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "request/not-json",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "request/not-json";
                        message: string;
                    };
                };
            };
        };
        /** @description No tokens are left in this period */
        NoTokensLeft: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "subscription/no-tokens",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "subscription/no-tokens";
                        message: string;
                    };
                };
            };
        };
        /** @description The body is too large */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "request/too-large",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "request/too-large";
                        message: string;
                    };
                };
            };
        };
        /** @description Too many; Retry-After says when to ask again */
        TooMany: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "request/limited",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "request/limited" | "gym/account-locked";
                        message: string;
                    };
                };
            };
        };
        /** @description Not signed in, or not any more */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "auth/missing",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "auth/missing" | "auth/refused" | "auth/session-revoked" | "queue/signature-refused" | "gym/wrong-credentials";
                        message: string;
                    };
                };
            };
        };
        /** @description Understood, and it cannot be done as asked */
        Unprocessable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "request/idempotency-mismatch",
                 *         "message": "Expected …"
                 *       }
                 *     }
                 */
                "application/json": {
                    error: {
                        /** @enum {string} */
                        code: "request/idempotency-mismatch" | "prebooking/opening-unknown" | "rule/other-weekday";
                        message: string;
                    };
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getWellKnownJwksJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A key set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JsonWebKeySet"];
                };
            };
        };
    };
    getWellKnownOpenidConfiguration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenID discovery */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Discovery"];
                };
            };
        };
    };
    getAgenda: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AgendaItem"][];
                        stale: boolean;
                        /** Format: date-time */
                        staleAt: string | null;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthDeviceProof: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviceProof"];
            };
        };
        responses: {
            /** @description The token in force */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        token: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAuthLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The same for all */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInOffers"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description Signed in; sets the session cookies */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accessToken: string;
                        boxes: components["schemas"]["Box"][];
                        device: {
                            fingerprint: string;
                            token: string;
                        };
                        /** Format: date-time */
                        expiresAt: string;
                        keptLogin?: components["schemas"]["KeptLogin"];
                        member: {
                            email: string | null;
                            id: string;
                            name: string;
                        };
                        unplaced: {
                            name: string;
                            reason: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthLogout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ended: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAuthSession: {
        parameters: {
            query?: {
                fingerprint?: string;
                sessionType?: "device" | "background";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GymSession"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthSessionBridge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Begun; sets the session cookies */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accessToken: string;
                        session: {
                            /** Format: date-time */
                            expiresAt: string;
                            id: string;
                        };
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteAuthSessionKeptLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Forgotten */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deleted: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthSessionRefresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rotated; sets the session cookies */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accessToken: string;
                        /** Format: date-time */
                        expiresAt: string;
                        session: {
                            /** Format: date-time */
                            expiresAt: string;
                            id: string;
                        };
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAuthSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your sessions, last seen first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sessions: {
                            /** Format: date-time */
                            createdAt: string;
                            current: boolean;
                            id: string;
                            /** Format: date-time */
                            lastSeenAt: string;
                            userAgent: string | null;
                        }[];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteAuthSessionsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: "all" | string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ended: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthSyncDeviceSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviceSync"];
            };
        };
        responses: {
            /** @description Whether it has changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        needsSync: false;
                    } | {
                        /** @enum {boolean} */
                        needsSync: true;
                        /** Format: date-time */
                        refreshedAt: string;
                        token: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthTokenUpdate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenUpdate"];
            };
        };
        responses: {
            /** @description The new token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        token: string;
                        tokenUpdateCount: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getBooking: {
        parameters: {
            query: {
                boxId: string;
                day: string;
                familyId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The classes, and the box’s own words about the day */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        classes: components["schemas"]["Class"][];
                        notices: string[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postBooking: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key: the first answer */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Booking"];
            };
        };
        responses: {
            /** @description What the gym said */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        opensAt?: string;
                        /** @enum {string} */
                        outcome: "booked" | "waitlisted" | "already-booked" | "full" | "too-early" | "quota-reached" | "same-hour" | "too-late" | "refused";
                        reason?: string;
                        reservationId?: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteBooking: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Cancellation"];
            };
        };
        responses: {
            /** @description What the gym said */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        outcome: "cancelled" | "late-needs-consent" | "not-found" | "failed";
                        reason?: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getBookingAttendees: {
        parameters: {
            query: {
                boxId: string;
                classId: string;
                day: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is in it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attendees"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getBoxes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        boxes: components["schemas"]["OwnBox"][];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postCalendar: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The address */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        url: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteCalendar: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many were removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getChat: {
        parameters: {
            query: {
                sessionId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its lines */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        messages: components["schemas"]["ChatMessage"][];
                        sessionId: string;
                        title: string | null;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postChatMessage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatLine"];
            };
        };
        responses: {
            /** @description Kept */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: components["schemas"]["ChatMessage"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postChatSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Chat"];
            };
        };
        responses: {
            /** @description Begun */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sessionId: string;
                        title: string | null;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getApiCronRefreshTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        due: number;
                        durationMs: number;
                        failed: number;
                        runId: string;
                        skipped: number;
                        updated: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postApiCronRefreshTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        due: number;
                        durationMs: number;
                        failed: number;
                        runId: string;
                        skipped: number;
                        updated: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postExecutePrebooking: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Settled, or already known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        prebookings: {
                            id: string;
                            status: string;
                        }[];
                        status: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description Never deliver this again */
            489: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Deliver again, after Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    putMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountChanges"];
            };
        };
        responses: {
            /** @description The account as it then stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Erased */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erased"];
                };
            };
            /** @description Begun: goes on by itself once what is armed has come to its end and the last notice is told */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasing"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getMeExport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everything, without what opens a door */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getNotices: {
        parameters: {
            query?: {
                after?: number | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description After the one that was named, or the newest */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        notices: components["schemas"]["Notice"][];
                        unread: number;
                        warnings: ("no-channel" | "untold-notices")[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNoticesRead: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    upTo: number;
                };
            };
        };
        responses: {
            /** @description How many were unread until now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        read: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getNotificationsChannels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        channels: components["schemas"]["ChannelCard"][];
                        offered: ("telegram" | "web-push" | "webhook" | "email")[];
                        vapidPublicKey: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNotificationsChannels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelWish"];
            };
        };
        responses: {
            /** @description Added */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        channel: {
                            id: string;
                            /** @enum {string} */
                            kind: "telegram" | "web-push" | "webhook" | "email";
                            /** @enum {string} */
                            state: "unconfirmed" | "live" | "failing" | "gone";
                        };
                        /** Format: date-time */
                        expiresAt?: string;
                        link?: string;
                        secret?: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteNotificationsChannelsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNotificationsChannelsByIdTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether it arrived */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        outcome: "delivered" | "refused" | "unreachable" | "not-public" | "gone" | "unclear";
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getNotificationsWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook, or null */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhook: {
                            /** Format: date-time */
                            createdAt: string;
                            origin: string;
                        } | null;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    putNotificationsWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookWish"];
            };
        };
        responses: {
            /** @description Kept; Puntual-Signature is HMAC-SHA256 over `<t>.<body>` with the secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        origin: string;
                        secret: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteNotificationsWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many were removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNotificationsWebhookTest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether it arrived */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        outcome: "delivered" | "refused" | "unreachable" | "not-public" | "gone" | "unclear";
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOperatorBoxes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        boxes: components["schemas"]["ListedBox"][];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    putOperatorBoxesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BoxDeclaration"];
            };
        };
        responses: {
            /** @description The box as it now stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        box: components["schemas"]["OperatorBox"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postOperatorChannelsTest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether each arrived */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        channels: {
                            name: string;
                            /** @enum {string} */
                            outcome: "delivered" | "refused" | "unreachable" | "not-public" | "gone" | "unclear";
                        }[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOperatorDoctor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The examination */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        checks: components["schemas"]["DoctorCheck"][];
                        ok: boolean;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOperatorInvitations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        invitations: components["schemas"]["Invitation"][];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postOperatorInvitations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvitation"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                        id: string;
                        link: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteOperatorInvitationsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Withdrawn */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOperatorMembers: {
        parameters: {
            query?: {
                /** @description `next` of the answer before */
                after?: string;
                limit?: number;
                state?: "guest" | "waiting" | "admitted" | "refused";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Some of them, and where to go on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        members: components["schemas"]["ListedMember"][];
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postOperatorMembersByIdAdmit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {string} */
                        state: "admitted" | "refused" | "removed";
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postOperatorMembersByIdRefuse: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {string} */
                        state: "admitted" | "refused" | "removed";
                    };
                };
            };
            /** @description The doors are shut; a race of theirs still runs and ends first: ask again in some minutes */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {string} */
                        state: "admitted" | "refused" | "removed";
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postOperatorMembersByIdRemove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {string} */
                        state: "admitted" | "refused" | "removed";
                    };
                };
            };
            /** @description The doors are shut; a race of theirs still runs and ends first: ask again in some minutes */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {string} */
                        state: "admitted" | "refused" | "removed";
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOperatorMonitor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As /monitor shows it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getPauses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By their first day */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        pauses: components["schemas"]["Pause"][];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postPauses: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key: the first answer */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseWish"];
            };
        };
        responses: {
            /** @description Written down */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        inside: {
                            boxId: string;
                            className: string | null;
                            day: string;
                            id?: string;
                            reservationId?: string;
                            state: string;
                            timeId: string;
                        }[];
                        kept: string[];
                        pause: components["schemas"]["Pause"];
                        stale: boolean;
                        withdrawn: string[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deletePausesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many were removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getPrebookings: {
        parameters: {
            query?: {
                status?: "scheduling" | "scheduled" | "claimed" | "armed" | "unknown" | "booked" | "waitlisted" | "refused" | "unconfirmed" | "withdrawn" | "missed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        prebookings: components["schemas"]["Prebooking"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postPrebookings: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key: the first answer */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Wish"];
            };
        };
        responses: {
            /** @description Written down */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        prebooking: components["schemas"]["Prebooking"];
                        warnings: ("overlaps" | "login-needed" | "zone-assumed" | "opening-unsure" | "not-in-plan" | "quota" | "class-cancelled" | "no-channel")[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["NoTokensLeft"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getPrebookingsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        prebooking: components["schemas"]["Prebooking"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deletePrebookingsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It, withdrawn */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        prebooking: components["schemas"]["Prebooking"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postQueueCheck: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Noted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        runId: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postRefreshPart: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The part */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        due: number;
                        failed: number;
                        runId: string;
                        updated: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description Deliver again, after Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By weekday and hour */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        rules: components["schemas"]["Rule"][];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postRules: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key: the first answer */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleWish"];
            };
        };
        responses: {
            /** @description Written down; its prebookings follow within a minute or a few */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        kept: string[];
                        readiness: {
                            checkedAt: string;
                            findings: {
                                /** @enum {string} */
                                kind: "no-session" | "class-gone" | "class-cancelled" | "class-closed" | "class-changed" | "session-in-doubt" | "no-wake-up" | "opening-unsure" | "clock-skew" | "gym-unreachable";
                                remedy: string;
                            }[];
                            /** @enum {string} */
                            level: "green" | "amber" | "red";
                        };
                        rule: components["schemas"]["Rule"];
                        warnings: ("overlaps" | "login-needed" | "zone-assumed" | "opening-unsure" | "not-in-plan" | "quota" | "class-cancelled" | "no-channel")[];
                        withdrawn: string[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    putRulesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleWish"];
            };
        };
        responses: {
            /** @description As it then stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        kept: string[];
                        readiness: {
                            checkedAt: string;
                            findings: {
                                /** @enum {string} */
                                kind: "no-session" | "class-gone" | "class-cancelled" | "class-closed" | "class-changed" | "session-in-doubt" | "no-wake-up" | "opening-unsure" | "clock-skew" | "gym-unreachable";
                                remedy: string;
                            }[];
                            /** @enum {string} */
                            level: "green" | "amber" | "red";
                        };
                        rule: components["schemas"]["Rule"];
                        warnings: ("overlaps" | "login-needed" | "zone-assumed" | "opening-unsure" | "not-in-plan" | "quota" | "class-cancelled" | "no-channel")[];
                        withdrawn: string[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteRulesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What became of its prebookings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        kept: string[];
                        withdrawn: string[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    putRulesByIdExceptions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleExceptionWish"];
            };
        };
        responses: {
            /** @description The rule as it then stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        kept: string[];
                        rule: components["schemas"]["Rule"];
                        withdrawn: string[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteRulesByIdExceptions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleExceptionDay"];
            };
        };
        responses: {
            /** @description The rule as it then stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        kept: string[];
                        rule: components["schemas"]["Rule"];
                        withdrawn: string[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getRulesByIdPreview: {
        parameters: {
            query?: {
                weeks?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Day by day, in the box’s zone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulePreview"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postSessionCreate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Begun */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sessionId: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postTelegram: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Taken */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getWatches: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        watches: components["schemas"]["Watch"][];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postWatches: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key: the first answer */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WatchWish"];
            };
        };
        responses: {
            /** @description Written down */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        watch: components["schemas"]["Watch"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteWatchesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It, taken back */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        watch: components["schemas"]["Watch"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getCalendarBySecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description text/calendar */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description As you have it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooMany"];
        };
    };
    getConfirmByCode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            /** @description A page: the link was used or has run out */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["TooMany"];
        };
    };
    postConfirmByCode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            /** @description A page: the link was used or has run out */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
        };
    };
    getCronPurgeDeviceSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        durationMs: number;
                        runId: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postCronPurgeDeviceSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        durationMs: number;
                        runId: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getCronRefreshTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        due: number;
                        durationMs: number;
                        failed: number;
                        runId: string;
                        skipped: number;
                        updated: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postCronRefreshTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        due: number;
                        durationMs: number;
                        failed: number;
                        runId: string;
                        skipped: number;
                        updated: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getCronSweepPrebookings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        durationMs: number;
                        runId: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postCronSweepPrebookings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        durationMs: number;
                        runId: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooMany"];
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alive */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
        };
    };
    getInvitationByInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            /** @description A page: it is no longer in force */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["TooMany"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows’ numbers, and this process’ own */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
        };
    };
    getMonitor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
        };
    };
    getOpenapiJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        checks: {
                            clock: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                            database: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                            queue: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                            receipts: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                            seal: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                        };
                        ready: boolean;
                    };
                };
            };
            /** @description Not ready, and why */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        checks: {
                            clock: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                            database: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                            queue: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                            receipts: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                            seal: {
                                ok: boolean;
                                reason?: string;
                                skewMs?: number;
                            };
                        };
                        ready: boolean;
                    };
                };
            };
        };
    };
}
