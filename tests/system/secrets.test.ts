import { keepInMind, linesOf, mustStaySecret } from './secrets.ts';

const told = (facts: object) => linesOf([{ level: 'info', event: 'node.saved', facts: { ...facts } }]);

test('a secret of a request, however deep in it, that is told in a log is found', async () => {
  keepInMind({ name: 'customs', auth: { type: 'basic', username: 'us', password: 'canary of a password' } });
  keepInMind({ authorization: 'Bearer canary of a token' });
  mustStaySecret(await told({ node: 'customs', detail: 'us and nobody else' }));
  for (const detail of ['it was canary of a password', 'canary of a token']) {
    const lines = await told({ detail });
    expect(() => mustStaySecret(lines)).toThrow('a secret was told in the log: ');
  }
});

test('what the logger hides is not told', async () => {
  keepInMind({ secret: 'canary of a secret' });
  mustStaySecret(await told({ secret: 'canary of a secret' }));
});
