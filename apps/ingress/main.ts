import { fleetDatabaseUrl, parseConfig } from '#core';
import { resolveSecret, runProcess } from '#runtime';
import { startIngress } from './ingress.ts';

await runProcess('ingress', {
  parseConfig,
  async start({ config, log, metrics, signal }) {
    const databaseUrl = fleetDatabaseUrl(config);
    const secret = await resolveSecret(config);
    const ingress = await startIngress({ config, databaseUrl, secret, report: log, metrics, signal, checks: {} });
    const { firstPassword } = ingress;
    if (firstPassword !== null) {
      const { username } = config.security.admin;
      process.stdout.write(`\n  Administrator ${username}, password ${firstPassword} (shown this once)\n\n`);
    }
    return ingress;
  },
});
