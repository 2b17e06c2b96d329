import { locateConfig } from './locate-config.ts';

test.each([
  [{}, undefined, '/', '/config/application.yaml'],
  [{}, '/repository', '/repository', '/repository/config/application.yaml'],
  [{ PYC_ROOT: '/srv/pyc' }, '/repository', '/srv/pyc', '/srv/pyc/config/application.yaml'],
  [{ PYC_ROOT: '/srv/pyc/', PYC_CONFIG: '/x.yaml' }, undefined, '/srv/pyc', '/srv/pyc/x.yaml'],
  [{ PYC_CONFIG: '/x.yaml' }, undefined, '/', '/x.yaml'],
  [{ PYC_CONFIG: 'x.yaml' }, '/repository', '/repository', '/repository/x.yaml'],
  [{ PYC_ROOT: '', PYC_CONFIG: '' }, '/repository', '/repository', '/repository/config/application.yaml'],
])('with %p and the root %p the configuration is found', (env, fallback, root, file) => {
  expect(locateConfig(env, { root: fallback })).toEqual({ root, file });
});
