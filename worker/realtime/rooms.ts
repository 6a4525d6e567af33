// Socket.IO's rooms (groups of sockets): one for each member, one for each box. This file decides which sockets are in which room, and what a socket
// is sent when it enters one. A room is sent only what every member with a socket in the room may read.
import type { Server, Socket } from 'socket.io';
import type { RealtimeMember } from '../../services/store/realtime-store.ts';
import type { Services } from '../services.ts';
import { type Changes, createChanges } from './change.ts';
import type { Guest } from './handshake.ts';
import { type ClientEvents, type ServerEvents, tellHealth, tellWaiting } from './message.ts';

type Nothing = Record<string, never>;
export type RealtimeServer = Server<ClientEvents, ServerEvents, Nothing, Guest>;
export type RealtimeSocket = Socket<ClientEvents, ServerEvents, Nothing, Guest>;

export const memberRoom = (userId: string): string => `member:${userId}`;
const boxRoom = (boxId: string): string => `box:${boxId}`;

const MAX_WAITING = 200;

export interface Rooms {
  /** Sends a member's whole state to one of the member's sockets, which gets only changes after that. */
  welcome(socket: RealtimeSocket): Promise<void>;
  /** Sends changes to the sockets that they concern, and takes a member's sockets out of the room of a box that the member has left. */
  catchUp(sockets: readonly RealtimeSocket[]): Promise<void>;
}

export function createRooms({ store, clock }: Services, io: RealtimeServer): Rooms {
  const changes = createChanges();
  return {
    async welcome(socket) {
      const { userId } = socket.data;
      const [prebookings, [member]] = await Promise.all([
        store.readMemberPrebookings(userId, undefined, MAX_WAITING),
        store.readRealtimeMembers([userId]),
      ]);
      for (const message of tellWaiting(prebookings, clock.now())) socket.emit('prebooking', message);
      if (!member) return;
      changes.first(memberRoom(userId), member.sessions);
      for (const session of member.sessions) socket.emit('session-health', tellHealth(session));
      await sitIn(socket, member.boxes, changes);
    },
    async catchUp(sockets) {
      const byMember = Map.groupBy(sockets, (socket) => socket.data.userId);
      const members = await store.readRealtimeMembers([...byMember.keys()]);
      for (const { userId, sessions, boxes } of members) {
        if (changes.differs(memberRoom(userId), sessions))
          for (const session of sessions) io.to(memberRoom(userId)).emit('session-health', tellHealth(session));
        await Promise.all((byMember.get(userId) ?? []).map((socket) => sitIn(socket, boxes, changes)));
      }
      const boxes = new Map(members.flatMap((member) => member.boxes).map((box) => [boxRoom(box.id), box]));
      for (const [room, box] of boxes) if (changes.differs(room, box)) io.to(room).emit('box', box);
      changes.keepOnly(new Set([...byMember.keys()].map(memberRoom).concat(...boxes.keys())));
    },
  };
}

/** Puts a socket in the rooms of exactly the given boxes. For each room that it enters, the socket is sent the state of the room's box. */
async function sitIn(socket: RealtimeSocket, boxes: RealtimeMember['boxes'], changes: Changes): Promise<void> {
  // A socket that disconnected while the member's boxes were read is skipped, because it would stay in the rooms for ever.
  if (!socket.connected) return;
  const rooms = new Set(boxes.map(({ id }) => boxRoom(id)));
  const left = [...socket.rooms].filter((room) => room.startsWith('box:') && !rooms.has(room));
  await Promise.all(left.map((room) => socket.leave(room)));
  for (const box of boxes.filter(({ id }) => !socket.rooms.has(boxRoom(id)))) {
    await socket.join(boxRoom(box.id));
    changes.first(boxRoom(box.id), box);
    socket.emit('box', box);
  }
}
