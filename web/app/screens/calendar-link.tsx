// Buttons that create, replace and delete the private address of the member's calendar. The address is shown only right after its creation, since any
// person that has it can read the calendar.
import { useAct } from '../data/act.ts';
import { client } from '../data/member.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { Copy } from '../parts/copy.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';

const PATH = '/api/calendar';

export function CalendarLink() {
  const { say } = useLanguage();
  const words = say.calendar;
  const making = useAct<string>();
  const removing = useAct<number>();
  const error = making.error ?? removing.error;
  const make = () => {
    removing.clear();
    return making.run(async () => (await client.call('post', PATH, {})).url);
  };
  const remove = () => {
    making.clear();
    return removing.run(async () => (await client.call('delete', PATH, {})).removed);
  };
  return (
    <>
      <h2>{words.title}</h2>
      <div className="card stack">
        <p className="soft">{words.lead}</p>
        <div className="buttons">
          <Button isBusy={making.isBusy} onPress={() => void make()}>
            {making.isBusy ? say.classes.busy : words.make}
          </Button>
          <Button kind="danger" isBusy={removing.isBusy} onPress={() => void remove()}>
            {removing.isBusy ? say.classes.busy : words.remove}
          </Button>
        </div>
        {making.result && (
          <Note tone="good">
            <p>{words.made}</p>
            <code>{making.result}</code>
            <div className="buttons">
              <a className="button main" href={making.result.replace(/^https?:/, 'webcal:')}>
                {words.open}
              </a>
              <Copy key={making.result} text={making.result} />
            </div>
          </Note>
        )}
        {removing.result !== undefined && (
          <Note tone="good">{removing.result > 0 ? words.removed : words.noneThere}</Note>
        )}
        {error !== undefined && <ErrorNote error={error} />}
      </div>
    </>
  );
}
