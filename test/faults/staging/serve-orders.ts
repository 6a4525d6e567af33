// The code inside a service process of a campaign: the process gets its setting once, then orders, each of which it answers. The service process ends
// when its parent process ends.
import { asFailure } from '../../../services/failures.ts';
import type { Answer, Numbered } from './orders.ts';

/** A function that does one order; the value that it returns is the order's report. */
export type Work<O> = (order: O) => Promise<unknown>;

const tell = (answer: Answer): void => void process.send?.(answer);

const sayOf = (error: unknown): string => {
  const failure = asFailure(error);
  return `${failure.message} ${failure.cause instanceof Error ? (failure.cause.stack ?? '') : ''}`.slice(0, 600);
};

/**
 * @param start returns the function that makes an engine (the real code or a wrong twin) from its name; an engine is made when an order first names
 * it, and kept.
 */
export function serveOrders<S, O extends Numbered>(start: (setting: S) => Promise<(engine: string) => Work<O>>): void {
  process.once('message', (setting: S) => {
    start(setting).then(listen, (error) => {
      process.stderr.write(`A service process of the harness did not start: ${sayOf(error)}\n`);
      process.exit(1);
    });
  });
}

function listen<O extends Numbered>(engineOf: (name: string) => Work<O>): void {
  const engines = new Map<string, Work<O>>();
  const work: Work<O> = async (order) => {
    const engine = engines.get(order.engine) ?? engineOf(order.engine);
    engines.set(order.engine, engine);
    return engine(order);
  };
  process.on('message', (order: O) => {
    work(order).then(
      (report) => tell({ id: order.id, report }),
      (error: unknown) => tell({ id: order.id, code: asFailure(error).code, said: sayOf(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  tell({ ready: true });
}

/** Gives the wrong twin of this name; undefined for the real engine. */
export function twinNamed<T>(twins: Readonly<Record<string, T>>, name: string): T | undefined {
  const twin = twins[name];
  if (name !== 'real' && !twin) throw new Error(`Expected a twin named ${name}`);
  return twin;
}
