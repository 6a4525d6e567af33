// The doctor's check of TRUSTED_PROXIES. The operator's own request for the examination came the way that members' requests come, so its
// X-Forwarded-For shows how many proxies stand in front of the service.
import { type DoctorCheck, ok, skipped, type Verdict, warn } from './check.ts';

const SET =
  'Set TRUSTED_PROXIES to the number of proxies of your own, or of your platform, that add an entry to X-Forwarded-For.';
/** Said if the operator's request came through no proxy: the service may still have proxies in front of its public address. */
const NONE =
  'None in front of the address that you asked; if members use another address, ask with -- --url and that one.';

/** Makes the check `proxies`. @param forwardedFor the header X-Forwarded-For of the operator's request; undefined if it had none. */
export const examineProxies = (trusted: number, forwardedFor: string | undefined): DoctorCheck => ({
  name: 'proxies',
  ...judge(trusted, (forwardedFor ?? '').split(',').filter((entry) => entry.trim() !== '').length),
});

function judge(trusted: number, found: number): Verdict {
  if (found === trusted) return ok(trusted === 0 ? NONE : `${trusted} in front, as TRUSTED_PROXIES says.`);
  if (found === 0) return skipped('This request came past the proxies: ask with -- --url and the public address.');
  if (found > trusted)
    return warn(
      `${found} proxies in front, and TRUSTED_PROXIES is ${trusted}: all members seem to call from one address, so that twenty wrong passwords of a stranger keep everybody from signing in.`,
      SET,
    );
  return warn(
    `${found} proxies in front, and TRUSTED_PROXIES is ${trusted}: a caller can make up the address for which wrong passwords are counted.`,
    SET,
  );
}
