import { fillMarkers, markdownTable } from './fill-markers.ts';

const page = 'Before\n\n<!-- figures: rates -->\n\nold\n\n<!-- end -->\n\nAfter\n';

test('what stands between the markers is replaced, and nothing else', () => {
  expect(fillMarkers(page, { rates: 'new' })).toBe(page.replace('old', 'new'));
});

test('filling twice is filling once', () => {
  const once = fillMarkers(page, { rates: 'new' });
  expect(fillMarkers(once, { rates: 'new' })).toBe(once);
});

test('a marker that nothing is known for is an error, and so is one without an end', () => {
  expect(() => fillMarkers(page, { costs: '' })).toThrow('nothing is known for the marker rates; known: costs');
  expect(() => fillMarkers(page.replace('<!-- end -->', ''), { rates: '' })).toThrow(
    '1 markers begin and 0 of them end',
  );
});

test('a stroke in a cell does not end it', () => {
  expect(markdownTable(['a'], [['b|c']])).toBe('| a |\n| --- |\n| b\\|c |');
});
