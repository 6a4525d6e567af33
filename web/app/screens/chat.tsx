// The screen /chat: a member writes notes. The screen says first that the service answers no note; below, the notes stand in the order in which they
// were written. A sketch of the screen:
//
//   Notas
//   Notas que guardas para ti · Aquí nadie contesta por sí solo
//   Tú   …
//   [ Escribe ____________ ] [Guardar]
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { askIfThere, client, codeOf } from '../data/member.ts';
import { queries } from '../data/queries.ts';
import { readShelf, writeShelf } from '../data/shelf.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Screen } from '../parts/screen.tsx';

export default function Chat() {
  const { say } = useLanguage();
  const [sessionId, setSessionId] = useState(() => readShelf('chat')?.value);
  const begin = useAct<void>();
  const words = say.chat;
  return (
    <Screen title={say.titles.chat}>
      <p>{words.lead}</p>
      {sessionId ? (
        <Conversation sessionId={sessionId} onFresh={() => setSessionId(undefined)} />
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            const title = String(new FormData(event.currentTarget).get('title')).trim();
            void begin.run(async () => {
              const body = title === '' ? {} : { title };
              const made = await askIfThere<{ sessionId: string }>('post', '/api/chat/session', body);
              if (!made) throw new TypeError('Expected the service to keep conversations.');
              writeShelf('chat', made.sessionId);
              setSessionId(made.sessionId);
            });
          }}
        >
          <label className="field">
            {words.title}
            <input name="title" maxLength={200} />
          </label>
          {begin.error !== undefined && <ErrorNote error={begin.error} />}
          <Button kind="main" isSubmit isBusy={begin.isBusy}>
            {words.begin}
          </Button>
        </form>
      )}
    </Screen>
  );
}

function Conversation({ sessionId, onFresh }: { readonly sessionId: string; readonly onFresh: () => void }) {
  const { say } = useLanguage();
  const words = say.chat;
  const sending = useAct<void>();
  const [text, setText] = useState('');
  const key = ['chat', sessionId];
  const chat = useQuery({
    queryKey: key,
    queryFn: () => client.call('get', '/api/chat', { query: { sessionId } }),
    retry: false,
  });
  const send = () =>
    sending.run(async () => {
      await client.call('post', '/api/chat/message', { body: { sessionId, content: text.trim(), role: 'user' } });
      setText('');
      await queries.invalidateQueries({ queryKey: key });
    });
  return (
    <>
      {chat.data?.title && <h2>{chat.data.title}</h2>}
      {chat.isPending && chat.error === null && <Waiting label={say.loading} />}
      {chat.error !== null && codeOf(chat.error) !== 'session/missing' && (
        <ErrorNote error={chat.error} onRetry={() => void chat.refetch()} />
      )}
      {chat.data?.messages.length === 0 && <p className="soft">{words.none}</p>}
      <ul className="rows" aria-live="polite">
        {chat.data?.messages.map(({ id, role, content }) => (
          <li key={id} className="card said">
            <span className="soft">{role === 'user' ? words.you : words.model}</span>
            <p>{content}</p>
          </li>
        ))}
      </ul>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') void send();
        }}
      >
        <label className="field">
          {words.write}
          <textarea
            rows={3}
            maxLength={8000}
            value={text}
            required
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {sending.error !== undefined && <ErrorNote error={sending.error} />}
        <div className="buttons">
          <Button kind="main" isSubmit isBusy={sending.isBusy}>
            {words.send}
          </Button>
          <Button kind="plain" onPress={onFresh}>
            {words.fresh}
          </Button>
        </div>
      </form>
    </>
  );
}
