// The service's own texts to members and operators, in Spanish.
import { hourOf, MAX_EARLY_MS, OWN_LOGIN_TROUBLE, ruleFinding, type Words } from './words.ts';

/** puntual's texts in Spanish. */
export const ES: Words = {
  receipt: {
    booked: ({ latenessMs }) => `Tienes la plaza. ${arrived(latenessMs)}`,
    waitlisted: ({ latenessMs, sent }) =>
      sent === 'no'
        ? 'Ya estabas en la lista de espera de esta clase, así que no se ha cambiado nada.'
        : `La clase estaba llena y estás en la lista de espera. ${arrived(latenessMs)}`,
    'already-booked': () => 'Ya tenías plaza en esta clase, así que no se ha cambiado nada.',
    full: ({ decidedBy, latenessMs, isBehind }) => {
      if (decidedBy === 'gym')
        return 'La clase estaba llena cuando llegó nuestra petición. Antes no se pudo conectar con el gimnasio, o nos rechazó.';
      if (decidedBy === 'late') return `La clase estaba llena. ${late(latenessMs)}`;
      if (isBehind)
        return 'La clase estaba llena cuando llegó nuestra petición. Antes fueron otros miembros que la habían pedido primero.';
      if (decidedBy === 'crowd') return `La clase estaba llena cuando llegó nuestra petición. ${arrived(latenessMs)}`;
      return 'La clase estaba llena. No sabemos cuándo la abrió exactamente el gimnasio ni con cuánto retraso llegamos.';
    },
    'too-early': ({ gymOpensAt }) =>
      gymOpensAt === undefined
        ? 'El gimnasio dijo que la reserva aún no estaba abierta mientras preguntamos. Quizá teníamos mal la hora de apertura.'
        : `El gimnasio dijo que la reserva aún no estaba abierta. Según él mismo se abre el ${gymOpensAt}: vuelve a pedirla.`,
    'too-late': () => 'El gimnasio dice que ya es tarde para reservar esta clase.',
    'quota-reached': () => 'El gimnasio dice que has llegado a tu límite de reservas.',
    'no-credit': () => 'El gimnasio dice que tu tarifa no tiene crédito para esta clase.',
    unpaid: () => 'El gimnasio dice que hay un pago pendiente y no ha aceptado la reserva.',
    'same-hour': () => 'El gimnasio dice que ya tienes una reserva a esta hora y no admite una segunda.',
    'wished-twice': () => 'Otro deseo tuyo es para esta misma clase, así que este no se ha enviado.',
    'class-gone': () => 'La clase ya no está en el horario, así que no había nada que reservar.',
    'class-cancelled': () => 'El gimnasio ha cancelado esta clase, así que no hay plaza en ella.',
    'class-closed': () => 'El gimnasio no deja que los socios reserven esta clase, así que no se ha enviado nada.',
    'class-changed': () =>
      'El gimnasio ha cambiado esta clase: es de otro tipo o a otra hora. No hemos reservado nada sin preguntarte.',
    refused: () => 'El gimnasio ha rechazado la reserva por un motivo propio.',
    'session-dead': ({ why }) =>
      why !== undefined && OWN_LOGIN_TROUBLE.includes(why)
        ? 'Ya no teníamos un acceso tuyo que pudiéramos usar y no pudimos reservar. Por favor, vuelve a iniciar sesión.'
        : 'El gimnasio ya no aceptaba tu acceso y no pudimos reservar. Por favor, vuelve a iniciar sesión.',
    'not-sent': ({ hindrance, sent }) => {
      const no = sent === 'no';
      if (hindrance === 'busy')
        return 'El gimnasio estaba saturado y rechazó nuestra petición, y ninguna otra salió a tiempo. No se ha reservado nada.';
      if (hindrance === 'gym')
        return no
          ? 'No pudimos conectar con el gimnasio, así que no se envió ninguna reserva.'
          : 'Tras una respuesta que no era una reserva no pudimos volver a conectar con el gimnasio.';
      if (hindrance === 'unclear')
        return no
          ? 'No se logró a tiempo ninguna conexión con el gimnasio, así que no se envió ninguna reserva.'
          : 'Tras una respuesta que no era una reserva no se logró a tiempo otra conexión con el gimnasio.';
      return no
        ? 'Nuestra petición no salió a tiempo y no se envió ninguna reserva. Fue culpa nuestra.'
        : 'Tras una respuesta que no era una reserva nuestra siguiente petición no salió a tiempo. Fue culpa nuestra.';
    },
    'turned-away': () => 'El gimnasio rechazó nuestra petición sin mirarla, así que no se ha reservado nada.',
    unconfirmed: ({ sent, offer }) => {
      const what = offer
        ? `A las ${hourOf(offer)} aún hay plazas: puedes reservar esa clase ahora con un toque.`
        : 'Por favor, compruébalo en la aplicación del gimnasio.';
      if (sent === 'yes') return `Enviamos la reserva pero el gimnasio no la ha confirmado. ${what}`;
      // Only an `offer` (a wished class that is not full) shows that the gym's list was read; without an `offer` the text says nothing of that list.
      return offer
        ? `Nos interrumpieron mientras reservábamos y el gimnasio no muestra ninguna plaza tuya. ${what}`
        : `Nos interrumpieron mientras reservábamos y no sabemos si tienes la plaza. ${what}`;
    },
    checking: ({ sent }) =>
      sent === 'yes'
        ? 'Enviamos la reserva y no llegó una respuesta clara. Lo estamos comprobando con el gimnasio.'
        : 'Nos interrumpieron mientras reservábamos. Lo estamos comprobando con el gimnasio.',
    missed: ({ wasWoken }) =>
      wasWoken
        ? 'No pudimos tener lista la reserva antes de que fuera tarde, así que no se envió nada.'
        : 'No nos despertaron a tiempo y no se envió nada. Fue culpa nuestra, no tuya.',
    withdrawn: () => 'Este deseo se retiró antes de enviarse, así que no se ha reservado nada.',
  },
  moved: (hour) => `El gimnasio ha movido la clase a las ${hour}.`,
  gymSaid: (said) => `Dice el gimnasio: «${said}».`,
  atRisk: {
    'no-session':
      'no tenemos un acceso tuyo al gimnasio que funcione y esta reserva fallará. Vuelve a iniciar sesión ahora.',
    'login-ends':
      'el gimnasio no nos deja renovar tu acceso y, por lo que hemos visto, caducará antes de que se abra esta reserva. Vuelve a iniciar sesión ese día, lo más tarde que puedas.',
    'opening-unsure':
      'el gimnasio dice que la reserva aún no está abierta. Lo intentaremos de nuevo cuando pueda abrirse. Si sabes cuándo se abre, vuelve a pedirla con esa hora.',
    'class-gone': 'esta clase ya no está en el horario del gimnasio. Elige otra, por favor.',
    'class-cancelled': 'el gimnasio ha cancelado esta clase. Elige otra, por favor.',
    'class-closed': 'el gimnasio no deja que los socios reserven esta clase. Pregunta allí o elige otra, por favor.',
    'class-changed':
      'el gimnasio ha cambiado esta clase (es de otro tipo o a otra hora), así que no la reservaremos sin preguntarte. Si quieres lo que hay ahora, pídelo de nuevo.',
    otherwise: 'esta reserva está en peligro.',
  },
  rescue: {
    login:
      'la reserva se abre en un minuto y no tenemos un acceso tuyo que funcione, así que no podemos reservar. Resérvala a mano ahora.',
    otherwise: 'la reserva se abre en un minuto y tal como está no podemos reservar. Mira la clase ahora, por favor.',
  },
  account: {
    'session-needs-login': 'El gimnasio ya no acepta tu acceso. Vuelve a iniciar sesión o tus reservas fallarán.',
    'kept-login-dropped':
      'Hemos borrado tu acceso guardado: el gimnasio lo ha rechazado o este servicio ya no guarda ninguno. Vuelve a iniciar sesión o tus reservas pueden fallar.',
    'session-recovered': 'Tu acceso al gimnasio vuelve a funcionar.',
    'account-erased':
      'Tu cuenta se está borrando: solo queda su número, para borrarla también de una copia restaurada. Lo que tengas reservado en el gimnasio sigue reservado. Este es el último aviso.',
    'session-reused':
      'Una de tus sesiones se ha usado dos veces y la hemos cerrado: puede que la hayan copiado. Vuelve a iniciar sesión y revisa dónde la tienes abierta.',
    'device-new':
      'Se ha iniciado sesión en tu cuenta desde un dispositivo nuevo. Si no has sido tú, ciérrala en Cuenta y cambia tu contraseña del gimnasio.',
  },
  deviceNeedsLogin:
    'El gimnasio ya no acepta el acceso de uno de tus dispositivos. Vuelve a iniciar sesión en él para reservar a mano. Tus prerreservas siguen en marcha.',
  keptLoginDropped: {
    wrong:
      'El gimnasio ha rechazado tu acceso guardado; quizá has cambiado la contraseña. Lo hemos borrado y no lo intentaremos más. Vuelve a iniciar sesión o tus reservas pueden fallar.',
    locked:
      'El gimnasio ha bloqueado tu cuenta un rato por demasiadas contraseñas erróneas y hemos borrado tu acceso guardado. Cuando el gimnasio te deje, vuelve a iniciar sesión o tus reservas pueden fallar.',
    off: 'Este servicio ya no guarda accesos y hemos borrado el tuyo. No tienes que hacer nada ahora: te avisaremos cuando el gimnasio pida que vuelvas a iniciar sesión.',
  },
  aboutClass: {
    'place-moved-up': () =>
      'has subido de la lista de espera y tienes la plaza. Si no puedes ir, devuélvela, por favor.',
    'place-freed': () => 'ha quedado una plaza libre. Resérvala ahora si la quieres: no la hemos reservado.',
    'place-taken': () => 'ha quedado una plaza libre y te la hemos reservado. Si no puedes ir, devuélvela, por favor.',
    'place-swapped': () =>
      'ha quedado una plaza libre: te la hemos reservado y hemos devuelto la otra que habías dicho.',
    'swap-undone': () =>
      'ha quedado una plaza libre y te la hemos reservado, pero la otra ya no se podía devolver sin perder nada. Por eso hemos devuelto esta: conservas la que tenías.',
    'swap-kept': () =>
      'hemos intentado reservar una plaza que ha quedado libre, pero el gimnasio no la muestra como tuya. Conservas la que tenías.',
    'swap-stuck': () =>
      'te hemos reservado esta plaza y no podemos devolver la otra sin perder nada, o no podemos hablar con el gimnasio. Tienes dos plazas: devuelve una tú, por favor.',
    'watch-ended': () => 'no ha quedado ninguna plaza libre a tiempo. Ya no miramos más.',
    'watch-class-cancelled': () => 'el gimnasio ha anulado esta clase. Ya no miramos más.',
    'watch-at-risk': () =>
      'no tenemos ningún acceso tuyo al gimnasio que funcione, así que no podemos reservarte una plaza que quede libre. Vuelve a iniciar sesión, por favor.',
    'class-reminder': ({ cancelUntil, cancelDay }) =>
      cancelUntil === undefined || cancelDay === undefined
        ? 'recuerda que tienes plaza en esta clase. Si no puedes ir, devuélvela a tiempo, por favor.'
        : `recuerda que tienes plaza en esta clase. Puedes devolverla sin perder nada hasta las ${cancelUntil} del ${cancelDay}.`,
    'rule-changed': ({ finding }) => ES.ruleDay[ruleFinding(finding)],
  },
  ruleDay: {
    differs: 'el horario de este día no es el de tu regla semanal. Mira si todavía la quieres, por favor.',
    'class-cancelled': 'el gimnasio ha cancelado esta clase, así que tu regla semanal no pide nada este día.',
    'too-many':
      'tu regla semanal no ha podido pedir esta clase: ya tienes tantos deseos como guardamos. Retira alguno, por favor.',
    'no-tokens': 'tu regla semanal no ha podido pedir esta clase: no te quedan plazas en este periodo.',
    'not-your-box': 'tu regla semanal no ha podido pedir esta clase: tu acceso al gimnasio ya no incluye este box.',
  },
  otherNews: 'Hay novedades en tu cuenta.',
  trial: 'Esto es una prueba: tus avisos llegan aquí.',
  buttons: {
    readiness: '¿Saldrá bien?',
    withdraw: 'Retirarla',
    byHand: 'Probar a mano',
    bookings: 'Mis reservas',
    weekly: 'Mi semana',
    signIn: 'Iniciar sesión',
    account: 'Mi cuenta',
  },
  confirm: {
    mail: 'Alguien quiere recibir los avisos de puntual en esta dirección. Si has sido tú, abre esta página y pulsa el botón. Si no, no hagas nada.',
    ask: '¿Enviar los avisos de tus reservas a esta dirección?',
    button: 'Sí, enviarlos aquí',
    done: 'Hecho: a partir de ahora tus avisos llegan aquí.',
    refused: 'Este enlace ya se ha usado o ha caducado. Añade la dirección otra vez, por favor.',
  },
  chat: {
    bound: 'Hecho: a partir de ahora tus avisos llegan aquí. Para terminar, bloquea este bot.',
    refused: 'Este enlace ya se ha usado o ha caducado. Crea otro en tu cuenta, por favor.',
    privateOnly: 'Escríbeme en un chat privado, por favor: los avisos son solo para ti.',
    notYours: 'Esto no es de ninguna reserva tuya.',
    withdrawn: 'Retirada: no la reservaremos.',
    tooLate: 'Ya es tarde para retirarla: la reserva ha empezado o ha terminado.',
    green: 'Todo listo: la reservaremos cuando se abra.',
    amber: 'Puede salir bien, pero algo no es seguro. Míralo en la aplicación, por favor.',
    red: 'Tal como está, fallará. Míralo en la aplicación, por favor.',
    over: 'Esta ya ha terminado.',
  },
  calendar: {
    prebooked: 'Aún sin reservar: la reservaremos cuando se abra.',
    waitlisted: 'En lista de espera.',
    green: 'Todo listo.',
    amber: 'Algo no es seguro.',
    red: 'Tal como está, fallará.',
    stale: 'No se pudo preguntar al gimnasio; esto es lo último que dijo.',
  },
  alerts: {
    'nothing-updated': (n) =>
      `La última renovación no actualizó ${n === 1 ? 'ni la única sesión que tocaba' : `ninguna de ${n} sesiones`}. Mira /monitor y las respuestas del gimnasio.`,
    'no-good-run': () =>
      'Ninguna renovación ha terminado bien en 40 minutos. Mira si el proceso o su programación funciona.',
    aged: (n) =>
      `${plural(n, 'sesión de fondo', 'sesiones de fondo')} sin renovar desde hace más de 40 minutos. Mira /monitor.`,
    'put-aside': (n) => `${plural(n, 'sesión', 'sesiones')} sin poder abrirse: revisa SEAL_KEYS.`,
    'all-need-login': (n) => `Todas las sesiones de fondo (${n}) necesitan un nuevo acceso al gimnasio.`,
    'some-need-login': (n) => `Sesiones de fondo que necesitan un nuevo acceso al gimnasio: ${n}.`,
    'gym-changed': (n) =>
      `Reservas de un día que acabaron en una respuesta que no conocemos: ${n}. Puede que el gimnasio haya cambiado.`,
    'gym-blocked': (n) =>
      `El gimnasio nos ha rechazado (403) en la última hora: ${n}. Mira si bloquea esta dirección, o pon GYM_PROXY.`,
    'dead-letters': (n) => `Avisos de un día que no llegaron por ningún canal: ${n}. Revisa SMTP, Telegram y push.`,
    'clock-skew': (n) =>
      `Entregas firmadas que llegaron a una hora que este reloj da por mala: ${n}. Pon el reloj en hora.`,
    disk: () => 'Las respuestas recibidas no se pueden escribir en DATA_DIR. Mira el disco.',
    'token-update-gone': (n) =>
      `Sesiones de fondo que ya no se pueden renovar: ${n}. El gimnasio rechaza los tokens y reconoce las cookies; se usan mientras sea así. Véase docs/gym-facts.md.`,
    'cookies-die': (n) =>
      `Sesiones de fondo que se renuevan sin que el gimnasio reconozca sus cookies: ${n}. Véase docs/gym-facts.md.`,
  },
  alertOver: (alert) => `Terminado: ${alert}`,
};

const arrived = (ms: number | undefined): string =>
  ms === undefined || ms < -MAX_EARLY_MS
    ? ''
    : `Nuestra petición llegó al gimnasio ${length(ms)} después de la hora de apertura.`;

const late = (ms: number | undefined): string =>
  ms === undefined
    ? 'Nuestra petición llegó tarde; fue culpa nuestra.'
    : `Nuestra petición llegó ${length(ms)} después de la hora de apertura; fue tarde, y culpa nuestra.`;

const length = (ms: number): string =>
  ms < 1
    ? 'cerca de un milisegundo'
    : ms < 1_000
      ? `cerca de ${plural(Math.round(ms), 'milisegundo')}`
      : `${(ms / 1_000).toFixed(1).replace('.', ',')} segundos`;

const plural = (count: number, unit: string, many = `${unit}s`): string => `${count} ${count === 1 ? unit : many}`;
