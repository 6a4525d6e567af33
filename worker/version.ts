// Which puntual this is, as the contract and the metrics say it. A test holds it to package.json.

/** The version of this program. */
export const VERSION = '0.1.0';
