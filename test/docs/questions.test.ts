// A newcomer's questions, and the two steps to each answer: the first step is a page at the root of the repository, the second is the file that the
// page names.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './page.ts';

const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The question; the page where a reader begins, and the words that lead on; the file to which the words lead, and what is found in that file. */
type Question = readonly [asked: string, page: string, words: string, leadsTo: string, found: RegExp];
const QUESTIONS: readonly Question[] = [
  ['what is it?', 'README.md', '# puntual', 'README.md', /books a class at the very instant it opens/],
  ['how do I run it without accounts?', 'README.md', 'npm ci && npm run demo', 'README.md', /no account is needed/],
  ['which variables are there?', 'README.md', 'docs/running.md', 'docs/running.md', /^## Settings$/m],
  ['when does cron run?', 'README.md', 'cron, every 20 min', 'docs/running.md', /^## Refresh runs$/m],
  ['how does a token change?', 'README.md', 'services/renewal/renew.ts', 'services/renewal/renew.ts', /^\/\/ /],
  ['which stories are told?', 'CONTRIBUTING.md', 'test/stories', 'test/stories/prebooking.test.ts', /test\(/],
  ['what is the pretend gym?', 'README.md', 'simulator/README.md', 'simulator/README.md', /^# A pretend gym$/m],
  [
    'why 18 minutes?',
    'CONTRIBUTING.md',
    'services/session/freshness.ts',
    'services/session/freshness.ts',
    /18 min is shorter than the 20 min between cron's runs/,
  ],
  [
    'what is −12?',
    'CONTRIBUTING.md',
    'services/gym/aimharder/outcomes.ts',
    'services/gym/aimharder/outcomes.ts',
    /-12/,
  ],
  ['what is 489?', 'CONTRIBUTING.md', '489', 'services/failures.ts', /489/],
  [
    'where is QStash?',
    'CONTRIBUTING.md',
    'services/dispatch/qstash.ts',
    'services/dispatch/qstash.ts',
    /@upstash\/qstash/,
  ],
  [
    'when does a class open?',
    'CONTRIBUTING.md',
    'services/prebooking/opening-rule.ts',
    'services/prebooking/opening-rule.ts',
    /^\/\/ /,
  ],
  ['what is a lease?', 'README.md', 'docs/words.md', 'docs/words.md', /\*\*lease\*\*/],
  ['where is a lease in SQL?', 'CONTRIBUTING.md', 'lease_session', 'services/store/renewal-store.ts', /lease_session/],
  [
    'who may read what?',
    'CONTRIBUTING.md',
    'test/database/rls-declared.ts',
    'test/database/rls-declared.ts',
    /export const RELATIONS/,
  ],
  [
    'may I import X?',
    'CONTRIBUTING.md',
    'test/layout/layout.test.ts',
    'test/layout/layout.test.ts',
    /const STOREYS[\s\S]*const HOMES/,
  ],
  [
    'what is `app` in a test?',
    'CONTRIBUTING.md',
    '`app` is the service under test',
    'CONTRIBUTING.md',
    /find the test of a file/,
  ],
  [
    'how do I add a channel?',
    'CONTRIBUTING.md',
    'add a channel',
    'services/notify/channel.ts',
    /export const CHANNEL_KINDS/,
  ],
  ['how do I add a screen?', 'CONTRIBUTING.md', 'add a screen', 'web/app/main.tsx', /<Route path="\/classes">/],
  [
    'how do I add a platform?',
    'CONTRIBUTING.md',
    'add a platform',
    'services/gym/platforms.ts',
    /export const platforms/,
  ],
];

test.each(QUESTIONS)('%s is answered in two steps', (_asked, page, words, leadsTo, found) => {
  expect(source(page)).toContain(words);
  expect(source(leadsTo)).toMatch(found);
});
