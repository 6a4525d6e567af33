// A child process that cannot outlive this process. A small shell between this process and the child holds one end of a pipe and stops the child when
// the pipe closes. The pipe between this process and the child's shell also closes on a crash or a SIGKILL of this process or its process group. This
// file restarts no child; keep-alive.ts does.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A user and a group to run a program as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly account?: Account | undefined;
  /**
   * `ask` and `insist` are names of signals without SIG, such as TERM. To stop the child, the signal `ask` is sent first, and the signal `insist` if
   * the child still runs 1.5 s later.
   */
  readonly ask: string;
  readonly insist: string;
  readonly onLine: (line: string) => void;
}

export interface Child {
  /** Settles when the child has ended, with the child's exit code as a shell reports it (128 + signal). */
  readonly exited: Promise<number>;
  /** Settles when the child has ended and its last line of output has been read. */
  readonly drained: Promise<void>;
  isGone(): boolean;
  /**
   * Sends the signal `ask`, and the signal `insist` if the child still runs 1.5 s later. Resolves when the child has ended. Calling `stop` twice is
   * safe.
   */
  stop(): Promise<void>;
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

// The shell is the child's parent, so the child's pid cannot pass to another process until the shell's `wait` has returned. The watcher (the subshell
// that reads the pipe) is a process of its own: it survives a SIGKILL of the shell and still stops the child. While the watcher subshell waits for
// the pipe from this process to close, the signal TERM ends the watcher. Once the watcher subshell is stopping the child, the watcher ignores TERM
// and ends by itself; the shell waits for the watcher, so that no `sleep` is left over.
const GUARD = `
ask=$1; insist=$2; shift 2
exec 3<&0 0</dev/null
"$@" 3<&- &
pid=$!
(
  read -r _ <&3
  trap : TERM
  kill -s "$ask" "$pid" 2>/dev/null
  n=0; while [ $n -lt 30 ] && kill -0 "$pid" 2>/dev/null; do sleep 0.05; n=$((n+1)); done
  kill -s "$insist" "$pid" 2>/dev/null
) &
watcher=$!
wait "$pid"; code=$?
kill -s TERM "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
exit "$code"
`;

/**
 * Starts a child behind the shell script GUARD, in a process session of its own, so that a signal to this process's group does not reach the
 * child.
 */
export function startChild(options: ChildOptions): Child {
  const { account } = options;
  const shell = spawn(
    '/bin/sh',
    ['-c', GUARD, 'guard', options.ask, options.insist, options.command, ...options.args],
    {
      cwd: options.cwd,
      env: { PATH: SYSTEM_PATH, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
    },
  );
  let gone = false;
  const exited = new Promise<number>((resolve) => {
    const end = (code: number) => {
      gone = true;
      // If the shell was killed, closing the shell's stdin makes GUARD's watcher subshell stop the child.
      shell.stdin.end();
      resolve(code);
    };
    shell.once('exit', (code, signal) => end(code ?? (signal === 'SIGKILL' ? 137 : 143)));
    shell.once('error', () => end(127));
  });
  const drained = new Promise<void>((resolve) => {
    shell.once('close', () => resolve()).once('error', () => resolve());
  });
  shell.stdin.on('error', () => {});
  for (const stream of [shell.stdout, shell.stderr]) createInterface({ input: stream }).on('line', options.onLine);
  const stop = async () => {
    shell.stdin.end();
    await exited;
  };
  return { exited, drained, isGone: () => gone, stop };
}

/** Runs a program to its end. Resolves with the program's exit code and the lines that the program wrote. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { cwd: string; account?: Account | undefined },
): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  const env = { LC_ALL: 'C', TZ: 'UTC' };
  const child = startChild({ command, args, ...options, env, ask: 'TERM', insist: 'KILL', onLine });
  const code = await child.exited;
  await child.drained;
  return { code, lines };
}
