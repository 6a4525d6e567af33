// The page to which the confirming mail of a notice channel links, and Telegram's webhook. Opening the page changes nothing, because mail scanners
// open links; the page's button confirms. The code in the path works once, is stored hashed, and signs no member in.
import { createRoute, z } from '@hono/zod-openapi';
import { html } from 'hono/html';
import { CONFIRM_PATH } from '../../jobs/add-channel.ts';
import { codeHash } from '../../services/notify/own-channels.ts';
import { languageOf } from '../../services/notify/tell-member.ts';
import { WORDS } from '../../services/prebooking/words/languages.ts';
import { Secret, secretEquals } from '../../services/secret.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { refused } from '../identify.ts';
import { documentOf, PAGE_POLICY } from '../monitor/page.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, label, newRouter } from '../router.ts';
import type { Services } from '../services.ts';
import { TELEGRAM_PATH } from '../telegram.ts';

/** The confirmation page's content security policy, which allows the page's form to post to this service. */
const POLICY = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'");
const pages = { 200: { description: 'A page' }, 404: { description: 'A page: the link was used or has run out' } };

/** The endpoints GET and POST `/confirm/:code`, and POST `/api/telegram`. */
export function confirmRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const { store, clock } = services;
  const find = async (code: string) => {
    const hash = codeHash(new Secret(code));
    const found = await store.readChannelOfCode(hash, clock.now());
    const holder = found?.kind === 'email' ? found : undefined;
    return { hash, holder, words: WORDS[languageOf(holder ?? {})].confirm };
  };
  const request = { params: z.object({ code: label }) };
  const path = `${CONFIRM_PATH}{code}`;
  const look = createRoute({
    method: 'get',
    path,
    ...guards.open,
    summary: 'What a confirming mail’s link shows; looking changes nothing',
    request,
    responses: pages,
  });
  router.openapi(look, async (c) => {
    const { holder, words } = await find(c.req.valid('param').code);
    c.header('Content-Security-Policy', POLICY);
    if (!holder) return c.html(await documentOf('puntual', html`<h1>puntual</h1><p>${words.refused}</p>`), 404);
    const form = html`<form method="post"><button type="submit">${words.button}</button></form>`;
    return c.html(await documentOf('puntual', html`<h1>puntual</h1><p>${words.ask}</p>${form}`), 200);
  });

  const confirm = createRoute({
    method: 'post',
    path,
    ...guards.open,
    summary: 'Confirm the address: the page’s button',
    request,
    responses: pages,
  });
  router.openapi(confirm, async (c) => {
    await refuseAnyBody(c);
    const { hash, holder, words } = await find(c.req.valid('param').code);
    const done = holder !== undefined && (await store.confirmChannel(hash, undefined, clock.now())) === 1;
    c.header('Content-Security-Policy', POLICY);
    const page = await documentOf('puntual', html`<h1>puntual</h1><p>${done ? words.done : words.refused}</p>`);
    return c.html(page, done ? 200 : 404);
  });

  const telegram = createRoute({
    method: 'post',
    path: TELEGRAM_PATH,
    ...guards.queue,
    summary: 'Updates of the Telegram bot, with the secret that Telegram was given',
    responses: answers('Taken', z.object({})),
  });
  router.openapi(telegram, async (c) => {
    const given = c.req.header('x-telegram-bot-api-secret-token');
    const bot = context.telegram;
    if (!bot || given === undefined || !secretEquals(given, bot.webhookSecret)) throw refused();
    // Every update from Telegram is answered with success, even one that cannot be used, because Telegram would otherwise send it again and again.
    await bot.answer(services, await c.req.json().catch(() => undefined));
    return c.json({}, 200);
  });
  return router;
}
