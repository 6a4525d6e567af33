// The version that the OpenAPI contract and the metrics show. A test compares `VERSION` with package.json.

/** The version of this program, as in package.json. */
export const VERSION = '0.1.0';
