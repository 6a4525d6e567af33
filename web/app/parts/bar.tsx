// The links to the app's main screens (next, classes, bookings, weekly, account): at the bottom, where a thumb reaches them, or at the side of a wide
// window.
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useLanguage } from '../language/language.tsx';

const ICONS: Record<'next' | 'classes' | 'bookings' | 'weekly' | 'account', ReactNode> = {
  next: <path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4v5l3.5 2.5" />,
  classes: <path d="M4 6h16v14H4zM4 10h16M8 3v5M16 3v5" />,
  bookings: <path d="M5 4h14v16l-3.5-2-3.5 2-3.5-2L5 20zM9 9h6M9 13h6" />,
  weekly: <path d="M5 9a8 8 0 0 1 14-1M19 15a8 8 0 0 1-14 1M19 3v5h-5M5 21v-5h5" />,
  account: <path d="M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 21c.6-4 4-6 8-6s7.400 2 8 6" />,
};
const PATHS = {
  next: '/',
  classes: '/classes',
  bookings: '/bookings',
  weekly: '/weekly',
  account: '/account',
} as const;

export function Bar() {
  const { say } = useLanguage();
  const [path] = useLocation();
  const isHere = (to: string) => (to === '/' ? path === '/' : path.startsWith(to));
  return (
    <nav className="bar" aria-label={say.nav.label}>
      <ul>
        {(Object.keys(PATHS) as (keyof typeof PATHS)[]).map((name) => (
          <li key={name}>
            <Link href={PATHS[name]} aria-current={isHere(PATHS[name]) ? 'page' : undefined}>
              <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
                {ICONS[name]}
              </svg>
              {say.nav[name]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
