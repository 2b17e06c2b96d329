import { mountSmallDisk, type SmallDisk } from '#testkit';

/** A small disk for row 36; where none can be mounted null, and a warning that can't be missed: the test has nothing to try then. */
export async function diskOrWarning(megabytes: number): Promise<SmallDisk | null> {
  const disk = await mountSmallDisk(megabytes);
  if (disk !== null) return disk;
  const missing = 'row 36: NOT TESTED, since no file system may be mounted here';
  const line = '!'.repeat(missing.length);
  console.warn(`${line}\n${missing}\n${line}`);
  return null;
}
