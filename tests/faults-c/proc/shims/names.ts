// Loaded into a process of the fleet before anything else (--import): its name servers are those of the test (`NAME_SERVER`), whatever
// this machine has in its resolv.conf.
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';

const { NAME_SERVER: server = '' } = process.env;

dns.Resolver = class extends dns.Resolver {
  constructor(options?: ConstructorParameters<typeof dns.Resolver>[0]) {
    super(options);
    this.setServers([server]);
  }
};
syncBuiltinESMExports();
