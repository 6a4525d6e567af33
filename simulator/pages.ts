// The HTML pages that the gym sends instead of JSON, such as the page for callers from a blocked country, error pages and the schedule page.

const page = (title: string, text: string): string =>
  `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`;

export const geoBlockPage = page(
  '403 Forbidden',
  'Request blocked. We cannot serve your country or network at this time.',
);
export const notFoundPage = page('404 Not Found', 'No such page.');
export const schedulePage = page('Horarios', 'Reserva tu clase.');
export const oddPage = page('AimHarder', 'Estamos realizando tareas de mantenimiento.');
export const statusPage = (status: number): string => page(String(status), 'The server could not answer this request.');

/** The notice that PHP writes before the real answer on a server that shows errors instead of logging them. */
export const phpNotice =
  '<br />\n<b>Notice</b>:  Undefined index: ciclo in <b>/srv/www/api/index.php</b> on line <b>214</b><br />\n';
export const homePage = page('AimHarder', 'Software para tu centro.');
export const robots = 'User-agent: *\nDisallow: /api/\n';

/**
 * The page with which the gym answers setrefresh; a script in the page sends the browser on to the address `redirect`. Every `<` of the address is
 * escaped, so that the address cannot end the script.
 */
export const setrefreshPage = (redirect: string): string =>
  page('AimHarder', `<script>location.replace(${JSON.stringify(redirect).replaceAll('<', '\\u003c')});</script>`);
