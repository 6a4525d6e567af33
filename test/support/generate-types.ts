// Run by itself: reads an OpenAPI document from its input and writes the TypeScript that openapi-typescript makes of it. That package needs the
// compiler of `typescript` as an object, which this project's version lacks: it gets the version before, under its own name.
import { registerHooks } from 'node:module';
import { text } from 'node:stream/consumers';

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'typescript' ? '@typescript/typescript6' : specifier, context),
});
const { default: generate, astToString } = await import('openapi-typescript');
process.stdout.write(astToString(await generate(JSON.parse(await text(process.stdin)))));
