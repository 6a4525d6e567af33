// The functions that answer the calls to the pretend gym, one for each kind of call.
import type { Operation } from './knob-shapes.ts';
import type { Reply, Visit } from './reply.ts';
import { coachBookings, nextBookings } from './routes-agenda.ts';
import { book, cancelBook } from './routes-book.ts';
import { bookings, schedule } from './routes-box.ts';
import { login } from './routes-login.ts';
import { setrefresh, tokenUpdate, whoami } from './routes-main.ts';
import { page, unknown } from './routes-page.ts';

export const routes: Record<Operation, (visit: Visit) => Reply> = {
  login,
  tokenUpdate,
  whoami,
  setrefresh,
  bookings,
  book,
  cancelBook,
  nextBookings,
  coachBookings,
  schedule,
  page,
  unknown,
};
