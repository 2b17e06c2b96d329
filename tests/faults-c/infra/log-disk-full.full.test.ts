import { stat } from 'node:fs/promises';
import { openDatabase } from '#persistence';
import { describeBackEnds, judge, readFinalState, until } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { startReceivers } from '../../faults/receivers.ts';
import { createSender } from '../../faults/sender.ts';
import { openApi, testConfig } from '../../system/index.ts';
import { diskOrWarning } from './disk-or-warning.ts';
import { startLoggingToFile } from './logging-to-file.ts';

const LONG = 300_000;
const NODE = 'node';
const RETRY = { delay: { fixed: 1, progressive: 1 }, max: 4 };

printFindings();

describeBackEnds('the disk of the log is full', (backEnd) => {
  test(
    'row 36: messages are taken and delivered without a log, and there are lines again when there is room',
    async () => {
      const disk = await diskOrWarning(1);
      if (disk === null) return;
      const receivers = await startReceivers();
      const { url, file, stop } = await startLoggingToFile(backEnd, disk.folder);
      const { password = '' } = testConfig({}).security.admin;
      const api = await openApi(url, password);
      const key = await api.register(NODE, { url: receivers.urlOf(NODE) });
      const sender = createSender({ url: () => url, key });
      const database = openDatabase({ url: backEnd.databaseUrl, connections: 2, onError: () => undefined });

      await disk.fill();
      const sendAHundred = async () => {
        for (let i = 0; i < 100; i += 1) expect(await sender.sendOnce([NODE])).toBe(202);
        await receivers.waitFor(sender.accepted.length);
      };
      // The rest of the file's last page is left.
      await sendAHundred();
      const full = await stat(file);
      await sendAHundred();
      expect((await stat(file)).size).toBe(full.size);

      await disk.free();
      await until(async () => {
        expect(await sender.sendOnce([NODE])).toBe(202);
        expect((await stat(file)).size).toBeGreaterThan(full.size);
      });
      await receivers.waitFor(sender.accepted.length);
      expect(await stop()).toBe(0);
      const evidence = { accepted: sender.accepted, received: receivers.records() };
      const verdict = judge(
        { ...evidence, state: await readFinalState(database) },
        { duplicates: 0, retryOf: () => RETRY },
      );
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '36, log', backEnd: backEnd.name, verdict, recovery: null });
      await database.close();
      await receivers.close();
      await disk.remove();
    },
    LONG,
  );
});
