// The plain pages that every host has without a login, and the answer to an address that the gym does not know. A call of a plain page changes
// nothing at the gym; puntual reads the gym's clock from the Date header of the answer.
import { homePage, notFoundPage, robots } from './pages.ts';
import { htmlReply, type Reply, type Visit } from './reply.ts';

/** Answers 200 with the page asked for, and 404 on the host of a box that the gym does not have. */
export function page({ address, box }: Visit): Reply {
  if (address.host === 'box' && !box) return unknown();
  if (address.path === '/robots.txt') return { ...htmlReply(200, robots), headers: { 'content-type': 'text/plain' } };
  if (address.path === '/favicon.ico') return { ...htmlReply(200, ''), headers: { 'content-type': 'image/x-icon' } };
  return htmlReply(200, homePage);
}

/** Answers 404 to an unknown address. */
export const unknown = (): Reply => htmlReply(404, notFoundPage);
