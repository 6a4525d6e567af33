// Runs a built function as its platform does: it imports the handler, and gives it each request. The command line is `node function-host.ts <handler
// file> <port>`. The process prints "listening" when it listens.
import { createServer, type IncomingMessage } from 'node:http';
import { argv } from 'node:process';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const [, , handlerFile = '', port = '0'] = argv;
const { default: app } = (await import(pathToFileURL(handlerFile).href)) as {
  default: { fetch(request: Request): Promise<Response> };
};

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers, rawHeaders } = incoming;
  const names = rawHeaders.filter((_, at) => at % 2 === 0);
  const pairs = names.map((name, at): [string, string] => [name, rawHeaders[2 * at + 1] ?? '']);
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(incoming) as ReadableStream);
  return new Request(`http://${headers.host}${url}`, { method, headers: pairs, body, duplex: 'half' } as RequestInit);
}

const server = createServer(async (incoming, outgoing) => {
  const answer = await app.fetch(requestOf(incoming));
  outgoing.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
  if (answer.headers.getSetCookie().length > 0) outgoing.setHeader('set-cookie', answer.headers.getSetCookie());
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
