// The texts of the operator's screen, in Spanish; operator-en.ts declares their type.
import type { OperatorMessages } from './operator-en.ts';

const many = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

export const operatorEs: OperatorMessages = {
  lead: 'El token del operador abre esta página. Se queda solo en la memoria de esta página.',
  token: 'Token del operador',
  open: 'Abrir',
  refused: 'Ese no es el token del operador.',
  alerts: 'Alertas',
  well: 'Todo va bien.',
  alert: {
    'never-refreshed': {
      text: 'Hay sesiones y aún no ha acabado bien ninguna renovación.',
      now: 'Ejecuta npm run doctor: dice si gimnasio, base de datos y cola responden desde aquí.',
    },
    'refresh-stopped': {
      text: 'Hace más de 40 minutos que ninguna renovación acaba bien.',
      now: 'Mira si el proceso está en marcha, o si la cola aún llama a /cron/refresh-tokens.',
    },
    'all-need-login': {
      text: 'Ya no funciona ninguna sesión de fondo: todos tienen que volver a entrar.',
      now: 'Entra en la aplicación del gimnasio. Si ahí funciona, npm run doctor dice qué cambia aquí.',
    },
    'needs-login': {
      text: 'Algunos miembros tienen que volver a entrar.',
      now: 'Nada: ya se les ha avisado.',
    },
    aged: {
      text: 'Algunas sesiones llevan más de 40 minutos sin renovarse.',
      now: 'Mira las ejecuciones, abajo, y el último error de las sesiones en el monitor.',
    },
    'put-aside': {
      text: 'Algunas sesiones no se pueden abrir.',
      now: 'Falta una clave en SEAL_KEYS: ponla otra vez y reinicia.',
    },
    'in-doubt': {
      text: 'Algunas sesiones están en duda.',
      now: 'Espera a la próxima ejecución: se pregunta por cada una.',
    },
    unconfirmed: {
      text: 'Algunas prerreservas acabaron sin que se sepa cómo.',
      now: 'Mira sus recibos en el monitor. Ya se ha avisado.',
    },
    'run-failed': {
      text: 'La última ejecución de algún trabajo falló.',
      now: 'Mira cuál en Ejecuciones, y su código en el registro.',
    },
  },
  news: {
    'nothing-updated': {
      text: (count) =>
        count === 1
          ? 'La última renovación no renovó la única sesión pendiente.'
          : `La última renovación no renovó ninguna de ${count} sesiones pendientes.`,
      now: 'Mira las renovaciones, abajo, y el último error de las sesiones.',
    },
    'no-good-run': {
      text: () => 'Hace 40 minutos que ninguna renovación acaba bien.',
      now: 'Mira si el proceso está en marcha, o si la cola aún llama a /cron/refresh-tokens.',
    },
    aged: {
      text: (count) => `Sin renovar desde hace más de 40 minutos: ${many(count, 'sesión', 'sesiones')}.`,
      now: 'Mira las renovaciones, abajo, y el último error de las sesiones.',
    },
    'put-aside': {
      text: (count) => `No se pueden abrir: ${many(count, 'sesión', 'sesiones')}.`,
      now: 'Falta una clave en SEAL_KEYS: ponla otra vez y reinicia.',
    },
    'all-need-login': {
      text: (count) => `Todas las sesiones de fondo (${count}) necesitan volver a entrar en el gimnasio.`,
      now: 'Entra en la aplicación del gimnasio. Si ahí funciona, npm run doctor dice qué cambia aquí.',
    },
    'some-need-login': {
      text: (count) => `Necesitan volver a entrar en el gimnasio: ${many(count, 'sesión', 'sesiones')}.`,
      now: 'Nada: ya se ha avisado a los miembros.',
    },
    'gym-changed': {
      text: (count) =>
        `En un día el gimnasio ha respondido algo nuevo a ${many(count, 'reserva', 'reservas')}: puede haber cambiado.`,
      now: 'Las líneas «gym» del registro dicen cuáles son las respuestas nuevas.',
    },
    'gym-blocked': {
      text: (count) => `En una hora el gimnasio nos ha rechazado ${many(count, 'vez', 'veces')} (403).`,
      now: 'Usa una región de la UE, o pon GYM_PROXY; npm run doctor dice si el gimnasio responde desde aquí.',
    },
    'dead-letters': {
      text: (count) => `En un día no han llegado por ningún canal: ${many(count, 'aviso', 'avisos')}.`,
      now: 'outbox.last_error dice por qué: mira los ajustes de SMTP, Telegram y avisos del navegador.',
    },
    'clock-skew': {
      text: (count) => `Entregas firmadas a una hora que este reloj da por mala: ${count}.`,
      now: 'Deja que NTP ponga en hora esta máquina.',
    },
    disk: {
      text: () => 'No se pueden escribir en DATA_DIR las respuestas recibidas.',
      now: 'Haz sitio allí y no reinicies: se perderían las que solo están en memoria.',
    },
    'token-update-gone': {
      text: (count) => `El gimnasio ya no renueva el token de ${many(count, 'sesión', 'sesiones')}.`,
      now: 'Lee docs/gym-facts.md, ejecuta npm run doctor -- gym y piensa en guardar accesos.',
    },
    'cookies-die': {
      text: (count) => `Renovadas, y el gimnasio ya no conoce sus cookies: ${many(count, 'sesión', 'sesiones')}.`,
      now: 'Lee docs/gym-facts.md, ejecuta npm run doctor -- gym y piensa en guardar accesos.',
    },
  },
  newsAsItIs: (kind, count) => `${kind}: ${count}.`,
  since: (when) => `Desde ${when}.`,
  lookItUp: 'Búscalo en docs/runbook.md.',
  whatNow: '¿Y ahora?',
  again: 'Leer otra vez',
  members: 'Miembros',
  admissions: { waiting: 'pide entrar', guest: 'invitado', admitted: 'dentro', refused: 'rechazado' },
  admit: 'Admitir',
  refuse: 'Rechazar',
  remove: 'Borrar',
  refuseLoss: 'Se cierran sus sesiones y se retiran sus prerreservas. No puede volver hasta que le admitas.',
  removeLoss: 'Se va para siempre todo lo que se guarda de esta persona. Las reservas del gimnasio quedan.',
  wishes: (count) => many(count, 'prerreserva espera', 'prerreservas esperan'),
  invitations: 'Invitaciones',
  invitationFor: 'Para (una nota tuya)',
  invite: 'Hacer una invitación',
  invited: (days) => `Pasa este enlace; solo se muestra esta vez, deja entrar a una persona y vale ${days} días:`,
  until: (when) => `hasta ${when}`,
  revoke: 'Retirar',
  boxes: 'Boxes',
  membersOf: (count) => many(count, 'miembro', 'miembros'),
  assumed: '(supuesta)',
  noRule: 'No se sabe cuándo abre',
  sources: { declared: '(declarado)', learned: '(aprendido)' },
  declare: 'Declarar',
  zone: 'Zona horaria',
  opens: 'La reserva se abre',
  asItIs: 'Dejarlo como está',
  ruleKinds: {
    'hours-before': 'Horas antes de la clase',
    'days-before': 'Días antes, a la hora de la clase',
    clock: 'Días antes, a una hora fija',
    midnight: 'Días antes, a medianoche',
  },
  rule: {
    hoursBefore: (hours) => `Abre ${many(hours, 'hora', 'horas')} antes`,
    daysBefore: (days) => `Abre ${many(days, 'día', 'días')} antes, a la hora de la clase`,
    clock: (days, at) => `Abre ${many(days, 'día', 'días')} antes a las ${at}`,
    midnight: (days) => `Abre ${many(days, 'día', 'días')} antes a medianoche`,
  },
  hours: 'Horas',
  days: 'Días',
  at: 'A las (hora del box)',
  channels: 'Dónde llegan las alertas',
  channelsHint: 'Por NOTICE_WEBHOOK_URL, OPERATOR_EMAIL y OPERATOR_TELEGRAM. La prueba va a cada uno.',
  test: 'Probar',
  tonight: '¿Funcionará esta noche?',
  examining: 'Se pregunta al gimnasio, a la base de datos y a la cola; tarda hasta medio minuto.',
  check: { ok: 'bien', warn: 'cuidado', red: 'roto', skipped: 'sin mirar' },
  sessions: 'Sesiones de fondo por edad',
  sessionsHint: (due, late) => `Marcas: toca renovar desde los ${due} minutos, tarde desde los ${late}.`,
  minutes: (count) => `${count} min`,
  attempts: (count, good) => `${many(count, 'intento', 'intentos')}, ${good} con éxito`,
  lastAttempt: (when) => `el último ${when}`,
  oldest: (shown, all) => `Las ${shown} más antiguas de ${all}.`,
  statuses: {
    live: 'viva',
    uncertain: 'incierta',
    suspect: 'en duda',
    'needs-login': 'hay que entrar',
    revoked: 'cerrada',
    quarantined: 'apartada',
  },
  refreshRuns: 'Renovaciones',
  lastGood: (when) => `La última buena acabó ${when}.`,
  noGood: 'Aún no ha acabado bien ninguna.',
  noneDue: (minutes) => `Aún no tocaba ninguna: un acceso se renueva cuando cumple ${minutes} minutos.`,
  running: 'en marcha',
  began: (when) => `empezó ${when}`,
  counts: (updated, due) => `${updated} de ${due} renovadas`,
  failed: (count) => many(count, 'fallida', 'fallidas'),
  skipped: (count) => many(count, 'saltada', 'saltadas'),
  notices: 'Avisos',
  waiting: 'Aún sin enviar',
  deadLetters: 'No llegaron por ningún canal en treinta días',
  deadLettersTo: (count, members) =>
    members === 0 ? `${count}` : `${count}, a ${many(members, 'miembro', 'miembros')}`,
  free: 'Se cancela sin pérdida hasta tantos minutos antes (puede quedar vacío)',
  freeUntil: (minutes) => `Se cancela sin pérdida hasta ${minutes} min antes`,
  none: 'Ninguna.',
  runs: 'Ejecuciones',
  ran: (when) => `acabó ${when}`,
  races: 'Retraso de las carreras',
  racesOf: (count, half, most, latest) =>
    `En ${many(count, 'carrera', 'carreras')}: la mitad a menos de ${half} de la apertura, 95 de 100 a menos de ${most}, la peor ${latest}.`,
  racesPicture:
    'Un punto por carrera, la última a la derecha: cuánto después de la apertura llegó su petición al gimnasio',
  notSent: 'no salió',
  prebookings: 'Prerreservas por estado',
  monitor: 'El monitor entero',
};
