// Runs refresh passes in a process of their own, so that memory and processor time are measured for these passes alone.

import { randomUUID } from 'node:crypto';
import { on } from 'node:events';
import { refreshBackgroundSessions } from '../jobs/refresh-background-sessions.ts';
import { systemClock } from '../services/clock.ts';
import { nowMs } from './moment.ts';
import { refreshRows } from './refresh-peers.ts';
import { MAX_CONCURRENCY, type RefreshFigures, type RefreshTask } from './refresh-shapes.ts';
import { openService } from './service.ts';
import { trust } from './trust.ts';

const rssMb = (): number => process.memoryUsage.rss() / 1e6;
const peakMb = (): number => (process.resourceUsage().maxRSS * 1024) / 1e6;

type Service = Awaited<ReturnType<typeof openService>>;
const standing = new Map<string, Promise<Service>>();

/**
 * Opens the service, or returns the one kept from an earlier pass. A kept service still has its connections, and knows whether the gym keeps
 * connections open. One service is kept for each address of the database.
 */
function serviceFor({ address }: RefreshTask): Promise<Service> {
  const of = JSON.stringify(address);
  const service = standing.get(of) ?? openService(address, systemClock, MAX_CONCURRENCY);
  standing.set(of, service);
  return service;
}

async function work(task: RefreshTask): Promise<{ updated: number; failed: number }> {
  if (task.way !== 'puntual') {
    const concurrency = task.way === 'one after another' ? 1 : task.concurrency;
    const updated = await refreshRows(task.address, task.rows, concurrency);
    return { updated, failed: task.rows - updated };
  }
  const { services } = await serviceFor(task);
  return refreshBackgroundSessions(services, { runId: randomUUID(), concurrency: task.concurrency });
}

async function pass(task: RefreshTask): Promise<RefreshFigures> {
  if (task.address.ca) trust(task.address.ca);
  const startRssMb = rssMb();
  const before = process.cpuUsage();
  const startedAtMs = nowMs();
  const { updated, failed } = await work(task);
  const tookMs = nowMs() - startedAtMs;
  const { user, system } = process.cpuUsage(before);
  return { updated, failed, tookMs, cpuMs: (user + system) / 1000, peakRssMb: peakMb(), startRssMb };
}

process.on('disconnect', () => process.exit(0));
for await (const [task] of on(process, 'message')) process.send?.(await pass(task as RefreshTask));
