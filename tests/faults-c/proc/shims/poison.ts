// Loaded into a process of the fleet before anything else (--import): the process dies whenever it is about to send a message of the
// type `POISON`, as one would that runs out of memory over it. It hears of requests where undici tells of them.
import { subscribe } from 'node:diagnostics_channel';

const { POISON: type = '' } = process.env;

subscribe('undici:request:create', (message) => {
  const { headers } = (message as { request: { headers: readonly unknown[] } }).request;
  if (headers.includes(type)) process.kill(process.pid, 'SIGKILL');
});
