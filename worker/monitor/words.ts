// The monitor's words in both languages. Nothing else.
import type { DecidedBy } from '../../services/prebooking/outcome.ts';
import { isOutcome, wordsFor as receiptWords } from '../../services/prebooking/receipt-text.ts';
import type { Alert, Race } from './snapshot.ts';

export interface Words {
  readonly title: string;
  readonly allWell: string;
  readonly lastRefresh: string;
  readonly never: string;
  readonly ago: (minutes: number) => string;
  readonly sessions: string;
  readonly session: string;
  readonly state: string;
  readonly age: string;
  readonly attempts: string;
  readonly reason: string;
  readonly prebookings: string;
  readonly upcoming: string;
  readonly opens: string;
  readonly races: string;
  readonly lateness: string;
  readonly runs: string;
  readonly job: string;
  readonly ended: string;
  readonly running: string;
  readonly devices: string;
  readonly notices: string;
  readonly nothing: string;
  readonly outcome: string;
  /** Of sessions and prebookings. */
  readonly states: Readonly<Record<string, string>>;
  /** What a receipt says, in this language. */
  readonly receipt: (race: Race) => string;
  readonly alerts: Readonly<Record<Alert, string>>;
}

/** A receipt from before an outcome was known by name keeps the words it was written with. */
const saidIn = (language: 'en' | 'es', { outcome, decidedBy, latenessMs, words }: Race): string =>
  isOutcome(outcome) ? receiptWords(language, { outcome, decidedBy: decidedBy as DecidedBy, latenessMs }) : words;

const en: Words = {
  title: 'puntual · monitor',
  allWell: 'All is well.',
  lastRefresh: 'Last good refresh',
  never: 'never',
  ago: (minutes) => `${minutes} min ago`,
  sessions: 'Background sessions',
  session: 'Session',
  state: 'State',
  age: 'Age',
  attempts: 'Attempts (good)',
  reason: 'Last error',
  prebookings: 'Prebookings',
  upcoming: 'Next openings',
  opens: 'Opens',
  races: 'Latest races',
  lateness: 'Lateness',
  runs: 'Runs',
  job: 'Job',
  ended: 'Ended',
  running: 'running',
  devices: 'Device sessions',
  notices: 'Notices not sent',
  nothing: 'None.',
  outcome: 'How it went',
  states: {
    live: 'live',
    uncertain: 'uncertain',
    suspect: 'suspect',
    'needs-login': 'needs login',
    revoked: 'revoked',
    quarantined: 'quarantined',
    scheduling: 'being scheduled',
    scheduled: 'scheduled',
    claimed: 'getting ready',
    armed: 'armed',
    unknown: 'checking',
    booked: 'booked',
    waitlisted: 'waitlisted',
    refused: 'refused',
    unconfirmed: 'unconfirmed',
    withdrawn: 'withdrawn',
    missed: 'missed',
  },
  receipt: (race) => saidIn('en', race),
  alerts: {
    'never-refreshed': 'There are sessions, and no refresh has ended well yet.',
    'refresh-stopped': 'No refresh has ended well for more than 40 minutes.',
    'all-need-login': 'No background session works any more: every member must log in again.',
    'needs-login': 'Some members must log in again.',
    aged: 'Some sessions have not been renewed for more than 40 minutes.',
    'put-aside': 'Some sessions cannot be opened and were put aside: look at SEAL_KEYS.',
    'in-doubt': 'Some sessions are in doubt.',
    unconfirmed: 'Some prebookings ended without anybody knowing how.',
    'run-failed': 'The last run of some job failed.',
  },
};

const es: Words = {
  title: 'puntual · monitor',
  allWell: 'Todo va bien.',
  lastRefresh: 'Última renovación correcta',
  never: 'nunca',
  ago: (minutes) => `hace ${minutes} min`,
  sessions: 'Sesiones de fondo',
  session: 'Sesión',
  state: 'Estado',
  age: 'Edad',
  attempts: 'Intentos (buenos)',
  reason: 'Último error',
  prebookings: 'Prerreservas',
  upcoming: 'Próximas aperturas',
  opens: 'Abre',
  races: 'Últimas carreras',
  lateness: 'Retraso',
  runs: 'Ejecuciones',
  job: 'Tarea',
  ended: 'Terminó',
  running: 'en curso',
  devices: 'Sesiones de dispositivo',
  notices: 'Avisos sin enviar',
  nothing: 'Ninguna.',
  outcome: 'Cómo fue',
  states: {
    live: 'viva',
    uncertain: 'dudosa',
    suspect: 'sospechosa',
    'needs-login': 'pide entrar',
    revoked: 'revocada',
    quarantined: 'en cuarentena',
    scheduling: 'programándose',
    scheduled: 'programada',
    claimed: 'preparándose',
    armed: 'lista para enviar',
    unknown: 'comprobando',
    booked: 'reservada',
    waitlisted: 'en lista de espera',
    refused: 'rechazada',
    unconfirmed: 'sin confirmar',
    withdrawn: 'retirada',
    missed: 'perdida',
  },
  receipt: (race) => saidIn('es', race),
  alerts: {
    'never-refreshed': 'Hay sesiones y ninguna renovación ha terminado bien todavía.',
    'refresh-stopped': 'Ninguna renovación ha terminado bien desde hace más de 40 minutos.',
    'all-need-login': 'Ya no funciona ninguna sesión de fondo: todos los socios tienen que volver a entrar.',
    'needs-login': 'Algunos socios tienen que volver a entrar.',
    aged: 'Hay sesiones que no se renuevan desde hace más de 40 minutos.',
    'put-aside': 'Hay sesiones que no se pueden abrir y están apartadas: revisa SEAL_KEYS.',
    'in-doubt': 'Hay sesiones dudosas.',
    unconfirmed: 'Algunas prerreservas acabaron sin que nadie sepa cómo.',
    'run-failed': 'La última ejecución de alguna tarea falló.',
  },
};

/** Spanish for whoever prefers it to English, English for everybody else. */
export function wordsFor(acceptLanguage: string | undefined): { language: 'es' | 'en'; words: Words } {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((entry, order) => {
      const [tag = '', quality] = entry.trim().split(/;\s*q=/i);
      return { language: tag.slice(0, 2).toLowerCase(), quality: quality === undefined ? 1 : Number(quality), order };
    })
    .filter(({ language, quality }) => (language === 'es' || language === 'en') && quality > 0)
    .sort((a, b) => b.quality - a.quality || a.order - b.order);
  return wanted[0]?.language === 'es' ? { language: 'es', words: es } : { language: 'en', words: en };
}
