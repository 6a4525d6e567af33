// The endpoints of a member's conversations in the chat, and of the counters of turns (questions with their answers). Only a Bearer token is
// accepted, and each request reads and writes as the token's member, under row security.
import { createRoute, z } from '@hono/zod-openapi';
import { beginChat, createTurnSession, keepChatMessage, readChat } from '../../jobs/chat.ts';
import { type ChatMessage, openMemberClient } from '../../services/identity/member-client.ts';
import type { AppContext, Member, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, id, instant, jsonBody, label, newRouter, prose } from '../router.ts';

const role = z.enum(['user', 'model']);
const begunShape = z.object({ sessionId: z.string() });
const beginShape = z.strictObject({ title: label.optional() }).openapi('Chat');
const title = z.string().nullable();
const sayShape = z.strictObject({ sessionId: id, content: prose, role: role.default('user') }).openapi('ChatLine');
const messageShape = z.object({ id: z.number(), role, content: z.string(), createdAt: instant }).openapi('ChatMessage');

export function chatRoutes(context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const clientOf = ({ accessToken }: Member) => openMemberClient(context.supabase, accessToken);
  const turns = createRoute({
    method: 'post',
    path: '/api/session/create',
    ...guards.bearer,
    summary: 'Begin counting turns',
    responses: answers('Begun', begunShape),
  });
  router.openapi(turns, async (c) => {
    await refuseAnyBody(c);
    return c.json(await createTurnSession(clientOf(c.get('member'))), 200);
  });

  const begin = createRoute({
    method: 'post',
    path: '/api/chat/session',
    ...guards.bearer,
    summary: 'Begin a conversation, with a title or without',
    request: { body: { ...jsonBody(beginShape).body, required: false } },
    responses: answers('Begun', begunShape.extend({ title })),
  });
  router.openapi(begin, async (c) => c.json(await beginChat(clientOf(c.get('member')), c.req.valid('json')), 200));

  const say = createRoute({
    method: 'post',
    path: '/api/chat/message',
    ...guards.bearer,
    summary: 'Keep one line of a conversation; nobody here replies',
    request: jsonBody(sayShape),
    responses: answers('Kept', z.object({ message: messageShape })),
  });
  router.openapi(say, async (c) => {
    const message = await keepChatMessage(clientOf(c.get('member')), c.req.valid('json'));
    return c.json({ message: toAnswer(message) }, 200);
  });

  const read = createRoute({
    method: 'get',
    path: '/api/chat',
    ...guards.bearer,
    summary: 'A conversation, oldest line first',
    request: { query: z.object({ sessionId: id }) },
    responses: answers('Its lines', z.object({ sessionId: z.string(), title, messages: z.array(messageShape) })),
  });
  router.openapi(read, async (c) => {
    const { sessionId } = c.req.valid('query');
    const { title, messages } = await readChat(clientOf(c.get('member')), { sessionId });
    return c.json({ sessionId, title, messages: messages.map(toAnswer) }, 200);
  });
  return router;
}

const toAnswer = ({ createdAt, ...rest }: ChatMessage) => ({ ...rest, createdAt: createdAt.toISOString() });
