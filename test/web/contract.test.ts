// The types that web/client works with are those of the contract the app serves. After a change of the contract: `npm run contract`.
import openapiTS, { type OpenAPI3 } from 'openapi-typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { openApp, type TestApp } from '../routes/open-app.ts';

const HEAD = `// The contract as types. Made from /openapi.json by \`npm run contract\`; never changed by hand.\n`;

let app: TestApp;
beforeAll(async () => {
  app = await openApp(systemClock);
});
afterAll(() => app.stop());

test('the client is typed by the contract in force', async () => {
  const { json } = await app.ask('GET', '/openapi.json');
  const types = await openapiTS(json as OpenAPI3, { commentHeader: HEAD, alphabetize: true });
  await expect(types).toMatchFileSnapshot('../../web/client/openapi.ts');
});
