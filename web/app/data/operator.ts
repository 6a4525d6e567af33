// What an operator's page reads: the doctor's examination and the numbers of /metrics, with a token that lives in this page alone.
import type { Answer } from '../../client/contract.ts';

export type Check = Answer<'/api/operator/doctor', 'get'>['checks'][number];

/** One line of Prometheus text. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export interface Seen {
  readonly checks: readonly Check[];
  readonly samples: readonly Sample[];
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;

export function samplesIn(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === '' || !Number.isFinite(Number(value))) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', said = '']) => [key, said]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

/** Throws an Error whose message is `refused` for a wrong token, `away` for anything else. */
export async function readOperator(token: string): Promise<Seen> {
  const ask = async (path: string) => {
    // Without credentials the browser asks nobody for a password by itself.
    const request = { headers: { Authorization: `Bearer ${token}` }, credentials: 'omit', cache: 'no-store' } as const;
    const response = await fetch(path, request).catch(() => undefined);
    if (response?.ok) return response;
    throw new Error(response?.status === 401 ? 'refused' : 'away');
  };
  const [doctor, metrics] = await Promise.all([ask('/api/operator/doctor'), ask('/metrics')]);
  const { checks } = (await doctor.json()) as { checks: Check[] };
  return { checks, samples: samplesIn(await metrics.text()) };
}
