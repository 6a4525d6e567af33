// Plain pages that every host has, no login needed, and the answer to an address that the gym does not know.
// They change nothing; clocks are read by them, and an old client's login form ends here without a login.
import { homePage, notFoundPage, robots } from './pages.ts';
import { htmlReply, type Reply, type Visit } from './reply.ts';

/** 200 with the page asked for; 404 on the host of a box that the gym does not have. */
export function page({ address, box }: Visit): Reply {
  if (address.host === 'box' && !box) return unknown();
  if (address.path === '/robots.txt') return { ...htmlReply(200, robots), headers: { 'content-type': 'text/plain' } };
  if (address.path === '/favicon.ico') return { ...htmlReply(200, ''), headers: { 'content-type': 'image/x-icon' } };
  return htmlReply(200, homePage);
}

/** 404. */
export const unknown = (): Reply => htmlReply(404, notFoundPage);
