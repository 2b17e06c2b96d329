import { createClient, type Client } from '#client';
import { describeBackEnds } from '#testkit';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';

describeBackEnds('the pages of the ingress', (backEnd) => {
  let system: TestSystem;
  let admin: Client;

  beforeAll(async () => {
    system = await startSystem(backEnd);
    admin = createClient({ url: system.url, credentials: { username: 'admin', password: 'only for the tests' } });
  });

  afterAll(() => system.stop());

  async function tokenOf(role: 'admin' | 'operator' | 'viewer'): Promise<string> {
    const user = { username: freshId(role), password: 'long enough to pass', role };
    await admin.users.create(user);
    const body = new URLSearchParams({ grant_type: 'password', username: user.username, password: user.password });
    const answer = await fetch(`${system.url}/api/v1/token`, { method: 'POST', body });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${system.url}${path}`, { method, headers, redirect: 'manual' });
  const as = (token: string) => ({ authorization: `Bearer ${token}` });

  describe('/queues', () => {
    test.each(['admin', 'operator'] as const)('shows both queues to an %s', async (role) => {
      const authorized = as(await tokenOf(role));
      const page = await get('/queues', authorized);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
      const answer = await get('/queues/api/queues', authorized);
      const { queues } = (await answer.json()) as { queues: { name: string; readOnlyMode: boolean }[] };
      expect(queues).toMatchObject([
        { name: 'lanes', readOnlyMode: true },
        { name: 'maintenance', readOnlyMode: true },
      ]);
    });

    test('shows the schedules, and the server behind the queues', async () => {
      const authorized = as(await tokenOf('operator'));
      const text = async (path: string) => (await get(`/queues/api${path}`, authorized)).text();
      expect(await text('/job-schedulers')).toContain('"sweep"');
      expect(await text('/redis/stats')).toContain(`"backend":"${backEnd.name}"`);
    });

    test('shows nothing to a viewer, a node, or somebody without credentials', async () => {
      const node = await system.node();
      for (const path of ['/queues', '/queues/api/queues', '/queues/static/js/none.js']) {
        expect((await get(path, as(await tokenOf('viewer')))).status).toBe(403);
        expect((await get(path, { 'x-api-key': node.key })).status).toBe(403);
        expect((await get(path)).status).toBe(401);
        expect((await get(path, { accept: '*/*' })).status).toBe(401);
      }
    });

    test('sends a browser to sign in, and from there back to the same page, never elsewhere', async () => {
      const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
      const places = async (path: string) => (await get(path, { accept })).headers.get('location');
      expect((await get('/queues', { accept })).status).toBe(302);
      expect(await places('/queues')).toBe('/?next=/queues');
      expect(await places('/queues/queue/lanes?x=//elsewhere.example')).toBe('/?next=/queues/queue/lanes');
      expect(await places('/queues//elsewhere.example&a=b')).toBe('/?next=/queues//elsewhere.example%26a%3Db');
    });

    test.each([
      ['PUT', '/queues/api/queues/lanes/pause'],
      ['PUT', '/queues/api/queues/lanes/obliterate'],
      ['POST', '/queues/api/queues/lanes/add'],
      ['PUT', '/queues/api/queues/pause'],
      ['DELETE', '/queues/api/queues/maintenance/job-schedulers/sweep'],
    ])('changes nothing: %s %s is refused, to administrators too', async (method, path) => {
      expect((await get(path, as(await tokenOf('admin')), method)).status).toBe(405);
    });

    test('has a policy of its own: no script but its files, no frame, nothing from elsewhere', async () => {
      const { headers } = await get('/queues', as(await tokenOf('operator')));
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers.has('x-powered-by')).toBe(false);
      const elsewhere = (await get('/api/v1/openapi.json')).headers.get('content-security-policy');
      expect(elsewhere).not.toBe(policy);
    });
  });

  describe('/docs', () => {
    test('shows the description, with nothing from elsewhere and no script in the page', async () => {
      const page = await get('/docs');
      const html = await page.text();
      expect(page.status).toBe(200);
      expect(html).not.toMatch(/https?:|<script>|\son\w+=/);
      for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
        const file = await get(path ?? '');
        expect({ path, status: file.status }).toEqual({ path, status: 200 });
        expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(0);
      }
      expect(await (await get('/docs/start.js')).text()).toContain("url: '/api/v1/openapi.json'");
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    });

    test.each(['/docs/index.html', '/docs/package.json', '/docs/../package.json', '/docs/swagger-ui.js.map'])(
      'serves no other file of its package: %s',
      async (path) => {
        expect((await get(path)).status).toBe(404);
      },
    );
  });
});
