// The alerts, each with what to do now, and a test of the channels that should have sent them.
import { useAct } from '../data/act.ts';
import type { Operator, Sample } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';

export function OperatorAlerts({ alerts }: { readonly alerts: readonly Sample[] }) {
  const { say } = useLanguage();
  const words = say.operator;
  const raised = alerts.filter(({ value }) => value === 1).map(({ labels }) => labels['alert'] ?? '');
  return (
    <>
      <h2>{words.alerts}</h2>
      {raised.length === 0 && <Note tone="good">{words.well}</Note>}
      {raised.map((alert) => {
        const { text, now } =
          alert in words.alert ? words.alert[alert as keyof typeof words.alert] : { text: alert, now: '' };
        return (
          <Note tone="bad" key={alert}>
            <p className="state">{text}</p>
            {now && (
              <p>
                <b>{words.whatNow}</b> {now}
              </p>
            )}
          </Note>
        );
      })}
    </>
  );
}

export function OperatorChannels({ operator }: { readonly operator: Operator }) {
  const { say } = useLanguage();
  const words = say.operator;
  const act = useAct<readonly { readonly name: string; readonly outcome: keyof typeof say.channels.trial }[]>();
  const trial = () => act.run(async () => (await operator.ask('post', '/api/operator/channels/test', {})).channels);
  return (
    <>
      <h2>{words.channels}</h2>
      <div className="card stack">
        <p className="soft">{words.channelsHint}</p>
        <div>
          <Button isBusy={act.isBusy} onPress={() => void trial()}>
            {act.isBusy ? say.classes.busy : words.test}
          </Button>
        </div>
        {act.result?.map(({ name, outcome }) => (
          <Note key={name} tone={outcome === 'delivered' ? 'good' : 'bad'}>
            {name}: {say.channels.trial[outcome]}
          </Note>
        ))}
        {act.error !== undefined && <ErrorNote error={act.error} />}
      </div>
    </>
  );
}
