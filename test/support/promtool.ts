// promtool, Prometheus' own checker of metric names, alert rules and tests of these rules (a part of Debian's package `prometheus`). Where promtool
// is not installed, the tests that need it are skipped, and a line on stderr says so.
import { execFile, spawnSync } from 'node:child_process';

const found = spawnSync('promtool', ['--version'], { encoding: 'utf8' });
/** True if promtool is installed on this machine. */
export const hasPromtool = found.status === 0;
if (!hasPromtool)
  process.stderr.write(
    '\n*** promtool is not installed: metrics, alert rules and their tests are NOT checked. ***\n\n',
  );

/** Runs promtool once, and returns its exit code and its output. @param input is what promtool reads from its standard input. */
export function promtool(args: readonly string[], input = ''): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile('promtool', [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, said: `${stdout}${stderr}`.trim() }),
    );
    child.stdin?.end(input);
  });
}
