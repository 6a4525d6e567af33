// Makes one table of every message in every language from the code: `npm run docs:messages` writes docs/messages.md, and a test compares the two.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DecidedBy, OUTCOMES, type Outcome, type Sent } from '../../services/prebooking/outcome.ts';
import { WORDS } from '../../services/prebooking/words/languages.ts';
import {
  ACCOUNT_NOTICES,
  ALERTS,
  CLASS_NOTICES,
  LANGUAGES,
  RULE_FINDINGS,
  TOLD_FINDINGS,
  type Told,
  type Words,
} from '../../services/prebooking/words/words.ts';

/** The path of docs/messages.md. */
export const MESSAGES_FILE = fileURLToPath(new URL('../../docs/messages.md', import.meta.url));

const DECIDERS: readonly DecidedBy[] = ['crowd', 'late', 'gym', 'hour-unknown'];
const SENT: readonly Sent[] = ['yes', 'no', 'unknown'];

/** Gives every combination of a receipt's values for which the message's text may differ. */
function toldOnes(outcome: Outcome): Told[] {
  const all: Told[] = [];
  for (const decidedBy of DECIDERS)
    for (const sent of SENT)
      for (const hindrance of ['gym', 'busy', 'own', 'unclear'] as const)
        for (const isBehind of [false, true])
          for (const latenessMs of [12, undefined])
            for (const extra of [
              {},
              { offer: { classId: '1', timeId: '1800_60' } },
              { why: 'session/missing' },
              { gymOpensAt: '2026-03-02 20:00' },
              { wasWoken: false },
            ])
              all.push({ outcome, decidedBy, sent, hindrance, isBehind, latenessMs, wasWoken: true, ...extra });
  return all;
}

type Say = (words: Words) => string;

function rows(): [title: string, rows: [what: string, say: Say][]][] {
  const receipts = OUTCOMES.flatMap((outcome) => {
    const different = new Map(toldOnes(outcome).map((told) => [WORDS.en.receipt[outcome](told), told]));
    return [...different.values()].map((told): [string, Say] => [outcome, (words) => words.receipt[outcome](told)]);
  });
  const named = (group: 'buttons' | 'confirm' | 'chat' | 'calendar'): [string, Say][] =>
    Object.keys(WORDS.en[group]).map((name) => [
      `${group}: ${name}`,
      (words) => (words[group] as Readonly<Record<string, string>>)[name] ?? '',
    ]);
  return [
    [
      'How a prebooking ended',
      [...receipts, ['moved', (w) => w.moved('19:00')], ['the gym’s words', (w) => w.gymSaid('…')]],
    ],
    [
      'At risk (after the class and a colon)',
      [
        ...TOLD_FINDINGS.map((one): [string, Say] => [one, (w) => w.atRisk[one]]),
        ['otherwise', (w) => w.atRisk.otherwise],
        ['a minute before, no login', (w) => w.rescue.login],
        ['a minute before, otherwise', (w) => w.rescue.otherwise],
      ],
    ],
    [
      'A class (after the class and a colon)',
      [
        ...CLASS_NOTICES.map((one): [string, Say] => [one, (w) => w.aboutClass[one]({})]),
        ...RULE_FINDINGS.map((one): [string, Say] => [
          `rule-changed, ${one}`,
          (w) => w.aboutClass['rule-changed']({ finding: one }),
        ]),
        [
          'class-reminder, loss known',
          (w) => w.aboutClass['class-reminder']({ cancelUntil: '17:00', cancelDay: '02/03' }),
        ],
      ],
    ],
    [
      'Login and account',
      [
        ...ACCOUNT_NOTICES.map((one): [string, Say] => [one, (w) => w.account[one]]),
        ['session-needs-login, of a device', (w) => w.deviceNeedsLogin],
        ['kept-login-dropped, wrong', (w) => w.keptLoginDropped.wrong],
        ['kept-login-dropped, locked', (w) => w.keptLoginDropped.locked],
        ['kept-login-dropped, off', (w) => w.keptLoginDropped.off],
        ['news without words of its own', (w) => w.otherNews],
        ['test', (w) => w.trial],
      ],
    ],
    [
      'Buttons, pages, the bot, the calendar',
      [...named('buttons'), ...named('confirm'), ...named('chat'), ...named('calendar')],
    ],
    [
      'To the operator',
      [
        ...ALERTS.flatMap((one): [string, Say][] => [
          [one, (w) => w.alerts[one](3)],
          ...(WORDS.en.alerts[one](1) === WORDS.en.alerts[one](3)
            ? []
            : ([[`${one}, one`, (w) => w.alerts[one](1)]] as [string, Say][])),
        ]),
        ['over', (w) => w.alertOver('…')],
      ],
    ],
  ];
}

const cell = (text: string): string => text.trim().replaceAll('|', '\\|');

/** Gives the text of docs/messages.md. */
export function messagesTable(): string {
  const head = `| what | ${LANGUAGES.join(' | ')} |\n|---|${LANGUAGES.map(() => '---|').join('')}`;
  const tables = rows().map(([title, lines]) => {
    const body = lines.map(
      ([what, say]) => `| ${what} | ${LANGUAGES.map((one) => cell(say(WORDS[one]))).join(' | ')} |`,
    );
    return `## ${title}\n\n${head}\n${body.join('\n')}\n`;
  });
  return `# What puntual says\n\nMade from the code by \`npm run docs:messages\`; a test keeps it so. Each language is one file in services/prebooking/words.\n\n${tables.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(MESSAGES_FILE, messagesTable());
