// A scene of renewals that members' own devices ask for: the code of cron's renewals renews one session while the device's call waits. The code that
// judges the renewals of background sessions also judges the renewals of device sessions.
import { ANSWERS, type Fault, HANDS, WIRES } from '../plan.ts';
import { must, type Scene } from './scene.ts';

/**
 * The beginnings of the names of faults that a device session cannot meet. The faults `new login …` change the session's fingerprint, and a device
 * session always keeps its device's fingerprint. In the fault `cron, a person …`, cron, a member's call and a race want to renew one session at once;
 * cron and races renew no device session.
 */
const NOT_OF_DEVICES = /^(new login|cron, a person)/;
const FAULTS: readonly Fault[] = [...ANSWERS, ...WIRES, ...HANDS].filter(({ name }) => !NOT_OF_DEVICES.test(name));

const MEMBERS = 120;

export const devices: Scene = {
  ...{ id: 'R14', fault: 'device sessions, renewed by name, through all of it', isQuick: false, members: MEMBERS },
  ...{ mode: 'strict', sessionType: 'device', drawn: { from: FAULTS, kills: 8 } },
  stage: () => {
    let said = '';
    return {
      async judge({ crew, stage }, { episodes }) {
        const calls = episodes.reduce((sum, one) => sum + one.calls.length, 0);
        const struck = [...stage.struck.values()].reduce((sum, n) => sum + n, 0);
        said = `${calls} renewals asked for by ${MEMBERS} devices, ${struck} faults on the way, ${crew.kills()} processes killed: every invariant held`;
        return [
          ...must(calls >= MEMBERS, `only ${calls} renewals of ${MEMBERS} devices`),
          ...must(crew.kills() > 0, 'no process was killed'),
        ];
      },
      said: () => said,
    };
  },
};
