// The alerts of the service, each with what the operator should do, and a test of the channels that send alerts to the operator.
import { useAct } from '../data/act.ts';
import type { Monitor, Operator } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { useOperatorWords } from '../language/operator.ts';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { momentWords } from '../time.ts';

export function OperatorAlerts({ alerts, news }: Pick<Monitor, 'alerts' | 'news'>) {
  const { language } = useLanguage();
  const words = useOperatorWords();
  return (
    <>
      <h2>{words.alerts}</h2>
      {alerts.length + news.length === 0 && <Note tone="good">{words.well}</Note>}
      {alerts.map((alert) => (
        <Alert key={alert} {...words.alert[alert]} />
      ))}
      {news.map(({ kind, since, count }) => {
        const known = kind in words.news ? words.news[kind as keyof typeof words.news] : undefined;
        const text = known ? known.text(count) : words.newsAsItIs(kind, count);
        return <Alert key={kind} text={text} now={known?.now ?? words.lookItUp} since={momentWords(since, language)} />;
      })}
    </>
  );
}

interface AlertParts {
  readonly text: string;
  readonly now: string;
  readonly since?: string;
}

function Alert({ text, now, since }: AlertParts) {
  const words = useOperatorWords();
  return (
    <Note tone="bad">
      <p className="state">{text}</p>
      {since && <p className="soft">{words.since(since)}</p>}
      <p>
        <b>{words.whatNow}</b> {now}
      </p>
    </Note>
  );
}

export function OperatorChannels({ operator }: { readonly operator: Operator }) {
  const { say } = useLanguage();
  const words = useOperatorWords();
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
