// The contract as types. Made from /openapi.json by `npm run contract`; never changed by hand.

export interface paths {
  "/api/auth/device-proof": {
    /** Fetch this device’s gym token by the session that was opened on it; sets the session cookies */
    post: {
      requestBody: {
        content: {
          "application/json": components["schemas"]["DeviceProof"];
        };
      };
      responses: {
        /** @description The token in force */
        200: {
          content: {
            "application/json": {
              token: string;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/login": {
    /** Sign in with the gym account */
    post: {
      requestBody: {
        content: {
          "application/json": components["schemas"]["Login"];
        };
      };
      responses: {
        /** @description Signed in; sets the session cookies */
        200: {
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
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/logout": {
    /** Leave: end this session and remove its cookies */
    post: {
      responses: {
        /** @description How many ended */
        200: {
          content: {
            "application/json": {
              ended: number;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/session": {
    /** State of one of your gym sessions, by default of this device */
    get: {
      parameters: {
        query?: {
          sessionType?: "device" | "background";
          fingerprint?: string;
        };
      };
      responses: {
        /** @description How it stands */
        200: {
          content: {
            "application/json": components["schemas"]["GymSession"];
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/session/bridge": {
    /** Begin a session here with a token of Supabase */
    post: {
      responses: {
        /** @description Begun; sets the session cookies */
        200: {
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
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/session/refresh": {
    /** Exchange the refresh cookie for the next one */
    post: {
      responses: {
        /** @description Rotated; sets the session cookies */
        200: {
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
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/sessions": {
    /** Where you are signed in */
    get: {
      responses: {
        /** @description Your sessions, last seen first */
        200: {
          content: {
            "application/json": {
              sessions: ({
                  /** Format: date-time */
                  createdAt: string;
                  current: boolean;
                  id: string;
                  /** Format: date-time */
                  lastSeenAt: string;
                  userAgent: string | null;
                })[];
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/sessions/{id}": {
    /** End one of your sessions, or `all` */
    delete: {
      parameters: {
        path: {
          id: "all" | string;
        };
      };
      responses: {
        /** @description How many ended */
        200: {
          content: {
            "application/json": {
              ended: number;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/sync-device-session": {
    /** Fetch this device’s gym token, if it has changed; the current one or the one before proves that it is this device */
    post: {
      requestBody: {
        content: {
          "application/json": components["schemas"]["DeviceSync"];
        };
      };
      responses: {
        /** @description Whether it has changed */
        200: {
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
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/auth/token-update": {
    /** Renew this device’s gym token now; `token` proves that it is this device */
    post: {
      requestBody: {
        content: {
          "application/json": components["schemas"]["TokenUpdate"];
        };
      };
      responses: {
        /** @description The new token */
        200: {
          content: {
            "application/json": {
              token: string;
              tokenUpdateCount: number;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/booking": {
    /** The classes of a day */
    get: {
      parameters: {
        query: {
          day: string;
          boxId: string;
          familyId?: string;
        };
      };
      responses: {
        /** @description The classes, and the box’s own words about the day */
        200: {
          content: {
            "application/json": {
              classes: components["schemas"]["Class"][];
              notices: string[];
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Book a class that is open */
    post: {
      parameters: {
        header?: {
          /** @description Sent again with the same key: the first answer */
          "idempotency-key"?: string;
        };
      };
      requestBody: {
        content: {
          "application/json": components["schemas"]["Booking"];
        };
      };
      responses: {
        /** @description What the gym said */
        200: {
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
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Give a place back */
    delete: {
      requestBody: {
        content: {
          "application/json": components["schemas"]["Cancellation"];
        };
      };
      responses: {
        /** @description What the gym said */
        200: {
          content: {
            "application/json": {
              /** @enum {string} */
              outcome: "cancelled" | "late-needs-consent" | "not-found" | "failed";
              reason?: string;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/chat": {
    /** A conversation, oldest line first */
    get: {
      parameters: {
        query: {
          sessionId: string;
        };
      };
      responses: {
        /** @description Its lines */
        200: {
          content: {
            "application/json": {
              messages: components["schemas"]["ChatMessage"][];
              sessionId: string;
              title: string | null;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/chat/message": {
    /** Keep one line of a conversation; nobody here replies */
    post: {
      requestBody: {
        content: {
          "application/json": components["schemas"]["ChatLine"];
        };
      };
      responses: {
        /** @description Kept */
        200: {
          content: {
            "application/json": {
              message: components["schemas"]["ChatMessage"];
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/chat/session": {
    /** Begin a conversation, with a title or without */
    post: {
      requestBody?: {
        content: {
          "application/json": components["schemas"]["Chat"];
        };
      };
      responses: {
        /** @description Begun */
        200: {
          content: {
            "application/json": {
              sessionId: string;
              title: string | null;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/cron/refresh-tokens": {
    /** Run refresh-background-sessions once */
    get: {
      responses: {
        /** @description The run */
        200: {
          content: {
            "application/json": {
              due: number;
              durationMs: number;
              failed: number;
              runId: string;
              skipped: number;
              updated: number;
              [key: string]: unknown;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Run refresh-background-sessions once */
    post: {
      responses: {
        /** @description The run */
        200: {
          content: {
            "application/json": {
              due: number;
              durationMs: number;
              failed: number;
              runId: string;
              skipped: number;
              updated: number;
              [key: string]: unknown;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/execute-prebooking": {
    /** A wake-up from the queue: claim, prepare, race, settle */
    post: {
      responses: {
        /** @description Settled, or already known */
        200: {
          content: {
            "application/json": {
              prebookings: {
                  id: string;
                  status: string;
                }[];
              status: string;
              [key: string]: unknown;
            };
          };
        };
        /** @description Never deliver this again */
        489: {
          content: never;
        };
        /** @description Deliver again, after Retry-After */
        503: {
          content: never;
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/notifications/webhook": {
    /** Where notices are sent: the host, never the whole address */
    get: {
      responses: {
        /** @description The webhook, or null */
        200: {
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
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Have notices sent to this https address, in place of the one before; the signing secret is shown this once */
    put: {
      requestBody: {
        content: {
          "application/json": components["schemas"]["WebhookWish"];
        };
      };
      responses: {
        /** @description Kept; Puntual-Signature is HMAC-SHA256 over `<t>.<body>` with the secret */
        200: {
          content: {
            "application/json": {
              origin: string;
              secret: string;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Send notices there no more */
    delete: {
      responses: {
        /** @description How many were removed */
        200: {
          content: {
            "application/json": {
              removed: number;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/notifications/webhook/test": {
    /** Send a test notice there now */
    post: {
      responses: {
        /** @description Whether it arrived */
        200: {
          content: {
            "application/json": {
              /** @enum {string} */
              outcome: "delivered" | "refused" | "unreachable" | "not-public";
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/operator/doctor": {
    /** Whether everything a race needs works from here, each red line with its remedy */
    get: {
      responses: {
        /** @description The examination */
        200: {
          content: {
            "application/json": {
              checks: components["schemas"]["DoctorCheck"][];
              ok: boolean;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/prebookings": {
    /** Your prebookings, finished ones too */
    get: {
      parameters: {
        query?: {
          status?: "scheduling" | "scheduled" | "claimed" | "armed" | "unknown" | "booked" | "waitlisted" | "refused" | "unconfirmed" | "withdrawn" | "missed";
        };
      };
      responses: {
        /** @description Newest first */
        200: {
          content: {
            "application/json": {
              prebookings: components["schemas"]["Prebooking"][];
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Ask for a class that is not open yet */
    post: {
      parameters: {
        header?: {
          /** @description Sent again with the same key: the first answer */
          "idempotency-key"?: string;
        };
      };
      requestBody: {
        content: {
          "application/json": components["schemas"]["Wish"];
        };
      };
      responses: {
        /** @description Written down */
        201: {
          content: {
            "application/json": {
              prebooking: components["schemas"]["Prebooking"];
              warnings: ("overlaps" | "login-needed" | "zone-assumed" | "no-channel")[];
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/prebookings/{id}": {
    /** One prebooking, with its receipt */
    get: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        /** @description It */
        200: {
          content: {
            "application/json": {
              prebooking: components["schemas"]["Prebooking"];
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Take a prebooking back, until it is armed */
    delete: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        /** @description It, withdrawn */
        200: {
          content: {
            "application/json": {
              prebooking: components["schemas"]["Prebooking"];
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/queue-check": {
    /** The queue shows that it reaches us; leaves a run and does nothing */
    post: {
      responses: {
        /** @description Noted */
        200: {
          content: {
            "application/json": {
              runId: string;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/refresh-part": {
    /** A further worker on one refresh run */
    post: {
      responses: {
        /** @description The part */
        200: {
          content: {
            "application/json": {
              due: number;
              failed: number;
              runId: string;
              updated: number;
              [key: string]: unknown;
            };
          };
        };
        /** @description Deliver again, after Retry-After */
        503: {
          content: never;
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/session/create": {
    /** Begin counting turns */
    post: {
      responses: {
        /** @description Begun */
        200: {
          content: {
            "application/json": {
              sessionId: string;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/api/usage": {
    /** Tokens left in this period: one for each place that was won */
    get: {
      responses: {
        /** @description The subscription */
        200: {
          content: {
            "application/json": components["schemas"]["Usage"];
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/cron/purge-device-sessions": {
    /** Run purge-device-sessions once */
    get: {
      responses: {
        /** @description The run */
        200: {
          content: {
            "application/json": {
              durationMs: number;
              runId: string;
              [key: string]: unknown;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Run purge-device-sessions once */
    post: {
      responses: {
        /** @description The run */
        200: {
          content: {
            "application/json": {
              durationMs: number;
              runId: string;
              [key: string]: unknown;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/cron/refresh-tokens": {
    /** Run refresh-background-sessions once */
    get: {
      responses: {
        /** @description The run */
        200: {
          content: {
            "application/json": {
              due: number;
              durationMs: number;
              failed: number;
              runId: string;
              skipped: number;
              updated: number;
              [key: string]: unknown;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Run refresh-background-sessions once */
    post: {
      responses: {
        /** @description The run */
        200: {
          content: {
            "application/json": {
              due: number;
              durationMs: number;
              failed: number;
              runId: string;
              skipped: number;
              updated: number;
              [key: string]: unknown;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/cron/sweep-prebookings": {
    /** Run sweep-prebookings once */
    get: {
      responses: {
        /** @description The run */
        200: {
          content: {
            "application/json": {
              durationMs: number;
              runId: string;
              [key: string]: unknown;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
    /** Run sweep-prebookings once */
    post: {
      responses: {
        /** @description The run */
        200: {
          content: {
            "application/json": {
              durationMs: number;
              runId: string;
              [key: string]: unknown;
            };
          };
        };
        /** @description What went wrong */
        default: {
          content: {
            "application/json": components["schemas"]["Error"];
          };
        };
      };
    };
  };
  "/docs": {
    /** The contract, for people */
    get: {
      responses: {
        /** @description A page */
        200: {
          content: never;
        };
      };
    };
  };
  "/health": {
    /** The process is alive */
    get: {
      responses: {
        /** @description Alive */
        200: {
          content: {
            "application/json": {
              /** @enum {string} */
              status: "ok";
            };
          };
        };
      };
    };
  };
  "/metrics": {
    /** Prometheus text */
    get: {
      responses: {
        /** @description Every number, from the rows */
        200: {
          content: never;
        };
      };
    };
  };
  "/monitor": {
    /** How everything stands, as a page */
    get: {
      responses: {
        /** @description The page */
        200: {
          content: never;
        };
      };
    };
  };
  "/openapi.json": {
    /** The contract, for machines */
    get: {
      responses: {
        /** @description OpenAPI 3.1 */
        200: {
          content: never;
        };
      };
    };
  };
  "/ready": {
    /** Everything we depend on answers */
    get: {
      responses: {
        /** @description Ready */
        200: {
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
  };
}

export type webhooks = Record<string, never>;

export interface components {
  schemas: {
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
    Cancellation: {
      acceptLate?: boolean;
      /** Format: uuid */
      boxId: string;
      /** @example 20261124 */
      day: string;
      familyId?: string;
      reservationId: string;
    };
    Chat: {
      title?: string;
    };
    ChatLine: {
      content: string;
      /**
       * @default user
       * @enum {string}
       */
      role?: "user" | "model";
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
    DeviceSync: {
      currentToken?: string;
      fingerprint?: string;
    };
    DoctorCheck: {
      name: string;
      remedy?: string;
      said: string;
      /** @enum {string} */
      state: "ok" | "warn" | "red" | "skipped";
    };
    Error: {
      error: {
        /** @enum {string} */
        code: "request/invalid" | "request/token-in-url" | "request/too-large" | "request/not-json" | "request/idempotency-running" | "request/idempotency-mismatch" | "request/limited" | "route/missing" | "route/method" | "auth/missing" | "auth/refused" | "auth/cross-site" | "auth/session-revoked" | "auth/account-taken" | "auth/unavailable" | "queue/signature-refused" | "queue/unavailable" | "gym/wrong-credentials" | "gym/account-locked" | "gym/unreachable" | "gym/blocked" | "gym/busy" | "gym/unreadable" | "gym/too-large" | "gym/box-refused" | "box/missing" | "session/missing" | "session/needs-login" | "session/proof-refused" | "session/busy" | "session/uncertain" | "session/write-lost" | "session/jar-incomplete" | "seal/unreadable" | "seal/unknown-key" | "refresh/nothing-updated" | "refresh/mostly-skipped" | "refresh/selector-broken" | "booking/unconfirmed" | "prebooking/missing" | "prebooking/duplicate" | "prebooking/too-many" | "prebooking/opening-unknown" | "prebooking/class-started" | "prebooking/class-missing" | "prebooking/class-cancelled" | "prebooking/too-late" | "prebooking/write-lost" | "prebooking/not-yet" | "notice/no-channel" | "notice/refused" | "notice/unreachable" | "channel/unreachable" | "subscription/missing" | "subscription/no-tokens" | "database/unavailable" | "database/refused" | "config/invalid" | "run/overdue" | "stack/missing-binary" | "stack/port-taken" | "stack/folder-unwritable" | "stack/unsupported-platform" | "stack/already-running" | "stack/migration-failed" | "stack/schema-too-old" | "stack/start-failed" | "internal/unexpected";
        message: string;
      };
    };
    GymSession: {
      fingerprint: string;
      /** Format: date-time */
      lastTokenUpdateDate: string;
      lastTokenUpdateError: string | null;
      /** @enum {string} */
      sessionType: "background" | "device";
      status: string;
      tokenUpdateCount: number;
    };
    Login: {
      /** @example lola@example.com */
      email: string;
      fingerprint?: string;
      password: string;
    };
    Prebooking: {
      boxId: string;
      classId: string | null;
      className: string | null;
      /** Format: date-time */
      createdAt: string;
      day: string;
      id: string;
      /** Format: date-time */
      opensAt: string;
      outcome?: string;
      readiness?: {
        checkedAt: string;
        findings: ({
            /** @enum {string} */
            kind: "no-session" | "class-gone" | "class-cancelled" | "class-closed" | "class-changed" | "session-in-doubt" | "no-wake-up" | "opening-unsure" | "clock-skew" | "gym-unreachable";
            remedy: string;
          })[];
        /** @enum {string} */
        level: "green" | "amber" | "red";
      };
      reason?: string;
      receipt?: {
        [key: string]: unknown;
      };
      reservationId?: string;
      /** @enum {string} */
      status: "scheduling" | "scheduled" | "claimed" | "armed" | "unknown" | "booked" | "waitlisted" | "refused" | "unconfirmed" | "withdrawn" | "missed";
      timeId: string;
    };
    TokenUpdate: {
      fingerprint?: string;
      token?: string;
    };
    Usage: {
      /** @enum {string} */
      plan: "Free" | "Pro";
      status: string;
      tokens: {
        current: number;
        max: number;
        unlimited: boolean;
      };
    };
    WebhookWish: {
      url: string;
    };
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
  responses: never;
  parameters: {
  };
  requestBodies: never;
  headers: never;
  pathItems: never;
}

export type $defs = Record<string, never>;

export type external = Record<string, never>;

export type operations = Record<string, never>;
