// Notices that the member has not read yet: newest first, each with its link, and one button that marks all notices as read. If some notices reached
// no channel, a warning says so.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Answer } from '../../client/contract.ts';
import { useAct } from '../data/act.ts';
import { client } from '../data/member.ts';
import { isAwaited, queries, useIsSignedIn } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { momentWords } from '../time.ts';

type Notice = Answer<'/api/notices', 'get'>['notices'][number];

const KEY = ['notices'] as const;
const MAX_SHOWN = 5;
const REREAD_MS = 60_000;

interface UnreadParts {
  /** True when the service does not answer: then no notices will come. */
  readonly isUnreached: boolean;
  /** The content below the unread notices. The content below the notices appears only once the notices are known, so that it never moves. */
  readonly children: ReactNode;
}

export default function Unread({ isUnreached, children }: UnreadParts) {
  const { say } = useLanguage();
  const words = say.notices;
  const notices = useQuery({
    queryKey: KEY,
    enabled: useIsSignedIn(),
    refetchInterval: REREAD_MS,
    queryFn: () => client.call('get', '/api/notices', {}),
  });
  const act = useAct<void>();
  const { data } = notices;
  const unread = (data?.notices ?? []).filter(({ isRead }) => !isRead).reverse();
  const [newest] = unread;
  if (!isUnreached && isAwaited(notices)) return null;
  if (!newest) return children;
  const see = () =>
    act.run(async () => {
      await client.call('post', '/api/notices/read', { body: { upTo: newest.id } });
      await queries.invalidateQueries({ queryKey: KEY });
    });
  return (
    <>
      <h2>{words.title}</h2>
      <ul className="rows">
        {unread.slice(0, MAX_SHOWN).map((notice) => (
          <One key={notice.id} notice={notice} />
        ))}
      </ul>
      {data?.warnings.includes('untold-notices') && (
        <Note tone="warn">
          <p>{words.untold}</p>
          <Goto to="/account">{words.channels}</Goto>
        </Note>
      )}
      <div>
        <Button isBusy={act.isBusy} onPress={() => void see()}>
          {words.seen}
        </Button>
      </div>
      {act.error !== undefined && <ErrorNote error={act.error} />}
      {children}
    </>
  );
}

function One({ notice: { text, happenedAt, link } }: { readonly notice: Notice }) {
  const { language, say } = useLanguage();
  const to = pathOf(link);
  return (
    <li className="card stack">
      <p>{text}</p>
      <div className="head">
        <p className="soft">{momentWords(happenedAt, language)}</p>
        {to && <Goto to={to}>{say.notices.open}</Goto>}
      </div>
    </li>
  );
}

/** The page of this app that a notice links to; undefined if it links to none. */
function pathOf(link: string | null): string | undefined {
  if (link === null || !URL.canParse(link)) return undefined;
  const { pathname, search } = new URL(link);
  return `${pathname}${search}`;
}
