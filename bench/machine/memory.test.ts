import { peakMemory } from './memory.ts';

// Elsewhere there is no /proc to read it from, and the bench shows a question mark.
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('what a process held at most is no less than what it holds', () => {
  const held = process.memoryUsage.rss();
  // The system counts pages lazily, by processor.
  expect(peakMemory(process.pid)).toBeGreaterThan(held * 0.9);
});

onLinux('a process that is gone holds nothing', () => {
  expect(peakMemory(2 ** 22 + 1)).toBeNaN();
});
