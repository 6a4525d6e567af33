// The story of an episode that broke an invariant, in a few lines: what the gym saw, what the processes did, how the prebooking's row changed, in
// order.
import type { Episode } from './episode.ts';

export function windowOf({ opening, player, calls, places, changes, events, row, notices }: Episode): string[] {
  const zeroMs = opening.opensAtMs;
  const lines: { at: number; text: string }[] = [];
  for (const call of calls) {
    const told = call.broke ? `broken by ${call.broke}` : `${call.status} ${JSON.stringify(call.answer)?.slice(0, 70)}`;
    const effect = call.effect ? `${call.effect.what} ${String(call.effect['reservationId'])}` : 'no effect';
    lines.push({
      at: call.arrivedAtMs,
      text: `gym: ${call.op} ${call.asked['id']} insist ${call.asked['insist']} → ${effect}, ${told} [${call.struckBy.join(' ')}]`,
    });
  }
  for (const event of events)
    lines.push({
      at: event.atMs,
      text: `process ${event.pid} in berth ${event.slot}: ${event.event} ${event.point ?? ''}`,
    });
  for (const change of changes.slice(1))
    lines.push({ at: change.at.getTime(), text: `row: ${change.from_status} → ${change.to_status}` });
  const told = lines
    .sort((a, b) => a.at - b.at)
    .slice(-24)
    .map(({ at, text }) => `T${at < zeroMs ? '' : '+'}${((at - zeroMs) / 1000).toFixed(3)} s ${text}`);
  const held = places.map(
    (one) =>
      `${one.id} ${one.className} ${one.timeid} ${one.state} by ${one.by} at T+${((one.createdAtMs - zeroMs) / 1000).toFixed(3)} s`,
  );
  return [
    `opening ${opening.plan.index} (${opening.plan.fault.name}), member ${player.plan.id} (${player.plan.fault.name})`,
    ...told,
    `end: ${row?.status} ${row?.outcome ?? ''} ${row?.reservation_id ?? ''} ${row?.reason ?? ''}; told ${notices.join(', ') || 'nothing'}; the gym has ${held.join(', ') || 'nothing'}`,
  ];
}
