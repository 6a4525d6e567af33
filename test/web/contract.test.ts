// The types of web/client are those of the API contract that the app serves. After a change of the API contract, `npm run contract` writes the types
// of web/client anew.
import { registerHooks } from 'node:module';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { openApp, type TestApp } from '../routes/open-app.ts';

const HEAD = '// The contract as types. Made from /openapi.json by `npm run contract`; never changed by hand.\n';

let app: TestApp;
beforeAll(async () => {
  app = await openApp(systemClock);
});
afterAll(() => app.stop());

/**
 * Loads openapi-typescript, which writes types with the JavaScript interface of the TypeScript compiler. The native compiler lacks that interface, so
 * openapi-typescript gets the last compiler that was written in JavaScript.
 */
async function loadGenerator() {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      next(
        specifier === 'typescript' && context.parentURL?.includes('/openapi-typescript/')
          ? '@typescript/typescript6'
          : specifier,
        context,
      ),
  });
  try {
    return await import('openapi-typescript');
  } finally {
    hooks.deregister();
  }
}

test('the client is typed by the contract in force', async () => {
  const { json } = await app.ask('GET', '/openapi.json');
  const { default: openapiTS, astToString } = await loadGenerator();
  const types = astToString(await openapiTS(json, { alphabetize: true }));
  await expect(HEAD + types).toMatchFileSnapshot('../../web/client/openapi.ts');
});
