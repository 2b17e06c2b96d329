import fc from 'fast-check';
import { printable, printableLines, shorten } from './printable.ts';

test('nothing that moves a cursor or turns writing around gets through, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(printableLines(text).join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('letters of all kinds stay as they are', () => {
  expect(printable('Grønhøj Mærsk – Zürich 港 🚢')).toBe('Grønhøj Mærsk – Zürich 港 🚢');
});

test('lines stay lines, however they end', () => {
  expect(printableLines('a\r\n\tb\nc\rd')).toEqual(['a', '  b', 'c', 'd']);
});

test('a text is cut between characters, visibly', () => {
  expect(shorten('🚢🚢🚢', 3)).toBe('🚢🚢🚢');
  expect(shorten('🚢🚢🚢🚢', 3)).toBe('🚢🚢…');
});
