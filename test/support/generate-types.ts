// A program: it reads an OpenAPI document from its input and writes the TypeScript that openapi-typescript makes of the document. The package
// openapi-typescript needs the compiler object that TypeScript 6 exports and this project's TypeScript lacks, so its import of `typescript` gets
// version 6.
import { registerHooks } from 'node:module';
import { text } from 'node:stream/consumers';

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'typescript' ? '@typescript/typescript6' : specifier, context),
});
const { default: generate, astToString } = await import('openapi-typescript');
process.stdout.write(astToString(await generate(JSON.parse(await text(process.stdin)))));
