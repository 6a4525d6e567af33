// Run by itself: reads an OpenAPI document from its input and writes the TypeScript that openapi-typescript makes of it. That package asks
// `typescript` for a compiler as an object, which the one of this project has not: it gets the one before it, under its own name.
import { registerHooks } from 'node:module';
import { text } from 'node:stream/consumers';

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'typescript' ? '@typescript/typescript6' : specifier, context),
});
const { default: generate, astToString } = await import('openapi-typescript');
process.stdout.write(astToString(await generate(JSON.parse(await text(process.stdin)))));
