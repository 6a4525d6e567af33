// A link to the sign-in screen; after the sign-in the app shows the screen that the member was on.
import { useLocation, useSearch } from 'wouter';
import { useLanguage } from '../language/language.tsx';
import { Goto } from './button.tsx';

/** The sign-in screen's address. @param path the screen to show after the sign-in. @param search the query of that screen, without the `?`. */
export const loginFrom = (path: string, search: string): string => {
  const query = search === '' ? '' : encodeURIComponent(`?${search}`);
  return path === '/' && query === '' ? '/login' : `/login?to=${path}${query}`;
};

export function SignInAgain({ kind = 'line' }: { readonly kind?: 'main' | 'line' }) {
  const { say } = useLanguage();
  const [path] = useLocation();
  return (
    <Goto to={loginFrom(path, useSearch())} kind={kind}>
      {say.next.signInAgain}
    </Goto>
  );
}
