// The texts of messages: the table in docs/ matches the code, no text is long or untranslated, and no text holds what looks like a secret.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { masked } from '../../services/log.ts';
import { MESSAGES_FILE, messagesTable } from './messages-table.ts';

const lines = messagesTable()
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

test('docs/messages.md is what the code says: npm run docs:messages writes it', () => {
  expect(readFileSync(MESSAGES_FILE, 'utf8')).toBe(messagesTable());
});

test('every message is there in both languages, short, and different', () => {
  expect(lines.length).toBeGreaterThan(90);
  for (const [what, en = '', es = ''] of lines) {
    expect([what, en.length > 0 && en.length <= 260, es.length > 0 && es.length <= 260]).toEqual([what, true, true]);
    if (en.length > 12) expect([what, en]).not.toEqual([what, es]);
  }
});

test('none holds a secret', () => {
  expect(masked(messagesTable())).toBe(messagesTable());
});
